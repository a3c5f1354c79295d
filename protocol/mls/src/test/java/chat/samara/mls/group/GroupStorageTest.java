package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.secrettree.ExporterTree;
import chat.samara.mls.secrettree.RatchetId;
import chat.samara.mls.secrettree.SecretTree;
import chat.samara.mls.tree.TreeMath;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A group's stored state")
class GroupStorageTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.UTF_8);

    private final SeededRandom random = new SeededRandom(21);
    private final TestClient alice = new TestClient("alice", SUITE, random);

    private List<Group> groupOf(int members) throws MlsException {
        Group a = alice.found();
        List<TestClient> others = new ArrayList<>();
        for (int i = 1; i < members; i++) {
            others.add(new TestClient("member " + i, SUITE, random));
        }
        List<Group> groups = new ArrayList<>(List.of(a));
        groups.addAll(TestClient.addAll(a, others));
        alice.store.apply(a.drainDelta());
        return groups;
    }

    private static List<String> keys(StateDelta delta) {
        List<String> keys = new ArrayList<>();
        delta.puts().keySet().forEach(key -> keys.add(text(key)));
        delta.deletes().forEach(key -> keys.add("-" + text(key)));
        return keys;
    }

    private static String text(Bytes key) {
        return new String(key.toByteArray(), StandardCharsets.US_ASCII);
    }

    private static int bytes(StateDelta delta) {
        int bytes = delta.deletes().stream().mapToInt(Bytes::size).sum();
        for (Map.Entry<Bytes, Bytes> put : delta.puts().entrySet()) {
            bytes += put.getKey().size() + put.getValue().size();
        }
        return bytes;
    }

    @Test
    @DisplayName(
            "grows by at most a kilobyte with a message, keys included, and by a tenth of that with the next, in any"
                    + " group")
    void smallDeltas() throws MlsException {
        for (int members : new int[] {2, 70}) {
            List<Group> groups = groupOf(members);
            Group sender = groups.get(0);
            Group receiver = groups.get(members - 1);
            receiver.drainDelta();
            for (int message = 0; message < 3; message++) {
                int bytesMax = message == 0 ? 1_024 : 102;
                receiver.process(sender.protect(HELLO, HELLO));
                assertThat(bytes(sender.drainDelta()))
                        .as("message %d, sent among %d", message, members)
                        .isBetween(1, bytesMax);
                assertThat(bytes(receiver.drainDelta()))
                        .as("message %d, received among %d", message, members)
                        .isBetween(1, bytesMax);
            }
        }
    }

    @Test
    @DisplayName("is after every step the sum of the deltas, and restores to a group that stores the same")
    void sumOfDeltas() throws MlsException {
        List<Group> groups = groupOf(5);
        Group a = groups.get(0);
        a.process(groups.get(1).protect(HELLO, HELLO));
        TestClient.mergeAll(groups, groups.get(2).commit().remove(4).build().commit());
        a.process(groups.get(3).propose(new ProposalDraft.Update()));
        a.propose(new ProposalDraft.Update());
        a.commit().build();
        alice.store.apply(a.drainDelta());

        Map<Bytes, Bytes> stored = new HashMap<>(alice.store.blobs());
        Group restored = Group.restore(stored, alice.signer, alice.environment);
        assertThat(restored.drainDelta().isEmpty()).isTrue();
        assertThat(everything(restored)).isEqualTo(stored);
    }

    @Test
    @DisplayName(
            "that was put back tells that a later state has sent a message, of this epoch or one before, and nothing"
                    + " else does")
    void olderState() throws MlsException {
        List<Group> groups = groupOf(3);
        Group a = groups.get(0);
        Group b = groups.get(1);
        byte[] known = a.protect(HELLO, HELLO);
        alice.store.apply(a.drainDelta());
        Map<Bytes, Bytes> copy = new HashMap<>(alice.store.blobs());
        byte[] later = a.protect(HELLO, HELLO);
        byte[] ofAnother = b.protect(HELLO, HELLO);

        Group restored = Group.restore(copy, alice.signer, alice.environment);
        assertThat(restored.isOfLaterState(later)).isTrue();
        assertThat(restored.isOfLaterState(known)).isFalse();
        assertThat(restored.isOfLaterState(ofAnother)).isFalse();
        assertThat(restored.isOfLaterState(HELLO)).isFalse();
        for (int i = 0; i < later.length; i++) {
            byte[] changed = later.clone();
            changed[i] ^= 1;
            assertThat(restored.isOfLaterState(changed)).as("byte %d", i).isFalse();
        }
        assertThat(restored.drainDelta().isEmpty()).as("nothing has changed").isTrue();
        assertThat(restored.process(ofAnother)).isInstanceOf(Processed.ApplicationMessage.class);

        Processed commit = restored.process(b.commit().build().commit().toByteArray());
        restored.merge(((Processed.CommitReceived) commit).commit());
        assertThat(restored.isOfLaterState(later)).as("of the epoch before").isTrue();
        assertThat(restored.isOfLaterState(known)).isFalse();
    }

    @Test
    @DisplayName(
            "that was put back opens what a later state has sent, in any order and once, as soon as it sends nothing"
                    + " any more")
    void opensWhatALaterStateHasSent() throws MlsException {
        List<Group> groups = groupOf(3);
        Group a = groups.get(0);
        Group b = groups.get(1);
        byte[] known = a.protect(HELLO, HELLO);
        alice.store.apply(a.drainDelta());
        Map<Bytes, Bytes> copy = new HashMap<>(alice.store.blobs());
        byte[] later = a.protect(HELLO, HELLO);
        byte[] latest = a.protect(HELLO, HELLO);
        byte[] handshake = a.proposeEncrypted(new ProposalDraft.Update(), HELLO);

        Group restored = Group.restore(copy, alice.signer, alice.environment);
        assertRefused(restored, latest, MlsError.OWN_MESSAGE);
        restored.listenOnly();
        assertThat(restored.process(latest)).isInstanceOfSatisfying(Processed.ApplicationMessage.class, opened -> {
            assertThat(opened.plaintext().toByteArray()).isEqualTo(HELLO);
            assertThat(opened.senderLeaf()).isEqualTo(restored.ownLeafIndex());
        });
        assertRefused(restored, latest, MlsError.KEY_CONSUMED);
        assertRefused(restored, known, MlsError.KEY_CONSUMED);
        assertRefused(restored, handshake, MlsError.OWN_MESSAGE);
        Bytes commit = b.commit().build().commit();
        restored.merge(((Processed.CommitReceived) restored.process(commit.toByteArray())).commit());
        assertThat(restored.process(later)).as("of the epoch before").isInstanceOf(Processed.ApplicationMessage.class);
        assertRefused(restored, later, MlsError.KEY_CONSUMED);
    }

    private static void assertRefused(Group group, byte[] message, MlsError code) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> group.process(message))
                .extracting(MlsException::code)
                .isEqualTo(code);
    }

    @Test
    @DisplayName(
            "tells under which of its keys a message was sealed, by itself or by a copy of it, in this epoch or one"
                    + " before")
    void keyUsedTwice() throws MlsException {
        List<Group> groups = groupOf(3);
        Group a = groups.get(0);
        Group b = groups.get(1);
        alice.store.apply(a.drainDelta());
        Group copy = Group.restore(new HashMap<>(alice.store.blobs()), alice.signer, alice.environment);
        byte[] mine = a.protect(HELLO, HELLO);
        byte[] next = a.protect(HELLO, HELLO);
        byte[] ofTheCopy = copy.protect(HELLO, HELLO);
        byte[] ofAnother = b.protect(HELLO, HELLO);
        assertThat(b.process(ofTheCopy)).isInstanceOf(Processed.ApplicationMessage.class);
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> b.process(mine))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.KEY_CONSUMED);

        a.drainDelta();
        assertThat(a.ownGeneration(mine)).hasValue(0);
        assertThat(a.ownGeneration(next)).hasValue(1);
        assertThat(a.ownGeneration(ofTheCopy)).hasValue(0);
        assertThat(a.ownGeneration(ofAnother)).isEmpty();
        assertThat(a.ownGeneration(HELLO)).isEmpty();
        assertThat(a.ownGeneration(a.propose(new ProposalDraft.Update()))).isEmpty();
        a.drainDelta();
        a.ownGeneration(mine);
        assertThat(a.drainDelta().isEmpty()).as("nothing has changed").isTrue();

        a.merge(((Processed.CommitReceived)
                        a.process(b.commit().build().commit().toByteArray()))
                .commit());
        assertThat(a.ownGeneration(ofTheCopy)).as("of the epoch before").hasValue(0);
        a.closeEpochsThrough(a.epoch() - 1);
        assertThat(a.ownGeneration(ofTheCopy)).as("of a closed epoch").isEmpty();
    }

    @Test
    @DisplayName(
            "that was put back uses no key a second time if it skips as many as were used since, and all of it is read")
    void skipsOwnKeys() throws MlsException {
        List<Group> groups = groupOf(3);
        Group a = groups.get(0);
        Group b = groups.get(1);
        alice.store.apply(a.drainDelta());
        Map<Bytes, Bytes> copy = new HashMap<>(alice.store.blobs());
        byte[] first = a.protect(HELLO, HELLO);
        byte[] second = a.protect(HELLO, HELLO);

        Group restored = Group.restore(copy, alice.signer, alice.environment);
        restored.skipOwnKeys(2);
        assertThat(restored.drainDelta().isEmpty()).isFalse();
        byte[] third = restored.protect(HELLO, HELLO);
        for (byte[] message : List.of(third, first, second)) {
            assertThat(b.process(message)).isInstanceOf(Processed.ApplicationMessage.class);
        }
        for (int count : new int[] {-1, Limits.SKIPPED_KEYS_MAX + 1}) {
            assertThatExceptionOfType(MlsException.class)
                    .isThrownBy(() -> restored.skipOwnKeys(count))
                    .extracting(MlsException::code)
                    .isEqualTo(MlsError.LIMIT);
        }
        restored.listenOnly();
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> restored.skipOwnKeys(1))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.LISTEN_ONLY);
    }

    /** All of a group's state, as if nothing of it were stored. */
    private static Map<Bytes, Bytes> everything(Group group) {
        Map<Bytes, Bytes> all =
                new HashMap<>(new StateStorage(group.state()).drain().puts());
        int exporterRoot = TreeMath.root(ExporterTree.COMPONENTS);
        group.state()
                .exporterTree()
                .encodeNode(exporterRoot)
                .ifPresent(root -> all.put(new StateKey.ExporterNode(exporterRoot).bytes(), Bytes.of(root)));
        long epoch = group.epoch();
        addSecretTree(
                all,
                epoch,
                group.state().secretTree(),
                group.publicGroup().tree().leafPlaces());
        for (PastEpoch past : group.state().past().all()) {
            addSecretTree(all, past.epoch(), past.secretTree(), past.leafPlaces());
        }
        return all;
    }

    private static void addSecretTree(Map<Bytes, Bytes> all, long epoch, SecretTree tree, int leafPlaces) {
        for (int node = 0; node < 2 * leafPlaces - 1; node++) {
            Bytes key = new StateKey.SecretNode(epoch, node).bytes();
            tree.encodeNode(node).ifPresent(secret -> all.put(key, Bytes.of(secret)));
        }
        for (int leaf = 0; leaf < leafPlaces; leaf++) {
            for (RatchetId.Kind kind : RatchetId.Kind.values()) {
                RatchetId id = new RatchetId(leaf, kind);
                Bytes key = new StateKey.Ratchet(epoch, id).bytes();
                tree.encodeRatchet(id).ifPresent(ratchet -> all.put(key, Bytes.of(ratchet)));
            }
        }
    }

    @Test
    @DisplayName("changes with a message in one ratchet only, sent or received")
    void messageDelta() throws MlsException {
        List<Group> groups = groupOf(9);
        Group a = groups.get(0);
        a.protect(HELLO, HELLO);
        a.process(groups.get(5).protect(HELLO, HELLO));
        a.drainDelta();

        a.protect(HELLO, HELLO);
        StateDelta sent = a.drainDelta();
        assertThat(keys(sent)).containsExactly("ratchet/0000000000000001/00000000/application");
        a.process(groups.get(5).protect(HELLO, HELLO));
        StateDelta received = a.drainDelta();
        assertThat(keys(received)).containsExactly("ratchet/0000000000000001/00000005/application");
        assertThat(received.puts().values()).allMatch(value -> value.size() < 100);
    }

    @Test
    @DisplayName("changes with a commit in the nodes and keys of one path, however large the group")
    void commitDelta() throws MlsException {
        List<Group> groups = groupOf(64);
        Group a = groups.get(0);
        TestClient.mergeAll(groups, a.commit().build().commit());
        a.drainDelta();
        Bytes commit = groups.get(63).commit().build().commit();
        a.merge(TestClient.staged(a, commit));
        StateDelta delta = a.drainDelta();
        assertThat(delta.puts().keySet().stream().filter(key -> text(key).startsWith("node/")))
                .hasSizeLessThanOrEqualTo(7);
        assertThat(delta.puts().keySet().stream().filter(key -> text(key).startsWith("key/")))
                .hasSizeLessThanOrEqualTo(7);
        assertThat(delta.puts()).hasSizeLessThan(20);
        assertThat(delta.deletes()).hasSizeLessThan(10);
    }

    @Test
    @DisplayName("is deleted to the last blob when the group is destroyed")
    void destroyed() throws MlsException {
        List<Group> groups = groupOf(6);
        Group a = groups.get(0);
        a.process(groups.get(1).protect(HELLO, HELLO));
        TestClient.mergeAll(groups, a.commit().remove(2).build().commit());
        a.protect(HELLO, HELLO);
        a.process(groups.get(1).propose(new ProposalDraft.Update()));
        a.propose(new ProposalDraft.Update());
        a.commit().build();
        a = alice.reloaded(a);
        EpochSecrets secrets = a.state().secrets();
        a.destroy();
        assertThat(alice.store.apply(a.drainDelta()).blobs()).isEmpty();
        assertThat(secrets.init().isErased()).isTrue();
        Group gone = a;
        assertRefused(() -> gone.protect(HELLO, HELLO), MlsError.GROUP_INACTIVE);
        assertThat(gone.isActive()).isFalse();
        assertThat(gone.drainDelta().puts()).isEmpty();
    }

    @Test
    @DisplayName("loses the secrets of an epoch that is over: tree secrets at once, message secrets when it is closed")
    void erasure() throws MlsException {
        List<Group> groups = groupOf(4);
        Group a = groups.get(0);
        EpochSecrets secrets = a.state().secrets();
        assertThat(secrets.encryption().isErased()).isTrue();
        List<HpkeKeyPair> keys = List.copyOf(a.state().keys().byNode().values());
        SecretTree messages = a.state().secretTree();
        TestClient.mergeAll(List.of(a), a.commit().build().commit());
        assertThat(secrets.init().isErased()).isTrue();
        assertThat(keys).allMatch(pair -> pair.privateKey().isErased());
        alice.store.apply(a.drainDelta());
        assertThat(alice.store.blobs().keySet()).anyMatch(key -> text(key).startsWith("past/0000000000000001"));

        a.closeEpochsThrough(1);
        alice.store.apply(a.drainDelta());
        assertThat(alice.store.blobs().keySet())
                .filteredOn(key -> text(key).contains("0000000000000001"))
                .containsExactly(Bytes.ofUtf8("resumption/0000000000000001"));
        a.forgetResumptionPsksThrough(1);
        alice.store.apply(a.drainDelta());
        assertThat(alice.store.blobs().keySet()).noneMatch(key -> text(key).contains("0000000000000001"));
        assertThat(messages.encodeNode(3)).isEmpty();
        assertThat(messages.encodeNode(1)).isEmpty();
    }

    @Test
    @DisplayName("is refused when something is missing, unknown, of another version, or another member's")
    void refused() throws MlsException {
        groupOf(3);
        Map<Bytes, Bytes> stored = alice.store.blobs();
        for (String missing : List.of("group", "epoch", "node/00000002", "key/00000000")) {
            Map<Bytes, Bytes> less = new HashMap<>(stored);
            assertThat(less.remove(Bytes.ofUtf8(missing))).isNotNull();
            assertThatExceptionOfType(MlsException.class).as(missing).isThrownBy(() -> restore(less));
        }
        Map<Bytes, Bytes> unknown = new HashMap<>(stored);
        unknown.put(Bytes.ofUtf8("epoch/7"), Bytes.EMPTY);
        assertRefused(() -> restore(unknown), MlsError.INVALID_STATE);
        Map<Bytes, Bytes> newer = new HashMap<>(stored);
        newer.put(Bytes.ofUtf8("group"), Bytes.ofHex("00030100000000"));
        assertRefused(() -> restore(newer), MlsError.INVALID_STATE);
        TestClient other = new TestClient("other", SUITE, random);
        assertRefused(() -> Group.restore(stored, other.signer, other.environment), MlsError.KEY_MISMATCH);
    }

    @Test
    @DisplayName("restores with its pending commit, even if credentials are judged differently by now")
    void otherJudgement() throws MlsException {
        List<Group> groups = groupOf(3);
        Bytes commit = groups.get(0)
                .commit()
                .add(new TestClient("dave", SUITE, random).keyPackage())
                .build()
                .commit();
        Map<Bytes, Bytes> stored = alice.store.apply(groups.get(0).drainDelta()).blobs();
        GroupEnvironment strict = new GroupEnvironment((credential, key) -> false, random, alice.environment.clock());
        Group restored = Group.restore(stored, alice.signer, strict);
        TestClient.mergeAll(List.of(restored, groups.get(1)), commit);
        assertThat(restored.epochAuthenticator()).isEqualTo(groups.get(1).epochAuthenticator());
        byte[] adding = groups.get(1).propose(new ProposalDraft.Add(new TestClient("eve", SUITE, random).keyPackage()));
        assertRefused(() -> restored.process(adding), MlsError.CREDENTIAL_REJECTED);
    }

    @Test
    @DisplayName("does not stop the program, whichever of its bytes are damaged")
    void damaged() throws MlsException {
        List<Group> groups = groupOf(3);
        groups.get(0).propose(new ProposalDraft.Update());
        groups.get(0).commit().build();
        Map<Bytes, Bytes> stored = alice.store.apply(groups.get(0).drainDelta()).blobs();
        for (Map.Entry<Bytes, Bytes> entry : stored.entrySet()) {
            for (int i = 0; i < 20; i++) {
                byte[] value = entry.getValue().toByteArray();
                value[random.below(value.length)] ^= (byte) (1 + random.below(255));
                Map<Bytes, Bytes> damaged = new HashMap<>(stored);
                damaged.put(entry.getKey(), i == 0 ? Bytes.EMPTY : Bytes.of(value));
                try {
                    restore(damaged);
                } catch (MlsException expected) {
                    assertThat(expected.code()).isNotNull();
                }
            }
        }
    }

    private Group restore(Map<Bytes, Bytes> stored) throws MlsException {
        return Group.restore(stored, alice.signer, alice.environment);
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(call)
                .extracting(MlsException::code)
                .isEqualTo(code);
    }
}
