package chat.samara.server.core;

import chat.samara.wire.Refusal;
import chat.samara.wire.proto.ErrorCode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the disk has room. When it runs low, nothing new is taken from devices and other origins, while reading, serving and the
 * copying of logs that others have acknowledged go on.
 */
public final class Disk {
    private static final Logger LOG = LoggerFactory.getLogger(Disk.class);
    private static final long RETRY_MILLIS = 60_000;

    private final CoreConfig config;
    /** Logs are pulled until this part of what submissions need is left. */
    private static final int LOGS_GO_ON_BELOW = 2;

    private boolean accepting = true;
    private boolean known;
    private long freeBytes;

    public Disk(CoreConfig config) {
        this.config = config;
    }

    /** The driver tells how much room there is. */
    void free(long bytes) {
        freeBytes = bytes;
        known = true;
        boolean now = accepting ? bytes >= config.diskFreeBytesMin() : bytes >= config.diskFreeBytesResume();
        if (now != accepting) {
            accepting = now;
            if (now) {
                LOG.warn("{} MiB are free on the disk of the data folder: messages are taken again", mib(bytes));
            } else {
                LOG.warn("{}", sentence());
            }
        }
    }

    private static long mib(long bytes) {
        return bytes >> 20;
    }

    /** Whether new submissions may be stored. */
    public boolean acceptsSubmissions() {
        return accepting;
    }

    /**
     * Whether entries may be pulled that other servers have ordered. That goes on for longer than submissions are taken, since what others have
     * acknowledged is to be copied, but not until a write fails.
     */
    public boolean hasRoomForLogs() {
        return !known || freeBytes >= config.diskFreeBytesMin() / LOGS_GO_ON_BELOW;
    }

    /** Bytes until no more entries are pulled; as many as there can be before the driver has told. */
    public long roomForLogsBytes() {
        return known ? Math.max(0, freeBytes - config.diskFreeBytesMin() / LOGS_GO_ON_BELOW) : Long.MAX_VALUE;
    }

    /** What the operator has to know when they are not. */
    public String sentence() {
        return "the disk of the data folder is nearly full (" + mib(freeBytes)
                + " MiB are free beside what the store may need): what is stored is kept and can be read, new messages are refused until "
                + mib(config.diskFreeBytesResume()) + " MiB are free; make room on it";
    }

    /** What to say to a submission when they are not. */
    public Refusal refusal() {
        return new Refusal(
                ErrorCode.DISK_FULL,
                "the disk of the server's data is nearly full (" + mib(freeBytes) + " MiB are free, "
                        + mib(config.diskFreeBytesResume())
                        + " MiB needed); what it has stored is kept, this was not; its operator has to make room",
                "disk-free-bytes>=" + config.diskFreeBytesMin(),
                0,
                RETRY_MILLIS);
    }
}
