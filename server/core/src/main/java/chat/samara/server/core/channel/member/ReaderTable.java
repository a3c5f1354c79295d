package chat.samara.server.core.channel.member;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.account.Accounts;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.server.core.store.proto.StoredReader;
import chat.samara.server.core.store.proto.StoredStretch;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What this server's devices may read, and how far they have.
 *
 * <ul>
 *   <li>READER: key: device id (16), channel id (32); value: {@link StoredReader}. Written when a commit adds or removes the device, and some
 *       time after it acknowledges; handed on when another device takes its place, so that there is one for each place in a channel and not for
 *       each device that ever had it. Of one device, what it was removed from and has read to the end is kept of
 *       {@code Limits.CHANNELS_LEFT_PER_DEVICE_MAX} channels, and makes room where another server's
 *       channels would have more than {@code Limits.CHANNELS_PER_DEVICE_AND_PEER_MAX}. Nobody prunes it else, but for the following.
 *   <li>UNREGISTERED_READER: key: channel id (32), device id (16); value: empty. There is one for each row of READER of a device that nobody
 *       had registered here when it was added: a server that was restored from an older copy meets its own members in a log before they come
 *       back. Until the member whose device it is by the log has registered it, such a row is as good as none; a device's id follows from its
 *       key, so that nobody else can. Anybody can have such rows written, by leaves that are made up: each is smaller than its leaf in
 *       the log, and they are deleted with a log that is dropped.
 * </ul>
 */
public final class ReaderTable {
    private final Journal journal;

    /** An entry by which somebody makes devices members. */
    record Addition(ChannelId channel, ServerName hub, UserId adder, long seq) {}

    public ReaderTable(Journal journal) {
        this.journal = journal;
    }

    private static Bytes key(DeviceId device, ChannelId channel) {
        return Key.of(device.bytes()).and(channel.bytes()).bytes();
    }

    /** What a registered device may read of the channel. */
    public static Optional<StoredReader> find(Rows rows, DeviceId device, ChannelId channel) {
        return row(rows, device, channel).filter(row -> counts(rows, device, channel, row));
    }

    private static Optional<StoredReader> row(Rows rows, DeviceId device, ChannelId channel) {
        return rows.get(Table.READER, key(device, channel)).flatMap(value -> decode(rows, channel, value));
    }

    /** Of a channel that is set aside, since rows of it cannot be read, this may be the one. */
    private static Optional<StoredReader> decode(Rows rows, ChannelId channel, Bytes value) {
        try {
            StoredReader row = Stored.decode(Table.READER, channel, StoredReader.parser(), value);
            if (row.getStretchesCount() == 0) {
                throw Stored.missing(Table.READER, channel, "the first stretch of a reader");
            }
            return Optional.of(row);
        } catch (StoreException e) {
            if (ChannelTable.isDamaged(rows, channel)) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static boolean counts(Rows rows, DeviceId device, ChannelId channel, StoredReader row) {
        if (row.getClaimedBy().isEmpty()) {
            return true;
        }
        boolean registered = Accounts.memberOf(rows, device)
                .filter(member -> member.toString().equals(row.getClaimedBy()))
                .isPresent();
        return registered
                && ChannelTable.find(rows, channel)
                        .filter(it -> it.getState() != StoredChannelState.CHANNEL_DROPPED)
                        .isPresent();
    }

    /** The registered device's channels, by id. */
    public static SortedMap<ChannelId, StoredReader> channels(Rows rows, DeviceId device) {
        SortedMap<ChannelId, StoredReader> found = rows(rows, device);
        found.entrySet().removeIf(entry -> !counts(rows, device, entry.getKey(), entry.getValue()));
        return found;
    }

    private static SortedMap<ChannelId, StoredReader> rows(Rows rows, DeviceId device) {
        SortedMap<ChannelId, StoredReader> found = new TreeMap<>();
        rows.scanPrefix(Table.READER, device.bytes(), (key, value) -> {
            ChannelId channel = new ChannelId(key.slice(DeviceId.SIZE_BYTES, key.size()));
            decode(rows, channel, value).ifPresent(row -> found.put(channel, row));
            return true;
        });
        return found;
    }

    /**
     * How many channels this user has put the device into in which it has not been since: it has neither read in them nor followed them. Rows of
     * which it is not known who added the device count for nobody.
     */
    public static long countOfUnopened(Rows rows, DeviceId device, UserId adder) {
        return countOfUnopened(channels(rows, device).values(), adder);
    }

    private static long countOfUnopened(Collection<StoredReader> rows, UserId adder) {
        return rows.stream()
                .filter(row -> row.getAddedBy().equals(adder.toString()) && !isOpened(row))
                .count();
    }

    /** Whether the device has been in the channel since it was added to it, the last time. */
    private static boolean isOpened(StoredReader row) {
        return row.getAcknowledgedSeq()
                >= row.getStretches(row.getStretchesCount() - 1).getFromSeq();
    }

    /** Whether the device shows with this place, for the first time, that it has been in the channel since it was added. */
    public static boolean opens(StoredReader row, long seq) {
        return !isOpened(row)
                && seq >= row.getStretches(row.getStretchesCount() - 1).getFromSeq();
    }

    /** How many channels of this hub the device is in; those that it was removed from do not count. */
    public static long countOfOpen(Rows rows, DeviceId device, ServerName hub) {
        return channels(rows, device).entrySet().stream()
                .filter(entry -> isOpen(entry.getValue()) && isOfHub(rows, entry.getKey(), entry.getValue(), hub))
                .count();
    }

    /** Whether the row is of a channel of this hub. */
    public static boolean isOfHub(Rows rows, ChannelId channel, StoredReader row, ServerName hub) {
        String known = row.getHub().isEmpty()
                ? ChannelTable.find(rows, channel).map(StoredChannel::getHub).orElse("")
                : row.getHub();
        return known.equals(hub.value());
    }

    /**
     * In which of these channels a registered device of this server is; where so many rows are looked at and there are more, also those of which it is not known.
     */
    public static SortedSet<ChannelId> openAmong(Rows rows, Set<ChannelId> channels, int rowsMax) {
        SortedSet<ChannelId> open = new TreeSet<>();
        int[] seen = {0};
        rows.scan(Table.READER, Bytes.EMPTY, Bytes.EMPTY, (key, value) -> {
            DeviceId device = new DeviceId(key.slice(0, DeviceId.SIZE_BYTES));
            ChannelId channel = new ChannelId(key.slice(DeviceId.SIZE_BYTES, key.size()));
            if (channels.contains(channel) && !open.contains(channel)) {
                decode(rows, channel, value)
                        .filter(row -> isOpen(row) && counts(rows, device, channel, row))
                        .ifPresent(row -> open.add(channel));
            }
            return ++seen[0] < rowsMax && open.size() < channels.size();
        });
        if (seen[0] >= rowsMax) {
            open.addAll(channels);
        }
        return open;
    }

    /**
     * Whether there is room for one more row of the device and another server's channels; makes room by forgetting one that it was removed from and
     * has read to the end. What it was removed from and has not read stays, as everything does that it is in: so a server that adds it to
     * channel after channel fills its own share and no other's, and of that those who add it to many leave a part for the others ({@link RoomForFew}).
     */
    boolean hasRoom(DeviceId device, UserId member, Addition addition) {
        if (row(journal, device, addition.channel()).isPresent()) {
            return true;
        }
        SortedMap<ChannelId, StoredReader> all = rows(journal, device);
        all.entrySet().removeIf(entry -> !isOfHub(journal, entry.getKey(), entry.getValue(), addition.hub()));
        long ofAdder = addition.adder().equals(member) ? 0 : countOfUnopened(all.values(), addition.adder()) + 1;
        if (all.size() < RoomForFew.max(Limits.CHANNELS_PER_DEVICE_AND_PEER_MAX, ofAdder)) {
            return true;
        }
        Optional<ChannelId> done = all.entrySet().stream()
                .filter(entry -> isDone(entry.getValue()))
                .map(Map.Entry::getKey)
                .findFirst();
        done.ifPresent(id -> delete(device, id));
        return done.isPresent();
    }

    private void delete(DeviceId device, ChannelId channel) {
        journal.delete(Table.READER, key(device, channel));
        journal.delete(Table.UNREGISTERED_READER, unregisteredKey(channel, device));
    }

    private static boolean isDone(StoredReader row) {
        long through = row.getStretches(row.getStretchesCount() - 1).getThroughSeq();
        return through != 0 && row.getAcknowledgedSeq() >= through;
    }

    /** Whether the device is in the channel. */
    public static boolean isOpen(StoredReader row) {
        return row.getStretchesCount() > 0
                && row.getStretches(row.getStretchesCount() - 1).getThroughSeq() == 0;
    }

    private void put(DeviceId device, ChannelId channel, StoredReader row) {
        journal.put(Table.READER, key(device, channel), Stored.encode(row));
    }

    /** The successor of a device that was struck off may read what that one could, in its stead. */
    public void succeed(DeviceId device, DeviceId successor) {
        channels(journal, device).forEach((channel, row) -> {
            put(
                    successor,
                    channel,
                    find(journal, successor, channel)
                            .map(own -> together(row, own))
                            .orElse(row));
            journal.delete(Table.READER, key(device, channel));
        });
    }

    /** The successor has been in the channel itself already: it took the place before this server was restored from an older copy. */
    private static StoredReader together(StoredReader row, StoredReader own) {
        List<StoredStretch> all = new ArrayList<>(row.getStretchesList());
        all.addAll(own.getStretchesList());
        all.sort(Comparator.comparingLong(StoredStretch::getFromSeq));
        StoredReader.Builder both = StoredReader.newBuilder()
                .setHub(row.getHub())
                .setAddedBy(own.getAddedBy())
                .setAcknowledgedSeq(Math.max(row.getAcknowledgedSeq(), own.getAcknowledgedSeq()));
        for (StoredStretch next : all) {
            int last = both.getStretchesCount() - 1;
            boolean goesOn = last >= 0
                    && (both.getStretches(last).getThroughSeq() == 0
                            || both.getStretches(last).getThroughSeq() >= next.getFromSeq());
            if (goesOn) {
                both.setStretches(last, joined(both.getStretches(last), next));
            } else {
                if (both.getStretchesCount() == Limits.STRETCHES_PER_READER_MAX) {
                    makeRoom(both);
                }
                both.addStretches(next);
            }
        }
        return both.build();
    }

    private static StoredStretch joined(StoredStretch stretch, StoredStretch next) {
        boolean open = stretch.getThroughSeq() == 0 || next.getThroughSeq() == 0;
        return stretch.toBuilder()
                .setThroughSeq(open ? 0 : Math.max(stretch.getThroughSeq(), next.getThroughSeq()))
                .build();
    }

    /** The entry makes a device a member that nobody has registered here; it may read as soon as that member has. */
    void joinedUnregistered(DeviceId device, UserId member, Addition addition) {
        ChannelId channel = addition.channel();
        StoredReader.Builder row = row(journal, device, channel)
                .filter(it -> it.getClaimedBy().equals(member.toString()))
                .map(StoredReader::toBuilder)
                .orElseGet(() -> StoredReader.newBuilder().setClaimedBy(member.toString()));
        journal.put(Table.UNREGISTERED_READER, unregisteredKey(channel, device), Bytes.EMPTY);
        joined(device, member, addition, row);
    }

    private static Bytes unregisteredKey(ChannelId channel, DeviceId device) {
        return Key.of(channel.bytes()).and(device.bytes()).bytes();
    }

    /** Deletes some rows of devices that nobody had registered when they were added to this channel. Returns how many. */
    public int deleteUnregistered(ChannelId channel, int rowsMax) {
        List<DeviceId> devices = new ArrayList<>();
        if (rowsMax > 0) {
            journal.scanPrefix(Table.UNREGISTERED_READER, channel.bytes(), (key, value) -> {
                devices.add(new DeviceId(key.slice(ChannelId.SIZE_BYTES, key.size())));
                return devices.size() < rowsMax;
            });
        }
        devices.forEach(device -> delete(device, channel));
        return devices.size();
    }

    /** The entry makes the member's device a member. */
    void joined(DeviceId device, UserId member, Addition addition) {
        StoredReader.Builder row = find(journal, device, addition.channel())
                .map(StoredReader::toBuilder)
                .orElseGet(StoredReader::newBuilder);
        joined(device, member, addition, row);
    }

    private void joined(DeviceId device, UserId member, Addition addition, StoredReader.Builder row) {
        row.setHub(addition.hub().value());
        if (isOpen(row.build())) {
            // In the place of a device that was a member.
            return;
        }
        if (row.getStretchesCount() == Limits.STRETCHES_PER_READER_MAX) {
            makeRoom(row);
        }
        row.addStretches(StoredStretch.newBuilder().setFromSeq(addition.seq()))
                .setAddedBy(
                        addition.adder().equals(member) ? "" : addition.adder().toString());
        put(device, addition.channel(), row.build());
    }

    /**
     * What the device has read may be forgotten. What it has not may not: a device that never sees its own removal would have to
     * take its server's word for it. Then two neighbours become one; what lies between them it can't decrypt, and it is told so.
     */
    private static void makeRoom(StoredReader.Builder row) {
        StoredStretch oldest = row.getStretches(0);
        if (oldest.getThroughSeq() > row.getAcknowledgedSeq()) {
            row.setStretches(1, row.getStretches(1).toBuilder().setFromSeq(oldest.getFromSeq()));
        }
        row.removeStretches(0);
    }

    /** The entry removes the device. */
    void removed(DeviceId device, ChannelId channel, long seq) {
        row(journal, device, channel).filter(ReaderTable::isOpen).ifPresent(row -> {
            int last = row.getStretchesCount() - 1;
            put(
                    device,
                    channel,
                    row.toBuilder()
                            .setStretches(
                                    last, row.getStretches(last).toBuilder().setThroughSeq(seq))
                            .build());
        });
    }

    /** The device, if it is a reader, has everything up to here. Never goes back. */
    public void acknowledged(DeviceId device, ChannelId channel, long seq) {
        find(journal, device, channel)
                .filter(row -> row.getAcknowledgedSeq() < seq)
                .map(row -> row.toBuilder().setAcknowledgedSeq(seq).build())
                .ifPresent(row -> {
                    put(device, channel, row);
                    if (isDone(row)) {
                        forgetDone(device, channel);
                    }
                });
    }

    /** So many that it was removed from and has read are kept: a device that is put back to an older copy reads again in these how it ended. */
    private void forgetDone(DeviceId device, ChannelId last) {
        SortedMap<ChannelId, StoredReader> done = rows(journal, device);
        done.values().removeIf(row -> !isDone(row));
        done.remove(last);
        done.keySet().stream()
                .limit(Math.max(0, done.size() + 1 - Limits.CHANNELS_LEFT_PER_DEVICE_MAX))
                .forEach(channel -> delete(device, channel));
    }
}
