package chat.samara.server.core.channel.follower;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.KeyedChannels;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredEvidence;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Table EVIDENCE: what proves that a hub cheated.
 *
 * <ul>
 *   <li>key: channel id (32), a number from 1; value: {@link StoredEvidence}. Kept for ever: of a hub as many as its {@link Kind} has room for, and at most
 *       {@code Limits.EVIDENCE_PER_CHANNEL_MAX} a channel.
 * </ul>
 *
 * <p>One proof of a channel says of its hub what eight of them say. So the first of each channel has room of its own, which neither further ones take nor those of channels in which
 * nobody of this server was, that a hub makes up as it likes. The first against a hub is always kept.
 */
final class EvidenceTable {
    private static final Logger LOG = LoggerFactory.getLogger(EvidenceTable.class);
    private static final int MEBIBYTE_BITS = 20;

    private final Journal journal;
    private final Map<ServerName, OfHub> ofHubs = new TreeMap<>();

    /** Which room of a hub's a piece of evidence takes. */
    private enum Kind {
        FIRST_OF_CHANNEL(Limits.EVIDENCE_CHANNELS_PER_HUB_MAX, Limits.EVIDENCE_BYTES_PER_HUB_MAX),
        FURTHER(Limits.EVIDENCE_FURTHER_PER_HUB_MAX, Limits.EVIDENCE_FURTHER_BYTES_PER_HUB_MAX),
        OF_OTHERS(Limits.EVIDENCE_OF_OTHERS_PER_HUB_MAX, Limits.EVIDENCE_OF_OTHERS_BYTES_PER_HUB_MAX);

        private final int piecesMax;
        private final long bytesMax;

        Kind(int piecesMax, long bytesMax) {
            this.piecesMax = piecesMax;
            this.bytesMax = bytesMax;
        }

        static Kind of(long number, boolean hadReaders) {
            if (!hadReaders) {
                return OF_OTHERS;
            }
            return number == 1 ? FIRST_OF_CHANNEL : FURTHER;
        }
    }

    /** So many pieces of evidence are kept, of so many bytes together. */
    private record Kept(int pieces, long bytes) {
        static final Kept NONE = new Kept(0, 0);

        Kept and(Kept more) {
            return new Kept(pieces + more.pieces, bytes + more.bytes);
        }
    }

    /** What is kept against one hub, and how often there was no room for more since the start. */
    private static final class OfHub {
        private final Map<Kind, Kept> kept = new EnumMap<>(Kind.class);
        private long notKept;

        boolean hasRoom(Kind kind, long bytes) {
            Kept before = kept.getOrDefault(kind, Kept.NONE);
            return kept.isEmpty() || (before.pieces() < kind.piecesMax && before.bytes() + bytes <= kind.bytesMax);
        }

        void add(Kind kind, long bytes) {
            kept.merge(kind, new Kept(1, bytes), Kept::and);
        }

        void putBack(Map<Kind, Kept> before) {
            kept.clear();
            kept.putAll(before);
        }

        Kept all() {
            return kept.values().stream().reduce(Kept.NONE, Kept::and);
        }
    }

    EvidenceTable(Journal journal) {
        this.journal = journal;
    }

    /** Counts what is kept. What the disk does not give back is not counted, and nothing else is the worse for it. */
    void load() {
        ofHubs.clear();
        for (ChannelId channel : KeyedChannels.in(journal, Table.EVIDENCE)) {
            try {
                // The channel may have been dropped; of one that is set aside not even the hub may be known.
                count(channel, ChannelTable.find(journal, channel).orElseGet(StoredChannel::getDefaultInstance));
            } catch (StoreException e) {
                if (!e.isDamage()) {
                    throw e;
                }
                LOG.warn("what proves that the hub of {} cheated cannot be read: {}", channel, e.toString());
            }
        }
    }

    private void count(ChannelId channel, StoredChannel row) {
        journal.scanPrefix(Table.EVIDENCE, channel.bytes(), (key, value) -> {
            String named = Stored.decode(Table.EVIDENCE, channel, StoredEvidence.parser(), value)
                    .getHub();
            String hub = named.isEmpty() ? row.getHub() : named;
            if (!hub.isEmpty()) {
                long number = Key.numberAt(key, ChannelId.SIZE_BYTES);
                of(new ServerName(hub)).add(Kind.of(number, row.getHadReaders()), value.size());
            }
            return true;
        });
    }

    private OfHub of(ServerName hub) {
        return ofHubs.computeIfAbsent(hub, it -> new OfHub());
    }

    /**
     * Keeps a proof against the hub of a channel, if there is room for it, with the hub's name.
     *
     * @param hadReaders whether a member of this server was in the channel
     */
    void add(ChannelId channel, ServerName hub, boolean hadReaders, StoredEvidence.Builder proof) {
        StoredEvidence evidence = proof.setHub(hub.value()).build();
        long[] count = new long[1];
        journal.scanPrefix(Table.EVIDENCE, channel.bytes(), (key, value) -> {
            count[0]++;
            return true;
        });
        long number = count[0] + 1;
        Kind kind = Kind.of(number, hadReaders);
        long bytes = evidence.getSerializedSize();
        OfHub kept = of(hub);
        if (number > Limits.EVIDENCE_PER_CHANNEL_MAX) {
            return;
        }
        if (kept.hasRoom(kind, bytes)) {
            Map<Kind, Kept> before = new EnumMap<>(kept.kept);
            journal.onUndo(() -> kept.putBack(before));
            kept.add(kind, bytes);
            journal.put(Table.EVIDENCE, Key.of(channel.bytes()).and(number).bytes(), Stored.encode(evidence));
        } else if (kept.notKept++ == 0) {
            LOG.warn("{}", sentence(hub, kept));
        }
    }

    /** A sentence for the operator on each hub against which more was found than is kept. */
    Stream<String> full() {
        return ofHubs.entrySet().stream()
                .filter(it -> it.getValue().notKept > 0)
                .map(it -> sentence(it.getKey(), it.getValue()));
    }

    private static String sentence(ServerName hub, OfHub kept) {
        Kept all = kept.all();
        return hub + " cheats more than proofs are kept of: " + all.pieces() + " of them, "
                + (all.bytes() >> MEBIBYTE_BITS)
                + " MiB, are; further channels of it are stopped all the same. Remove that peer (samara server peer remove), and ask its operator";
    }
}
