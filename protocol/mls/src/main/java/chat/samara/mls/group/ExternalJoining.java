package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.ExportedSecret;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.extension.ExternalPub;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.KeySchedule;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.TreeKem;
import chat.samara.mls.tree.TreePrivateKeys;
import chat.samara.mls.welcome.GroupInfo;
import chat.samara.mls.welcome.GroupInfoIn;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/** Joining by an external commit (RFC 9420 §12.4.3.2, §8.3), step by step as §12.4.1 lists them. */
final class ExternalJoining {
    private PublicGroup group;
    private final Bytes externalPub;
    private final Credential credential;
    private final SignatureKeyPair signer;
    private final GroupEnvironment environment;
    private final PskLookup psks;
    private final Set<Bytes> selfRemoves = new LinkedHashSet<>();

    private ExternalJoining(
            PublicGroup group,
            Bytes externalPub,
            Credential credential,
            SignatureKeyPair signer,
            GroupEnvironment environment) {
        this.group = group;
        this.externalPub = externalPub;
        this.credential = credential;
        this.signer = signer;
        this.environment = environment;
        this.psks = new PskLookup(environment.preSharedKeys());
    }

    /** Verifies what the joiner was given. */
    static ExternalJoining of(
            byte[] groupInfo,
            Optional<byte[]> ratchetTree,
            Credential credential,
            SignatureKeyPair signer,
            GroupEnvironment environment)
            throws MlsException {
        GroupInfoIn received = MlsMessage.decode(groupInfo).requireGroupInfo();
        PublicGroup group = PublicGroup.of(received, Joining.tree(received, ratchetTree), environment.authentication());
        Bytes externalPub = ExternalPub.in(received.extensions())
                .orElseThrow(() -> new MlsException(
                        MlsError.INVALID_GROUP_INFO,
                        "no external_pub, expected one to join by an external commit (RFC 9420 §12.4.3.2)"));
        group.suite().requireValidHpkeKey(externalPub);
        return new ExternalJoining(group, externalPub, credential, signer, environment);
    }

    PublicGroup group() {
        return group;
    }

    Bytes signatureKey() {
        return signer.publicKey();
    }

    /** The proposal of a member who leaves. */
    void takeUp(byte[] publicMessage) throws MlsException {
        VerifiedHandshake verified = group.verify(publicMessage);
        if (!(verified instanceof VerifiedProposal leave) || !(leave.proposal() instanceof Proposal.SelfRemove)) {
            throw new MlsException(MlsError.WRONG_MESSAGE_KIND, "another handshake, expected a SelfRemove");
        }
        group = leave.after();
        selfRemoves.add(leave.ref());
    }

    PreSharedKeyId externalPsk(Bytes pskId) throws MlsException {
        return psks.heldExternal(pskId, group.suite(), environment.random());
    }

    PreSharedKeyId resumptionPsk(Bytes groupId, long epoch) throws MlsException {
        return psks.heldResumption(
                PreSharedKeyId.USAGE_APPLICATION, groupId, epoch, group.suite(), environment.random());
    }

    ExternalCommit build(
            Capabilities capabilities,
            List<Extension> leafExtensions,
            OptionalInt replaced,
            List<Proposal> others,
            Bytes authenticatedData,
            GroupInfoDraft groupInfoDraft)
            throws MlsException {
        if (replaced.isEmpty()) {
            environment.requireNewGroup(group.groupId());
        }
        CipherSuite suite = group.suite();
        ExportedSecret init = suite.sendExport(externalPub, ExternalJoin.INIT_SECRET_LABEL, environment.random());
        List<ProposalOrRef> proposals = new ArrayList<>();
        proposals.add(new ProposalOrRef.ByValue(new Proposal.ExternalInit(init.kemOutput())));
        replaced.ifPresent(leaf -> proposals.add(new ProposalOrRef.ByValue(new Proposal.Remove(leaf))));
        selfRemoves.forEach(ref -> proposals.add(new ProposalOrRef.ByReference(ref)));
        others.forEach(proposal -> proposals.add(new ProposalOrRef.ByValue(proposal)));
        AppliedProposals applied = group.commitProposals().applyExternal(proposals);
        int leafIndex = applied.joining().orElseThrow().leafIndex();
        TreeKem.CreatedPath path = createPath(applied, leafIndex, capabilities, leafExtensions);
        path.erasePathSecrets();

        Commit commit = new Commit(proposals, Optional.of(path.path()));
        FramedContent framed = new FramedContent(
                group.groupId(),
                group.epoch(),
                new Sender.NewMemberCommit(),
                authenticatedData,
                new Content.OfCommit(commit));
        AuthenticatedContent signed =
                AuthenticatedContent.sign(suite, WireFormat.PUBLIC_MESSAGE, framed, group.context(), signer);
        GroupContext context = group.nextContext(path.tree(), applied.extensions(), signed);
        EpochSecrets secrets = epochSecrets(init, path, applied.preSharedKeys(), context);
        Bytes tag = secrets.confirmationTag(context.confirmedTranscriptHash());
        PublicMessageIn message = signed.withConfirmationTag(tag).toPublicMessage();
        // What others would refuse is refused here: a credential, say, or a key that a member has already.
        VerifiedCommit made = (VerifiedCommit) group.verify(message);

        Bytes encoded = Bytes.wrapUnsafe(new MlsMessage.OfPublicMessage(message).encode());
        PendingCommit pending = new PendingCommit(encoded, made, new NextEpoch(path.privateKeys(), secrets));
        GroupInfo groupInfo = groupInfoDraft.signed(context, path.tree(), secrets, tag, leafIndex, signer);
        return new ExternalCommit(
                Group.of(GroupState.joining(group, leafIndex, pending), signer, environment),
                new CommitBundle(encoded, Optional.empty(), CommitAssembly.encode(groupInfo), made.after()));
    }

    private TreeKem.CreatedPath createPath(
            AppliedProposals applied, int leafIndex, Capabilities capabilities, List<Extension> leafExtensions)
            throws MlsException {
        return TreeKem.createPath(
                applied.tree(),
                Set.of(),
                TreePrivateKeys.restored(leafIndex, Map.of()),
                (encryptionKey, parentHash) -> new LeafNode(
                                encryptionKey,
                                signer.publicKey(),
                                credential,
                                capabilities,
                                new LeafNodeSource.FromCommit(parentHash),
                                leafExtensions,
                                Bytes.EMPTY)
                        .signed(group.suite(), signer, group.groupId(), leafIndex),
                merged -> group.provisionalContext(merged, applied.extensions()).encode(),
                environment.random());
    }

    private EpochSecrets epochSecrets(
            ExportedSecret init, TreeKem.CreatedPath path, List<PreSharedKeyId> preSharedKeys, GroupContext context)
            throws MlsException {
        CipherSuite suite = group.suite();
        Secret pskSecret = psks.combined(suite, preSharedKeys);
        Secret joiner = KeySchedule.joinerSecret(suite, init.secret(), path.commitSecret(), context);
        init.secret().erase();
        path.commitSecret().erase();
        EpochSecrets secrets = KeySchedule.epochSecrets(suite, joiner, pskSecret, context);
        joiner.erase();
        pskSecret.erase();
        return secrets;
    }
}
