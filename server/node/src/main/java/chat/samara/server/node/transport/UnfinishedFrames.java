package chat.samara.server.node.transport;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Bounds the bytes of frames of which a part has come and the rest not yet (I7): neither are they given to the core, which would count them, nor is anybody kept from sending a
 * frame slowly, whose line is slow. Where all together hold too much, whoever holds most, with all connections, loses the one whose frame began first, until there is room. So
 * nobody loses one for others, as long as these have no more accounts than there are such frames.
 */
final class UnfinishedFrames {
    private static final Logger LOG = LoggerFactory.getLogger(UnfinishedFrames.class);

    private final long bytesMax;

    /** The eldest first. Guarded by this. */
    private final Map<Connection, Integer> held = new LinkedHashMap<>();

    /** Guarded by this. */
    private long bytesHeld;

    UnfinishedFrames(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /** The connection holds so many bytes of a frame that is not whole; 0 when it is, or when nobody is there any more. On its event loop. */
    void holds(Connection connection, int bytes) {
        for (Connection each : changed(connection, bytes)) {
            LOG.info(
                    "{} of {} is cut: it has begun a frame, and all such frames together take more than {} bytes",
                    each,
                    each.owner(),
                    bytesMax);
            each.cut();
        }
    }

    private synchronized List<Connection> changed(Connection connection, int bytes) {
        Integer before = bytes == 0 ? held.remove(connection) : held.put(connection, bytes);
        bytesHeld += bytes - (before == null ? 0 : before);
        List<Connection> cut = new ArrayList<>();
        while (bytesHeld > bytesMax) {
            Map.Entry<Connection, Integer> eldest = eldestOf(whoHoldsMost());
            cut.add(eldest.getKey());
            bytesHeld -= eldest.getValue();
            held.remove(eldest.getKey());
        }
        return cut;
    }

    private String whoHoldsMost() {
        Map<String, Long> byOwner = new LinkedHashMap<>();
        held.forEach((connection, bytes) -> byOwner.merge(connection.owner(), (long) bytes, Long::sum));
        return byOwner.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
    }

    private Map.Entry<Connection, Integer> eldestOf(String owner) {
        return held.entrySet().stream()
                .filter(it -> it.getKey().owner().equals(owner))
                .findFirst()
                .orElseThrow();
    }
}
