package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.framing.MessageKeys;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.secrettree.ExporterTree;
import chat.samara.mls.secrettree.SecretTree;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.TreePrivateKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A member's state of a group: the public group, the secrets of the present epoch, and the message secrets of past ones. Its
 * methods are the only transitions there are; each is made once everything that leads to it has been verified, and cannot
 * fail halfway. {@link StateStorage} writes down what they change.
 */
final class GroupState {
    /** Whether the group can be used. */
    enum Status {
        ACTIVE(1),
        REMOVED(2),
        DESTROYED(3),
        /** Its own external commit, the pending one, is not in the log yet: there are no secrets of the present epoch. */
        JOINING(4),
        /** A commit has ended the group by a ReInit: only what follows from it is left to do. */
        REINITIALIZED(5);

        private final int code;

        Status(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Status of(int code) throws MlsException {
            for (Status status : values()) {
                if (status.code == code) {
                    return status;
                }
            }
            throw new MlsException(MlsError.INVALID_STATE, "status " + code + ", expected 1 to 5");
        }
    }

    private final CipherSuite suite;
    private Status status;
    private boolean listenOnly;
    private PublicGroup publicGroup;
    private TreePrivateKeys keys;
    private EpochSecrets secrets;
    private SecretTree secretTree;
    private final ExporterTree exporterTree;
    private Optional<PendingCommit> pending = Optional.empty();
    private final Map<Bytes, HpkeKeyPair> ownUpdates = new LinkedHashMap<>();
    private final PastEpochs past = new PastEpochs();
    private final ResumptionPsks resumptionPsks = new ResumptionPsks();
    private final List<PastEpoch> closed = new ArrayList<>();

    /** The parts as they were stored; see also the {@code restore…} methods. */
    GroupState(
            Status status, PublicGroup publicGroup, TreePrivateKeys keys, EpochSecrets secrets, SecretTree secretTree) {
        this.suite = publicGroup.suite();
        this.status = status;
        this.publicGroup = publicGroup;
        this.keys = keys;
        this.secrets = secrets;
        this.secretTree = secretTree;
        this.exporterTree = new ExporterTree(suite);
    }

    /** The state of a member that has just founded or joined the group. */
    static GroupState of(PublicGroup publicGroup, TreePrivateKeys keys, EpochSecrets secrets) {
        GroupState state = new GroupState(Status.ACTIVE, publicGroup, keys, secrets, secretTree(publicGroup, secrets));
        state.exporterTree.enter(secrets.applicationExport());
        return state;
    }

    /** The state of someone whose external commit is on its way (RFC 9420 §12.4.3.2). */
    static GroupState joining(PublicGroup before, int leafIndex, PendingCommit commit) {
        GroupState state = new GroupState(
                Status.JOINING,
                before,
                TreePrivateKeys.restored(leafIndex, Map.of()),
                EpochSecrets.unknown(before.suite()),
                SecretTree.empty(before.suite(), before.tree().leafPlaces()));
        state.setPending(commit);
        return state;
    }

    private static SecretTree secretTree(PublicGroup publicGroup, EpochSecrets secrets) {
        return SecretTree.of(publicGroup.suite(), publicGroup.tree().leafPlaces(), secrets.encryption());
    }

    static int requirePowerOfTwo(int leafPlaces) throws MlsException {
        if (Integer.bitCount(leafPlaces) != 1) {
            throw new MlsException(MlsError.INVALID_STATE, leafPlaces + " leaf places, expected a power of two");
        }
        return leafPlaces;
    }

    // ---- what it is ----

    CipherSuite suite() {
        return suite;
    }

    Status status() {
        return status;
    }

    int ownLeaf() {
        return keys.leafIndex();
    }

    PublicGroup publicGroup() {
        return publicGroup;
    }

    TreePrivateKeys keys() {
        return keys;
    }

    EpochSecrets secrets() {
        return secrets;
    }

    SecretTree secretTree() {
        return secretTree;
    }

    ExporterTree exporterTree() {
        return exporterTree;
    }

    Optional<PendingCommit> pending() {
        return pending;
    }

    Map<Bytes, HpkeKeyPair> ownUpdates() {
        return ownUpdates;
    }

    PastEpochs past() {
        return past;
    }

    ResumptionPsks resumptionPsks() {
        return resumptionPsks;
    }

    /** A copy of the {@code resumption_psk} of an epoch: the present one's, or a past one's that is kept. */
    Optional<Secret> resumptionPsk(long epoch) {
        // Once removed, and before a join has come through, there is none; it is stored as nothing.
        boolean isPresent = holdsSecrets() && epoch == publicGroup.epoch();
        return isPresent ? Optional.of(secrets.resumption().copy()) : resumptionPsks.find(epoch);
    }

    /** The own leaf in the present epoch. */
    LeafNode ownLeafNode() {
        return publicGroup
                .tree()
                .leaf(ownLeaf())
                .orElseThrow(() -> new IllegalStateException("own leaf " + ownLeaf() + " is blank, expected a member"));
    }

    /** The key that this client signs with; none where it has nothing to sign any more. */
    Optional<Bytes> ownSignatureKey() {
        return switch (status) {
            case ACTIVE, REINITIALIZED -> Optional.of(ownLeafNode().signatureKey());
            case JOINING -> pending.map(join -> join.commit().sender().signatureKey());
            case REMOVED, DESTROYED -> Optional.empty();
        };
    }

    /** Refuses the use of a group that this member was removed from, or that was destroyed. */
    void requireActive() throws MlsException {
        if (status != Status.ACTIVE) {
            throw new MlsException(MlsError.GROUP_INACTIVE, "the member is " + status);
        }
    }

    /** As {@link #requireActive}, to make something; refused for a state that only listens. */
    void requireSending() throws MlsException {
        requireActive();
        if (listenOnly) {
            throw new MlsException(
                    MlsError.LISTEN_ONLY, "this state of the group may be an old one, expected to join anew");
        }
    }

    boolean isListenOnly() {
        return listenOnly;
    }

    /** Refuses the use of the present epoch's secrets where there are none; a group that was re-initialized has them still. */
    void requireSecrets() throws MlsException {
        if (!holdsSecrets()) {
            requireActive();
        }
    }

    private boolean holdsSecrets() {
        return status == Status.ACTIVE || status == Status.REINITIALIZED;
    }

    /** As {@link #requireActive}, but that the own external commit may be on its way still. */
    void requireActiveOrJoining() throws MlsException {
        if (status != Status.JOINING) {
            requireActive();
        }
    }

    /** What messages of the present epoch are protected with. */
    MessageKeys messageKeys() {
        return new MessageKeys(suite, publicGroup.context(), secrets.senderData(), secretTree);
    }

    /** The own keys as they are once the leaf in the tree stands: with the key of an own Update that is committed. */
    TreePrivateKeys keysFor(RatchetTree tree) {
        Optional<Bytes> leafKey = tree.leaf(ownLeaf()).map(LeafNode::encryptionKey);
        HpkeKeyPair updated = leafKey.map(ownUpdates::get).orElse(null);
        return (updated == null ? keys : keys.withLeafKey(updated)).prunedTo(tree);
    }

    // ---- what happens to it ----

    /** Keeps a proposal. */
    void acceptProposal(VerifiedProposal proposal) {
        publicGroup = proposal.after();
    }

    /** Keeps the key of an own Update, until its epoch is over. */
    void keepUpdateKey(HpkeKeyPair key) {
        ownUpdates.put(key.publicKey(), key);
    }

    /** Makes nothing any more, for good. */
    void listenOnly() {
        listenOnly = true;
    }

    /** Replaces the pending commit. */
    void setPending(PendingCommit commit) {
        pending.ifPresent(dropped -> dropped.next().eraseAllBut(keys));
        pending = Optional.of(commit);
    }

    /** Drops the pending commit with its secrets; of someone who has not joined yet, nothing is left then. */
    void clearPending() {
        pending.ifPresent(dropped -> dropped.next().eraseAllBut(keys));
        pending = Optional.empty();
        if (status == Status.JOINING) {
            destroy();
        }
    }

    /** Enters the epoch that a commit starts; the message secrets of the present one are kept for late messages. */
    void enter(StagedCommit commit) {
        if (status == Status.JOINING) {
            status = Status.ACTIVE;
        } else {
            secretTree.consumeOpened();
            past.add(endedBy(commit.commit()), closed::add);
            resumptionPsks.add(publicGroup.epoch(), secrets.resumption().copy());
        }
        TreePrivateKeys nextKeys =
                commit.next().map(NextEpoch::keys).orElseGet(() -> TreePrivateKeys.restored(ownLeaf(), Map.of()));
        if (!pending.map(PendingCommit::next).equals(commit.next())) {
            pending.ifPresent(lost -> lost.next().eraseAllBut(nextKeys));
        }
        pending = Optional.empty();
        keys.eraseAllBut(nextKeys);
        eraseUpdateKeysBut(nextKeys);
        secrets.erase();
        keys = nextKeys;
        publicGroup = commit.after();
        if (commit.next().isPresent()) {
            secrets = commit.next().get().secrets();
            secretTree = secretTree(publicGroup, secrets);
            exporterTree.enter(secrets.applicationExport());
            if (publicGroup.reInit().isPresent()) {
                status = Status.REINITIALIZED;
            }
        } else {
            status = Status.REMOVED;
            exporterTree.erase();
            secretTree = SecretTree.empty(suite, publicGroup.tree().leafPlaces());
        }
    }

    private PastEpoch endedBy(VerifiedCommit commit) {
        RatchetTree before = publicGroup.tree();
        Map<Integer, Optional<LeafNode>> leavesBefore = new HashMap<>();
        for (List<Member> changed : List.of(commit.added(), commit.removed(), commit.updated())) {
            changed.forEach(member -> leavesBefore.put(member.leafIndex(), before.leaf(member.leafIndex())));
        }
        if (commit.hasPath()) {
            leavesBefore.put(commit.committerLeaf(), before.leaf(commit.committerLeaf()));
        }
        return PastEpoch.of(
                publicGroup.context(), secrets.senderData().copy(), secretTree, before.leafPlaces(), leavesBefore);
    }

    private void eraseUpdateKeysBut(TreePrivateKeys kept) {
        for (HpkeKeyPair pair : ownUpdates.values()) {
            if (!kept.byNode().containsValue(pair)) {
                pair.erase();
            }
        }
        ownUpdates.clear();
    }

    /** Erases the message secrets of past epochs up to this one. */
    void closeThrough(long epoch) {
        past.closeThrough(epoch, closed::add);
    }

    /** Erases every secret. */
    void destroy() {
        status = Status.DESTROYED;
        clearPending();
        closeThrough(-1L);
        resumptionPsks.forgetThrough(-1L);
        ownUpdates.values().forEach(HpkeKeyPair::erase);
        ownUpdates.clear();
        secrets.erase();
        secretTree.erase();
        exporterTree.erase();
        keys.erase();
        keys = TreePrivateKeys.restored(ownLeaf(), Map.of());
    }

    /** The past epochs that were closed since the last call, erased. */
    List<PastEpoch> drainClosed() {
        List<PastEpoch> drained = List.copyOf(closed);
        closed.clear();
        return drained;
    }

    // ---- restoring ----

    void restorePending(PendingCommit commit) {
        pending = Optional.of(commit);
    }
}
