package chat.samara.server.core.channel.follower;

import chat.samara.server.core.Disk;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Remarks;
import chat.samara.wire.identity.ServerName;
import java.util.LinkedHashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much of the disk the logs of one hub may take. What a hub orders its own operator bounds, or nobody: one member of it, with an accomplice here, fills
 * this server's disk as quickly as the line carries it. A hub that has had its share is pulled from as slowly as the share comes back; nothing is dropped, and other
 * hubs and this server's own channels have theirs.
 *
 * <p>A share is what the operator allows a hub in a day, or, where that is less, a quarter of the room that the disk has until no logs are pulled at all. It may
 * be taken at once and comes back evenly within a day. So a server with a large disk that was away for weeks catches up as quickly as the line carries it, while one hub
 * alone takes a fifth of a small disk at once, and as the room gets less each further day takes less: no number of hubs comes to the end of it.
 *
 * <p>Counted is what is written because of the hub, which can be many times what it has sent. In memory only: after a start everybody begins anew, with a share of
 * the room that is left then.
 */
public final class HubShares {
    private static final Logger LOG = LoggerFactory.getLogger(HubShares.class);
    private static final long DAY_MILLIS = 24L * 3600 * 1000;
    private static final int MEBIBYTE_BITS = 20;

    private final int mebibytesPerDay;
    private final Disk disk;
    private final Journal journal;
    private final Remarks remarks;

    /** What hubs have had of their shares; the one that was looked at longest ago is first. */
    private final Map<ServerName, Taken> taken = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param bytes what was taken and has not come back at that monotonic time
     * @param told whether the operator was told that the hub is slowed down, since it last had half of its share left
     */
    private record Taken(long bytes, long atMillis, boolean told) {}

    public HubShares(int mebibytesPerDay, Disk disk, Journal journal) {
        this.mebibytesPerDay = mebibytesPerDay;
        this.disk = disk;
        this.journal = journal;
        this.remarks = new Remarks(LOG, journal);
    }

    /** Whether the disk has room for logs, whosever: where it is as good as full no hub is pulled from. */
    boolean isAnyRoom() {
        return disk.hasRoomForLogs();
    }

    /** Bytes that the hub's logs may take now; 0 or less: none for the moment. */
    long bytesLeft(ServerName hub) {
        return shareBytes() - now(hub).bytes();
    }

    /** So many bytes were written because of what the hub gave. */
    void took(ServerName hub, long bytes) {
        Taken now = now(hub);
        long together = now.bytes() + Math.max(0, bytes);
        taken.put(hub, new Taken(together, now.atMillis(), now.told() && together > shareBytes() / 2));
        if (taken.size() > Limits.PEERS_MAX) {
            taken.remove(taken.keySet().iterator().next());
        }
    }

    /** Something of the hub waits since it has none of its share left: the log says so once. */
    void slowed(ServerName hub) {
        Taken now = now(hub);
        if (!now.told()) {
            taken.put(hub, new Taken(now.bytes(), now.atMillis(), true));
            remarks.warn(hub.value(), "{}", sentence(hub));
        }
    }

    /** What the operator has to know of a hub that has none of its share left. */
    String sentence(ServerName hub) {
        String gave =
                hub + " gives logs faster than this server takes them of one hub (" + mib(shareBytes()) + " MiB a day";
        return isByRoom()
                ? gave
                        + ", a quarter of the room on the disk of the data folder): they come more slowly, and nothing is lost; make room on the disk"
                : gave
                        + ", as --hub-mib says): they come more slowly, and nothing is lost; raise --hub-mib if its members need more";
    }

    private boolean isByRoom() {
        return shareBytes() < (long) mebibytesPerDay << MEBIBYTE_BITS;
    }

    private static long mib(long bytes) {
        return bytes >> MEBIBYTE_BITS;
    }

    private long shareBytes() {
        return Math.min((long) mebibytesPerDay << MEBIBYTE_BITS, disk.roomForLogsBytes() / Limits.HUB_SHARES_OF_ROOM);
    }

    private Taken now(ServerName hub) {
        long nowMillis = journal.monotonicMillis();
        Taken before = taken.getOrDefault(hub, new Taken(0, nowMillis, false));
        long share = shareBytes();
        long back = inTime(share, nowMillis - before.atMillis());
        // What was taken while there was more room is no debt of many days.
        long owed = Math.min(before.bytes() - back, 2 * share);
        return new Taken(Math.max(0, owed), nowMillis, before.told());
    }

    /** What of so many bytes a day falls into a time; in two parts, since the product of the two does not fit into a long. */
    private static long inTime(long bytesPerDay, long millis) {
        return bytesPerDay / DAY_MILLIS * millis + bytesPerDay % DAY_MILLIS * millis / DAY_MILLIS;
    }
}
