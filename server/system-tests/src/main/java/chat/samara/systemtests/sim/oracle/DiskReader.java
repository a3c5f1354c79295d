package chat.samara.systemtests.sim.oracle;

import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.Table;
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

    /** Shows every entry to the log book (which refuses what differs), and gives which places are there, by channel. */
    static Map<String, Set<Long>> read(String server, Store disk, LogBook logs) {
        Map<String, Set<Long>> places = new TreeMap<>();
        disk.scan(Table.ENTRY, FIRST, BEYOND_LAST, (key, value) -> {
            try {
                Place place = logs.observe(LogEntry.parseFrom(value), server + " (on disk)");
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
