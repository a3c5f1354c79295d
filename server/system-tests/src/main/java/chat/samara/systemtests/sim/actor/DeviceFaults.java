package chat.samara.systemtests.sim.actor;

import chat.samara.systemtests.sim.disk.DiskFaults;

/**
 * How a device's disk and facade behave. The honest one does what it must; tests that prove the oracle put a broken one here.
 *
 * @param disk of its disk
 * @param tellsTwiceOneIn a broken facade: of so many events an application hears one again; 0 for none
 */
public record DeviceFaults(DiskFaults disk, int tellsTwiceOneIn) {
    /** Does everything right. */
    public static final DeviceFaults NONE = new DeviceFaults(DiskFaults.NONE, 0);

    /** Only the disk is broken. */
    public static DeviceFaults of(DiskFaults disk) {
        return new DeviceFaults(disk, 0);
    }
}
