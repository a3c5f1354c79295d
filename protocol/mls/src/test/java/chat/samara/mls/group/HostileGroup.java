package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.Lifetime;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.TreeKem;
import chat.samara.mls.tree.TreePrivateKeys;
import chat.samara.mls.tree.UpdatePath;
import chat.samara.mls.welcome.GroupInfo;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * A group of which every member's signature key is known to the test, and which will sign anything. Nobody holds an epoch
 * secret: tags are random bytes, which is all the same to an observer.
 */
final class HostileGroup {
    static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    static final int OWN_EXTENSION = 0xF001;
    static final Capabilities CAPABILITIES = Capabilities.of(List.of(OWN_EXTENSION), List.of());
    static final Lifetime LIFETIME = new Lifetime(1_000, 2_000);

    final RandomSource random;
    final Map<Integer, SignatureKeyPair> signers = new HashMap<>();
    private final Map<Bytes, SignatureKeyPair> bySignatureKey = new HashMap<>();
    private final Capabilities capabilities;
    PublicGroup group;

    /** A group of the named members, with parent nodes set by the first. */
    HostileGroup(long seed, List<Extension> extensions, AuthenticationService authentication, String... names)
            throws MlsException {
        this(seed, extensions, authentication, CAPABILITIES, names);
    }

    /** As the other, of clients with other capabilities. */
    HostileGroup(
            long seed,
            List<Extension> extensions,
            AuthenticationService authentication,
            Capabilities capabilities,
            String... names)
            throws MlsException {
        this.capabilities = capabilities;
        Random source = new Random(seed);
        random = source::nextBytes;
        KeyPackageBundle creator = keyPackage(names[0]);
        RatchetTree tree = RatchetTree.of(SUITE, creator.keyPackage().leafNode());
        GroupContext context =
                new GroupContext(SUITE.code(), Bytes.ofUtf8("a group"), 0, tree.hash(), Bytes.EMPTY, extensions);
        group = PublicGroup.founded(tree, context, tag(), authentication);
        claim(0);
        Proposal[] adds = new Proposal[names.length - 1];
        for (int i = 1; i < names.length; i++) {
            adds[i - 1] = add(keyPackage(names[i]));
        }
        accept(commit(0, adds));
    }

    Bytes tag() {
        return Bytes.wrapUnsafe(random.bytes(SUITE.hashBytes()));
    }

    KeyPackageBundle keyPackage(String name) {
        return keyPackage(name, newSigner(), capabilities);
    }

    SignatureKeyPair newSigner() {
        SignatureKeyPair signer = SignatureKeyPair.generate(SUITE, random);
        bySignatureKey.put(signer.publicKey(), signer);
        return signer;
    }

    KeyPackageBundle keyPackage(String name, SignatureKeyPair signer, Capabilities capabilities) {
        return KeyPackageBundle.generate(
                SUITE, signer, Credential.basic(Bytes.ofUtf8(name)), capabilities, LIFETIME, List.of(), random);
    }

    static Proposal add(KeyPackageBundle bundle) {
        return new Proposal.Add(bundle.keyPackage().content());
    }

    LeafNode leaf(int index) {
        return group.tree().leaf(index).orElseThrow();
    }

    /** The group goes on with what it accepts. */
    VerifiedHandshake accept(byte[] message) throws MlsException {
        VerifiedHandshake verified = group.verify(message);
        group = verified.after();
        group.members().forEach(member -> claim(member.leafIndex()));
        return verified;
    }

    private void claim(int leaf) {
        signers.put(leaf, Objects.requireNonNull(bySignatureKey.get(leaf(leaf).signatureKey())));
    }

    SignatureKeyPair signer(int leaf) {
        return Objects.requireNonNull(signers.get(leaf));
    }

    // ---- proposals ----

    /** A leaf for an Update by a member. */
    LeafNode update(int leaf, Bytes encryptionKey, SignatureKeyPair signer) {
        return replaced(leaf(leaf), encryptionKey, signer.publicKey(), new LeafNodeSource.FromUpdate())
                .signed(SUITE, signer, group.groupId(), leaf);
    }

    LeafNode update(int leaf) {
        return update(leaf, newKey(), signer(leaf));
    }

    static LeafNode replaced(LeafNode old, Bytes encryptionKey, Bytes signatureKey, LeafNodeSource source) {
        return new LeafNode(
                encryptionKey,
                signatureKey,
                old.credential(),
                old.capabilities(),
                source,
                old.extensions(),
                Bytes.EMPTY);
    }

    Bytes newKey() {
        return SUITE.generateKeyPair(random).publicKey();
    }

    byte[] propose(int leaf, Proposal proposal) {
        return message(new Sender.Member(leaf), new Content.OfProposal(proposal), signer(leaf));
    }

    /** Sends a proposal that the group accepts, to be committed by reference. */
    ProposalOrRef sent(int leaf, Proposal proposal) throws MlsException {
        return new ProposalOrRef.ByReference(((VerifiedProposal) accept(propose(leaf, proposal))).ref());
    }

    // ---- commits ----

    /** An honest commit with path of proposals by value. */
    byte[] commit(int committer, Proposal... proposals) throws MlsException {
        List<ProposalOrRef> list = values(proposals);
        return commit(committer, list, Optional.of(path(committer, list)));
    }

    static List<ProposalOrRef> values(Proposal... proposals) {
        return List.of(proposals).stream()
                .map(proposal -> (ProposalOrRef) new ProposalOrRef.ByValue(proposal))
                .toList();
    }

    byte[] commit(int committer, List<ProposalOrRef> proposals, Optional<UpdatePath> path) {
        return message(
                new Sender.Member(committer), new Content.OfCommit(new Commit(proposals, path)), signer(committer));
    }

    /** An honest path for valid proposals. */
    UpdatePath path(int committer, List<ProposalOrRef> proposals) throws MlsException {
        AppliedProposals applied = group.commitProposals().apply(committer, proposals);
        return path(committer, applied.tree(), applied.addedLeaves(), signer(committer));
    }

    /** A path as if there were no proposals, for lists that are refused before anybody looks at it. */
    UpdatePath anyPath(int committer) throws MlsException {
        return path(committer, group.tree(), Set.of(), signer(committer));
    }

    UpdatePath path(int committer, RatchetTree tree, Set<Integer> added, SignatureKeyPair signer) throws MlsException {
        LeafNode old = leaf(committer);
        return path(
                committer,
                tree,
                added,
                (key, parentHash) -> replaced(old, key, signer.publicKey(), new LeafNodeSource.FromCommit(parentHash))
                        .signed(SUITE, signer, group.groupId(), committer));
    }

    UpdatePath path(int committer, RatchetTree tree, Set<Integer> added, TreeKem.LeafMaker leafMaker)
            throws MlsException {
        HpkeKeyPair unused = SUITE.generateKeyPair(random);
        return TreeKem.createPath(
                        tree,
                        added,
                        TreePrivateKeys.of(committer, unused),
                        leafMaker,
                        merged -> group.provisionalContext(merged, group.extensions())
                                .encode(),
                        random)
                .path();
    }

    // ---- external commits ----

    /** The leaf of someone who joins by a path. */
    static TreeKem.LeafMaker joiner(String name, SignatureKeyPair signer, Bytes groupId, int leaf) {
        return joiner(name, signer, CAPABILITIES, groupId, leaf);
    }

    static TreeKem.LeafMaker joiner(
            String name, SignatureKeyPair signer, Capabilities capabilities, Bytes groupId, int leaf) {
        return (key, parentHash) -> new LeafNode(
                        key,
                        signer.publicKey(),
                        Credential.basic(Bytes.ofUtf8(name)),
                        capabilities,
                        new LeafNodeSource.FromCommit(parentHash),
                        List.of(),
                        Bytes.EMPTY)
                .signed(SUITE, signer, groupId, leaf);
    }

    /** An honest external commit of a client with that name. */
    byte[] externalCommit(String name, SignatureKeyPair joiner, Proposal... proposals) throws MlsException {
        return externalCommit(name, joiner, values(proposals));
    }

    byte[] externalCommit(String name, SignatureKeyPair joiner, List<ProposalOrRef> list) throws MlsException {
        AppliedProposals applied = group.commitProposals().applyExternal(list);
        int leaf = applied.joining().orElseThrow().leafIndex();
        TreeKem.LeafMaker maker = joiner(name, joiner, capabilities, group.groupId(), leaf);
        UpdatePath path = path(leaf, applied.tree(), Set.of(), maker);
        return externalCommit(joiner, list, Optional.of(path));
    }

    byte[] externalCommit(SignatureKeyPair signer, List<ProposalOrRef> proposals, Optional<UpdatePath> path) {
        return message(new Sender.NewMemberCommit(), new Content.OfCommit(new Commit(proposals, path)), signer);
    }

    /** The path of a client that joins, as if the list removed nobody. */
    UpdatePath joinerPath(String name, SignatureKeyPair joiner) throws MlsException {
        RatchetTree.Added room = group.tree().withRoom();
        return path(room.leafIndex(), room.tree(), Set.of(), joiner(name, joiner, group.groupId(), room.leafIndex()));
    }

    /** As it would come from {@code SendExport}; nobody here can open it. */
    Proposal externalInit() {
        return new Proposal.ExternalInit(newKey());
    }

    // ---- messages ----

    byte[] message(Sender sender, Content content, SignatureKeyPair signer) {
        FramedContent framed = new FramedContent(group.groupId(), group.epoch(), sender, Bytes.EMPTY, content);
        return message(framed, signer, Optional.of(tag()));
    }

    byte[] message(FramedContent content, SignatureKeyPair signer, Optional<Bytes> confirmationTag) {
        AuthenticatedContent signed =
                AuthenticatedContent.sign(SUITE, WireFormat.PUBLIC_MESSAGE, content, group.context(), signer);
        if (content.content() instanceof Content.OfCommit) {
            signed = signed.withConfirmationTag(confirmationTag.orElseThrow());
        }
        Secret anyKey = Secret.random(SUITE.hashBytes(), random);
        return new MlsMessage.OfPublicMessage(signed.toPublicMessage(SUITE, group.context(), anyKey)).encode();
    }

    byte[] groupInfo(int signer) throws MlsException {
        return new MlsMessage.OfGroupInfo(
                        GroupInfo.sign(group.context(), List.of(), group.confirmationTag(), signer, signer(signer))
                                .content())
                .encode();
    }
}
