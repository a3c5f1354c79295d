package chat.samara.client.device;

/** The engine's bounds, in one place (I7). */
final class Limits {
    /** Records of one channel that are under way to the server at once: with fewer, each round trip, and each commit to the disk, is for fewer. */
    static final int SUBMISSIONS_IN_FLIGHT_MAX = 128;

    /**
     * How long, since anything was last heard of a message, the next one waits for earlier ones of an older epoch, which the own server has
     * stored, milliseconds: longer than it takes a hub that can be reached to answer, and no longer than people wait for each other.
     */
    static final long ORDER_WAIT_MILLIS = 10_000;

    /** A limit of the server that is over so soon is not told to the person: what is sent quickly is slowed down by such, and nobody sees it. */
    static final long HOLD_UNTOLD_MILLIS_MAX = 10_000;

    /** Own messages of one channel that wait for the log; more are refused with LIMIT_REACHED. */
    static final int OUTGOING_MAX = 10_000;

    /** Refused own messages of one channel that are kept for a person to decide; of more, the oldest are dropped. */
    static final int REFUSED_KEPT = 10_000;

    /** Bytes of own messages of one channel that wait for the log; more are refused with LIMIT_REACHED. */
    static final long OUTGOING_BYTES_MAX = 32L << 20;

    /** Bytes of refused own messages of one channel that are kept; of more, the oldest are dropped. */
    static final long REFUSED_BYTES_KEPT = OUTGOING_BYTES_MAX;

    /** Bytes of rows that an application is given at once, beyond the one that passes it. */
    static final long PAGE_BYTES_MAX = 4L << 20;

    /**
     * Bytes of rows that one turn changes, and of what it tells unpacked, beyond which the rest of its work waits for the next: both are held in memory. Not cut by it
     * yet: the end of a membership, which refuses what waits in that channel ({@link #OUTGOING_BYTES_MAX}); a removal that is taken back, which frees
     * that; a return under another device key, which renames that; and a renewed device key, for which the public group of every channel is kept at once.
     */
    static final long TURN_BYTES_MAX = 4L << 20;

    /** Intents of one kind (additions, removals, renewals of keys) that wait in one channel: additions in vain leave room for removals. */
    static final int INTENTS_MAX = 2_000;

    /** Changes that one commit carries out. */
    static final int CHANGES_PER_COMMIT_MAX = INTENTS_MAX;

    /**
     * Bytes of a commit's additions, by an estimate: with as many encrypted secrets for those who came before and have not committed yet, its record
     * stays below {@link chat.samara.wire.Limits#PAYLOAD_BYTES_MAX}. One whose record is longer all the same is made with half as many.
     */
    static final long ADDITION_BYTES_PER_COMMIT_MAX = 720L << 10;

    /** Bytes of KeyPackages that were claimed and are in no commit yet: beyond, no more are claimed. */
    static final long CLAIMED_BYTES_MAX = 2L << 20;

    /** Claims of one channel that are under way at the own server at once. */
    static final int CLAIMS_AT_ONCE_MAX = 32;

    /** Claims of one channel that are under way at one other server at once: the own server carries sixteen for one session. */
    static final int CLAIMS_AT_ANOTHER_AT_ONCE_MAX = 8;

    /** How long additions that have their KeyPackages wait for the next answer to a claim, to go into one commit with that, milliseconds. */
    static final long GATHERING_MILLIS = 1_000;

    /** How long they wait in all, milliseconds. */
    static final long GATHERING_MILLIS_MAX = 10_000;

    /** How long after a member had no KeyPackages they are claimed again, milliseconds. */
    static final long NO_KEYS_RETRY_MILLIS = 10L * 60 * 1000;

    /** Provisional messages of one channel; further ones are read when they are ordered. */
    static final int PROVISIONAL_MAX = 10_000;

    /** Bytes of their rows, with those that expired; further ones are read when they are ordered. */
    static final long PROVISIONAL_BYTES_MAX = 8L << 20;

    /** Those of one channel that expired before they were ordered; beyond, the older half is forgotten. */
    static final int EXPIRED_PROVISIONAL_MAX = 10_000;

    /** Channels a device can be in. */
    static final int CHANNELS_MAX = chat.samara.wire.Limits.CHANNELS_PER_FRAME_MAX;

    /** Channels that a profile can be made to forget: of each, some 80 bytes stay. */
    static final int FORGOTTEN_CHANNELS_MAX = 10_000;

    /** Starts of entry hashes kept per channel, to check what other members have seen; more where a way back leads further. */
    static final int ENTRY_HASHES_KEPT = 8_192;

    /** How long a commit may wait for its hub before its epoch is closed: for so long its Welcome may come, hours. */
    static final int COMMIT_WAIT_HOURS_MAX = 72;

    /** One day, milliseconds. */
    static final long DAY_MILLIS = 24L * 60 * 60 * 1000;

    /**
     * One-time KeyPackages with private keys up to which more are made whenever the server says that it lacks some: as many as others can have
     * handed out while a commit may wait, and 1,000 more that were not.
     */
    static final int KEY_PACKAGES_MADE_AT_ONCE_MAX =
            chat.samara.wire.Limits.CLAIMS_PER_TARGET_AND_HOUR_MAX * COMMIT_WAIT_HOURS_MAX + 1_000;

    /** One-time KeyPackages that are made a day beyond those: a renewal of both suites, so that an honest server is never without for long. */
    static final int KEY_PACKAGES_MADE_PER_DAY_MAX = 120;

    /** KeyPackages of last resort with private keys beyond which no more are made. One is made when the last is old, or was refused for a day. */
    static final int LAST_RESORTS_KEPT_MAX = 4_000;

    /** How often the KeyPackage of last resort of one suite is offered on the server's word that it has none, within the time below. */
    static final int LAST_RESORTS_LACKED_MAX = 4;

    static final long LAST_RESORTS_LACKED_WITHIN_MILLIS = 6L * 60 * 60 * 1000;

    /** Devices of one member that one commit adds. */
    static final int DEVICES_PER_MEMBER_MAX = chat.samara.wire.Limits.DEVICES_PER_MEMBER_MAX;

    /** How long a server may take to say who it is, milliseconds: it has nothing to look up for that, and another address may work. */
    static final long GREETING_MILLIS_MAX = 20_000;

    /** Requests without an answer. */
    static final int REQUESTS_MAX = 4_096;

    /** Times one message is encrypted afresh before it is refused. */
    static final int RENEWALS_MAX = 20;

    /** How long a KeyPackage may be used, milliseconds. */
    static final long KEY_PACKAGE_LIFETIME_MILLIS = 90L * 24 * 60 * 60 * 1000;

    /** When KeyPackages at the server are replaced: half of their lifetime, so that who connects every month is always reachable. */
    static final long KEY_PACKAGE_RENEWAL_MILLIS = KEY_PACKAGE_LIFETIME_MILLIS / 2;

    /** How long after its lifetime a KeyPackage's Welcome may still come: the commit was built in time, and waited for its hub. */
    static final long KEY_PACKAGE_GRACE_MILLIS = 30L * 24 * 60 * 60 * 1000;

    /**
     * One-time KeyPackages with private keys that are kept, beyond which none is made. None is dropped before its time, so it is those that are made
     * at once, and a day's number for each day until those have expired.
     */
    static final int KEY_PACKAGES_KEPT_MAX = KEY_PACKAGES_MADE_AT_ONCE_MAX
            + KEY_PACKAGES_MADE_PER_DAY_MAX
                    * (int) ((KEY_PACKAGE_LIFETIME_MILLIS + KEY_PACKAGE_GRACE_MILLIS) / DAY_MILLIS);

    /** How long after a renewal that was refused the next is tried, milliseconds. */
    static final long RENEWAL_RETRY_MILLIS = 60L * 60 * 1000;

    /** How far a KeyPackage's lifetime begins before now, for clocks that go wrong, milliseconds. */
    static final long CLOCK_SKEW_MILLIS = 24L * 60 * 60 * 1000;

    /** How far the own clock and the server's may differ before the person is told, milliseconds. */
    static final long CLOCK_DIFFERENCE_MILLIS_MAX = 12L * 60 * 60 * 1000;

    /** Identity keys of one member that are remembered; those that nobody accepted go first. */
    static final int KEYS_PER_PIN_MAX = 32;

    /** Channels, and answers of the own server, in which one identity key was seen that are remembered: the first and the latest. */
    static final int SIGHTINGS_PER_KEY_MAX = 8;

    /** Devices seen under one identity key that are remembered: the first and the latest. As many as a member may have. */
    static final int DEVICES_PER_KEY_MAX = chat.samara.wire.Limits.DEVICES_PER_MEMBER_MAX;

    /** Welcomes whose log is replayed at once; further ones wait at the server. Each may hold as much as a frame. */
    static final int WELCOMES_PROVED_AT_ONCE_MAX = 16;

    /** Channels that the own server says this device is in, and that it does not know, whose logs are replayed at once. */
    static final int LOST_CHANNELS_SOUGHT_AT_ONCE_MAX = 4;

    /** How long a replay may go without an answer before another Welcome takes its place, milliseconds. */
    static final long WELCOME_PATIENCE_MILLIS = 60_000;

    /** How long after its server has given a Welcome that leads nowhere it is asked again, milliseconds; each time twice as long. */
    static final long WELCOMES_ASKED_AGAIN_MILLIS_MIN = 5_000;

    /** Longest wait between such askings, milliseconds. */
    static final long WELCOMES_ASKED_AGAIN_MILLIS_MAX = 10L * 60 * 1000;

    /** Welcomes into channels that this device is in whose coming is remembered; of more, the oldest are new again. */
    static final int WELCOMES_WAITING_MAX = 1_000;

    /** Replays whose progress is kept for a later session; of more, those that do not run begin anew. */
    static final int REPLAYS_KEPT = WELCOMES_PROVED_AT_ONCE_MAX;

    /** Within which time devices that all lost their place choose when to return, milliseconds. */
    static final long RETURN_SPREAD_MILLIS = 5_000;

    /** Bytes of entries that are kept as evidence with a frozen channel, beside the hub's two words. */
    static final long EVIDENCE_BYTES_MAX = 256 << 10;

    /** Rows of UNVOUCHED, and of ENTRY_HASH that were kept for longer, that are pruned with one frame of entries. */
    static final int UNVOUCHED_PRUNED_PER_FRAME = 256;

    /** How long a device that returns too often waits, milliseconds: the hub lets it once in so long. */
    static final long RETURN_RETRY_MILLIS = 60_000;

    /** How long a device that commits too often waits, milliseconds: the hub takes one commit of a user in so long. */
    static final long COMMIT_RETRY_MILLIS = 2_000;

    /**
     * Device keys that were given up and are kept, to know own records of that time and to read what comes late. A key is needed until the log
     * of each channel has passed this device's return under a newer one, and for 48 epochs more; who gives up so many before that is used to losing places.
     */
    static final int FORMER_KEYS_KEPT = 16;

    /** How long a device goes by its logs alone, and not by its server's count, to tell whether its state is old, after it has changed its key. */
    static final long RENEWAL_BY_COUNT_MILLIS = 24L * 60 * 60 * 1000;

    /**
     * Own keys of one epoch that are skipped on the server's word that a later state may have used them: others keep as many of a member for
     * messages that come late.
     */
    static final int OWN_KEYS_SKIPPED_MAX = chat.samara.mls.Limits.SKIPPED_KEYS_MAX;

    /** When a leaf is made anew by a device that talks, milliseconds after it was; a day more, by device and channel. */
    static final long LEAF_AGE_MILLIS = 7L * 24 * 60 * 60 * 1000;

    /** See {@link #LEAF_AGE_MILLIS}. */
    static final long LEAF_AGE_SPREAD_MILLIS = 24L * 60 * 60 * 1000;

    /** How long it waits after a commit that did not make it, by whatever reason. */
    static final long LEAF_RETRY_MILLIS = 2L * 24 * 60 * 60 * 1000;

    /** How long nobody's commit must have come in a channel before a device makes its leaf anew there; up to twice as much more, at random. */
    static final long LEAF_QUIET_MILLIS = 10L * 60 * 1000;

    /** How long the commits of one member hold up no further after the first. */
    static final long LEAF_HELD_UP_AGAIN_MILLIS = 24L * 60 * 60 * 1000;

    /** Members whose commits hold it up in that time; further ones do not: with ten minutes at the least between them there are no more. */
    static final int LEAF_HELD_UP_BY_MAX = 256;

    /** See {@link #LEAF_QUIET_MILLIS}. */
    static final long LEAF_QUIET_JITTER_MILLIS = 20L * 60 * 1000;

    /** Members of one entry of whom is told that they can be taken for somebody else; of more, a device tells when it is asked. */
    static final int LOOK_ALIKES_PER_ENTRY_MAX = 64;

    /** Of those whom one member can be taken for, how many are looked at to name the likeliest. */
    static final int LOOK_ALIKES_WEIGHED_MAX = 64;

    /** Commits to return that are refused one after the other, before the person is told. */
    static final int RETURNS_REFUSED_UNTOLD = 3;

    /** Longest wait between commits to return that are refused, milliseconds. */
    static final long RETURN_BACK_OFF_MILLIS_MAX = 60L * 60 * 1000;

    /** How often a device's connection is pushed out by another under its key, within the time below, before it takes that for a copy of itself. */
    static final int PUSHED_OUT_MAX = 3;

    static final long PUSHED_OUT_WITHIN_MILLIS = 10L * 60 * 1000;

    private Limits() {}
}
