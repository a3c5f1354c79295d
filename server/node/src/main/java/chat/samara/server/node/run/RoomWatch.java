package chat.samara.server.node.run;

import chat.samara.server.core.store.StoreException;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;
import java.util.function.LongUnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks how much room the disk of the data folder has, tells the store, tells the core what of it is for more to be stored, and warns the operator once each time
 * that it gets short. One look at a time.
 */
final class RoomWatch {
    private static final Logger LOG = LoggerFactory.getLogger(RoomWatch.class);
    private static final int MEBIBYTE_BITS = 20;

    private final LongSupplier freeBytes;
    private final LongUnaryOperator besidesStore;
    private final LongConsumer told;
    private boolean isShort;

    /**
     * @param freeBytes bytes that can be written on the disk now
     * @param besidesStore what the store leaves of so many; may throw {@link StoreException} when it cannot tell
     * @param told hears what is left
     */
    RoomWatch(LongSupplier freeBytes, LongUnaryOperator besidesStore, LongConsumer told) {
        this.freeBytes = freeBytes;
        this.besidesStore = besidesStore;
        this.told = told;
    }

    void look() {
        long free = freeBytes.getAsLong();
        warn(free);
        told.accept(besidesStore(free));
    }

    /** Whatever the store says, the core hears of the disk: without that it would take messages until a write fails. */
    private long besidesStore(long free) {
        try {
            return besidesStore.applyAsLong(free);
        } catch (StoreException unknown) {
            LOG.debug("the store does not tell what it needs of the disk", unknown);
            return free;
        }
    }

    private void warn(long free) {
        boolean isShortNow = free < Limits.DISK_WARN_FREE_BYTES;
        if (isShortNow && !isShort) {
            LOG.warn(
                    "only {} MiB are left on the disk of the data folder; make room before the server has to refuse messages",
                    free >> MEBIBYTE_BITS);
        }
        isShort = isShortNow;
    }
}
