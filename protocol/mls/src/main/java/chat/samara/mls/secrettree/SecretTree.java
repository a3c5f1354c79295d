package chat.samara.mls.secrettree;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.tree.TreeMath;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An epoch's secret tree (RFC 9420 §9): a {@link PuncturableTree} whose leaves are taken by their sender's first message,
 * which starts the sender's two ratchets.
 *
 * <p>Looking at a key changes nothing. What has changed since the last {@link #drainChanges} is kept by node and ratchet, so
 * that a message rewrites one ratchet and nothing else in storage.
 */
public final class SecretTree {
    private static final byte[] EMPTY = new byte[0];

    private final CipherSuite suite;
    private final PuncturableTree nodes;
    private final SortedMap<RatchetId, Ratchet> ratchets = new TreeMap<>();
    private final Set<RatchetId> changedRatchets = new HashSet<>();
    private final OpenedKeys opened;

    private SecretTree(CipherSuite suite, int leafPlaces) {
        this.suite = suite;
        this.nodes = new PuncturableTree(suite, leafPlaces);
        this.opened = new OpenedKeys(suite);
    }

    /**
     * The tree of a new epoch.
     *
     * @param leafPlaces leaves of the ratchet tree, blank ones included
     * @param encryptionSecret taken: it is erased here once it is split
     */
    public static SecretTree of(CipherSuite suite, int leafPlaces, Secret encryptionSecret) {
        SecretTree tree = new SecretTree(suite, leafPlaces);
        tree.nodes.startFrom(encryptionSecret);
        return tree;
    }

    /** A tree with nothing in it, to be filled by {@link #restoreNode} and {@link #restoreRatchet}. */
    public static SecretTree empty(CipherSuite suite, int leafPlaces) {
        return new SecretTree(suite, leafPlaces);
    }

    /** Puts back a node's secret. */
    public void restoreNode(int node, byte[] secret) {
        nodes.restore(node, secret);
    }

    /** Puts back a ratchet as {@link #encodeRatchet} wrote it. */
    public void restoreRatchet(RatchetId id, byte[] encoded) throws MlsException {
        ratchets.put(id, TlsReader.decode(encoded, reader -> Ratchet.readFrom(reader, suite)));
    }

    /** The next key of a ratchet, consumed at once: for sending. */
    public MessageKey take(RatchetId id) throws MlsException {
        MessageKey key = started(id).take();
        changedRatchets.add(id);
        return key;
    }

    /**
     * A key to open a message with, nothing being consumed: a copy, which the caller erases.
     *
     * @param generation unsigned
     * @throws MlsException {@code KEY_CONSUMED}, {@code KEY_GIVEN_UP} or {@code GENERATION_TOO_FAR}
     */
    public MessageKey peek(RatchetId id, int generation) throws MlsException {
        Ratchet ratchet = ratchets.get(id);
        if (ratchet != null) {
            return ratchet.peek(generation);
        }
        Secret leafSecret = nodes.look(TreeMath.leafNode(id.leafIndex()));
        Ratchet temporary = new Ratchet(suite, ratchetSecret(leafSecret, id));
        leafSecret.erase();
        try {
            return temporary.peek(generation);
        } finally {
            temporary.erase();
        }
    }

    /** Erases the key of a message that proved to be genuine, and all that it was derived from (RFC 9420 §9.2). */
    public void consume(RatchetId id, int generation) {
        started(id).consume(generation);
        changedRatchets.add(id);
    }

    /** How many unused keys of the sender {@link #consume} would give up, because so many messages before that one have not come. */
    public int keysGivenUpBy(RatchetId id, int generation) {
        Ratchet ratchet = ratchets.get(id);
        boolean ahead = ratchet == null && generation >= 0 && generation <= Limits.RATCHET_FORWARD_STEPS_MAX;
        return ratchet != null
                ? ratchet.keysGivenUpBy(generation)
                : Math.max(0, (ahead ? generation : 0) - Limits.SKIPPED_KEYS_MAX);
    }

    /**
     * Keeps the key of a message that is not taken up yet, to open that one message again; {@link #consumeOpened} consumes it. Beyond
     * {@link Limits#OPENED_COMMITS_MAX} the oldest are consumed at once.
     */
    public void keepOpened(RatchetId id, int generation, byte[] ciphertext) {
        opened.add(new OpenedKeys.Place(id, generation), ciphertext);
        opened.pollBeyond(Limits.OPENED_COMMITS_MAX)
                .ifPresent(oldest -> consume(oldest.ratchet(), oldest.generation()));
    }

    /** Refuses a key that is kept for another message than this one, with {@code KEY_CONSUMED}. */
    public void requireNotOpenedAnother(RatchetId id, int generation, byte[] ciphertext) throws MlsException {
        opened.requireNoOther(new OpenedKeys.Place(id, generation), ciphertext);
    }

    /** Consumes the keys of all messages that were kept with {@link #keepOpened}: their epoch is over. */
    public void consumeOpened() {
        for (Optional<OpenedKeys.Place> next = opened.poll(); next.isPresent(); next = opened.poll()) {
            consume(next.get().ratchet(), next.get().generation());
        }
    }

    /** The generation that the ratchet's next message will have. */
    public int nextGeneration(RatchetId id) {
        Ratchet ratchet = ratchets.get(id);
        return ratchet == null ? 0 : ratchet.nextGeneration();
    }

    /** Overwrites everything. */
    public void erase() {
        nodes.erase();
        ratchets.forEach((id, ratchet) -> {
            ratchet.erase();
            changedRatchets.add(id);
        });
        ratchets.clear();
        opened.clear();
    }

    /** What was added, altered or erased since the last call. */
    public Changes drainChanges() {
        Changes changes = new Changes(nodes.drainChanges(), Set.copyOf(changedRatchets));
        changedRatchets.clear();
        return changes;
    }

    /** Nodes by index, and ratchets: what is not held any more is to be deleted. */
    public record Changes(Set<Integer> nodes, Set<RatchetId> ratchets) {}

    /** A node's secret as it is stored; empty if there is none. */
    public Optional<byte[]> encodeNode(int node) {
        return nodes.encode(node);
    }

    /** A ratchet as it is stored; empty if it has not started. */
    public Optional<byte[]> encodeRatchet(RatchetId id) {
        return Optional.ofNullable(ratchets.get(id)).map(ratchet -> {
            TlsWriter writer = new TlsWriter(128);
            ratchet.writeTo(writer);
            byte[] encoded = writer.toByteArray();
            writer.erase();
            return encoded;
        });
    }

    /** How many secrets of inner nodes and leaves are held: for tests of their erasure. */
    int nodeSecretsHeld() {
        return nodes.size();
    }

    private Ratchet started(RatchetId id) {
        if (!ratchets.containsKey(id)) {
            Secret leafSecret = nodes.take(TreeMath.leafNode(id.leafIndex()));
            for (RatchetId.Kind kind : RatchetId.Kind.values()) {
                RatchetId started = new RatchetId(id.leafIndex(), kind);
                ratchets.put(started, new Ratchet(suite, ratchetSecret(leafSecret, started)));
                changedRatchets.add(started);
            }
            leafSecret.erase();
        }
        return Objects.requireNonNull(ratchets.get(id), "both ratchets of a sender start together");
    }

    private Secret ratchetSecret(Secret leafSecret, RatchetId id) {
        return suite.expandWithLabel(leafSecret, id.kind().label(), EMPTY, suite.hashBytes());
    }
}
