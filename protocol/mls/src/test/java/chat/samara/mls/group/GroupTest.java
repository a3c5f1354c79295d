package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.keypackage.KeyPackageBundle;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A group")
class GroupTest {
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);
    private static final byte[] AAD = "bound".getBytes(StandardCharsets.UTF_8);

    static Stream<CipherSuite> suites() {
        return CipherSuite.all().stream();
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("lets everyone talk who was added, and nobody who was removed")
    void addTalkRemove(CipherSuite suite) throws MlsException {
        SeededRandom random = new SeededRandom(1);
        TestClient alice = new TestClient("alice", suite, random);
        TestClient bob = new TestClient("bob", suite, random);
        TestClient carol = new TestClient("carol", suite, random);
        Group a = alice.found();
        List<Group> joined = TestClient.addAll(a, List.of(bob, carol));
        List<Group> all = new ArrayList<>(List.of(a));
        all.addAll(joined);
        assertAgreed(all);

        for (Group sender : all) {
            byte[] message = sender.protect(HELLO, AAD);
            for (Group receiver : all) {
                if (receiver != sender) {
                    Processed.ApplicationMessage opened = TestClient.open(receiver, message);
                    assertThat(opened.plaintext().toByteArray()).isEqualTo(HELLO);
                    assertThat(opened.authenticatedData().toByteArray()).isEqualTo(AAD);
                    assertThat(opened.senderLeaf()).isEqualTo(sender.ownLeafIndex());
                }
            }
        }

        Group b = joined.get(0);
        Group c = joined.get(1);
        CommitBundle removal = c.commit().remove(b.ownLeafIndex()).build();
        assertThat(TestClient.staged(b, removal.commit()).selfRemoved()).isTrue();
        TestClient.mergeAll(all, removal.commit());
        assertThat(b.isActive()).isFalse();
        assertAgreed(List.of(a, c));
        assertThat(TestClient.open(a, c.protect(HELLO, AAD)).plaintext().toByteArray())
                .isEqualTo(HELLO);
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("of many members stays in agreement through random commits by anyone, with and without proposals")
    void randomCommits(CipherSuite suite) throws MlsException {
        SeededRandom random = new SeededRandom(2);
        List<TestClient> clients = new ArrayList<>();
        List<Group> groups = new ArrayList<>();
        TestClient founder = new TestClient("founder", suite, random);
        clients.add(founder);
        groups.add(founder.found());
        // What suites differ in shows early, and most are ten times slower than the first.
        int steps = suite == CipherSuite.X25519_AES128GCM_SHA256_ED25519 ? 60 : 12;
        for (int step = 0; step < steps; step++) {
            int who = random.below(groups.size());
            Group committer = groups.get(who);
            int action = random.below(4);
            CommitBuilder builder = committer.commit();
            TestClient added = new TestClient("client " + step, suite, random);
            KeyPackageBundle bundle = added.bundle();
            int removed = -1;
            if (action <= 1 || groups.size() < 3) {
                builder.add(bundle.keyPackage());
            } else if (action == 2) {
                removed = (who + 1 + random.below(groups.size() - 1)) % groups.size();
                builder.remove(groups.get(removed).ownLeafIndex());
            } else {
                int proposer = (who + 1 + random.below(groups.size() - 1)) % groups.size();
                byte[] proposal = groups.get(proposer).propose(new ProposalDraft.Update());
                for (int i = 0; i < groups.size(); i++) {
                    if (i != proposer) {
                        groups.get(i).process(proposal);
                    }
                }
                builder = committer.commit();
            }
            if (random.below(2) == 0) {
                builder.withoutPath();
            }
            CommitBundle bundled = builder.build();
            TestClient.mergeAll(groups, bundled.commit());
            if (removed >= 0) {
                groups.remove(removed);
                clients.remove(removed);
            }
            if (bundled.welcome().isPresent()) {
                groups.add(added.join(bundled, bundle));
                clients.add(added);
            }
            int reloaded = random.below(groups.size());
            groups.set(reloaded, clients.get(reloaded).reloaded(groups.get(reloaded)));
            assertAgreed(groups);
            assertThat(TestClient.open(
                                    groups.get((reloaded + 1) % groups.size()),
                                    groups.get(reloaded).protect(HELLO, AAD))
                            .plaintext()
                            .toByteArray())
                    .as("%s, step %d", random, step)
                    .isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("gives every member the same safely exported secret, once an epoch, whatever is stored in between")
    void safeExporter(CipherSuite suite) throws MlsException {
        SeededRandom random = new SeededRandom(3);
        TestClient alice = new TestClient("alice", suite, random);
        TestClient bob = new TestClient("bob", suite, random);
        Group a = alice.found();
        Group b = TestClient.addAll(a, List.of(bob)).get(0);
        byte[] exported = a.safeExportSecret(0x8001);
        assertThat(b.safeExportSecret(0x8001)).isEqualTo(exported).hasSize(suite.hashBytes());
        assertThat(b.safeExportSecret(0x8002)).isNotEqualTo(exported);

        Group reloaded = bob.reloaded(b);
        assertExportedBefore(reloaded, 0x8001);
        assertThat(reloaded.safeExportSecret(0x8003)).isEqualTo(a.safeExportSecret(0x8003));

        TestClient.mergeAll(List.of(a, reloaded), a.commit().build().commit());
        assertThat(a.safeExportSecret(0x8001))
                .isNotEqualTo(exported)
                .isEqualTo(bob.reloaded(reloaded).safeExportSecret(0x8001));
        a.destroy();
        assertThat(alice.store.apply(a.drainDelta()).blobs()).isEmpty();
    }

    private static void assertExportedBefore(Group group, int component) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> group.safeExportSecret(component))
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(MlsError.KEY_CONSUMED));
    }

    private static void assertAgreed(List<Group> groups) throws MlsException {
        Group first = groups.get(0);
        for (Group group : groups) {
            assertThat(group.epoch()).isEqualTo(first.epoch());
            assertThat(group.epochAuthenticator()).isEqualTo(first.epochAuthenticator());
            assertThat(group.exportSecret("label", HELLO, 40)).isEqualTo(first.exportSecret("label", HELLO, 40));
            assertThat(group.members()).isEqualTo(first.members());
        }
    }
}
