package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the post-quantum suite costs beside the first one: decision 0010 has the table that {@link #main} prints. */
@DisplayName("The cost of a suite")
class SuiteCostTest {
    private static final CipherSuite FIRST = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final CipherSuite HYBRID = CipherSuite.MLKEM768X25519_AES128GCM_SHA256_ED25519;

    /** Bytes of what travels, in a group of so many members. */
    private record Sizes(int keyPackage, int addCommit, int welcome, int tree, int updateCommit, int message) {
        static Sizes of(CipherSuite suite, int members) throws MlsException {
            SeededRandom random = new SeededRandom(1);
            Group founder = new TestClient("member 0", suite, random).found();
            List<TestClient> others = new ArrayList<>();
            for (int i = 1; i < members - 1; i++) {
                others.add(new TestClient("member " + i, suite, random));
            }
            List<Group> groups = new ArrayList<>(List.of(founder));
            if (!others.isEmpty()) {
                groups.addAll(TestClient.addAll(founder, others));
                // Everybody has committed once, so that the tree is full, as in a group that has been used.
                for (Group group : List.copyOf(groups)) {
                    TestClient.mergeAll(groups, group.commit().build().commit());
                }
            }
            TestClient last = new TestClient("member " + members, suite, random);
            KeyPackageBundle bundle = last.bundle();
            CommitBundle added = founder.commit().add(bundle.keyPackage()).build();
            TestClient.mergeAll(groups, added.commit());
            Bytes update = founder.commit().build().commit();
            return new Sizes(
                    new MlsMessage.OfKeyPackage(bundle.keyPackage().content()).encode().length,
                    added.commit().size(),
                    added.welcome().orElseThrow().size(),
                    founder.ratchetTree().length,
                    update.size(),
                    last.join(added, bundle).protect(new byte[100], new byte[0]).length);
        }
    }

    static Stream<Integer> members() {
        return Stream.of(2, 16);
    }

    @ParameterizedTest
    @MethodSource("members")
    @DisplayName("is paid when members come and change: a message is as long in either")
    void sizes(int members) throws MlsException {
        Sizes first = Sizes.of(FIRST, members);
        Sizes hybrid = Sizes.of(HYBRID, members);
        assertThat(hybrid.message()).isEqualTo(first.message());
        // Two public keys of ML-KEM-768, 1,184 bytes each, and longer length prefixes.
        assertThat(hybrid.keyPackage() - first.keyPackage()).isBetween(2 * 1184, 2 * 1184 + 8);
        // One ciphertext of 1,088 bytes for the new member, and the GroupInfo's external key of 1,184.
        assertThat(hybrid.welcome() - first.welcome()).isBetween(1088 + 1184, 1088 + 1184 + 8);
    }

    @Test
    @DisplayName("leaves room: a KeyPackage fits into what servers take with more than half to spare")
    void keyPackageFits() throws MlsException {
        assertThat(Sizes.of(HYBRID, 2).keyPackage()).isLessThan(4096);
    }

    /** Prints sizes at 2 and 100 members, and times of the KEM. */
    public static void main(String[] arguments) throws MlsException {
        for (CipherSuite suite : List.of(FIRST, HYBRID)) {
            times(suite);
            for (int members : new int[] {2, 100}) {
                System.out.println(suite + ", " + members + " members: " + Sizes.of(suite, members));
            }
        }
    }

    /** Not the clock on the wall: other processes take their share of that. */
    private static long cpuNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    private static void times(CipherSuite suite) throws MlsException {
        SeededRandom random = new SeededRandom(1);
        byte[] secret = new byte[32];
        for (int round = 0; round < 3; round++) {
            int runs = 2_000;
            long start = cpuNanos();
            HpkeKeyPair pair = suite.generateKeyPair(random);
            for (int i = 1; i < runs; i++) {
                pair = suite.generateKeyPair(random);
            }
            long made = cpuNanos();
            HpkeCiphertext sealed = suite.encryptWithLabel(pair.publicKey(), "label", secret, secret, random);
            for (int i = 1; i < runs; i++) {
                sealed = suite.encryptWithLabel(pair.publicKey(), "label", secret, secret, random);
            }
            long encrypted = cpuNanos();
            for (int i = 0; i < runs; i++) {
                suite.decryptWithLabel(pair, "label", secret, sealed);
            }
            long decrypted = cpuNanos();
            System.out.printf(
                    Locale.ROOT,
                    "%s: key pair %.0f us, encrypt %.0f us, decrypt %.0f us%n",
                    suite,
                    (made - start) / 1e3 / runs,
                    (encrypted - made) / 1e3 / runs,
                    (decrypted - encrypted) / 1e3 / runs);
        }
    }
}
