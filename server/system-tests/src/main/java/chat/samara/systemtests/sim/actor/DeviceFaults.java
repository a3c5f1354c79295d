package chat.samara.systemtests.sim.actor;

import chat.samara.systemtests.sim.disk.DiskFaults;

/**
 * How a device's disk and facade behave. The honest one does what it must; tests that prove the oracle put a broken one here.
 *
 * @param disk of its disk
 * @param tellsTwiceOneIn a broken facade: of so many events an application hears one again; 0 for none
 * @param whenReplaced what it makes of the news that a copy goes on in its place
 * @param hidesDifferingKeys a broken facade: nobody is told that a member was seen with several identity keys
 */
public record DeviceFaults(
        DiskFaults disk, int tellsTwiceOneIn, WhenReplaced whenReplaced, boolean hidesDifferingKeys) {
    /** What a facade does when its device was struck off for a copy. */
    public enum WhenReplaced {
        /** Tells its person, who decides. */
        TELLS,
        /** Broken: tells nobody. */
        HIDES,
        /** Broken: takes the place back at once, and nobody is asked. */
        TAKES_OVER
    }

    /** Does everything right. */
    public static final DeviceFaults NONE = new DeviceFaults(DiskFaults.NONE, 0, WhenReplaced.TELLS, false);

    /** Only the disk is broken. */
    public static DeviceFaults of(DiskFaults disk) {
        return new DeviceFaults(disk, 0, WhenReplaced.TELLS, false);
    }

    /** Only the facade is broken: of so many events an application hears one again. */
    public static DeviceFaults tellingTwice(int oneIn) {
        return new DeviceFaults(DiskFaults.NONE, oneIn, WhenReplaced.TELLS, false);
    }

    /** Only the facade is broken: so. */
    public static DeviceFaults of(WhenReplaced whenReplaced) {
        return new DeviceFaults(DiskFaults.NONE, 0, whenReplaced, false);
    }

    /** Only the facade is broken: it keeps to itself that a member was seen with several identity keys. */
    public static DeviceFaults hidingDifferingKeys() {
        return new DeviceFaults(DiskFaults.NONE, 0, WhenReplaced.TELLS, true);
    }
}
