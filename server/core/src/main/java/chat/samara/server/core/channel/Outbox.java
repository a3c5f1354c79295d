package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Format;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.OutboxTable.Place;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SubmitRecords;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records that this server has accepted for channels that another server orders. They are sent to the hub in their order, a bounded
 * number of bytes of each channel and of all of them at a time, and again whenever the link comes up or nothing comes of it for a while. A record leaves the outbox
 * only when it appears in the verified log, or when the hub has rejected it for good (I1).
 */
final class Outbox {
    private static final Logger LOG = LoggerFactory.getLogger(Outbox.class);

    /** So long after records were sent a hub that has said nothing of them is asked whether it is there. */
    private static final long ASKED_AFTER_MILLIS = 2_000;

    private final ServerIdentity identity;
    private final CoreConfig config;
    private final Journal journal;
    private final Format format;
    private final Links links;
    private final OutboxTable table;
    private final SubmissionTable submissions;
    private final Map<ChannelId, ServerName> hubs = new TreeMap<>();
    private final Map<ChannelId, Flight> flights = new TreeMap<>();
    private final Map<ServerName, HubWindow> windows = new HashMap<>();

    /** Channels of which the hub takes nothing at present. */
    private final Set<ChannelId> stuck = new HashSet<>();

    /** Of the channels that were asked for, how many records wait in each epoch. */
    private final Map<ChannelId, SortedMap<Long, Integer>> epochs = new HashMap<>();

    private final Map<ChannelId, Long> renumberedAtMillis = new TreeMap<>();

    Outbox(
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
        this.links = links;
        this.table = new OutboxTable(journal);
        this.submissions = submissions;
    }

    /** Reads which channels have records that wait; forgets what is under way. */
    void load() {
        hubs.clear();
        flights.clear();
        windows.clear();
        stuck.clear();
        epochs.clear();
        renumberedAtMillis.clear();
        for (ChannelId channel : table.channels()) {
            StoredChannel row = ChannelTable.find(journal, channel).orElseThrow();
            hubs.put(channel, new ServerName(row.getHub()));
        }
    }

    /** The channels with records that wait, by id, with their hubs. */
    Map<ChannelId, ServerName> waiting() {
        return new TreeMap<>(hubs);
    }

    /** The content of this server's next record in the channel. The caller appends it or adds it here, or forgets it. */
    Record next(
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
    void used(Channel channel, Record record) {
        channel.row().setNextOriginSeq(record.originSeq() + 1);
    }

    /** Whether another record of so many bytes has room. */
    boolean hasRoom(Channel channel, int bytes) {
        return channel.row().getOutboxRecords() < Limits.OUTBOX_RECORDS_PER_CHANNEL_MAX
                && channel.row().getOutboxBytes() + bytes <= Limits.OUTBOX_BYTES_PER_CHANNEL_MAX;
    }

    /** Keeps the record that {@link #next} gave until it is in the log. The caller saves the channel. */
    void add(Channel channel, Record record, DeviceId device) {
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
        epochs.computeIfPresent(channel.id(), (id, counts) -> {
            counts.merge(record.epoch(), 1, Integer::sum);
            return counts;
        });
        journal.whenDurableOnce(new Pump(channel.id()), () -> pump(channel.id()));
    }

    /** The key under which a channel's outbox is looked at once a batch. */
    private record Pump(ChannelId channel) {}

    /** The key under which the channels that wait for room on the way to a hub are looked at once a batch. */
    private record PumpWaiting(ServerName hub) {}

    /** The record at the place, if it is still there. */
    Optional<chat.samara.wire.proto.Record> find(ChannelId channel, Place place) {
        return table.find(channel, place).map(OutboxTable::record);
    }

    /** A record has been settled. The caller saves the channel. */
    void remove(Channel channel, Place place) {
        Optional<Bytes> stored = table.find(channel.id(), place);
        if (stored.isEmpty()) {
            return;
        }
        table.delete(channel.id(), place);
        epochs.computeIfPresent(channel.id(), (id, counts) -> {
            counts.computeIfPresent(
                    OutboxTable.record(stored.get()).getEpoch(), (epoch, count) -> count == 1 ? null : count - 1);
            return counts;
        });
        StoredChannel.Builder row = channel.row();
        row.setOutboxRecords(row.getOutboxRecords() - 1)
                .setOutboxBytes(row.getOutboxBytes()
                        - OutboxTable.message(stored.get()).getRecord().size());
        stuck.remove(channel.id());
        Flight flight = flights.get(channel.id());
        if (flight != null) {
            flight.arrived(place);
        }
        journal.whenDurableOnce(new PumpWaiting(channel.hub()), () -> pumpWaiting(channel.hub()));
        if (row.getOutboxRecords() == 0) {
            hubs.remove(channel.id());
            drop(channel.id());
            epochs.remove(channel.id());
        } else {
            journal.whenDurableOnce(new Pump(channel.id()), () -> pump(channel.id()));
        }
    }

    /** The lowest epoch of the records that wait in the channel. They are gone through once, since this is asked again and again. */
    Optional<Long> lowestEpoch(ChannelId channel) {
        if (!hubs.containsKey(channel)) {
            return Optional.empty();
        }
        SortedMap<Long, Integer> counts = epochs.computeIfAbsent(channel, this::countByEpoch);
        return counts.isEmpty() ? Optional.empty() : Optional.of(counts.firstKey());
    }

    private SortedMap<Long, Integer> countByEpoch(ChannelId channel) {
        SortedMap<Long, Integer> counts = new TreeMap<>();
        OutboxTable.scan(journal, channel, Place.START, (place, stored) -> {
            counts.merge(OutboxTable.record(stored).getEpoch(), 1, Integer::sum);
            return true;
        });
        return counts;
    }

    private void drop(ChannelId channel) {
        Flight flight = flights.remove(channel);
        if (flight != null) {
            flight.rewind(Place.START);
        }
    }

    /** There is a link to the hub: everything that waits for it is sent, whatever was sent before. */
    void up(ServerName hub) {
        hubs.forEach((channel, its) -> {
            if (its.equals(hub)) {
                stuck.remove(channel);
                sendAgain(channel, hub);
            }
        });
    }

    /** Behind those that wait already: what a hub does not take holds up nothing else. */
    private void sendAgain(ChannelId channel, ServerName hub) {
        drop(channel);
        window(hub).await(channel);
        journal.whenDurableOnce(new PumpWaiting(hub), () -> pumpWaiting(hub));
    }

    private HubWindow window(ServerName hub) {
        return windows.computeIfAbsent(hub, it -> new HubWindow());
    }

    /**
     * Sends again what the hub has had for a while, and has said nothing of or does not take. What is still on its way on a slow line is not sent
     * twice: that the hub has had it follows from its answer to something that was asked later.
     */
    void tick() {
        long now = journal.monotonicMillis();
        renumberedAtMillis.values().removeIf(at -> at <= now - config.retryMillis());
        hubs.forEach((channel, hub) -> {
            Flight flight = flights.get(channel);
            if (!links.isUp(hub)) {
                return;
            }
            if (flight == null) {
                sendAgain(channel, hub);
            } else if (!flight.isEmpty()) {
                look(channel, hub, flight, now);
            }
        });
    }

    private void look(ChannelId channel, ServerName hub, Flight flight, long now) {
        if (flight.unansweredSinceMillis().isEmpty() && now - flight.sentAtMillis() >= ASKED_AFTER_MILLIS) {
            if (links.hasAnsweredWhatWasAskedAfter(hub, flight.sentAtMillis())) {
                flight.isUnanswered(now);
            } else {
                links.askForSign(hub);
            }
        }
        if (flight.unansweredSinceMillis()
                .filter(since -> now - since >= config.retryMillis())
                .isPresent()) {
            stuck.add(channel);
            sendAgain(channel, hub);
        }
    }

    /** The hub has given a record of the channel a place. */
    void ordered(ChannelId channel, Place place) {
        stuck.remove(channel);
        Flight flight = flights.get(channel);
        if (flight != null) {
            flight.arrived(place);
            journal.whenDurableOnce(new Pump(channel), () -> pump(channel));
            ServerName hub = hubs.get(channel);
            if (hub != null) {
                journal.whenDurableOnce(new PumpWaiting(hub), () -> pumpWaiting(hub));
            }
        }
    }

    /** The hub does not take a record of the channel now. */
    void notTaken(ChannelId channel) {
        Flight flight = flights.get(channel);
        if (flight != null) {
            flight.isUnanswered(journal.monotonicMillis());
        }
    }

    /** The places of the records that wait in the channel, in order. */
    List<Place> places(ChannelId channel) {
        List<Place> places = new ArrayList<>();
        OutboxTable.scan(journal, channel, Place.START, (place, stored) -> {
            places.add(place);
            return true;
        });
        return places;
    }

    /** The hub lacks a record before those that it was sent: goes back to that, but not for each of them again. */
    void rewind(ChannelId channel, Place expected) {
        Flight flight = flights.get(channel);
        if (flight == null) {
            return;
        }
        if (flight.isNewGap(expected, journal.monotonicMillis(), config.retryMillis())) {
            flight.rewind(new Place(expected.incarnation(), expected.originSeq() - 1));
            journal.whenDurableOnce(new Pump(channel), () -> pump(channel));
        }
    }

    /** Sends what may be sent. Runs when its batch is durable, and reads durable rows only. */
    private void pump(ChannelId channel) {
        ServerName hub = hubs.get(channel);
        if (hub == null || !links.isUp(hub)) {
            return;
        }
        HubWindow window = window(hub);
        window.noLongerAwait(channel);
        Flight flight = flights.computeIfAbsent(channel, it -> new Flight(window, stuck.contains(channel)));
        List<Bytes> frame = new ArrayList<>();
        long[] frameBytes = new long[1];
        OutboxTable.scan(journal.durable(), channel, flight.sentThrough(), (place, stored) -> {
            if (!flight.hasRoom(stored.size())) {
                return false;
            }
            if (!window.hasRoom(stored.size(), flight.isProbing())) {
                window.await(channel);
                return false;
            }
            boolean full = frame.size() == Limits.RECORDS_PER_FRAME_MAX
                    || frameBytes[0] + stored.size() > Limits.RECORD_BYTES_PER_FRAME_MAX;
            if (full && !frame.isEmpty()) {
                send(hub, frame);
                frameBytes[0] = 0;
            }
            frame.add(stored);
            frameBytes[0] += stored.size();
            flight.sent(place, stored.size(), journal.monotonicMillis());
            return true;
        });
        send(hub, frame);
    }

    /** There may be room on the way to the hub. Runs when durable. */
    private void pumpWaiting(ServerName hub) {
        HubWindow window = window(hub);
        // Those that get on have room of their own, and so have those that have a probe out: where one of them finds
        // none,
        // those behind it need not look.
        boolean full = false;
        boolean probesFull = false;
        for (ChannelId channel : window.waiting()) {
            boolean probing = stuck.contains(channel);
            if (!hubs.containsKey(channel)) {
                window.noLongerAwait(channel);
            } else if (!(probing ? probesFull : full)) {
                pump(channel);
                full |= !probing && window.isWaiting(channel);
                probesFull |= probing && window.isWaiting(channel);
            }
        }
    }

    private void send(ServerName hub, List<Bytes> records) {
        if (!records.isEmpty()) {
            SubmitRecords.Builder submit = SubmitRecords.newBuilder();
            records.forEach(stored -> submit.addRecords(OutboxTable.message(stored)));
            links.push(hub, PeerFrame.newBuilder().setSubmitRecords(submit));
            records.clear();
        }
    }

    /**
     * The hub cannot take what waits under the numbers that it has: it knows others under them, or none before them. Not more often
     * than records are sent again, or a hub could make this server write its outbox anew without end. The caller saves the channel.
     */
    void renumberForHub(Channel channel, Place from) {
        long now = journal.monotonicMillis();
        long last = renumberedAtMillis.getOrDefault(channel.id(), now - config.retryMillis());
        if (now - last >= config.retryMillis()) {
            renumberedAtMillis.put(channel.id(), now);
            renumber(channel, from);
        }
    }

    /**
     * The numbers from a place on lead nowhere: this server used them before it was restored from a backup, or the hub was restored
     * from one and has forgotten those before. A new incarnation begins, and the records that wait from there on are numbered in it.
     * The caller saves the channel.
     */
    void renumber(Channel channel, Place from) {
        List<chat.samara.wire.proto.Record> moved = new ArrayList<>();
        List<Place> places = new ArrayList<>();
        OutboxTable.scan(
                journal, channel.id(), new Place(from.incarnation(), from.originSeq() - 1), (place, stored) -> {
                    places.add(place);
                    moved.add(OutboxTable.record(stored));
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
        for (int i = 0; i < places.size(); i++) {
            remove(channel, places.get(i));
            chat.samara.wire.proto.Record old = moved.get(i);
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
    void noticeRestore(Channel channel, Record record) {
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

    /** How many records wait in all. */
    long records() {
        long[] count = new long[1];
        hubs.keySet()
                .forEach(channel ->
                        ChannelTable.find(journal, channel).ifPresent(row -> count[0] += row.getOutboxRecords()));
        return count[0];
    }
}
