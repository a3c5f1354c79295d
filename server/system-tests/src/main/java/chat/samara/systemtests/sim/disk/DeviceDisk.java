package chat.samara.systemtests.sim.disk;

import chat.samara.client.device.DeviceStore;

/** A device's store, on a disk that can be told to fail. */
public interface DeviceDisk extends DeviceStore {
    /** An independent disk with the same content and none of the faults that were planned, for a copy of the profile. */
    DeviceDisk copy();

    /**
     * The device starts and finds what is there.
     *
     * @throws chat.samara.client.device.DeviceStoreException if the store cannot be opened: a device that says so has done what it can
     */
    void open();

    /** Power is lost about the n-th commit from now (1 is the next; -1: at none), after or before it is durable. */
    void losePowerAtCommit(int nth, boolean durable);

    /** Whether the disk has had a fault for which the store may refuse to go on; it then names it. */
    default boolean isToBlame() {
        return false;
    }

    /** Whether the store was given a byte that is not the one it wrote, since this was asked last: then it must have said so. */
    default boolean takeMisread() {
        return false;
    }

    /** Whether something that was confirmed is gone, since this was asked last. */
    default boolean takeSetBack() {
        return false;
    }

    /** Whether the last commit that was confirmed, and no other, is gone, since this was asked last. */
    default boolean takeLastCommitLost() {
        return false;
    }

    /** What happens after each commit that is confirmed. Only what can lose one calls it. */
    default void whenCommitted(Runnable action) {}

    /** The device has stopped without an end of its own. */
    void crashed();
}
