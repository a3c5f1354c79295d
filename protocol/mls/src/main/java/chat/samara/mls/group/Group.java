package chat.samara.mls.group;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.WireFormat;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.secrettree.RatchetId;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A member's view of a group: what observers see ({@link PublicGroup}), and the secrets. A method that throws has changed
 * nothing.
 *
 * <p><b>Threads.</b> A group is confined: one call at a time, by any thread, with a happens-before edge from one call to the next
 * (a lock, a queue, an actor). Groups share nothing, so different ones may be used at once; a {@link PublicGroup} that {@link
 * #publicGroup} gave is immutable, and for every thread. A call that comes while another is changing the group gets a {@link
 * java.util.ConcurrentModificationException}, before it has harmed anything: a bug of the caller's, not a way to synchronize.
 *
 * <p><b>How a message travels.</b> {@link #protect} makes one, {@link #process} opens one. Membership changes by commits: {@link
 * #commit} builds one and keeps it as pending; everyone, its author too, hands it to {@link #process} once the log shows
 * it, looks at the {@link StagedCommit}, and enters the new epoch by {@link #merge}. Whichever commit comes first wins;
 * a pending one of the same epoch is dropped by the merge.
 *
 * <p><b>How it is stored.</b> After each call, {@link #drainDelta} says which small blobs to write; their sum is what {@link
 * #restore} takes. A sender stores before it sends, or else a crash makes it use a key twice.
 */
public final class Group {
    private final OwnSigners signers;
    private final GroupEnvironment environment;
    private final GroupState state;
    private final StateStorage storage;
    private final PskLookup psks;
    private final MessageProcessing processing;
    private final CommitAssembly assembly;
    private final ProposalAssembly proposing;
    private final Confinement confinement = new Confinement();

    private Group(GroupState state, Collection<SignatureKeyPair> signers, GroupEnvironment environment) {
        this.signers = new OwnSigners(state, signers);
        this.environment = environment;
        this.state = state;
        this.storage = new StateStorage(state);
        this.psks = new PskLookup(environment.preSharedKeys(), state);
        this.processing = new MessageProcessing(state, psks);
        this.assembly = new CommitAssembly(state, this.signers, environment, psks);
        this.proposing = new ProposalAssembly(state, environment, assembly);
    }

    // ---- where one comes from ----

    /** Founds a group of one (RFC 9420 §11), in epoch 0. */
    public static Group create(
            GroupConfig config, Credential credential, SignatureKeyPair signer, GroupEnvironment environment)
            throws MlsException {
        return Group.of(Founding.found(config, credential, signer, environment), signer, environment);
    }

    /**
     * Joins by a Welcome (RFC 9420 §12.4.3.1). The bundle stays the caller's, to destroy once the group's state is stored.
     * {@link GroupEnvironment#isOwnGroup} tells of groups that it is in already.
     *
     * @param welcome an MLSMessage
     * @param ratchetTree encoded; only needed where it is not in the Welcome
     */
    public static Group join(
            byte[] welcome,
            KeyPackageBundle bundle,
            SignatureKeyPair signer,
            Optional<byte[]> ratchetTree,
            GroupEnvironment environment)
            throws MlsException {
        GroupState joined = new Joining(bundle, environment, Optional.empty()).join(welcome, signer, ratchetTree);
        return Group.of(joined, signer, environment);
    }

    /** The group of a state that was just made. */
    static Group of(GroupState state, SignatureKeyPair signer, GroupEnvironment environment) {
        return new Group(state, List.of(signer), environment);
    }

    /**
     * Starts to join by an external commit (RFC 9420 §12.4.3.2), or to join anew in place of an old version of oneself. The
     * group's members must {@link chat.samara.mls.credential.AuthenticationService#admits admit} it, and so must this
     * environment. That the GroupInfo is the newest is for the caller to see to.
     *
     * @param groupInfo an MLSMessage with a GroupInfo that has external_pub
     * @param ratchetTree encoded; only needed where it is not in the GroupInfo
     */
    public static ExternalCommitBuilder joinExternal(
            byte[] groupInfo,
            Optional<byte[]> ratchetTree,
            Credential credential,
            SignatureKeyPair signer,
            GroupEnvironment environment)
            throws MlsException {
        return new ExternalCommitBuilder(ExternalJoining.of(groupInfo, ratchetTree, credential, signer, environment));
    }

    /**
     * The group whose state is the sum of all the deltas that were drained.
     *
     * @throws MlsException {@link MlsError#INVALID_STATE} or {@link MlsError#MALFORMED} where they add up to none, {@link
     *     MlsError#KEY_MISMATCH} for another member's signature key
     */
    public static Group restore(Map<Bytes, Bytes> stored, SignatureKeyPair signer, GroupEnvironment environment)
            throws MlsException {
        return restore(stored, List.of(signer), environment);
    }

    /**
     * As the other, for a member that may be changing its signature key ({@link LeafChange#withSigner}).
     *
     * @param signers the key pair of its leaf, and whatever else the leaf may have next
     */
    public static Group restore(
            Map<Bytes, Bytes> stored, Collection<SignatureKeyPair> signers, GroupEnvironment environment)
            throws MlsException {
        StateRestoring.Restored restored = StateRestoring.restore(stored, environment.authentication());
        Group group = new Group(restored.state(), signers, environment);
        Optional<Bytes> signatureKey = restored.state().ownSignatureKey();
        if (signatureKey.isPresent()) {
            group.signers.require(signatureKey.get());
        }
        group.storage.markStored(restored.version());
        return group;
    }

    /** What has changed in the stored state since the last call; at first, all of it. */
    public StateDelta drainDelta() {
        return confinement.giveAlone(storage::drain);
    }

    // ---- what it says ----

    /** What observers may hold of the present epoch. */
    public PublicGroup publicGroup() {
        return state.publicGroup();
    }

    /** The present epoch, unsigned. */
    public long epoch() {
        return state.publicGroup().epoch();
    }

    public Bytes groupId() {
        return state.publicGroup().groupId();
    }

    public int ownLeafIndex() {
        return state.ownLeaf();
    }

    /** All members, by rising leaf index. */
    public List<Member> members() {
        return state.publicGroup().members();
    }

    /** Whether this client is a member: it has joined, was not removed, and the group was neither re-initialized nor destroyed. */
    public boolean isActive() {
        return state.status() == GroupState.Status.ACTIVE;
    }

    /** Whether proposals wait for a commit: until then {@link #protect} is refused (RFC 9420 §12.4). */
    public boolean hasPendingProposals() {
        return state.publicGroup().hasPendingProposals();
    }

    /** The own commit that waits to be seen in the log: an MLSMessage. */
    public Optional<Bytes> pendingCommit() {
        return state.pending().map(PendingCommit::message);
    }

    /** The encoded ratchet tree (RFC 9420 §12.4.3.3). */
    public byte[] ratchetTree() {
        return state.publicGroup().ratchetTree();
    }

    /** An MLSMessage with a GroupInfo of the present epoch, with external_pub, the tree outside (RFC 9420 §12.4.3). */
    public byte[] groupInfo() throws MlsException {
        return groupInfo(GroupInfoDraft.USUAL);
    }

    /** An MLSMessage with a GroupInfo of the present epoch that has in it what the draft says. */
    public byte[] groupInfo(GroupInfoDraft draft) throws MlsException {
        state.requireActive();
        return CommitAssembly.encode(assembly.groupInfo(draft)).toByteArray();
    }

    /**
     * {@code MLS-Exporter} (RFC 9420 §8.5) of the present epoch: at most 255 hashes long. It can be asked for again until the epoch
     * is over; {@link #safeExportSecret} gives each secret once.
     */
    public byte[] exportSecret(String label, byte[] context, int length) throws MlsException {
        state.requireSecrets();
        return state.secrets().export(label, context, length).reveal();
    }

    /**
     * The safe exporter of draft-ietf-mls-extensions: the secret of one component of the application in the present epoch, KDF.Nh
     * bytes. It is given once an epoch, and cannot be derived again from what is stored afterwards: drain and store the delta
     * together with what the secret is used for.
     *
     * @param componentId a uint16; 0x8000 to 0xffff are for private use
     * @throws MlsException {@link MlsError#KEY_CONSUMED} the second time, {@link MlsError#GROUP_INACTIVE}
     */
    public byte[] safeExportSecret(int componentId) throws MlsException {
        return confinement.alone(() -> {
            state.requireActive();
            return state.exporterTree().take(componentId).reveal();
        });
    }

    /**
     * Verifies a GroupInfo of the present epoch that somebody else has made, as {@link PublicGroup#checkGroupInfo} does, and that
     * its external_pub is the epoch's: with a false one nobody could join, or only with the help of who made it.
     *
     * @param groupInfo an MLSMessage with a GroupInfo
     * @throws MlsException {@link MlsError#INVALID_GROUP_INFO} or {@link MlsError#INVALID_SIGNATURE}
     */
    public void checkGroupInfo(byte[] groupInfo) throws MlsException {
        state.requireActive();
        state.publicGroup().checkGroupInfo(groupInfo);
        CommitStaging.requireExternalPub(state.secrets(), groupInfo);
    }

    /** {@code epoch_authenticator} (RFC 9420 §8.7). */
    public Bytes epochAuthenticator() throws MlsException {
        state.requireSecrets();
        return state.secrets().authenticator();
    }

    /**
     * {@code resumption_psk} of an epoch (RFC 9420 §8.6): the present one's, or a past one's among the {@link
     * Limits#RESUMPTION_PSKS_MAX} newest, unless it was forgotten. For other groups, which ask for it by {@link
     * PreSharedKeys#resumption}; this one finds its own. The caller erases the copy.
     *
     * @param epoch unsigned
     */
    public Optional<Secret> resumptionPsk(long epoch) {
        return state.resumptionPsk(epoch);
    }

    /**
     * From now on this state receives and makes nothing any more: {@link #protect}, {@link #propose} and {@link #commit} are refused
     * with {@link MlsError#LISTEN_ONLY}. For a state that was copied or restored from a backup: whatever was sent by the one that came
     * after it has used the very keys that this one would use next, and two messages under one key give each other away. There is no way
     * back: who wants to speak joins anew, {@linkplain #joinExternal in place of this member}. It is stored with the group. What the one that
     * came after it has said is opened as others' messages are.
     */
    public void listenOnly() {
        confinement.runAlone(state::listenOnly);
    }

    /** Whether {@link #listenOnly} was said. */
    public boolean isListenOnly() {
        return state.isListenOnly();
    }

    /**
     * The encoded GroupContext (RFC 9420 §8.1) of the present epoch, or of a past one that is not closed: what the signatures of that epoch's
     * messages cover beside what they say. No secret.
     *
     * @param epoch unsigned
     */
    public Optional<Bytes> groupContext(long epoch) {
        return confinement.giveAlone(() -> processing.groupContext(epoch));
    }

    // ---- what follows from it ----

    /**
     * What the group is re-initialized as, once a commit has said so (RFC 9420 §11.2): from then on, there are no messages any
     * more, and {@link #successor} leads on.
     */
    public Optional<Proposal.ReInit> reInit() {
        return state.publicGroup().reInit();
    }

    /** The way to the group that this one was re-initialized as; {@link MlsError#UNRELATED_GROUP} if it was not. */
    public Linkage successor() throws MlsException {
        return Linkage.toSuccessor(state);
    }

    /** The way to a group of some of the members (RFC 9420 §11.3). */
    public Linkage branch() throws MlsException {
        return Linkage.toBranch(state);
    }

    // ---- what it sends ----

    /**
     * An MLSMessage with a PrivateMessage of application data (RFC 9420 §15), padded by the caller.
     *
     * @throws MlsException {@link MlsError#GROUP_INACTIVE}, {@link MlsError#LISTEN_ONLY}, {@link MlsError#PENDING_PROPOSAL} or {@link
     *     MlsError#RATCHET_EXHAUSTED}
     */
    public byte[] protect(byte[] plaintext, byte[] authenticatedData) throws MlsException {
        return protectSigned(plaintext, authenticatedData).message().toByteArray();
    }

    /** As {@link #protect}, with the signature inside: nobody can open an own message, so this is the only way to have that. */
    public SignedMessage protectSigned(byte[] plaintext, byte[] authenticatedData) throws MlsException {
        return confinement.alone(() -> {
            state.requireSending();
            if (hasPendingProposals()) {
                // RFC 9420 §12.4: a commit MUST come first, so that whoever is to be removed does not read this.
                throw new MlsException(MlsError.PENDING_PROPOSAL, "a proposal waits for its commit");
            }
            AuthenticatedContent signed = assembly.sign(
                    WireFormat.PRIVATE_MESSAGE,
                    new Content.OfApplication(Bytes.of(plaintext)),
                    Bytes.of(authenticatedData));
            return new SignedMessage(
                    assembly.message(signed), state.ownLeaf(), signed.auth().signature());
        });
    }

    /**
     * Uses up the next keys for this member's application messages in the present epoch without sending anything. For a state after which a
     * few more messages may have been sent, which is to speak on all the same: their keys are not used a second time. Every receiver keeps
     * what is skipped, and opens nothing that is more than {@link Limits#RATCHET_FORWARD_STEPS_MAX} ahead; a state that is older than that
     * is for {@link #listenOnly}.
     *
     * @param count how many, from 0 to {@link Limits#SKIPPED_KEYS_MAX}
     * @throws MlsException as {@link #protect}; or with {@link MlsError#LIMIT}
     */
    public void skipOwnKeys(int count) throws MlsException {
        confinement.alone(() -> {
            state.requireSending();
            if (count < 0 || count > Limits.SKIPPED_KEYS_MAX) {
                throw new MlsException(
                        MlsError.LIMIT, count + " keys to skip, expected 0 to " + Limits.SKIPPED_KEYS_MAX);
            }
            RatchetId ratchet = new RatchetId(state.ownLeaf(), RatchetId.Kind.APPLICATION);
            for (int i = 0; i < count; i++) {
                state.messageKeys().secretTree().take(ratchet).erase();
            }
            return count;
        });
    }

    /**
     * An MLSMessage with a PublicMessage of the proposal, which is kept for a commit to refer to (RFC 9420 §12.1).
     *
     * @throws MlsException as {@link PublicGroup#verify} would refuse it, or {@link MlsError#LIFETIME}
     */
    public byte[] propose(ProposalDraft draft) throws MlsException {
        return propose(draft, new byte[0]);
    }

    /** As {@link #propose(ProposalDraft)}, with what the message shall be bound to in the clear. */
    public byte[] propose(ProposalDraft draft, byte[] authenticatedData) throws MlsException {
        return propose(draft, authenticatedData, WireFormat.PUBLIC_MESSAGE);
    }

    /**
     * As {@link #propose(ProposalDraft, byte[])}, as a PrivateMessage, which hides it from whoever carries it (RFC 9420 §6.3): no {@link
     * PublicGroup} can follow a commit that refers to it. Its sender does not process it again.
     */
    public byte[] proposeEncrypted(ProposalDraft draft, byte[] authenticatedData) throws MlsException {
        return propose(draft, authenticatedData, WireFormat.PRIVATE_MESSAGE);
    }

    private byte[] propose(ProposalDraft draft, byte[] authenticatedData, int wireFormat) throws MlsException {
        return confinement.alone(() -> {
            Bytes message = proposing.propose(draft, Bytes.of(authenticatedData), wireFormat);
            if (draft instanceof ProposalDraft.Update update) {
                update.change().signer().ifPresent(signers::add);
            }
            return message.toByteArray();
        });
    }

    /** Starts a commit. */
    public CommitBuilder commit() throws MlsException {
        state.requireSending();
        return new CommitBuilder(
                confinement, assembly, psks, state.publicGroup(), state.ownLeaf(), environment.nowEpochSeconds());
    }

    /** Starts a commit, with pre-shared keys that are found elsewhere. */
    CommitBuilder commit(PskLookup lookup) {
        CommitAssembly linked = new CommitAssembly(state, signers, environment, lookup);
        return new CommitBuilder(
                confinement, linked, lookup, state.publicGroup(), state.ownLeaf(), environment.nowEpochSeconds());
    }

    /** Merges the own commit, where nobody else could have made another one. */
    void mergePending() throws MlsException {
        PendingCommit pending = state.pending().orElseThrow();
        merge(new StagedCommit(pending.commit(), Optional.of(pending.next()), true));
    }

    /**
     * Drops the own commit: it was refused, or is not wanted any more. If it is the external commit that this client wanted to join
     * by, the group is destroyed with it.
     */
    public void clearPendingCommit() {
        confinement.runAlone(state::clearPending);
    }

    // ---- what it receives ----

    /**
     * Verifies a message from the group's log: an MLSMessage with a PublicMessage or PrivateMessage. Application messages of past
     * epochs are opened as long as those are not closed; of a commit nothing takes effect until it is merged.
     *
     * <p>Whoever joins by an external commit hands in commits only, until it finds its own; {@link MlsError#JOIN_OVERTAKEN} if
     * another commit of the epoch comes first, {@link MlsError#JOIN_OVERTAKEN_UNPROVEN} if that one is encrypted, {@link MlsError#INVALID_CONFIRMATION_TAG} if its own comes back with another tag than it was
     * sent with, so that nobody can follow it. In both cases it joins anew.
     *
     * @throws MlsException with the code of the first rule that is broken; a copy of the message that is genuine can still
     *     be processed
     */
    public Processed process(byte[] mlsMessage) throws MlsException {
        return confinement.alone(() -> processing.process(mlsMessage));
    }

    /**
     * Whether an MLSMessage is a genuine PrivateMessage of this very member under a key that it has not used. Then this state is older than
     * what was sent: it was restored or copied, and whatever it sends may use keys twice (RFC 9420 §9.1). Changes nothing; false for
     * anything else, and for epochs whose secrets are not held.
     */
    public boolean isOfLaterState(byte[] mlsMessage) {
        return confinement.giveAlone(() -> processing.isOfLaterState(mlsMessage));
    }

    /**
     * The generation of the key under which an MLSMessage with a PrivateMessage of application data says to be sealed by this very member. Two that
     * say the same were sealed by two copies of one state: whoever opens the one refuses the other with {@link MlsError#KEY_CONSUMED}.
     *
     * <p>Not verified: the key is gone, and the signature is behind it. Whoever is not in the epoch cannot make one up, but can change others'
     * bytes behind {@code encrypted_sender_data} and the ciphertext's first {@code KDF.Nh} bytes; whoever is in it can. Changes nothing; empty for
     * anything else, and for epochs whose secrets are not held.
     */
    public OptionalInt ownGeneration(byte[] mlsMessage) {
        return confinement.giveAlone(() -> processing.ownGeneration(mlsMessage));
    }

    /**
     * How many unused keys of its sender an MLSMessage with a PrivateMessage would cost, if {@link #process} opened it: beyond {@link
     * Limits#SKIPPED_KEYS_MAX} messages of one sender and epoch that have not come, the oldest can never be read any more ({@link
     * MlsError#KEY_GIVEN_UP}). Who is handed messages out of their order asks before, and leaves such a one until those before it have
     * come. Changes nothing and verifies nothing; 0 for anything that it could not open.
     */
    public int keysGivenUpBy(byte[] mlsMessage) {
        return confinement.giveAlone(() -> processing.keysGivenUpBy(mlsMessage));
    }

    /**
     * Enters the epoch of a commit that {@link #process} has verified in the present one. If it removes this member, the group
     * becomes inactive; its past epochs stay open for late messages until they are closed.
     *
     * @throws MlsException {@link MlsError#STALE_STAGED_COMMIT} for a commit of another state, {@link MlsError#GROUP_INACTIVE}, {@link
     *     MlsError#KEY_MISMATCH} where it gives this member a signature key that the group was not {@linkplain #restore(Map, Collection,
     *     GroupEnvironment) restored} with
     */
    public void merge(StagedCommit commit) throws MlsException {
        confinement.alone(() -> {
            state.requireActiveOrJoining();
            boolean stale = !commit.commit()
                            .before()
                            .context()
                            .equals(state.publicGroup().context())
                    || commit.next().map(NextEpoch::isErased).orElse(false);
            if (stale) {
                throw new MlsException(
                        MlsError.STALE_STAGED_COMMIT,
                        "a commit to epoch " + commit.epochAfter() + " of another state than that of epoch " + epoch());
            }
            if (!commit.selfRemoved()) {
                signers.require(commit.commit()
                        .after()
                        .tree()
                        .leaf(state.ownLeaf())
                        .orElseThrow()
                        .signatureKey());
            }
            state.enter(commit);
            return commit;
        });
    }

    /** Erases the message secrets of this epoch and all before; the present epoch's are kept. */
    public void closeEpochsThrough(long epoch) {
        confinement.runAlone(() -> state.closeThrough(epoch));
    }

    /**
     * Erases the resumption secrets of this epoch and all before; the present epoch's is kept. What they are worth to a thief: they
     * open no message, of their epochs or others, but pass for a proof of membership in those epochs, and a group that
     * injects one gains nothing from it once it is stolen. So a member that will not need them again forgets them.
     */
    public void forgetResumptionPsksThrough(long epoch) {
        confinement.runAlone(() -> state.resumptionPsks().forgetThrough(epoch));
    }

    /** Erases every secret; the group is inactive, and the next delta deletes its stored state. */
    public void destroy() {
        confinement.runAlone(state::destroy);
    }

    /** For tests that sign by hand. */
    SignatureKeyPair signer() {
        return signers.current();
    }

    /** For tests that play a hostile member, and look at what is erased. */
    GroupState state() {
        return state;
    }
}
