package chat.samara.server.core.channel.outbox;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Contained;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Format;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.outbox.OutboxTable.Place;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Proof;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedRecord;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records that this server has accepted for channels that another server orders. They are sent to the hub ({@link Sending}), and again
 * whenever the link comes up or nothing comes of it for a while. A record leaves the outbox only when it appears in the verified log, or
 * when the hub has rejected it for good (I1).
 */
public final class Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    private final ServerIdentity identity;
    private final CoreConfig config;
    private final Journal journal;
    private final Format format;
    private final OutboxTable table;
    private final Sending sending;
    private final SubmissionTable submissions;
    private final NavigableMap<ChannelId, ServerName> hubs = new TreeMap<>();

    /** How many records wait in each of these. */
    private final Map<ChannelId, Integer> recordsOf = new HashMap<>();

    /** Of these channels a record was settled, and nobody has asked since. */
    private final Set<ChannelId> settled = new HashSet<>();

    /** How many records wait in each epoch; of channels of which some waited already when the server started, once they were asked for. */
    private final Map<ChannelId, SortedMap<Long, Integer>> epochs = new HashMap<>();

    /** When what waits in a channel was numbered anew for its hub, in monotonic time, and how long it is not again. */
    private record Renumbered(long atMillis, long restsMillis) {
        boolean isOver(long nowMillis) {
            return nowMillis - atMillis >= restsMillis;
        }

        boolean isForgotten(long nowMillis) {
            return nowMillis - atMillis >= 4 * restsMillis;
        }
    }

    private final Map<ChannelId, Renumbered> renumbered = new TreeMap<>();

    public Outbox(
            ServerIdentity identity,
            CoreConfig config,
            Journal journal,
            Format format,
            Links links,
            SubmissionTable submissions) {
        this.identity = identity;
        this.config = config;
        this.journal = journal;
        this.format = format;
        this.table = new OutboxTable(journal);
        this.sending = new Sending(config, journal, links, table);
        this.submissions = submissions;
    }

    /** Reads which channels have records that wait; forgets what is under way. */
    public void load() {
        hubs.clear();
        recordsOf.clear();
        settled.clear();
        sending.forget();
        epochs.clear();
        renumbered.clear();
        table.channels().forEach(this::waits);
    }

    private void waits(ChannelId channel) {
        StoredChannel row = ChannelTable.find(journal, channel)
                .orElseThrow(() -> Stored.missing(Table.CHANNEL, channel, "the row of the channel"));
        if (row.getState() != StoredChannelState.CHANNEL_DAMAGED) {
            ServerName hub = new ServerName(row.getHub());
            hubs.put(channel, hub);
            recordsOf.put(channel, row.getOutboxRecords());
            sending.waits(channel, hub, Place.START);
        }
    }

    /** An event was undone. Returns the channels with something under way that it has changed: they are to be read anew. */
    public SortedSet<ChannelId> undo() {
        return sending.undo();
    }

    /** Reads whether records of the channel wait; none of them counts as being under way. */
    public void readAnew(ChannelId channel, boolean readable) {
        hubs.remove(channel);
        recordsOf.remove(channel);
        epochs.remove(channel);
        renumbered.remove(channel);
        sending.forget(channel);
        if (readable && table.has(channel)) {
            waits(channel);
        }
    }

    /** The channels with records that wait, by id, with their hubs. */
    Map<ChannelId, ServerName> waiting() {
        return new TreeMap<>(hubs);
    }

    /** The hub that the channel's records wait for; empty if none wait. */
    public Optional<ServerName> hub(ChannelId channel) {
        return Optional.ofNullable(hubs.get(channel));
    }

    /** How many records wait for this hub. */
    public long recordsFor(ServerName hub) {
        return waitingFor(hub).stream()
                .mapToLong(channel -> recordsOf.getOrDefault(channel, 0))
                .sum();
    }

    /** The channels with records that wait for this hub, by id. */
    public List<ChannelId> waitingFor(ServerName hub) {
        return hubs.entrySet().stream()
                .filter(entry -> entry.getValue().equals(hub))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The next channel by id with records that wait. */
    public Optional<ChannelId> channelBehind(Optional<ChannelId> channel) {
        return channel.isPresent()
                ? Optional.ofNullable(hubs.higherKey(channel.get()))
                : hubs.keySet().stream().findFirst();
    }

    /** The content of this server's next record in the channel. The caller appends it or adds it here, or forgets it. */
    public Record next(
            Channel channel,
            RecordKind kind,
            long epoch,
            IdempotencyKey key,
            Optional<DeviceId> device,
            Bytes payload) {
        beginIncarnation(channel);
        StoredChannel.Builder row = channel.row();
        return Record.of(new Record.Content(
                channel.id(),
                identity.name(),
                row.getOriginIncarnation(),
                row.getNextOriginSeq(),
                kind,
                epoch,
                key,
                device,
                payload,
                journal.nowMillis()));
    }

    private void beginIncarnation(Channel channel) {
        if (channel.row().getOriginIncarnation() != format.incarnation()) {
            channel.row().setOriginIncarnation(format.incarnation()).setNextOriginSeq(1);
        }
    }

    /** The record that {@link #next} gave is used: the number after it is next. */
    public void used(Channel channel, Record record) {
        channel.row().setNextOriginSeq(record.originSeq() + 1);
    }

    /** Whether another record of so many bytes has room. */
    public boolean hasRoom(Channel channel, int bytes) {
        return channel.row().getOutboxRecords() < Limits.OUTBOX_RECORDS_PER_CHANNEL_MAX
                && channel.row().getOutboxBytes() + bytes <= Limits.OUTBOX_BYTES_PER_CHANNEL_MAX;
    }

    /** Keeps the record that {@link #next} gave until it is in the log. The caller saves the channel. */
    public void add(Channel channel, Record record, DeviceId device) {
        used(channel, record);
        put(channel, record, device);
    }

    private void put(Channel channel, Record record, DeviceId device) {
        table.put(record);
        submissions.stored(record, device);
        StoredChannel.Builder row = channel.row();
        row.setOutboxRecords(row.getOutboxRecords() + 1)
                .setOutboxBytes(row.getOutboxBytes() + record.encoded().size());
        hubs.put(channel.id(), channel.hub());
        recordsOf.put(channel.id(), row.getOutboxRecords());
        if (row.getOutboxRecords() == 1) {
            epochs.put(channel.id(), new TreeMap<>());
        }
        epochs.computeIfPresent(channel.id(), (id, counts) -> {
            counts.merge(record.epoch(), 1, Integer::sum);
            return counts;
        });
        sending.waits(channel.id(), channel.hub(), new Place(record.originIncarnation(), record.originSeq() - 1));
    }

    /** Whether this server is the origin. */
    public boolean isOwn(ServerName origin) {
        return origin.equals(identity.name());
    }

    /** What this server proves its records with. */
    public Bytes rootKey() {
        return identity.rootPublicKey();
    }

    /** Whether this very record waits, with this very proof. */
    public boolean holds(Record record, Proof proof) {
        return table.find(record.channel(), new Place(record.originIncarnation(), record.originSeq()))
                .map(stored -> OutboxTable.message(record.channel(), stored))
                .filter(message -> message.getRecord().equals(Protobuf.toByteString(record.encoded()))
                        && message.getProof().equals(proof.toProto()))
                .isPresent();
    }

    /** Whether the record at the place is still there. */
    public boolean has(ChannelId channel, Place place) {
        return table.find(channel, place).isPresent();
    }

    /** The record at the place, if it is still there. */
    public Optional<chat.samara.wire.proto.Record> find(ChannelId channel, Place place) {
        return table.find(channel, place).map(stored -> OutboxTable.record(channel, stored));
    }

    /** A record has been settled. The caller saves the channel. */
    public void remove(Channel channel, Place place) {
        Optional<Bytes> stored = table.find(channel.id(), place);
        if (stored.isEmpty()) {
            return;
        }
        table.delete(channel.id(), place);
        SignedRecord message = OutboxTable.message(channel.id(), stored.get());
        epochs.computeIfPresent(channel.id(), (id, counts) -> {
            counts.computeIfPresent(
                    OutboxTable.record(id, message).getEpoch(), (epoch, count) -> count == 1 ? null : count - 1);
            return counts;
        });
        StoredChannel.Builder row = channel.row();
        row.setOutboxRecords(row.getOutboxRecords() - 1)
                .setOutboxBytes(row.getOutboxBytes() - message.getRecord().size());
        boolean isLast = row.getOutboxRecords() == 0;
        recordsOf.put(channel.id(), row.getOutboxRecords());
        settled.add(channel.id());
        if (isLast) {
            recordsOf.remove(channel.id());
            hubs.remove(channel.id());
            epochs.remove(channel.id());
        }
        sending.settled(channel.id(), channel.hub(), place, isLast);
    }

    /** The lowest epoch of the records that wait in the channel. They are gone through once, since this is asked again and again. */
    public Optional<Long> lowestEpoch(ChannelId channel) {
        if (!hubs.containsKey(channel)) {
            return Optional.empty();
        }
        SortedMap<Long, Integer> counts = epochs.computeIfAbsent(channel, this::countByEpoch);
        return counts.isEmpty() ? Optional.empty() : Optional.of(counts.firstKey());
    }

    private SortedMap<Long, Integer> countByEpoch(ChannelId channel) {
        SortedMap<Long, Integer> counts = new TreeMap<>();
        OutboxTable.scan(journal, channel, Place.START, (place, stored) -> {
            counts.merge(OutboxTable.record(channel, stored).getEpoch(), 1, Integer::sum);
            return true;
        });
        return counts;
    }

    /** There is a link to the hub: everything that waits for it is sent, whatever was sent before. */
    public void up(ServerName hub) {
        sending.up(hub);
    }

    /** Sends again what a hub has had for a while, and has said nothing of or does not take. */
    public void tick(Contained contained) {
        long now = journal.monotonicMillis();
        renumbered.values().removeIf(it -> it.isForgotten(now));
        sending.tick(contained);
    }

    /** The hub has given a record of the channel a place, and has decided about all of the incarnation before it. */
    public void orderedThrough(Channel channel, Place place) {
        sending.orderedThrough(channel.id(), channel.hub(), place);
    }

    /** The hub does not take a record of the channel now. */
    public void notTaken(Channel channel) {
        sending.notTaken(channel.id(), channel.hub());
    }

    /** The hub lacks a record before those that it was sent: goes back to that, but not for each of them again. */
    public void lacks(Channel channel, Place expected) {
        sending.lacks(channel.id(), channel.hub(), expected);
    }

    /** The places of the first records that wait in the channel, in order. */
    List<Place> places(ChannelId channel, int countMax) {
        List<Place> places = new ArrayList<>();
        OutboxTable.scan(journal, channel, Place.START, (place, stored) -> {
            places.add(place);
            return places.size() < countMax;
        });
        return places;
    }

    /** Of each device of which records wait in the channel, by id, the key of the first. */
    public Map<DeviceId, IdempotencyKey> firstOfEachDevice(ChannelId channel) {
        Map<DeviceId, IdempotencyKey> found = new TreeMap<>();
        OutboxTable.scan(journal, channel, Place.START, (place, stored) -> {
            chat.samara.wire.proto.Record record = OutboxTable.record(channel, stored);
            found.putIfAbsent(
                    new DeviceId(bytes(record.getDevice())), new IdempotencyKey(bytes(record.getIdempotencyKey())));
            return true;
        });
        return found;
    }

    /**
     * The hub cannot take what waits under the numbers that it has: it knows others under them, or none before them. Not more often
     * than records are sent again, and half as often each further time, or a hub could make this server write its outbox anew without end. The caller saves the
     * channel.
     */
    public void renumberForHub(Channel channel, Place from) {
        long now = journal.monotonicMillis();
        Renumbered last = renumbered.get(channel.id());
        if (last == null || last.isOver(now)) {
            long rests = last == null
                    ? config.retryMillis()
                    : Math.min(2 * last.restsMillis, Limits.RENUMBERED_RESTS_MILLIS_MAX);
            renumbered.put(channel.id(), new Renumbered(now, rests));
            renumber(channel, from);
        }
    }

    /**
     * The numbers from a place on lead nowhere: this server used them before it was restored from a backup, or the hub was restored
     * from one and has forgotten those before. A new incarnation begins, and the records that wait from there on are numbered in it.
     * The caller saves the channel.
     */
    void renumber(Channel channel, Place from) {
        List<Place> places = new ArrayList<>();
        OutboxTable.scan(
                journal, channel.id(), new Place(from.incarnation(), from.originSeq() - 1), (place, stored) -> {
                    places.add(place);
                    return true;
                });
        // Behind numbers of this incarnation that are given up, none of this incarnation can be used.
        long last = Math.max(
                from.incarnation(),
                places.isEmpty() ? 0 : places.get(places.size() - 1).incarnation());
        if (last >= format.incarnation()) {
            format.startIncarnation(last);
        }
        beginIncarnation(channel);
        for (Place place : places) {
            chat.samara.wire.proto.Record old = find(channel.id(), place).orElseThrow();
            remove(channel, place);
            DeviceId device = new DeviceId(bytes(old.getDevice()));
            Record fresh = next(
                    channel,
                    old.getKind(),
                    old.getEpoch(),
                    new IdempotencyKey(bytes(old.getIdempotencyKey())),
                    Optional.of(device),
                    bytes(old.getPayload()));
            add(channel, fresh, device);
        }
    }

    /** A log holds a record of this server's that it does not remember: it was restored from a backup. The caller saves the channel. */
    public void noticeRestore(Channel channel, Record record) {
        if (!record.origin().equals(identity.name())) {
            return;
        }
        boolean forgotten = record.originIncarnation() > format.incarnation()
                || (record.originIncarnation() == channel.row().getOriginIncarnation()
                        && record.originSeq() >= channel.row().getNextOriginSeq());
        if (forgotten) {
            LOG.warn(
                    "the log of {} holds {}, which is not known here: this server was restored from a backup",
                    channel.id(),
                    record);
            renumber(channel, new Place(record.originIncarnation(), record.originSeq()));
        }
    }

    private static Bytes bytes(ByteString field) {
        return Protobuf.toBytes(field);
    }

    /** How many records wait in all; reads no row, since this is asked several times a second. */
    public long records() {
        return recordsOf.values().stream().mapToLong(count -> count).sum();
    }

    /** The channels of which a record was settled since this was asked last: the lowest epoch of what waits may be another. */
    public Set<ChannelId> takeSettled() {
        Set<ChannelId> taken = Set.copyOf(settled);
        settled.clear();
        return taken;
    }
}
