package chat.samara.server.core;

/**
 * What an operator may want different. Every value has a bound and a default; the defaults suit a community of some thousands.
 * What nobody needs to change is in {@link Limits}.
 *
 * @param diskFreeBytesMin below this, no new submission is stored ({@code DISK_FULL}); reading goes on
 * @param diskFreeBytesResume from this on, submissions are stored again; at least diskFreeBytesMin
 * @param epochGraceMillis for how long after a commit records of the epoch before it are taken, at least, before the epoch may be
 *     closed
 * @param epochOpenMillisMax for how long after a commit an epoch is kept open for followers that are not drained (DESIGN §5)
 * @param tickMillis how often due times are looked at
 * @param retryMillis after how long without an answer a request to a peer is sent again
 * @param exchangeMillis how often peers tell each other again where they stand in shared channels
 * @param keepAliveMillis how often an idle link is pinged; a link that is silent for three times as long is closed
 * @param dialMillisMin the first wait before a peer is dialled again; doubles with each failure
 * @param dialMillisMax the longest such wait
 * @param claimsPerHour how many KeyPackage claims one member may make, on average, {@link Limits#CLAIMS_AT_ONCE_HOURS} times as many at once; and how
 *     many may be made on one member, up to {@code chat.samara.wire.Limits.CLAIMS_PER_TARGET_AND_HOUR_MAX}
 * @param claimsPerHourAndPeer how many KeyPackage claims one peer may make, on average
 * @param memberQuota how much one member may have stored
 * @param foreignLogBytesPerHubMax how much of one hub's logs is kept while no member of this server is known to be in them
 * @param hubMebibytesPerDay how many MiB of logs are taken of one hub in a day, and as many at once; less where the disk has little room
 * @param stepBytesMax of what a peer has sent at once so much is done at a stretch: bytes of the groups in which handshakes are verified, and bytes that are written
 * @param peersBytesWaitingMax bytes in memory of what all peers have sent and what waits for its turn, but for what comes of a peer of which nothing waits, or less
 *     than its part of that: {@link chat.samara.server.core.batch.RoomOfPeers} says how much more
 */
public record CoreConfig(
        long diskFreeBytesMin,
        long diskFreeBytesResume,
        long epochGraceMillis,
        long epochOpenMillisMax,
        long tickMillis,
        long retryMillis,
        long exchangeMillis,
        long keepAliveMillis,
        long dialMillisMin,
        long dialMillisMax,
        int claimsPerHour,
        int claimsPerHourAndPeer,
        MemberQuota memberQuota,
        long foreignLogBytesPerHubMax,
        int hubMebibytesPerDay,
        long stepBytesMax,
        long peersBytesWaitingMax) {
    /** The default of what is taken of one hub in a day, MiB: as much as the members of one peer may have ordered in a day. */
    public static final int HUB_MEBIBYTES_PER_DAY = 40_960;

    private static final long MEBIBYTE = 1024 * 1024;
    private static final long SECOND_MILLIS = 1000;
    private static final long HOUR_MILLIS = 3600 * SECOND_MILLIS;

    public CoreConfig {
        require("diskFreeBytesMin", diskFreeBytesMin, 0, Long.MAX_VALUE);
        require("diskFreeBytesResume", diskFreeBytesResume, diskFreeBytesMin, Long.MAX_VALUE);
        require("epochGraceMillis", epochGraceMillis, 0, HOUR_MILLIS);
        require("epochOpenMillisMax", epochOpenMillisMax, epochGraceMillis, 7 * 24 * HOUR_MILLIS);
        require("tickMillis", tickMillis, 10, 60 * SECOND_MILLIS);
        require("retryMillis", retryMillis, 100, HOUR_MILLIS);
        require("exchangeMillis", exchangeMillis, 100, HOUR_MILLIS);
        require("keepAliveMillis", keepAliveMillis, 100, HOUR_MILLIS);
        require("dialMillisMin", dialMillisMin, 10, HOUR_MILLIS);
        require("dialMillisMax", dialMillisMax, dialMillisMin, HOUR_MILLIS);
        require("claimsPerHour", claimsPerHour, 1, 1_000_000);
        require("claimsPerHourAndPeer", claimsPerHourAndPeer, 1, 10_000_000);
        require("foreignLogBytesPerHubMax", foreignLogBytesPerHubMax, 1, Long.MAX_VALUE);
        require("hubMebibytesPerDay", hubMebibytesPerDay, 1, MemberQuota.MEBIBYTES_PER_DAY_MAX);
        require("stepBytesMax", stepBytesMax, 1, Long.MAX_VALUE);
        require("peersBytesWaitingMax", peersBytesWaitingMax, 1, Integer.MAX_VALUE);
    }

    /** With the default of what one member may have stored. */
    public CoreConfig(
            long diskFreeBytesMin,
            long diskFreeBytesResume,
            long epochGraceMillis,
            long epochOpenMillisMax,
            long tickMillis,
            long retryMillis,
            long exchangeMillis,
            long keepAliveMillis,
            long dialMillisMin,
            long dialMillisMax,
            int claimsPerHour,
            int claimsPerHourAndPeer) {
        this(
                diskFreeBytesMin,
                diskFreeBytesResume,
                epochGraceMillis,
                epochOpenMillisMax,
                tickMillis,
                retryMillis,
                exchangeMillis,
                keepAliveMillis,
                dialMillisMin,
                dialMillisMax,
                claimsPerHour,
                claimsPerHourAndPeer,
                MemberQuota.standard(),
                Limits.FOREIGN_LOG_BYTES_PER_HUB_MAX,
                HUB_MEBIBYTES_PER_DAY,
                Limits.STEP_BYTES_MAX,
                Limits.PEERS_BYTES_WAITING_MAX);
    }

    /** The same, with another bound on what one member may have stored. */
    public CoreConfig withMemberQuota(MemberQuota quota) {
        return with(quota, foreignLogBytesPerHubMax, hubMebibytesPerDay, stepBytesMax, peersBytesWaitingMax);
    }

    /** The same, with another bound on what is kept of logs in which no member of this server is known to be. */
    public CoreConfig withForeignLogBytesPerHubMax(long bytes) {
        return with(memberQuota, bytes, hubMebibytesPerDay, stepBytesMax, peersBytesWaitingMax);
    }

    /** The same, with another bound on what is taken of one hub. */
    public CoreConfig withHubMebibytesPerDay(int mebibytes) {
        return with(memberQuota, foreignLogBytesPerHubMax, mebibytes, stepBytesMax, peersBytesWaitingMax);
    }

    /** The same, with another bound on what is done at a stretch. */
    public CoreConfig withStepBytesMax(long bytes) {
        return with(memberQuota, foreignLogBytesPerHubMax, hubMebibytesPerDay, bytes, peersBytesWaitingMax);
    }

    /** The same, with another bound on what waits of peers. */
    public CoreConfig withPeersBytesWaitingMax(long bytes) {
        return with(memberQuota, foreignLogBytesPerHubMax, hubMebibytesPerDay, stepBytesMax, bytes);
    }

    private CoreConfig with(
            MemberQuota quota, long foreignLogBytes, int hubMebibytes, long stepBytes, long peersBytesWaiting) {
        return new CoreConfig(
                diskFreeBytesMin,
                diskFreeBytesResume,
                epochGraceMillis,
                epochOpenMillisMax,
                tickMillis,
                retryMillis,
                exchangeMillis,
                keepAliveMillis,
                dialMillisMin,
                dialMillisMax,
                claimsPerHour,
                claimsPerHourAndPeer,
                quota,
                foreignLogBytes,
                hubMebibytes,
                stepBytes,
                peersBytesWaiting);
    }

    /** The defaults. */
    public static CoreConfig standard() {
        return new CoreConfig(
                256 * MEBIBYTE,
                512 * MEBIBYTE,
                5 * SECOND_MILLIS,
                72 * HOUR_MILLIS,
                SECOND_MILLIS,
                10 * SECOND_MILLIS,
                30 * SECOND_MILLIS,
                15 * SECOND_MILLIS,
                SECOND_MILLIS,
                60 * SECOND_MILLIS,
                600,
                6000);
    }

    private static void require(String name, long value, long min, long max) {
        if (value < min || value > max) {
            throw new IllegalArgumentException(name + " is " + value + ", expected " + min + " to " + max);
        }
    }
}
