package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.framing.AuthenticatedContent;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.secrettree.ExporterTree;
import chat.samara.mls.secrettree.RatchetId;
import chat.samara.mls.secrettree.SecretTree;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.TreePrivateKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes a group's state down as small keyed blobs, and only what has changed since the last time: a message rewrites one
 * ratchet, a commit the nodes and keys of one path. {@link StateRestoring} reads it back.
 *
 * <p>The format, version {@value #VERSION} (all in the TLS presentation language; a change to it is a decision, with its
 * migration; the golden files {@code group-state-v1} and {@code -v2…} hold them):
 *
 * <ul>
 *   <li>{@code group}: version (uint16), {@link GroupState.Status} (uint8), own leaf index (uint32)
 *   <li>{@code epoch}: GroupContext, confirmation tag, the epoch's secrets ({@link EpochSecrets#writeTo}); of someone whose
 *       external commit is on its way, of the epoch in which that was sent, and no secrets
 *   <li>{@code node/<node>}: a node of the ratchet tree; none for a blank one
 *   <li>{@code key/<node>}: the private key of a node, as it is
 *   <li>{@code secret/<epoch>/<node>}: a secret of that epoch's secret tree, as it is
 *   <li>{@code export/<node>}: a secret of the present epoch's exporter tree, as it is
 *   <li>{@code ratchet/<epoch>/<leaf>/<kind>}: a ratchet of that epoch
 *   <li>{@code past/<epoch>}: {@link PastEpoch#writeTo}
 *   <li>{@code past/<epoch>/<leaf>}: {@code optional<LeafNode>}: what stood there before the commit that ended that epoch
 *   <li>{@code resumption/<epoch>}: the {@code resumption_psk} of a past epoch, as it is; since version 2
 *   <li>{@code reinit}: the Proposal that has put an end to the group, if one has; since version 2
 *   <li>{@code listen-only}: one (uint8), where this state makes nothing any more; versions of this library that do not know it refuse
 *       the state
 *   <li>{@code proposal/<place>}: AuthenticatedContent of a proposal of the present epoch, in their order
 *   <li>{@code update/<public key>}: the private key of an own Update of the present epoch, as it is
 *   <li>{@code pending}: the own commit's MLSMessage ({@code opaque<V>}), then {@link NextEpoch#writeTo}; then, if that is a
 *       PrivateMessage, which its sender cannot open, its AuthenticatedContent
 * </ul>
 */
final class StateStorage {
    static final int VERSION = 2;

    /** The first version that can still be read: 1 has neither an exporter tree nor resumption PSKs. */
    static final int VERSION_MIN = 1;

    private final GroupState state;
    private @Nullable Stored stored;

    /** For a state of which nothing is stored. */
    StateStorage(GroupState state) {
        this.state = state;
    }

    /** What is stored, by reference: the parts are immutable or replaced as a whole. */
    private record Stored(
            int version,
            GroupState.Status status,
            boolean listenOnly,
            PublicGroup publicGroup,
            TreePrivateKeys keys,
            EpochSecrets secrets,
            Optional<PendingCommit> pending,
            Set<Bytes> updates,
            Set<Long> past) {}

    /** Takes it that the present state is stored, under a header of this version. */
    void markStored(int version) {
        stored = snapshot(version);
        state.resumptionPsks().drainChanges();
        state.secretTree().drainChanges();
        state.exporterTree().drainChanges();
        state.past().all().forEach(epoch -> epoch.secretTree().drainChanges());
        state.drainClosed();
    }

    /** What has changed since the last call. */
    StateDelta drain() {
        Delta delta = new Delta();
        if (state.status() == GroupState.Status.DESTROYED) {
            deleteAll(delta);
        } else {
            write(delta);
        }
        stored = snapshot(VERSION);
        return delta.toStateDelta();
    }

    private Stored snapshot(int version) {
        Set<Long> past = new HashSet<>();
        state.past().all().forEach(epoch -> past.add(epoch.epoch()));
        return new Stored(
                version,
                state.status(),
                state.isListenOnly(),
                state.publicGroup(),
                state.keys(),
                state.secrets(),
                state.pending(),
                Set.copyOf(state.ownUpdates().keySet()),
                past);
    }

    private void write(Delta delta) {
        if (stored == null || stored.version != VERSION || stored.status != state.status()) {
            delta.put(
                    new StateKey.Header(),
                    new TlsWriter().uint16(VERSION).uint8(state.status().code()).uint32(state.ownLeaf()));
        }
        if (stored == null
                || !stored.publicGroup.context().equals(state.publicGroup().context())) {
            TlsWriter epoch = new TlsWriter(1024)
                    .struct(state.publicGroup().context())
                    .opaque(state.publicGroup().confirmationTag());
            state.secrets().writeTo(epoch);
            delta.put(new StateKey.Epoch(), epoch);
        }
        if (stored == null
                || !stored.publicGroup.reInit().equals(state.publicGroup().reInit())) {
            delta.set(
                    new StateKey.ReInit(),
                    state.publicGroup().reInit().map(reInit -> Bytes.wrapUnsafe(reInit.encode())));
        }
        if (state.isListenOnly() && (stored == null || !stored.listenOnly)) {
            delta.put(new StateKey.ListenOnly(), new TlsWriter().uint8(1));
        }
        writeTree(delta);
        writeKeys(delta);
        writeProposals(delta);
        writePending(delta);
        writePast(delta);
        writeResumptionPsks(delta);
        writeSecretTree(delta, state.publicGroup().epoch(), state.secretTree());
        writeExporterTree(delta);
    }

    private void writeTree(Delta delta) {
        RatchetTree tree = state.publicGroup().tree();
        Map<Integer, Optional<Bytes>> changes =
                stored == null ? tree.allNodes() : tree.changesSince(stored.publicGroup.tree());
        changes.forEach((node, encoded) -> delta.set(new StateKey.Node(node), encoded));
    }

    private void writeKeys(Delta delta) {
        Map<Integer, HpkeKeyPair> before = stored == null ? Map.of() : stored.keys.byNode();
        Map<Integer, HpkeKeyPair> now = state.keys().byNode();
        for (int node : before.keySet()) {
            if (!now.containsKey(node)) {
                delta.delete(new StateKey.PrivateKey(node));
            }
        }
        now.forEach((node, pair) -> {
            HpkeKeyPair old = before.get(node);
            if (old == null || !old.publicKey().equals(pair.publicKey())) {
                delta.put(new StateKey.PrivateKey(node), privateKey(pair));
            }
        });
        for (Bytes update : stored == null ? Set.<Bytes>of() : stored.updates) {
            if (!state.ownUpdates().containsKey(update)) {
                delta.delete(new StateKey.Update(update));
            }
        }
        state.ownUpdates().forEach((publicKey, pair) -> {
            if (stored == null || !stored.updates.contains(publicKey)) {
                delta.put(new StateKey.Update(publicKey), privateKey(pair));
            }
        });
    }

    private void writeProposals(Delta delta) {
        List<AuthenticatedContent> now =
                new ArrayList<>(state.publicGroup().proposals().values());
        int kept = 0;
        if (stored != null) {
            int before = stored.publicGroup.proposals().size();
            if (stored.publicGroup.context().equals(state.publicGroup().context())) {
                kept = before;
            }
            for (int place = now.size(); place < before; place++) {
                delta.delete(new StateKey.Proposal(place));
            }
        }
        for (int place = kept; place < now.size(); place++) {
            delta.put(new StateKey.Proposal(place), new TlsWriter().struct(now.get(place)));
        }
    }

    private void writePending(Delta delta) {
        Optional<PendingCommit> before = stored == null ? Optional.empty() : stored.pending;
        PendingCommit now = state.pending().orElse(null);
        if (now == null) {
            if (before.isPresent()) {
                delta.delete(new StateKey.Pending());
            }
        } else if (!before.map(PendingCommit::message).equals(Optional.of(now.message()))) {
            TlsWriter pending = new TlsWriter(4096).opaque(now.message());
            now.next().writeTo(pending);
            if (now.isEncrypted()) {
                pending.struct(now.commit().content());
            }
            delta.put(new StateKey.Pending(), pending);
        }
    }

    private void writePast(Delta delta) {
        for (PastEpoch closed : state.drainClosed()) {
            deletePast(delta, closed);
        }
        for (PastEpoch epoch : state.past().all()) {
            if (stored == null || !stored.past.contains(epoch.epoch())) {
                TlsWriter encoded = new TlsWriter(512);
                epoch.writeTo(encoded);
                delta.put(new StateKey.Past(epoch.epoch()), encoded);
                epoch.leavesBefore().forEach((leaf, before) -> {
                    StateKey key = new StateKey.PastLeaf(epoch.epoch(), leaf);
                    delta.put(key, new TlsWriter(512).optional(before));
                });
            }
            writeSecretTree(delta, epoch.epoch(), epoch.secretTree());
        }
    }

    private void writeResumptionPsks(Delta delta) {
        Map<Long, Optional<Secret>> changes = state.resumptionPsks().drainChanges();
        Map<Long, Optional<Secret>> toWrite =
                stored == null ? state.resumptionPsks().all() : changes;
        toWrite.forEach((epoch, secret) ->
                delta.set(new StateKey.Resumption(epoch), secret.map(present -> Bytes.of(present.reveal()))));
    }

    private static void deletePast(Delta delta, PastEpoch epoch) {
        delta.delete(new StateKey.Past(epoch.epoch()));
        epoch.leavesBefore().keySet().forEach(leaf -> delta.delete(new StateKey.PastLeaf(epoch.epoch(), leaf)));
        writeSecretTree(delta, epoch.epoch(), epoch.secretTree());
    }

    private static void writeSecretTree(Delta delta, long epoch, SecretTree tree) {
        SecretTree.Changes changes = tree.drainChanges();
        for (int node : changes.nodes()) {
            delta.set(
                    new StateKey.SecretNode(epoch, node), tree.encodeNode(node).map(Bytes::wrapUnsafe));
        }
        for (RatchetId id : changes.ratchets()) {
            delta.set(new StateKey.Ratchet(epoch, id), tree.encodeRatchet(id).map(Bytes::wrapUnsafe));
        }
    }

    private void writeExporterTree(Delta delta) {
        ExporterTree tree = state.exporterTree();
        for (int node : tree.drainChanges()) {
            delta.set(new StateKey.ExporterNode(node), tree.encodeNode(node).map(Bytes::wrapUnsafe));
        }
    }

    /** Deletes whatever may be stored: of what is held in memory, and of what was stored before. */
    private void deleteAll(Delta delta) {
        delta.delete(new StateKey.Header());
        delta.delete(new StateKey.Epoch());
        delta.delete(new StateKey.Pending());
        delta.delete(new StateKey.ReInit());
        delta.delete(new StateKey.ListenOnly());
        state.publicGroup().tree().allNodes().keySet().forEach(node -> delta.delete(new StateKey.Node(node)));
        if (stored != null) {
            stored.publicGroup.tree().allNodes().keySet().forEach(node -> delta.delete(new StateKey.Node(node)));
            stored.keys.byNode().keySet().forEach(node -> delta.delete(new StateKey.PrivateKey(node)));
            stored.updates.forEach(update -> delta.delete(new StateKey.Update(update)));
            for (int place = 0; place < stored.publicGroup.proposals().size(); place++) {
                delta.delete(new StateKey.Proposal(place));
            }
        }
        state.drainClosed().forEach(closed -> deletePast(delta, closed));
        writeResumptionPsks(delta);
        // It was erased: every node and ratchet counts as changed, and as gone.
        writeSecretTree(delta, state.publicGroup().epoch(), state.secretTree());
        writeExporterTree(delta);
    }

    private static TlsWriter privateKey(HpkeKeyPair pair) {
        return new TlsWriter(64).raw(pair.privateKey().reveal());
    }

    /** Collects puts and deletes. */
    private static final class Delta {
        private final Map<Bytes, Bytes> puts = new HashMap<>();
        private final Set<Bytes> deletes = new HashSet<>();

        void put(StateKey key, TlsWriter value) {
            puts.put(key.bytes(), value.toBytes());
            value.erase();
        }

        void delete(StateKey key) {
            deletes.add(key.bytes());
        }

        void set(StateKey key, Optional<Bytes> value) {
            if (value.isPresent()) {
                puts.put(key.bytes(), value.get());
            } else {
                deletes.add(key.bytes());
            }
        }

        StateDelta toStateDelta() {
            deletes.removeAll(puts.keySet());
            return new StateDelta(puts, deletes);
        }
    }
}
