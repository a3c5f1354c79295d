package chat.samara.systemtests.sim.disk;

import chat.samara.client.device.DeviceTable;
import java.util.Optional;

/**
 * How a device's disk behaves. The honest one does what it must; tests that prove the oracle put a broken one here.
 *
 * @param commitsLostInCrash so many commits that it confirmed are gone after a crash
 * @param tearsCommits of a commit during which power is lost, the first half stays
 * @param forgets what is put into this table is not there later
 * @param keepsDeleted what is deleted from this table stays
 */
public record DiskFaults(
        int commitsLostInCrash,
        boolean tearsCommits,
        Optional<DeviceTable> forgets,
        Optional<DeviceTable> keepsDeleted) {
    /** Does everything right. */
    public static final DiskFaults NONE = new DiskFaults(0, false, Optional.empty(), Optional.empty());

    /** Confirms commits that it has not synced. */
    public static DiskFaults losing(int commits) {
        return new DiskFaults(commits, false, Optional.empty(), Optional.empty());
    }

    /** Half a commit can stand on it. */
    public static DiskFaults tearing() {
        return new DiskFaults(0, true, Optional.empty(), Optional.empty());
    }

    /** Drops every row of the table. */
    public static DiskFaults forgetting(DeviceTable table) {
        return new DiskFaults(0, false, Optional.of(table), Optional.empty());
    }

    /** Deletes no row of the table. */
    public static DiskFaults keeping(DeviceTable table) {
        return new DiskFaults(0, false, Optional.empty(), Optional.of(table));
    }
}
