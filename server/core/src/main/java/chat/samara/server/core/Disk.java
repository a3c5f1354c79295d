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
    private boolean accepting = true;
    private long freeBytes;

    public Disk(CoreConfig config) {
        this.config = config;
    }

    /** The driver tells how much room there is. */
    void free(long bytes) {
        freeBytes = bytes;
        boolean now = accepting ? bytes >= config.diskFreeBytesMin() : bytes >= config.diskFreeBytesResume();
        if (now != accepting) {
            accepting = now;
            LOG.warn("{} bytes are free on disk: submissions are {}", bytes, now ? "taken again" : "refused");
        }
    }

    /** Whether new submissions may be stored. */
    public boolean acceptsSubmissions() {
        return accepting;
    }

    /** What to say to a submission when they are not. */
    public Refusal refusal() {
        return new Refusal(
                ErrorCode.DISK_FULL,
                "the server's disk is nearly full (" + freeBytes + " bytes free, " + config.diskFreeBytesMin()
                        + " needed); nothing was stored, try again later",
                "disk-free-bytes>=" + config.diskFreeBytesMin(),
                0,
                RETRY_MILLIS);
    }
}
