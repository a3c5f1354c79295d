package chat.samara.server.core.peer;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.core.Contained;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Touched;
import chat.samara.server.core.store.proto.StoredPeer;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.Fingerprint;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ManifestIn;
import chat.samara.wire.identity.PeerLink;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.ErrorCode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.ToIntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The servers that the operator has accepted, and dialling them until there is a link. */
public final class Peers {
    private static final Logger LOG = LoggerFactory.getLogger(Peers.class);

    /** A refusal's detail: the key is the accepted one, and the name is not. */
    private static final String OTHER_NAME = "manifest-other-name";

    private final ServerIdentity identity;
    private final CoreConfig config;
    private final Journal journal;
    private final RandomSource random;
    private final PeerTable table;
    private final Map<ServerName, Peer> peers = new TreeMap<>();

    /** Those of whom the disk does not give back what was accepted. */
    private final SortedSet<ServerName> unreadable = new TreeSet<>();

    /** Those of whom something else was to be stored. */
    private final Touched<ServerName> changed;

    public Peers(ServerIdentity identity, CoreConfig config, Journal journal, RandomSource random) {
        this.identity = identity;
        this.config = config;
        this.journal = journal;
        this.random = random;
        this.table = new PeerTable(journal);
        this.changed = new Touched<>(journal);
    }

    /** Reads who is accepted; what is known of links stays. */
    public void load() {
        PeerTable.Stock stock = table.all();
        stock.unreadable().stream()
                .filter(name -> !unreadable.contains(name))
                .forEach(name -> LOG.error("ALARM: {}", unreadable(name)));
        unreadable.clear();
        unreadable.addAll(stock.unreadable());
        Map<ServerName, StoredPeer> stored = stock.peers();
        peers.keySet().retainAll(stored.keySet());
        stored.forEach((name, row) -> {
            Peer known = peers.get(name);
            if (known == null) {
                peers.put(name, new Peer(name, row));
            } else {
                known.store(row);
            }
        });
    }

    /** An event was undone: if it had changed who is accepted, that is read again. */
    public void undone() {
        if (!changed.takeUndone().isEmpty()) {
            load();
        }
    }

    /** The operator accepts a peer, or gives it new addresses. */
    public void add(PeerLink link) throws RefusedException {
        requireOther(link);
        requireOneNameAKey(link);
        Peer known = peers.get(link.server());
        if (known == null && peers.size() >= Limits.PEERS_MAX) {
            throw Refusal.limitReached(
                            "there are " + peers.size() + " peers; remove one first", "peers<=" + Limits.PEERS_MAX, 0)
                    .asException();
        }
        StoredPeer.Builder row = known == null
                ? StoredPeer.newBuilder().setAddedAtMillis(journal.nowMillis())
                : known.stored().toBuilder().clearAddresses();
        row.setRootKey(Protobuf.toByteString(link.rootKey()));
        link.addresses().forEach(address -> row.addAddresses(address.toString()));
        store(link.server(), row.build());
        Peer added = peers.get(link.server());
        if (added != null) {
            added.reached();
            dialIfDue(added);
        }
    }

    private void requireOther(PeerLink link) throws RefusedException {
        if (link.server().equals(identity.name())) {
            throw RefusedException.of(
                    ErrorCode.MALFORMED,
                    "this is " + identity.name() + " itself; use the link of the other server",
                    "self");
        }
        if (link.rootKey().equals(identity.rootPublicKey())) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "the link calls " + link.server() + " what has the key of " + identity.name()
                            + ", this server itself; use the link that the other server's `peer link` prints",
                    "self");
        }
    }

    /** A server has one key for good, and a key one server. */
    private void requireOneNameAKey(PeerLink link) throws RefusedException {
        Peer known = peers.get(link.server());
        if (known != null && !known.rootKey().equals(link.rootKey())) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    link.server() + " was accepted with root key "
                            + Fingerprint.of(known.rootKey()) + ", but the link has "
                            + Fingerprint.of(link.rootKey())
                            + "; if its operator confirms the new key, remove the peer first",
                    "peer-root-key");
        }
        for (Peer peer : peers.values()) {
            if (known == null && peer.rootKey().equals(link.rootKey())) {
                throw RefusedException.of(
                        ErrorCode.INVALID_PROOF,
                        "the link calls " + link.server() + " what has the key of the peer " + peer.name()
                                + "; use the link that the other server's `peer link` prints",
                        "peer-root-key");
            }
        }
    }

    private void store(ServerName name, StoredPeer row) {
        changed.add(name);
        table.put(name, row);
        unreadable.remove(name);
        peers.computeIfAbsent(name, it -> new Peer(it, row)).store(row);
    }

    /** The operator no longer accepts a peer. Returns its ready link, which the caller closes. */
    Optional<Link> remove(ServerName name) throws RefusedException {
        changed.add(name);
        Peer peer = peers.remove(name);
        if (peer == null && unreadable.remove(name)) {
            table.delete(name);
            return Optional.empty();
        }
        if (peer == null) {
            throw RefusedException.of(ErrorCode.NOT_A_PEER, "there is no peer " + name + "; see `peer list`");
        }
        table.delete(name);
        return peer.ready();
    }

    /** All peers as the operator sees them, by name. */
    public List<AdminResult.Peer> list(ToIntFunction<ServerName> sharedChannels) {
        return peers.values().stream()
                .map(peer -> new AdminResult.Peer(
                        peer.name(),
                        peer.rootKey(),
                        peer.addresses(),
                        peer.ready().isPresent(),
                        sharedChannels.applyAsInt(peer.name()),
                        peer.problem()))
                .toList();
    }

    /** Those that the operator has accepted, by name. */
    public SortedSet<ServerName> names() {
        return new TreeSet<>(peers.keySet());
    }

    /** How many there are. */
    public int count() {
        return peers.size();
    }

    Optional<Peer> find(ServerName name) {
        return Optional.ofNullable(peers.get(name));
    }

    /** The peer that was accepted with this root key, under whatever name. */
    Optional<Peer> withKey(Bytes rootKey) {
        return peers.values().stream()
                .filter(peer -> peer.rootKey().equals(rootKey))
                .findFirst();
    }

    /** Why the holder of the key that was accepted under one name, which is called otherwise, has no link. */
    static Refusal misnamed(ServerName accepted, ServerName name) {
        return Refusal.of(
                ErrorCode.INVALID_PROOF,
                "the server with the root key that was accepted as " + accepted + " is called " + name,
                OTHER_NAME);
    }

    /** Whoever answered where the peer was dialled has not proved to be it. */
    void mistrusted(ServerName name, Refusal why) {
        find(name).filter(peer -> peer.mistrust().filter(why::equals).isEmpty()).ifPresent(peer -> {
            peer.mistrusts(Optional.of(why));
            LOG.warn("{}", mistrust(name, why));
        });
    }

    /** Whoever answered where the peer was dialled does not take this server for what was accepted there under its name. */
    void refusedBy(ServerName name, Refusal why) {
        String remedy = Fingerprint.of(identity.rootPublicKey())
                + ": have them remove it, and give them the link that `samara server peer link` prints here";
        String problem = switch (why.code()) {
            case NOT_A_PEER ->
                "its operator has not accepted this server (NOT_A_PEER): give them the link that `samara server peer link` prints here."
                        + " If they have accepted it, it was under another name than "
                        + identity.name() + " or another root key than its own, " + remedy;
            case INVALID_PROOF ->
                why.detail().equals(ManifestIn.OTHER_ROOT_KEY)
                        ? "its operator has accepted this server under another root key than its own, " + remedy
                        : "it says " + why;
            default -> "it says " + why;
        };
        find(name).ifPresent(peer -> peer.problem(problem));
    }

    /** Two servers with the peer's identity take the link from each other. */
    void runsTwice(Peer peer) {
        boolean isNews = !isSaidToRunTwice(peer);
        peer.twinSeen(journal.monotonicMillis());
        if (isNews) {
            LOG.error("ALARM: {}", twin(peer.name()));
        }
    }

    /** Whether the operator is told that of the peer: there was a sign of it lately. */
    boolean isSaidToRunTwice(Peer peer) {
        return peer.twinSeenAtMillis()
                .filter(at -> journal.monotonicMillis() - at < Limits.TWIN_TOLD_MILLIS)
                .isPresent();
    }

    private static String twin(ServerName name) {
        return "two servers seem to run as " + name
                + ": each takes the link from the other. Its operator should stop the one that runs in a copy"
                + " of the data folder; both would write in its name";
    }

    /** A sentence for the operator on each peer in whose place somebody else answers. */
    public List<String> warnings() {
        List<String> sentences = new ArrayList<>();
        unreadable.forEach(name -> sentences.add(unreadable(name)));
        peers.values().forEach(peer -> peer.mistrust().ifPresent(why -> sentences.add(mistrust(peer.name(), why))));
        peers.values().stream().filter(this::isSaidToRunTwice).forEach(peer -> sentences.add(twin(peer.name())));
        return sentences;
    }

    private static String unreadable(ServerName name) {
        return "what was accepted of peer " + name
                + " cannot be read, and there is no link to it: look after the disk, and accept it again with"
                + " `samara server peer add` and the link that its operator gives you";
    }

    private static String mistrust(ServerName name, Refusal why) {
        if (why.detail().equals(OTHER_NAME)) {
            return why.reason() + ": only the name in the link was wrong. Remove that peer (`samara server peer remove "
                    + name + "`), and add the link that its own `samara server peer link` prints";
        }
        boolean saysIt = why.detail().equals(ManifestIn.OTHER_ROOT_KEY);
        return "whoever answers as " + name + " is not the server that was accepted: " + why.reason()
                + (saysIt ? ". If its" : ". Somebody may be in the middle; if its")
                + " operator confirms that it was set up anew, remove the peer and add its new link";
    }

    /** Whether the operator has accepted the server. */
    public boolean isPeer(ServerName name) {
        return peers.containsKey(name);
    }

    /** The root key that was accepted for the server; the own one for this server. */
    public Optional<Bytes> rootKey(ServerName name) {
        return name.equals(identity.name())
                ? Optional.of(identity.rootPublicKey())
                : find(name).map(Peer::rootKey);
    }

    /** The peer has shown a manifest, which was verified: keeps it if it is newer. */
    void seen(ServerName name, Manifest manifest) {
        Peer peer = peers.get(name);
        if (peer != null
                && peer.manifest().map(known -> manifest.supersedes(known)).orElse(true)) {
            store(
                    name,
                    peer.stored().toBuilder()
                            .setManifest(Protobuf.toByteString(manifest.encoded()))
                            .build());
        }
    }

    /** Dials the peers that have no link and whose time has come. */
    public void dialDue(Contained contained) {
        // Each for itself: a dial that is undone with another's work would never be made again.
        for (Peer peer : List.copyOf(peers.values())) {
            if (peer.isDue(journal.monotonicMillis())) {
                contained.run("dialling " + peer.name(), () -> dialIfDue(peer));
            }
        }
    }

    private void dialIfDue(Peer peer) {
        List<ServerAddress> addresses = peer.addressesInTurn();
        if (peer.isDue(journal.monotonicMillis()) && !addresses.isEmpty()) {
            journal.emit(new Effect.Dial(peer.name(), addresses, peer.operatorsOwn()));
            peer.dialling(true);
        }
    }

    /** A dial came to nothing, or the link that it led to is gone. */
    void failed(ServerName name, String problem) {
        find(name).ifPresent(peer -> {
            peer.dialling(false);
            peer.problem(problem);
            peer.backOff(journal.monotonicMillis(), config.dialMillisMin(), config.dialMillisMax(), jitter());
        });
    }

    private double jitter() {
        return (ByteBuffer.wrap(random.bytes(Integer.BYTES)).getInt() >>> 1) / (double) Integer.MAX_VALUE;
    }
}
