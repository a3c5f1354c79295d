package chat.samara.server.core;

import chat.samara.server.core.rate.Rate;

/**
 * How much one member may have stored, all devices together, so that nobody fills the disk for everybody. A community does not meet the defaults:
 * who sends a message every second, day and night, sends less than half of them.
 *
 * @param recordsPerDay messages and changes of channels that a member may send in a day, on average; a quarter of them at once
 * @param mebibytesPerDay bytes of these, in MiB; a quarter of them at once
 * @param channelsPerDay channels that a member may found in a day, on average; all of them at once
 */
public record MemberQuota(int recordsPerDay, int mebibytesPerDay, int channelsPerDay) {
    /** More than this no rate tells from no limit. */
    public static final int RECORDS_PER_DAY_MAX = 80_000_000;

    /** A disk's worth. */
    public static final int MEBIBYTES_PER_DAY_MAX = 1_000_000;

    public static final int CHANNELS_PER_DAY_MAX = 1_000_000;

    private static final long DAY_MILLIS = 24L * 3600 * 1000;
    private static final int KIBIBYTES_PER_MEBIBYTE = 1024;
    private static final int BYTES_PER_KIBIBYTE = 1024;

    public MemberQuota {
        require("recordsPerDay", recordsPerDay, RECORDS_PER_DAY_MAX);
        require("mebibytesPerDay", mebibytesPerDay, MEBIBYTES_PER_DAY_MAX);
        require("channelsPerDay", channelsPerDay, CHANNELS_PER_DAY_MAX);
    }

    private static void require(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", expected 1 to " + max);
        }
    }

    /** The defaults. */
    public static MemberQuota standard() {
        return new MemberQuota(200_000, 4_096, 200);
    }

    /** What so many members may have stored together: a quota of records and bytes; channels are founded on one's own server only. */
    public MemberQuota times(int members) {
        return new MemberQuota(
                (int) Math.min(RECORDS_PER_DAY_MAX, (long) recordsPerDay * members),
                (int) Math.min(MEBIBYTES_PER_DAY_MAX, (long) mebibytesPerDay * members),
                channelsPerDay);
    }

    /** Of records. */
    public Rate records() {
        return perDay(recordsPerDay, recordsPerDay / 4);
    }

    /** What so many bytes count, in KiB: at least one. */
    public static int kibibytesOf(int bytes) {
        return Math.max(1, (bytes + BYTES_PER_KIBIBYTE - 1) / BYTES_PER_KIBIBYTE);
    }

    /** Of KiB. */
    public Rate kibibytes() {
        int perDay = mebibytesPerDay * KIBIBYTES_PER_MEBIBYTE;
        return perDay(perDay, perDay / 4);
    }

    /** For people: how many a day, and how many of them at once. */
    public String recordsInWords() {
        return recordsPerDay + " messages and changes a day, " + records().atOnceMax() + " of them at once";
    }

    /** For people: how much a day, and how much of it at once. */
    public String kibibytesInWords() {
        int atOnce = kibibytes().atOnceMax();
        return mebibytesPerDay + " MiB a day, "
                + (atOnce % KIBIBYTES_PER_MEBIBYTE == 0 ? atOnce / KIBIBYTES_PER_MEBIBYTE + " MiB" : atOnce + " KiB")
                + " of it at once";
    }

    /** Of channels. */
    public Rate channels() {
        return perDay(channelsPerDay, channelsPerDay);
    }

    private static Rate perDay(int count, int atOnce) {
        return new Rate(Math.max(1, atOnce), Math.max(1, DAY_MILLIS / count));
    }
}
