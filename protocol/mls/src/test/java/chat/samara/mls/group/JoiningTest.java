package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.KeySchedule;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.welcome.EncryptedGroupSecrets;
import chat.samara.mls.welcome.GroupInfo;
import chat.samara.mls.welcome.GroupInfoIn;
import chat.samara.mls.welcome.GroupSecrets;
import chat.samara.mls.welcome.Welcome;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Joining by a Welcome (RFC 9420 §12.4.3.1): each test is a Welcome by a hostile committer, who knows every secret. */
class JoiningTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final Secret NO_PSK = Secret.zeros(SUITE.hashBytes());

    private final SeededRandom random = new SeededRandom(1871);
    private final TestClient alice = new TestClient("alice", SUITE, random);
    private final TestClient bob = new TestClient("bob", SUITE, random);
    private final TestClient carol = new TestClient("carol", SUITE, random);

    private KeyPackageBundle bundle;
    private byte[] honest;
    private byte[] tree;
    private GroupSecrets secrets;
    private GroupInfoIn groupInfo;

    @BeforeEach
    void aliceAddsBob() throws MlsException {
        Group group = alice.found();
        TestClient.addAll(group, List.of(carol));
        bundle = bob.bundle();
        CommitBundle added = group.commit().add(bundle.keyPackage()).update().build();
        honest = added.welcome().orElseThrow().toByteArray();
        tree = added.after().ratchetTree();
        Welcome welcome = MlsMessage.decode(honest).requireWelcome();
        byte[] opened = SUITE.decryptWithLabel(
                bundle.initKeyPair(),
                "Welcome",
                welcome.encryptedGroupInfo().toByteArray(),
                welcome.secretsFor(bundle.ref()).orElseThrow().encryptedGroupSecrets());
        secrets = TlsReader.decode(opened, GroupSecrets::readFrom);
        groupInfo = GroupInfo.decode(
                KeySchedule.openGroupInfo(SUITE, secrets.joinerSecret(), NO_PSK, welcome.encryptedGroupInfo()));
    }

    private Group join(byte[] welcome) throws MlsException {
        return Group.join(welcome, bundle, bob.signer, Optional.of(tree), bob.environment);
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }

    /** A Welcome for bob with any content. */
    private byte[] forged(TlsEncodable groupSecrets, byte[] info) throws MlsException {
        Bytes sealedInfo = KeySchedule.sealGroupInfo(SUITE, secrets.joinerSecret(), NO_PSK, info);
        HpkeCiphertext sealed = SUITE.encryptWithLabel(
                bundle.keyPackage().initKey(), "Welcome", sealedInfo.toByteArray(), groupSecrets.encode(), random);
        return message(new Welcome(SUITE.code(), List.of(new EncryptedGroupSecrets(bundle.ref(), sealed)), sealedInfo));
    }

    private byte[] forged(GroupInfo info) throws MlsException {
        return forged(secrets, info.encode());
    }

    private static byte[] message(Welcome welcome) {
        return new MlsMessage.OfWelcome(welcome).encode();
    }

    private GroupInfo signed(GroupContext context, List<Extension> extensions, Bytes tag, int signer, TestClient by)
            throws MlsException {
        return GroupInfo.sign(context, extensions, tag, signer, by.signer);
    }

    private GroupInfo signedByAlice(GroupContext context) throws MlsException {
        return signed(context, List.of(), groupInfo.confirmationTag(), 0, alice);
    }

    private static GroupContext withExtensions(GroupContext old, List<Extension> extensions) {
        return new GroupContext(
                old.cipherSuite(),
                old.groupId(),
                old.epoch(),
                old.treeHash(),
                old.confirmedTranscriptHash(),
                extensions);
    }

    @Test
    @DisplayName("the Welcome that the violations start from is accepted, made anew as well")
    void honestWelcome() throws MlsException {
        Group first = join(honest);
        assertThat(first.members()).hasSize(3);
        Group second = join(forged(secrets, groupInfo.encode()));
        assertThat(second.epochAuthenticator()).isEqualTo(first.epochAuthenticator());
    }

    @Test
    @DisplayName("a Welcome with any byte changed is refused, and nothing but an MlsException comes out")
    void anyByteChanged() throws MlsException {
        for (int at = 0; at < honest.length; at++) {
            byte[] changed = honest.clone();
            changed[at] ^= (byte) (1 << random.below(8));
            assertThatThrownBy(() -> join(changed))
                    .as("byte %d, %s", at, random)
                    .isInstanceOf(MlsException.class);
        }
    }

    @Test
    @DisplayName("another kind of message is refused")
    void otherKind() throws MlsException {
        byte[] info = new MlsMessage.OfGroupInfo(groupInfo).encode();
        assertRefused(() -> join(info), MlsError.WRONG_MESSAGE_KIND);
    }

    @Test
    @DisplayName("a Welcome for another KeyPackage is refused")
    void forSomebodyElse() {
        KeyPackageBundle other = bob.bundle();
        assertRefused(
                () -> Group.join(honest, other, bob.signer, Optional.of(tree), bob.environment), MlsError.NOT_WELCOME);
    }

    @Test
    @DisplayName("a Welcome of another suite than the KeyPackage's is refused")
    void otherSuite() throws MlsException {
        Welcome welcome = MlsMessage.decode(honest).requireWelcome();
        Welcome other = new Welcome(3, welcome.secrets(), welcome.encryptedGroupInfo());
        assertRefused(() -> join(message(other)), MlsError.INVALID_WELCOME);
    }

    @Test
    @DisplayName("a signature key that is not the KeyPackage's is the caller's mistake, and refused")
    void foreignSignatureKey() {
        assertRefused(
                () -> Group.join(honest, bundle, carol.signer, Optional.of(tree), bob.environment),
                MlsError.KEY_MISMATCH);
    }

    @Test
    @DisplayName("group secrets that are sealed for another Welcome are refused")
    void secretsOfAnotherWelcome() throws MlsException {
        Welcome welcome = MlsMessage.decode(honest).requireWelcome();
        Bytes otherInfo = KeySchedule.sealGroupInfo(SUITE, secrets.joinerSecret(), NO_PSK, groupInfo.encode());
        byte[] changed = otherInfo.toByteArray();
        changed[0] ^= 1;
        Welcome mixed = new Welcome(welcome.cipherSuite(), welcome.secrets(), Bytes.of(changed));
        assertRefused(() -> join(message(mixed)), MlsError.DECRYPTION_FAILED);
    }

    @Test
    @DisplayName("group secrets that are malformed or of other sizes are refused")
    void badGroupSecrets() throws MlsException {
        TlsEncodable trailing = writer -> writer.struct(secrets).uint8(0);
        assertRefused(() -> join(forged(trailing, groupInfo.encode())), MlsError.MALFORMED);
        Secret tooShort = Secret.zeros(16);
        GroupSecrets shortPath = new GroupSecrets(secrets.joinerSecret(), Optional.of(tooShort), List.of());
        assertRefused(() -> join(forged(shortPath, groupInfo.encode())), MlsError.INVALID_WELCOME);
        GroupSecrets shortJoiner = new GroupSecrets(tooShort, secrets.pathSecret(), List.of());
        assertRefused(() -> join(forged(shortJoiner, groupInfo.encode())), MlsError.INVALID_WELCOME);
    }

    @Test
    @DisplayName("another joiner secret does not open the GroupInfo")
    void otherJoinerSecret() throws MlsException {
        GroupSecrets other =
                new GroupSecrets(Secret.random(SUITE.hashBytes(), random), secrets.pathSecret(), List.of());
        assertRefused(() -> join(forged(other, groupInfo.encode())), MlsError.DECRYPTION_FAILED);
    }

    @Test
    @DisplayName("a path secret that does not lead to the keys in the tree is refused (RFC 9420 §12.4.3.1)")
    void otherPathSecret() throws MlsException {
        GroupSecrets other = new GroupSecrets(
                secrets.joinerSecret(), Optional.of(Secret.random(SUITE.hashBytes(), random)), List.of());
        assertRefused(() -> join(forged(other, groupInfo.encode())), MlsError.KEY_MISMATCH);
    }

    @Test
    @DisplayName("a GroupInfo that is malformed is refused")
    void malformedGroupInfo() throws MlsException {
        byte[] trailing = new TlsWriter().struct(groupInfo).uint8(0).toByteArray();
        assertRefused(() -> join(forged(secrets, trailing)), MlsError.MALFORMED);
    }

    @Test
    @DisplayName("a GroupInfo that its signer has not signed is refused")
    void wrongGroupInfoSignature() throws MlsException {
        GroupInfo byOther = signed(groupInfo.groupContext(), List.of(), groupInfo.confirmationTag(), 0, carol);
        assertRefused(() -> join(forged(byOther)), MlsError.INVALID_SIGNATURE);
    }

    @Test
    @DisplayName("a GroupInfo by a blank leaf, or by the joiner itself, is refused")
    void wrongSigner() throws MlsException {
        for (int nobody : new int[] {3, 1000, -1}) {
            GroupInfo byNobody =
                    signed(groupInfo.groupContext(), List.of(), groupInfo.confirmationTag(), nobody, alice);
            assertRefused(() -> join(forged(byNobody)), MlsError.INVALID_GROUP_INFO);
        }
        GroupInfo bySelf = signed(groupInfo.groupContext(), List.of(), groupInfo.confirmationTag(), 2, bob);
        assertRefused(() -> join(forged(bySelf)), MlsError.INVALID_GROUP_INFO);
    }

    @Test
    @DisplayName("a GroupInfo of another suite than the KeyPackage's is refused")
    void otherSuiteInGroupInfo() throws MlsException {
        GroupContext old = groupInfo.groupContext();
        GroupContext other = new GroupContext(
                3, old.groupId(), old.epoch(), old.treeHash(), old.confirmedTranscriptHash(), old.extensions());
        assertRefused(() -> join(forged(signedByAlice(other))), MlsError.INVALID_GROUP_INFO);
    }

    @Test
    @DisplayName("a GroupInfo whose extensions hold one type twice is refused")
    void duplicateExtension() throws MlsException {
        Extension one = new Extension(0x0a0a, Bytes.EMPTY);
        GroupInfo info = signed(groupInfo.groupContext(), List.of(one, one), groupInfo.confirmationTag(), 0, alice);
        assertRefused(() -> join(forged(info)), MlsError.DUPLICATE_EXTENSION);
    }

    @Test
    @DisplayName("unknown extensions of the GroupInfo are ignored (RFC 9420 §13.4)")
    void unknownGroupInfoExtension() throws MlsException {
        List<Extension> grease = List.of(new Extension(0x0a0a, Bytes.of((byte) 1)));
        GroupInfo info = signed(groupInfo.groupContext(), grease, groupInfo.confirmationTag(), 0, alice);
        assertThat(join(forged(info)).isActive()).isTrue();
    }

    @Test
    @DisplayName("a GroupContext extension that the joiner does not support is refused (RFC 9420 §13.4)")
    void unsupportedGroupContextExtension() throws MlsException {
        GroupContext other = withExtensions(groupInfo.groupContext(), List.of(new Extension(0xF0BB, Bytes.EMPTY)));
        assertRefused(() -> join(forged(signedByAlice(other))), MlsError.UNSUPPORTED_EXTENSION);
    }

    @Test
    @DisplayName("a GroupContext that is not the one the secrets are of is refused by the confirmation tag")
    void otherContext() throws MlsException {
        GroupContext old = groupInfo.groupContext();
        Extension own = new Extension(TestClient.OWN_EXTENSION, Bytes.ofUtf8("another policy"));
        GroupContext otherEpoch = new GroupContext(
                old.cipherSuite(),
                old.groupId(),
                old.epoch() + 1,
                old.treeHash(),
                old.confirmedTranscriptHash(),
                old.extensions());
        for (GroupContext other : List.of(
                withExtensions(old, List.of(own)),
                otherEpoch,
                old.withConfirmedTranscriptHash(Bytes.of(new byte[32])))) {
            assertRefused(() -> join(forged(signedByAlice(other))), MlsError.INVALID_CONFIRMATION_TAG);
        }
    }

    @Test
    @DisplayName("another confirmation tag is refused")
    void otherTag() throws MlsException {
        GroupInfo info = signed(groupInfo.groupContext(), List.of(), Bytes.of(new byte[32]), 0, alice);
        assertRefused(() -> join(forged(info)), MlsError.INVALID_CONFIRMATION_TAG);
    }

    @Test
    @DisplayName("without a tree, inside or outside, nobody joins")
    void missingTree() {
        assertRefused(
                () -> Group.join(honest, bundle, bob.signer, Optional.empty(), bob.environment), MlsError.MISSING_TREE);
    }

    @Test
    @DisplayName("a tree inside the Welcome is taken, and verified like one outside")
    void treeInside() throws MlsException {
        List<Extension> inside = List.of(new Extension(Extension.RATCHET_TREE, Bytes.of(tree)));
        byte[] welcome = forged(signed(groupInfo.groupContext(), inside, groupInfo.confirmationTag(), 0, alice));
        Group joined = Group.join(welcome, bundle, bob.signer, Optional.empty(), bob.environment);
        assertThat(joined.members()).hasSize(3);
    }

    @Test
    @DisplayName("a tree that is not the GroupContext's is refused")
    void otherTree() throws MlsException {
        byte[] other = alice.found().ratchetTree();
        assertRefused(
                () -> Group.join(honest, bundle, bob.signer, Optional.of(other), bob.environment),
                MlsError.TREE_HASH_MISMATCH);
    }

    @Test
    @DisplayName("a tree without the joiner's leaf is refused")
    void treeWithoutTheJoiner() throws MlsException {
        RatchetTree small = alice.found().publicGroup().tree();
        GroupContext context = groupInfo.groupContext().withTreeHash(small.hash());
        byte[] welcome = forged(signedByAlice(context));
        assertRefused(
                () -> Group.join(welcome, bundle, bob.signer, Optional.of(small.encode()), bob.environment),
                MlsError.INVALID_WELCOME);
    }

    @Test
    @DisplayName("a tree with another leaf of the joiner's than its KeyPackage's is refused")
    void anotherLeafOfTheJoiner() throws MlsException {
        RatchetTree small = alice.found().publicGroup().tree();
        RatchetTree stale =
                small.withAddedLeaf(bob.bundle().keyPackage().leafNode()).tree();
        GroupContext context = groupInfo.groupContext().withTreeHash(stale.hash());
        byte[] welcome = forged(signedByAlice(context));
        assertRefused(
                () -> Group.join(welcome, bundle, bob.signer, Optional.of(stale.encode()), bob.environment),
                MlsError.INVALID_WELCOME);
    }

    @Test
    @DisplayName("a server reads from a Welcome whom it is for, and nothing else")
    void whoIsWelcome() throws MlsException {
        assertThat(Welcome.keyPackageRefs(honest)).containsExactly(bundle.ref());
    }
}
