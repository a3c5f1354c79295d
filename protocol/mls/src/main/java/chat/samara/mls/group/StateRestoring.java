package chat.samara.mls.group;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.component.ApplicationComponents;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.OutsideRequest;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.secrettree.SecretTree;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.RatchetTreeIn;
import chat.samara.mls.tree.TreePrivateKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Puts a group's state together from what {@link StateStorage} wrote. The storage is the member's own: what is in it is parsed
 * with care, and the tree's hash and the own keys are compared, but signatures are not verified again.
 */
final class StateRestoring {
    private final Map<StateKey, Bytes> values = new HashMap<>();
    private final Map<Integer, Bytes> nodes = new HashMap<>();
    private final TreeMap<Integer, Bytes> proposals = new TreeMap<>();
    private final AuthenticationService authentication;

    private StateRestoring(Map<Bytes, Bytes> stored, AuthenticationService authentication) throws MlsException {
        this.authentication = authentication;
        for (Map.Entry<Bytes, Bytes> entry : stored.entrySet()) {
            StateKey key = StateKey.parse(entry.getKey());
            values.put(key, entry.getValue());
            if (key instanceof StateKey.Node node) {
                nodes.put(node.node(), entry.getValue());
            } else if (key instanceof StateKey.Proposal proposal) {
                proposals.put(proposal.place(), entry.getValue());
            }
        }
    }

    /** A state with the version under which it was stored. */
    record Restored(GroupState state, int version) {}

    /** The state whose deltas add up to {@code stored}; {@link MlsError#INVALID_STATE} where they add up to none. */
    static Restored restore(Map<Bytes, Bytes> stored, AuthenticationService authentication) throws MlsException {
        return new StateRestoring(stored, authentication).restored();
    }

    private Restored restored() throws MlsException {
        TlsReader header = reader(new StateKey.Header());
        int version = header.uint16();
        if (version < StateStorage.VERSION_MIN || version > StateStorage.VERSION) {
            throw new MlsException(
                    MlsError.INVALID_STATE,
                    "state of version " + version + ", expected " + StateStorage.VERSION_MIN + " to "
                            + StateStorage.VERSION);
        }
        GroupState.Status status = GroupState.Status.of(header.uint8());
        int ownLeaf = header.index32();
        header.requireEnd();

        TlsReader epoch = reader(new StateKey.Epoch());
        GroupContext context = GroupContext.readFrom(epoch);
        CipherSuite suite = context.suite();
        Bytes tag = epoch.opaque();
        EpochSecrets secrets = EpochSecrets.readFrom(epoch, suite);
        epoch.requireEnd();

        RatchetTree tree = tree(suite, context);
        PublicGroup publicGroup = PublicGroup.restored(context, tree, tag, proposals(), reInit(), authentication);
        TreePrivateKeys keys = TreePrivateKeys.restored(ownLeaf, privateKeys(suite));
        if (status == GroupState.Status.ACTIVE) {
            keys.requireMatch(tree);
        }
        SecretTree secretTree = SecretTree.empty(suite, tree.leafPlaces());
        GroupState state = new GroupState(status, publicGroup, keys, secrets, secretTree);
        if (values.containsKey(new StateKey.ListenOnly())) {
            state.listenOnly();
        }
        restorePast(state);
        restoreMessageSecrets(state);
        restoreUpdates(state);
        restoreResumptionPsks(state);
        restorePending(state);
        return new Restored(state, version);
    }

    private RatchetTree tree(CipherSuite suite, GroupContext context) throws MlsException {
        RatchetTree tree = RatchetTreeIn.ofNodes(suite, nodes).trusted();
        if (!tree.hash().equals(context.treeHash())) {
            throw new MlsException(
                    MlsError.INVALID_STATE, "a tree with hash " + tree.hash() + ", expected " + context.treeHash());
        }
        return tree;
    }

    private List<AuthenticatedContent> proposals() throws MlsException {
        List<AuthenticatedContent> restored = new ArrayList<>();
        for (Bytes proposal : proposals.values()) {
            restored.add(TlsReader.decode(proposal.arrayUnsafe(), AuthenticatedContent::readTrusted));
        }
        return restored;
    }

    private Optional<Proposal.ReInit> reInit() throws MlsException {
        Bytes stored = values.get(new StateKey.ReInit());
        return stored == null
                ? Optional.empty()
                : Optional.of(TlsReader.decode(stored.arrayUnsafe(), PublicGroupSnapshot::readReInit));
    }

    private Map<Integer, HpkeKeyPair> privateKeys(CipherSuite suite) throws MlsException {
        Map<Integer, HpkeKeyPair> keys = new HashMap<>();
        for (Map.Entry<StateKey, Bytes> entry : values.entrySet()) {
            if (entry.getKey() instanceof StateKey.PrivateKey key) {
                keys.put(key.node(), suite.keyPairOf(entry.getValue().arrayUnsafe()));
            }
        }
        return keys;
    }

    private void restorePast(GroupState state) throws MlsException {
        for (Map.Entry<StateKey, Bytes> entry : values.entrySet()) {
            if (entry.getKey() instanceof StateKey.Past) {
                PastEpoch epoch = TlsReader.decode(entry.getValue().arrayUnsafe(), PastEpoch::readFrom);
                state.past().add(epoch, tooOld -> {});
            }
        }
        for (Map.Entry<StateKey, Bytes> entry : values.entrySet()) {
            if (entry.getKey() instanceof StateKey.PastLeaf leaf) {
                PastEpoch epoch = past(state, leaf.epoch());
                epoch.leavesBefore()
                        .put(
                                leaf.leafIndex(),
                                TlsReader.decode(
                                        entry.getValue().arrayUnsafe(), reader -> reader.optional(LeafNode::readFrom)));
            }
        }
    }

    private void restoreMessageSecrets(GroupState state) throws MlsException {
        for (Map.Entry<StateKey, Bytes> entry : values.entrySet()) {
            byte[] value = entry.getValue().arrayUnsafe();
            if (entry.getKey() instanceof StateKey.SecretNode node) {
                secretTree(state, node.epoch()).restoreNode(node.node(), value);
            } else if (entry.getKey() instanceof StateKey.Ratchet ratchet) {
                secretTree(state, ratchet.epoch()).restoreRatchet(ratchet.id(), value);
            } else if (entry.getKey() instanceof StateKey.ExporterNode node) {
                state.exporterTree().restoreNode(node.node(), value);
            }
        }
    }

    private void restoreResumptionPsks(GroupState state) throws MlsException {
        for (Map.Entry<StateKey, Bytes> entry : values.entrySet()) {
            if (entry.getKey() instanceof StateKey.Resumption resumption) {
                Secret secret = Secret.copyOf(entry.getValue().arrayUnsafe());
                if (secret.size() != state.suite().hashBytes()) {
                    throw new MlsException(
                            MlsError.INVALID_STATE,
                            "a resumption PSK of " + secret.size() + " bytes, expected "
                                    + state.suite().hashBytes());
                }
                state.resumptionPsks().restore(resumption.epoch(), secret);
            }
        }
    }

    private void restoreUpdates(GroupState state) throws MlsException {
        for (Map.Entry<StateKey, Bytes> entry : values.entrySet()) {
            if (entry.getKey() instanceof StateKey.Update) {
                state.keepUpdateKey(state.suite().keyPairOf(entry.getValue().arrayUnsafe()));
            }
        }
    }

    /**
     * Its public side follows from its message once more. Credentials were judged when it was built: if the application thinks
     * differently by now, that must not cost the member its group.
     */
    private void restorePending(GroupState state) throws MlsException {
        Bytes stored = values.get(new StateKey.Pending());
        if (stored == null) {
            return;
        }
        TlsReader reader = new TlsReader(stored.arrayUnsafe());
        Bytes message = reader.opaque();
        NextEpoch next = NextEpoch.readFrom(reader, state.suite(), state.ownLeaf());
        PublicGroup group = state.publicGroup().judgedBy(new AsBefore(authentication.components()));
        AuthenticatedContent content;
        if (MlsMessage.decode(message.arrayUnsafe()) instanceof MlsMessage.OfPrivateMessage) {
            content = AuthenticatedContent.readTrusted(reader);
        } else {
            PublicMessageIn received = MlsMessage.decode(message.arrayUnsafe()).requirePublicMessage();
            content = received.verify(state.suite(), group.context(), group.signatureKeyOf(received.content()));
        }
        reader.requireEnd();
        VerifiedHandshake verified = group.verify(content);
        if (!(verified instanceof VerifiedCommit commit)) {
            throw new MlsException(MlsError.INVALID_STATE, "a pending proposal, expected a commit");
        }
        VerifiedCommit restored = new VerifiedCommit(
                state.publicGroup(),
                commit.after().judgedBy(authentication),
                commit.sender(),
                commit.applied(),
                commit.path(),
                commit.content());
        state.restorePending(new PendingCommit(message, restored, next));
    }

    /** Accepts what was accepted before. */
    private static final class AsBefore implements AuthenticationService {
        private final ApplicationComponents components;

        AsBefore(ApplicationComponents components) {
            this.components = components;
        }

        @Override
        public ApplicationComponents components() {
            return components;
        }

        @Override
        public boolean accepts(Credential credential, Bytes signatureKey) {
            return true;
        }

        @Override
        public boolean acceptsSuccessor(Credential old, Credential fresh) {
            return true;
        }

        @Override
        public boolean admits(OutsideRequest request, Credential credential, Bytes signatureKey) {
            return true;
        }

        @Override
        public boolean requiresPath(int customProposalType) {
            return false;
        }

        @Override
        public long leafLifetimeSecondsMax() {
            return -1L;
        }
    }

    private static SecretTree secretTree(GroupState state, long epoch) throws MlsException {
        return epoch == state.publicGroup().epoch()
                ? state.secretTree()
                : past(state, epoch).secretTree();
    }

    private static PastEpoch past(GroupState state, long epoch) throws MlsException {
        return state.past()
                .find(epoch)
                .orElseThrow(() -> new MlsException(
                        MlsError.INVALID_STATE, "secrets of epoch " + epoch + ", expected one that is kept"));
    }

    private TlsReader reader(StateKey key) throws MlsException {
        Bytes value = values.get(key);
        if (value == null) {
            throw new MlsException(MlsError.INVALID_STATE, "no value under " + key.path() + ", expected one");
        }
        return new TlsReader(value.arrayUnsafe());
    }
}
