package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.UpdatePath;
import chat.samara.mls.tree.UpdatePathNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/**
 * A member can tell a commit whose fault whoever ordered it could see from one that only members can see through. (That an observer
 * refuses the former, too, and accepts the latter, {@link HostileScene} asserts for every rule there is.)
 */
@DisplayName("A handshake that a member refuses")
class SecretFailureTest {
    private static final Bytes WRONG_TAG = Bytes.of(new byte[32]);

    private HostileScene scene;

    @BeforeEach
    void fourMembers() throws MlsException {
        scene = new HostileScene(420);
    }

    private void assertSecretOnly(Group member, MlsError code, byte[] message) throws MlsException {
        member.publicGroup().verify(message);
        assertRefused(member, code, true, message);
    }

    private static void assertRefused(Group member, MlsError code, boolean isSecretOnly, byte[] message) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> member.process(message))
                .satisfies(refusal -> {
                    assertThat(refusal.code()).as(refusal.getMessage()).isEqualTo(code);
                    assertThat(refusal.isSecretOnly()).as(refusal.getMessage()).isEqualTo(isSecretOnly);
                });
    }

    private static UpdatePath garbled(UpdatePath path) {
        List<UpdatePathNode> nodes = new ArrayList<>();
        for (UpdatePathNode node : path.nodes()) {
            List<HpkeCiphertext> others = new ArrayList<>();
            for (HpkeCiphertext sealed : node.encryptedPathSecrets()) {
                others.add(new HpkeCiphertext(
                        sealed.kemOutput(),
                        Bytes.of(new byte[sealed.ciphertext().size()])));
            }
            nodes.add(new UpdatePathNode(node.encryptionKey(), others));
        }
        return new UpdatePath(path.leafNode(), nodes);
    }

    @Nested
    @DisplayName("only for what takes a secret, says so:")
    class SecretOnly {
        @Test
        @DisplayName("a membership tag, of a commit and of a proposal")
        void membershipTag() throws MlsException {
            for (byte[] message :
                    List.of(scene.commit().message(), scene.mallory.propose(new Proposal.Remove(HostileScene.DAVE)))) {
                assertSecretOnly(
                        scene.a, MlsError.INVALID_MEMBERSHIP_TAG, HostileMember.withMembershipTag(message, WRONG_TAG));
            }
        }

        @Test
        @DisplayName("a confirmation tag, of a commit with a path and without, and of an external one")
        void confirmationTag() throws MlsException {
            assertSecretOnly(
                    scene.a,
                    MlsError.INVALID_CONFIRMATION_TAG,
                    scene.commit().confirmationTag(tag -> WRONG_TAG).message());
            assertSecretOnly(
                    scene.a,
                    MlsError.INVALID_CONFIRMATION_TAG,
                    scene.commit()
                            .of(new Proposal.Add(scene.eve.keyPackage().content()))
                            .withoutPath()
                            .confirmationTag(tag -> WRONG_TAG)
                            .message());
            byte[] external = Group.joinExternal(
                            scene.a.groupInfo(),
                            Optional.of(scene.a.ratchetTree()),
                            scene.eve.credential,
                            scene.eve.signer,
                            scene.eve.environment)
                    .build(TestClient.CAPABILITIES)
                    .bundle()
                    .commit()
                    .toByteArray();
            // The tag is the last field of an external commit, which has no membership tag.
            external[external.length - 1] ^= 1;
            assertSecretOnly(scene.a, MlsError.INVALID_CONFIRMATION_TAG, external);
        }

        @Test
        @DisplayName("a path secret that does not open, or is not that of the path's keys")
        void pathSecret() throws MlsException {
            assertSecretOnly(
                    scene.a,
                    MlsError.DECRYPTION_FAILED,
                    scene.commit().path(SecretFailureTest::garbled).message());
            assertSecretOnly(
                    scene.a,
                    MlsError.KEY_MISMATCH,
                    scene.commit().sealed((node, secret) -> new byte[32]).message());
        }

        @Test
        @DisplayName("a path that has no secret for it, because its own state lacks a key")
        void noPathSecret() throws MlsException {
            SeededRandom random = new SeededRandom(421);
            TestClient alice = new TestClient("alice", HostileScene.SUITE, random);
            List<TestClient> others = new ArrayList<>();
            for (String name : List.of("bob", "carol", "dave")) {
                others.add(new TestClient(name, HostileScene.SUITE, random));
            }
            List<Group> joined = TestClient.addAll(alice.found(), others);
            TestClient bob = others.get(0);
            bob.store.apply(joined.get(0).drainDelta());
            bob.store.blobs().remove(Bytes.ofUtf8("key/00000001"));
            Group b = Group.restore(bob.store.blobs(), bob.signer, bob.environment);
            byte[] byCarol = joined.get(1).commit().build().commit().toByteArray();
            assertSecretOnly(b, MlsError.INVALID_PATH_SECRET, byCarol);
        }

        @Test
        @DisplayName("a pre-shared key that it does not hold")
        void preSharedKey() throws MlsException {
            Bytes name = Bytes.ofUtf8("the password");
            PreSharedKeys holding = new PreSharedKeys() {
                @Override
                public Optional<Secret> external(Bytes pskId) {
                    return Optional.of(Secret.take(new byte[] {1, 2, 3}));
                }
            };
            TestClient frank =
                    new TestClient("frank", HostileScene.SUITE, scene.random, TestClient.CAPABILITIES, holding);
            Group f = TestClient.addAll(scene.a, List.of(frank)).get(0);
            byte[] commit = f.commit().externalPsk(name).build().commit().toByteArray();
            assertSecretOnly(scene.a, MlsError.PSK_UNAVAILABLE, commit);
        }

        @Test
        @DisplayName("a commit of its own that it holds the secrets of no more")
        void ownCommit() throws MlsException {
            byte[] commit = scene.a.commit().build().commit().toByteArray();
            scene.a.clearPendingCommit();
            assertSecretOnly(scene.a, MlsError.OWN_MESSAGE, commit);
        }
    }

    @Nested
    @DisplayName("for what everybody can see, does not say so,")
    class Public {
        @Test
        @DisplayName("even if a tag or a path secret is wrong as well")
        void both() throws MlsException {
            byte[] nobody = scene.commit().of(new Proposal.Remove(77)).message();
            byte[] wrongPath = scene.commit()
                    .path(path ->
                            garbled(new UpdatePath(path.leafNode(), path.nodes().subList(0, 1))))
                    .message();
            byte[] forged = HostileMember.withMembershipTag(scene.commit().message(), WRONG_TAG);
            // The last byte of the signature stands before the two tags, each with one byte of length.
            forged[forged.length - 2 * (1 + 32) - 1] ^= 1;
            for (Group member : List.of(scene.a, scene.c, scene.d)) {
                assertRefused(member, MlsError.INVALID_PROPOSAL, false, nobody);
                assertRefused(
                        member, MlsError.INVALID_PROPOSAL, false, HostileMember.withMembershipTag(nobody, WRONG_TAG));
                assertRefused(member, MlsError.INVALID_PATH, false, wrongPath);
                assertRefused(member, MlsError.INVALID_SIGNATURE, false, forged);
            }
        }

        @Test
        @DisplayName("nor where the group has come to its end, or another commit of the epoch was first")
        void ownState() throws MlsException {
            byte[] late = scene.commit().message();
            TestClient.mergeAll(
                    List.of(scene.a, scene.c, scene.d),
                    scene.c.commit().remove(HostileScene.DAVE).build().commit());
            assertRefused(scene.a, MlsError.WRONG_EPOCH, false, late);
            assertRefused(scene.d, MlsError.GROUP_INACTIVE, false, late);
        }
    }
}
