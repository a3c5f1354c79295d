package chat.samara.systemtests.sim.oracle;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.Table;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.LogEntry;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Reads the logs on a server's disk. */
final class DiskReader {
    private static final byte[] FIRST = {};
    private static final byte[] BEYOND_LAST = {};

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
}
