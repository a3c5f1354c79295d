package chat.samara.systemtests.sim.oracle;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.server.core.store.proto.StoredRejections;
import chat.samara.server.core.store.proto.StoredSubmission;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reads the logs on a server's disk, and what it has to say to who asks. */
final class DiskReader {
    private static final byte[] FIRST = {};
    private static final byte[] BEYOND_LAST = {};
    private static final int CHANNEL_BYTES = 32;
    private static final int DEVICE_BYTES = 16;

    private DiskReader() {}

    /** Channels of which the server keeps proof that their hub has shown two logs, in hex. */
    static Set<String> channelsWithEvidence(Store disk) {
        Set<String> found = new TreeSet<>();
        disk.scan(Table.EVIDENCE, FIRST, BEYOND_LAST, (key, value) -> {
            found.add(Bytes.of(key).slice(0, ChannelId.SIZE_BYTES).hex());
            return true;
        });
        return found;
    }

    /** The channel, in hex, that a server gives up with this row as one in which nobody of its own is; empty if it gives up none. */
    static Optional<String> droppedChannel(WriteBatch.Put put) {
        if (put.table() != Table.CHANNEL) {
            return Optional.empty();
        }
        try {
            return StoredChannel.parseFrom(put.value().toByteArray()).getState() == StoredChannelState.CHANNEL_DROPPED
                    ? Optional.of(put.key().slice(0, ChannelId.SIZE_BYTES).hex())
                    : Optional.empty();
        } catch (InvalidProtocolBufferException e) {
            throw new InvariantViolation(
                    Invariant.I9_NO_INPUT_STOPS_ANYTHING, "a row of CHANNEL that cannot be parsed", e);
        }
    }

    /**
     * Shows every entry to the log book (which refuses what differs), and gives which places are there, by channel. Channels of which the server was
     * shown another log by their hub are left out.
     */
    static Map<String, Set<Long>> read(String server, Store disk, Oracle oracle) {
        Map<String, Set<Long>> places = new TreeMap<>();
        disk.scan(Table.ENTRY, FIRST, BEYOND_LAST, (key, value) -> {
            try {
                LogEntry entry = LogEntry.parseFrom(value);
                if (oracle.liars()
                        .misledByItsHub(server, Place.of(entry, server).channel())) {
                    return true;
                }
                Place place = oracle.logs().observe(entry, server + " (on disk)");
                places.computeIfAbsent(place.channel(), channel -> new TreeSet<>())
                        .add(place.seq());
                return true;
            } catch (InvalidProtocolBufferException e) {
                throw new InvariantViolation(
                        Invariant.I2_ONE_LOG, server + " has an entry on disk that cannot be parsed", e);
            }
        });
        return places;
    }

    /** Everything of which the server says that it will not be in the log, and why. */
    static void readRejections(Store disk, Rejections book) {
        disk.scan(Table.SUBMISSION, FIRST, BEYOND_LAST, (key, value) -> {
            try {
                StoredSubmission row = StoredSubmission.parseFrom(value);
                if (row.getStatus() == ReceiptStatus.REJECTED_VALUE) {
                    HexFormat hex = HexFormat.of();
                    book.rejected(
                            hex.formatHex(key, 0, CHANNEL_BYTES) + " "
                                    + hex.formatHex(key, CHANNEL_BYTES, CHANNEL_BYTES + DEVICE_BYTES) + "/"
                                    + hex.formatHex(key, CHANNEL_BYTES + DEVICE_BYTES, key.length),
                            RecordKind.forNumber(row.getKind()),
                            Error.parseFrom(row.getError()));
                }
                return true;
            } catch (InvalidProtocolBufferException e) {
                throw new InvariantViolation(
                        Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST, "a row of SUBMISSION that cannot be parsed", e);
            }
        });
    }

    /**
     * Whether the server keeps as many rejections of the device in the channel as it ever does, and of this record nothing.
     *
     * @param name of a record, {@code channel device/idempotency key} in hex
     */
    static boolean mayHaveForgotten(Store disk, String name) {
        byte[] record = Bytes.ofHex(name.replaceAll("[ /]", "")).toByteArray();
        Optional<byte[]> kept = disk.get(Table.SUBMISSION, Arrays.copyOf(record, CHANNEL_BYTES + DEVICE_BYTES));
        try {
            return kept.isPresent()
                    && StoredRejections.parseFrom(kept.get()).getIdempotencyKeysCount()
                            >= Limits.REJECTIONS_KEPT_PER_DEVICE_MAX
                    && disk.get(Table.SUBMISSION, record).isEmpty();
        } catch (InvalidProtocolBufferException e) {
            throw new InvariantViolation(
                    Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST, "a list of rejections that cannot be parsed", e);
        }
    }

    /** The SHA-256 of the payload that the server has taken of a device under a key, if it has. */
    static Optional<Bytes> payloadHash(Store disk, ChannelId channel, DeviceId device, IdempotencyKey key) {
        return disk.get(
                        Table.SUBMISSION,
                        Bytes.concat(channel.bytes(), device.bytes(), key.bytes())
                                .toByteArray())
                .map(row -> {
                    try {
                        return Protobuf.toBytes(StoredSubmission.parseFrom(row).getPayloadHash());
                    } catch (InvalidProtocolBufferException e) {
                        throw new InvariantViolation(
                                Invariant.I1_NOTHING_ACKNOWLEDGED_IS_LOST,
                                "a row of SUBMISSION that cannot be parsed",
                                e);
                    }
                });
    }

    /** Takes the name of a record, {@code channel device/idempotency key} in hex, its kind, and why it was rejected. */
    interface Rejections {
        void rejected(String name, RecordKind kind, Error why);
    }
}
