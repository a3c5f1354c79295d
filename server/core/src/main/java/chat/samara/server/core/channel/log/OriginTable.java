package chat.samara.server.core.channel.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredDecision;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Error;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is known of each origin's records.
 *
 * <ul>
 *   <li>WATERMARK: key: channel id (32), origin as a name, incarnation; value: the highest origin_seq that the hub has decided
 *       about (at the hub), or that stands in the log (at a follower), 8 bytes. Kept for ever (I3) of the newest incarnation: at the hub a number of an
 *       earlier one that was not decided before is not taken any more, so that there the newest
 *       {@code Limits.INCARNATIONS_WITH_DECISIONS_MAX} are enough; what is older goes as another one begins.
 *   <li>DECISION: key: the same with the origin_seq; value: {@link StoredDecision}. At the hub only. Of each incarnation of an origin the last
 *       {@code Limits.DECISIONS_KEPT_PER_INCARNATION_MAX} below the watermark, which is more than an outbox holds, and of the same incarnations.
 *       An origin that asks for an
 *       earlier one was restored from a copy: it is told that the number was used, gives the record another, and by its idempotency key the
 *       table SUBMISSION says where it stands already (I3). Deleted by number, never by age: whoever comes back after years has its outbox.
 * </ul>
 */
public final class OriginTable {
    private final Journal journal;
    private final long decisionsKeptMax;

    /** Where {@link #prune} goes on. */
    private Bytes sweptTo = Bytes.EMPTY;

    public OriginTable(Journal journal) {
        this(journal, Limits.DECISIONS_KEPT_PER_INCARNATION_MAX);
    }

    public OriginTable(Journal journal, long decisionsKeptMax) {
        this.journal = journal;
        this.decisionsKeptMax = decisionsKeptMax;
    }

    /** What the hub decided about a record. */
    public record Decision(Bytes recordHash, long seq, Optional<Refusal> rejected) {
        public static Decision ordered(Record record, long seq) {
            return new Decision(hash(record), seq, Optional.empty());
        }

        public static Decision rejected(Record record, Refusal why) {
            return new Decision(hash(record), 0, Optional.of(why));
        }

        public static Bytes hash(Record record) {
            return Sha256.of(record.encoded().arrayUnsafe());
        }
    }

    private static Key key(ChannelId channel, ServerName origin, long incarnation) {
        return Key.of(channel.bytes()).and(origin.value()).and(incarnation);
    }

    /** 0 if there is no record of that incarnation. */
    public long watermark(ChannelId channel, ServerName origin, long incarnation) {
        return journal.get(Table.WATERMARK, key(channel, origin, incarnation).bytes())
                .map(value -> Stored.number(Table.WATERMARK, channel, value))
                .orElse(0L);
    }

    /** Whether a newer incarnation of the origin is known in the channel. */
    public boolean isOver(ChannelId channel, ServerName origin, long incarnation) {
        return newer(key(channel, origin, incarnation).bytes(), 1) > 0;
    }

    /** How many incarnations newer than this one are known of the same origin in the same channel; counts up to a number. */
    private int newer(Bytes incarnation, int countMax) {
        Bytes origin = incarnation.slice(0, incarnation.size() - Long.BYTES);
        int[] count = {0};
        journal.scan(Table.WATERMARK, Key.after(incarnation), Key.after(origin), (key, value) -> ++count[0] < countMax);
        return count[0];
    }

    /** The record is decided about, or stands in the log. */
    public void setWatermark(Record record) {
        journal.put(
                Table.WATERMARK,
                key(record.channel(), record.origin(), record.originIncarnation())
                        .bytes(),
                Stored.number(record.originSeq()));
    }

    /**
     * A record begins an incarnation of its origin at the hub: those of which there are too many now go, with what was decided in them. So many rows of each at
     * the most; the rest goes when the next one begins, and as {@link #prune} finds it.
     */
    public void begun(Record record) {
        Bytes origin =
                Key.of(record.channel().bytes()).and(record.origin().value()).bytes();
        int keptMax = Limits.INCARNATIONS_WITH_DECISIONS_MAX;
        List<Bytes> oldest =
                keys(Table.WATERMARK, origin, Key.after(origin), keptMax + Limits.INCARNATIONS_DELETED_MAX);
        if (oldest.size() > keptMax) {
            oldest.subList(0, oldest.size() - keptMax).forEach(key -> journal.delete(Table.WATERMARK, key));
            keys(Table.DECISION, origin, oldest.get(oldest.size() - keptMax), Limits.DECISIONS_DELETED_MAX)
                    .forEach(key -> journal.delete(Table.DECISION, key));
        }
    }

    private List<Bytes> keys(Table table, Bytes fromInclusive, Bytes toExclusive, int countMax) {
        List<Bytes> keys = new ArrayList<>();
        journal.scan(table, fromInclusive, toExclusive, (key, value) -> {
            keys.add(key);
            return keys.size() < countMax;
        });
        return keys;
    }

    public Optional<Decision> decision(ChannelId channel, ServerName origin, long incarnation, long originSeq) {
        return journal.get(
                        Table.DECISION,
                        key(channel, origin, incarnation).and(originSeq).bytes())
                .map(value -> decode(channel, value));
    }

    public void put(Record record, Decision decision) {
        StoredDecision.Builder row = StoredDecision.newBuilder()
                .setRecordHash(Protobuf.toByteString(decision.recordHash()))
                .setSeq(decision.seq());
        decision.rejected().ifPresent(why -> row.setError(Protobuf.toByteString(Protobuf.encode(why.toProto()))));
        journal.put(
                Table.DECISION,
                key(record.channel(), record.origin(), record.originIncarnation())
                        .and(record.originSeq())
                        .bytes(),
                Stored.encode(row.build()));
        long settled = record.originSeq() - decisionsKeptMax;
        if (settled > 0) {
            journal.delete(
                    Table.DECISION,
                    key(record.channel(), record.origin(), record.originIncarnation())
                            .and(settled)
                            .bytes());
        }
    }

    /**
     * Deletes what a version before kept for ever, and decisions of incarnations of which there are too many: looks at so many rows, from where it
     * ended the last time.
     */
    public void prune(int rowsMax) {
        List<Bytes> settled = new ArrayList<>();
        Map<Bytes, Long> settledThrough = new HashMap<>();
        Bytes[] last = {Bytes.EMPTY};
        int[] seen = {0};
        journal.scan(Table.DECISION, sweptTo, Bytes.EMPTY, (key, value) -> {
            Bytes incarnation = key.slice(0, key.size() - Long.BYTES);
            long through = settledThrough.computeIfAbsent(incarnation, this::settledThrough);
            if (Key.numberAt(key, incarnation.size()) <= through) {
                settled.add(key);
            }
            last[0] = key;
            return ++seen[0] < rowsMax;
        });
        sweptTo = seen[0] < rowsMax ? Bytes.EMPTY : last[0];
        settled.forEach(key -> journal.delete(Table.DECISION, key));
    }

    /** Up to which number of the incarnation nobody asks any more. */
    private long settledThrough(Bytes incarnation) {
        int newestMax = Limits.INCARNATIONS_WITH_DECISIONS_MAX;
        return newer(incarnation, newestMax) >= newestMax ? Long.MAX_VALUE : watermark(incarnation) - decisionsKeptMax;
    }

    private long watermark(Bytes incarnation) {
        return journal.get(Table.WATERMARK, incarnation)
                .filter(value -> value.size() == Long.BYTES)
                .map(value -> Stored.number(Table.WATERMARK, value))
                .orElse(0L);
    }

    private static Decision decode(ChannelId channel, Bytes value) {
        StoredDecision row = Stored.decode(Table.DECISION, channel, StoredDecision.parser(), value);
        try {
            Optional<Refusal> rejected =
                    row.getSeq() != 0 ? Optional.empty() : Optional.of(Refusal.of(Error.parseFrom(row.getError())));
            return new Decision(Stored.bytes(row.getRecordHash()), row.getSeq(), rejected);
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.DECISION, channel, e);
        }
    }
}
