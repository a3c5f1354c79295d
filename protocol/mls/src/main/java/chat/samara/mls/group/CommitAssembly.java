package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.CredentialEvent;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PrivateMessages;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.KeySchedule;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.LeafNodeValidation;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.TreeKem;
import chat.samara.mls.tree.TreePrivateKeys;
import chat.samara.mls.tree.TreeRules;
import chat.samara.mls.welcome.EncryptedGroupSecrets;
import chat.samara.mls.welcome.GroupInfo;
import chat.samara.mls.welcome.GroupSecrets;
import chat.samara.mls.welcome.Welcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes a commit with its Welcome and GroupInfo (RFC 9420 §12.4.1), step by step as the RFC lists them. */
final class CommitAssembly {
    private final GroupState state;
    private final OwnSigners signers;
    private final GroupEnvironment environment;
    private final PskLookup psks;

    CommitAssembly(GroupState state, OwnSigners signers, GroupEnvironment environment, PskLookup psks) {
        this.state = state;
        this.signers = signers;
        this.environment = environment;
        this.psks = psks;
    }

    CommitBundle assemble(List<ProposalOrRef> proposals, CommitOptions options) throws MlsException {
        state.requireSending();
        // CommitBuilder takes verified KeyPackages only.
        AppliedProposals applied = state.publicGroup().commitProposals().applyVerifiedAdds(state.ownLeaf(), proposals);
        Secret pskSecret = psks.combined(state.suite(), applied.preSharedKeys());
        try {
            boolean changesLeaf = !options.leafChange().equals(LeafChange.NONE);
            boolean hasPath = options.hasPath() || applied.pathRequired() || changesLeaf;
            Optional<TreeKem.CreatedPath> path =
                    hasPath ? Optional.of(createPath(applied, options.leafChange())) : Optional.empty();
            return assemble(proposals, applied, pskSecret, path, options);
        } finally {
            pskSecret.erase();
        }
    }

    private CommitBundle assemble(
            List<ProposalOrRef> proposals,
            AppliedProposals applied,
            Secret pskSecret,
            Optional<TreeKem.CreatedPath> path,
            CommitOptions options)
            throws MlsException {
        PublicGroup group = state.publicGroup();
        CipherSuite suite = state.suite();
        RatchetTree tree = path.map(TreeKem.CreatedPath::tree).orElse(applied.tree());

        Commit commit = new Commit(proposals, path.map(TreeKem.CreatedPath::path));
        AuthenticatedContent signed =
                sign(options.wireFormat(), new Content.OfCommit(commit), options.authenticatedData());
        GroupContext context = group.nextContext(tree, applied.extensions(), signed);
        Secret commitSecret =
                path.map(TreeKem.CreatedPath::commitSecret).orElseGet(() -> Secret.zeros(suite.hashBytes()));
        Secret joiner = KeySchedule.joinerSecret(suite, state.secrets().init(), commitSecret, context);
        commitSecret.erase();
        EpochSecrets secrets = KeySchedule.epochSecrets(suite, joiner, pskSecret, context);
        Bytes tag = secrets.confirmationTag(context.confirmedTranscriptHash());
        AuthenticatedContent tagged = signed.withConfirmationTag(tag);
        PublicGroup after = group.after(tree, context, applied.reInit(), tag);

        SignatureKeyPair nextSigner = options.leafChange().signer().orElseGet(signers::current);
        GroupInfo groupInfo = options.groupInfo().signed(context, tree, secrets, tag, state.ownLeaf(), nextSigner);
        Optional<Bytes> welcome = Optional.empty();
        if (!applied.added().isEmpty()) {
            GroupInfo inside = options.welcome().equals(options.groupInfo())
                    ? groupInfo
                    : options.welcome().signed(context, tree, secrets, tag, state.ownLeaf(), nextSigner);
            welcome = Optional.of(welcome(applied, path, joiner, pskSecret, inside));
        }
        joiner.erase();
        path.ifPresent(TreeKem.CreatedPath::erasePathSecrets);

        Bytes message = message(tagged);
        TreePrivateKeys keys = path.map(TreeKem.CreatedPath::privateKeys).orElseGet(() -> state.keysFor(tree));
        VerifiedSender.Committer committer =
                new VerifiedSender.OfMember(Member.of(state.ownLeaf(), state.ownLeafNode()));
        VerifiedCommit made = new VerifiedCommit(group, after, committer, applied, commit.path(), tagged);
        signers.add(nextSigner);
        state.setPending(new PendingCommit(message, made, new NextEpoch(keys, secrets)));
        return new CommitBundle(message, welcome, encode(groupInfo), after);
    }

    /** A PreSharedKey proposal with a fresh nonce (RFC 9420 §8.4), for a key that this member holds. */
    Proposal preSharedKey(Bytes externalPskId) throws MlsException {
        return new Proposal.PreSharedKey(psks.heldExternal(externalPskId, state.suite(), environment.random()));
    }

    /** As {@link #preSharedKey(Bytes)}, for the resumption secret of a group's epoch. */
    Proposal preSharedKey(Bytes groupId, long epoch) throws MlsException {
        return preSharedKey(PreSharedKeyId.USAGE_APPLICATION, groupId, epoch);
    }

    /** As {@link #preSharedKey(Bytes, long)}, for another use than an application's. */
    Proposal preSharedKey(int usage, Bytes groupId, long epoch) throws MlsException {
        return new Proposal.PreSharedKey(
                psks.heldResumption(usage, groupId, epoch, state.suite(), environment.random()));
    }

    /** Signs content of the present epoch. */
    AuthenticatedContent sign(int wireFormat, Content content, Bytes authenticatedData) {
        GroupContext context = state.publicGroup().context();
        FramedContent framed = new FramedContent(
                context.groupId(), context.epoch(), new Sender.Member(state.ownLeaf()), authenticatedData, content);
        return AuthenticatedContent.sign(state.suite(), wireFormat, framed, context, signers.current());
    }

    /** An MLSMessage of what was signed, protected as its wire format says; a PrivateMessage takes a key of the ratchet at once. */
    Bytes message(AuthenticatedContent signed) throws MlsException {
        MlsMessage message = signed.wireFormat() == WireFormat.PRIVATE_MESSAGE
                ? new MlsMessage.OfPrivateMessage(
                        PrivateMessages.seal(state.messageKeys(), signed, 0, environment.random()))
                : new MlsMessage.OfPublicMessage(signed.toPublicMessage(
                        state.suite(),
                        state.publicGroup().context(),
                        state.secrets().membership()));
        return Bytes.wrapUnsafe(message.encode());
    }

    /** A GroupInfo of the present epoch (RFC 9420 §12.4.3). */
    GroupInfo groupInfo(GroupInfoDraft draft) throws MlsException {
        PublicGroup group = state.publicGroup();
        return draft.signed(
                group.context(),
                group.tree(),
                state.secrets(),
                group.confirmationTag(),
                state.ownLeaf(),
                signers.current());
    }

    static Bytes encode(GroupInfo groupInfo) {
        return Bytes.wrapUnsafe(new MlsMessage.OfGroupInfo(groupInfo.content()).encode());
    }

    /** The own leaf with another key and source, and what else changes, signed anew. */
    LeafNode ownLeaf(Bytes encryptionKey, LeafNodeSource source, LeafChange change) {
        return change.appliedTo(state.ownLeafNode(), encryptionKey, source)
                .signed(
                        state.suite(),
                        change.signer().orElseGet(signers::current),
                        state.publicGroup().groupId(),
                        state.ownLeaf());
    }

    private TreeKem.CreatedPath createPath(AppliedProposals applied, LeafChange change) throws MlsException {
        TreeKem.CreatedPath created = TreeKem.createPath(
                applied.tree(),
                applied.addedLeaves(),
                state.keysFor(applied.tree()),
                (encryptionKey, parentHash) ->
                        ownLeaf(encryptionKey, new LeafNodeSource.FromCommit(parentHash), change),
                merged -> state.publicGroup()
                        .provisionalContext(merged, applied.extensions())
                        .encode(),
                environment.random());
        if (!change.equals(LeafChange.NONE)) {
            requireValidChange(created.path().leafNode());
        }
        return created;
    }

    /** Refuses what others would refuse of an own leaf with another credential, capabilities or extensions (RFC 9420 §7.3). */
    private void requireValidChange(LeafNode leaf) throws MlsException {
        Extension.requireDistinct(leaf.extensions());
        TreeRules.checkReplacement(state.ownLeafNode(), leaf, environment.authentication());
        LeafNodeValidation.requireValidReplacement(
                leaf, state.ownLeafNode(), state.suite(), CredentialEvent.COMMIT, environment.authentication());
    }

    private Bytes welcome(
            AppliedProposals applied,
            Optional<TreeKem.CreatedPath> path,
            Secret joiner,
            Secret pskSecret,
            GroupInfo groupInfo)
            throws MlsException {
        CipherSuite suite = state.suite();
        Bytes encryptedGroupInfo = KeySchedule.sealGroupInfo(suite, joiner, pskSecret, groupInfo.encode());
        List<CipherSuite.Sealing> sealings = new ArrayList<>();
        for (int i = 0; i < applied.added().size(); i++) {
            int leaf = applied.added().get(i).leafIndex();
            GroupSecrets forOne =
                    new GroupSecrets(joiner, path.map(created -> created.pathSecretFor(leaf)), applied.preSharedKeys());
            TlsWriter plaintext = new TlsWriter(128).struct(forOne);
            Bytes initKey = applied.addedKeyPackages().get(i).initKey();
            sealings.add(new CipherSuite.Sealing(initKey, Secret.take(plaintext.toByteArray())));
            plaintext.erase();
        }
        List<HpkeCiphertext> sealed =
                suite.encryptAllWithLabel(sealings, "Welcome", encryptedGroupInfo.arrayUnsafe(), environment.random());
        sealings.forEach(sealing -> sealing.plaintext().erase());
        List<EncryptedGroupSecrets> secrets = new ArrayList<>();
        for (int i = 0; i < sealed.size(); i++) {
            Bytes ref = PublicGroup.refOf(applied.addedKeyPackages().get(i));
            secrets.add(new EncryptedGroupSecrets(ref, sealed.get(i)));
        }
        Welcome welcome = new Welcome(suite.code(), secrets, encryptedGroupInfo);
        return Bytes.wrapUnsafe(new MlsMessage.OfWelcome(welcome).encode());
    }
}
