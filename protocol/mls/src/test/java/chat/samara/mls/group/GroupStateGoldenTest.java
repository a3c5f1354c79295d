package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.tree.Capabilities;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The stored format of every version that can be read. If this test fails, a device that is updated loses its groups: write a
 * migration.
 */
@DisplayName("The golden group state")
class GroupStateGoldenTest {
    private static final String VERSION_1 = "/group-state-v1.txt";
    private static final String VERSION_2 = "/group-state-v2.txt";
    private static final String VERSION_2_JOINING = "/group-state-v2-joining.txt";
    private static final String VERSION_2_ENCRYPTED = "/group-state-v2-encrypted.txt";

    /** Not what the library supports today, but what the stored groups were made with. */
    private static final Capabilities CAPABILITIES = new Capabilities(
            List.of(1), List.of(1, 3), List.of(10, TestClient.OWN_EXTENSION), List.of(), List.of(Credential.BASIC));

    private static final byte[] TEXT = "golden".getBytes(StandardCharsets.UTF_8);

    @Test
    @DisplayName("is what a seeded group stores today")
    void stored() throws MlsException, IOException {
        assertThat(text(state().blobs())).isEqualTo(golden(VERSION_2));
    }

    @Test
    @DisplayName("is restored to a group that works and stores the same")
    void restored() throws MlsException, IOException {
        Group group = restoredFrom(VERSION_2);
        assertThat(group.drainDelta().isEmpty()).isTrue();
        requireWorking(group);
    }

    @Test
    @DisplayName(
            "of someone whose external commit is on its way is what is stored today, and is restored to one that enters")
    void joining() throws MlsException, IOException {
        Group founder = founder();
        ExternalCommit join = join(founder);
        assertThat(text(new TestStore().apply(join.group().drainDelta()).blobs()))
                .isEqualTo(golden(VERSION_2_JOINING));
        Group restored = Group.restore(parse(golden(VERSION_2_JOINING)), dan.signer, dan.environment);
        assertThat(restored.drainDelta().isEmpty()).isTrue();
        assertThat(restored.isActive()).isFalse();
        TestClient.mergeAll(List.of(founder, restored), join.bundle().commit());
        assertThat(restored.epochAuthenticator()).isEqualTo(founder.epochAuthenticator());
    }

    private final SeededRandom joiningRandom = new SeededRandom(43);
    private final TestClient dan = client("dan", joiningRandom);

    private Group founder() throws MlsException {
        return client("alice", joiningRandom).found();
    }

    private ExternalCommit join(Group founder) throws MlsException {
        return Group.joinExternal(
                        founder.groupInfo(),
                        Optional.of(founder.ratchetTree()),
                        dan.credential,
                        dan.signer,
                        dan.environment)
                .build(CAPABILITIES);
    }

    @Test
    @DisplayName(
            "of one that only listens, with an encrypted commit of its own on the way, is restored to one that merges that")
    void encryptedAndListening() throws MlsException, IOException {
        assertThat(text(encryptedState().blobs())).isEqualTo(golden(VERSION_2_ENCRYPTED));
        Group group = restoredFrom(VERSION_2_ENCRYPTED);
        assertThat(group.drainDelta().isEmpty()).isTrue();
        assertThat(group.isListenOnly()).isTrue();
        group.merge(TestClient.staged(group, group.pendingCommit().orElseThrow()));
        assertThat(group.epoch()).isEqualTo(1);
    }

    private static TestStore encryptedState() throws MlsException {
        Group a = client("alice", new SeededRandom(42)).found();
        a.commit().encrypted().build();
        a.listenOnly();
        return new TestStore().apply(a.drainDelta());
    }

    @Test
    @DisplayName("of version 1 is restored, written on as version 2, and has no safe exporter until the next epoch")
    void version1() throws MlsException, IOException {
        Group group = restoredFrom(VERSION_1);
        StateDelta delta = group.drainDelta();
        assertThat(delta.puts().keySet()).containsExactly(Bytes.ofUtf8("group"));
        assertThat(delta.deletes()).isEmpty();
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> group.safeExportSecret(0x8000))
                .satisfies(refused -> assertThat(refused.code()).isEqualTo(MlsError.KEY_CONSUMED));
        group.clearPendingCommit();
        Bytes commit = group.commit().build().commit();
        group.merge(TestClient.staged(group, commit));
        assertThat(group.safeExportSecret(0x8000)).hasSize(32);
    }

    @Test
    @DisplayName("of version 1 begins to keep resumption PSKs")
    void version1ResumptionPsks() throws MlsException, IOException {
        Group group = restoredFrom(VERSION_1);
        TestStore store = new TestStore();
        store.blobs().putAll(parse(golden(VERSION_1)));
        assertThat(group.resumptionPsk(1)).isEmpty();
        group.merge(TestClient.staged(group, group.pendingCommit().orElseThrow()));
        store.apply(group.drainDelta());
        assertThat(store.blobs()).containsKey(Bytes.ofUtf8("resumption/0000000000000002"));
        TestClient alice = client("alice", new SeededRandom(42));
        Group again = Group.restore(store.blobs(), alice.signer, alice.environment);
        assertThat(again.resumptionPsk(2)).isEqualTo(group.resumptionPsk(2)).isPresent();
    }

    private static Group restoredFrom(String file) throws MlsException, IOException {
        TestClient alice = new TestClient("alice", CipherSuite.X25519_AES128GCM_SHA256_ED25519, new SeededRandom(42));
        return Group.restore(parse(golden(file)), alice.signer, alice.environment);
    }

    private static void requireWorking(Group group) throws MlsException {
        assertThat(group.epoch()).isEqualTo(2);
        assertThat(group.members()).hasSize(3);
        assertThat(group.pendingCommit()).isPresent();
        group.merge(TestClient.staged(group, group.pendingCommit().orElseThrow()));
        assertThat(group.protect(TEXT, TEXT)).isNotEmpty();
    }

    /** A group with a past epoch, a used ratchet, skipped keys, proposals, an own Update and a pending commit. */
    private static TestStore state() throws MlsException {
        SeededRandom random = new SeededRandom(42);
        TestClient alice = client("alice", random);
        TestClient bob = client("bob", random);
        TestClient carol = client("carol", random);
        Group a = alice.found();
        List<Group> joined = TestClient.addAll(a, List.of(bob, carol));
        joined.get(0).protect(TEXT, TEXT);
        a.process(joined.get(0).protect(TEXT, TEXT));
        TestClient.mergeAll(
                List.of(a, joined.get(0), joined.get(1)),
                joined.get(1).commit().build().commit());
        a.protect(TEXT, TEXT);
        a.process(joined.get(0).propose(new ProposalDraft.Update()));
        a.propose(new ProposalDraft.Update());
        a.commit().build();
        return new TestStore().apply(a.drainDelta());
    }

    private static TestClient client(String name, SeededRandom random) {
        CipherSuite suite = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
        return new TestClient(name, suite, random, CAPABILITIES, PreSharedKeys.NONE);
    }

    private static String text(Map<Bytes, Bytes> blobs) {
        StringBuilder text = new StringBuilder();
        new TreeMap<>(blobs)
                .forEach((key, value) -> text.append(new String(key.toByteArray(), StandardCharsets.US_ASCII))
                        .append(' ')
                        .append(value.hex())
                        .append('\n'));
        return text.toString();
    }

    private static Map<Bytes, Bytes> parse(String text) {
        Map<Bytes, Bytes> blobs = new TreeMap<>();
        text.lines().forEach(line -> {
            int space = line.indexOf(' ');
            blobs.put(Bytes.ofUtf8(line.substring(0, space)), Bytes.ofHex(line.substring(space + 1)));
        });
        return blobs;
    }

    private static String golden(String name) throws IOException {
        try (InputStream file = Objects.requireNonNull(GroupStateGoldenTest.class.getResourceAsStream(name), name)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** Prints the present state, for a new golden file after a decision to change the format. */
    public static void main(String[] arguments) throws MlsException {
        GroupStateGoldenTest test = new GroupStateGoldenTest();
        String which = arguments.length == 0 ? "" : arguments[0];
        TestStore store = switch (which) {
            case "joining" ->
                new TestStore().apply(test.join(test.founder()).group().drainDelta());
            case "encrypted" -> encryptedState();
            default -> state();
        };
        System.out.print(text(store.blobs()));
    }
}
