package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredReader;
import chat.samara.server.core.store.proto.StoredStretch;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Table READER: what this server's devices may read, and how far they have.
 *
 * <ul>
 *   <li>key: device id (16), channel id (32); value: {@link StoredReader}. Written when a commit adds or removes the device, when
 *       it acknowledges; handed on when another device takes its place, so that there is one for each place in a channel and not for
 *       each device that ever had it. Nobody prunes it.
 * </ul>
 */
final class ReaderTable {
    private final Journal journal;

    ReaderTable(Journal journal) {
        this.journal = journal;
    }

    private static Bytes key(DeviceId device, ChannelId channel) {
        return Key.of(device.bytes()).and(channel.bytes()).bytes();
    }

    static Optional<StoredReader> find(Rows rows, DeviceId device, ChannelId channel) {
        return rows.get(Table.READER, key(device, channel))
                .map(value -> Stored.decode(Table.READER, StoredReader.parser(), value));
    }

    /** The device's channels, by id. */
    static SortedMap<ChannelId, StoredReader> channels(Rows rows, DeviceId device) {
        SortedMap<ChannelId, StoredReader> found = new TreeMap<>();
        rows.scanPrefix(Table.READER, device.bytes(), (key, value) -> {
            found.put(
                    new ChannelId(key.slice(DeviceId.SIZE_BYTES, key.size())),
                    Stored.decode(Table.READER, StoredReader.parser(), value));
            return true;
        });
        return found;
    }

    /** How many channels the device is in; those that it was removed from do not count. */
    static long countOfOpen(Rows rows, DeviceId device) {
        return channels(rows, device).values().stream()
                .filter(ReaderTable::isOpen)
                .count();
    }

    /** Whether the device is in the channel. */
    static boolean isOpen(StoredReader row) {
        return row.getStretchesCount() > 0
                && row.getStretches(row.getStretchesCount() - 1).getThroughSeq() == 0;
    }

    private void put(DeviceId device, ChannelId channel, StoredReader row) {
        journal.put(Table.READER, key(device, channel), Stored.encode(row));
    }

    /** The successor of a device that was struck off may read what that one could, in its stead. */
    void succeed(DeviceId device, DeviceId successor) {
        channels(journal, device).forEach((channel, row) -> {
            put(successor, channel, row);
            journal.delete(Table.READER, key(device, channel));
        });
    }

    /** The entry makes the device a member. */
    void joined(DeviceId device, ChannelId channel, long seq) {
        StoredReader.Builder row =
                find(journal, device, channel).map(StoredReader::toBuilder).orElseGet(StoredReader::newBuilder);
        if (isOpen(row.build())) {
            // In the place of a device that was a member.
            return;
        }
        if (row.getStretchesCount() == Limits.STRETCHES_PER_READER_MAX) {
            makeRoom(row);
        }
        row.addStretches(StoredStretch.newBuilder().setFromSeq(seq));
        put(device, channel, row.build());
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
        find(journal, device, channel).ifPresent(row -> {
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

    /** The device has everything up to here; returns false if it is no reader. Never goes back. */
    boolean acknowledged(DeviceId device, ChannelId channel, long seq) {
        Optional<StoredReader> row = find(journal, device, channel);
        row.filter(it -> it.getAcknowledgedSeq() < seq)
                .ifPresent(it -> put(
                        device, channel, it.toBuilder().setAcknowledgedSeq(seq).build()));
        return row.isPresent();
    }
}
