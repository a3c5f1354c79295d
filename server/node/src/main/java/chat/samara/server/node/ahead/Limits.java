package chat.samara.server.node.ahead;

import chat.samara.server.core.rate.Rate;

/** Every limit of what is verified before the core takes it (I7). */
final class Limits {
    /** A frame of fewer bytes brings few KeyPackages, if any, and goes to the core at once; and so does all that comes before a login. */
    static final int FRAME_BYTES_MIN = chat.samara.wire.Limits.UNAUTHENTICATED_FRAME_BYTES_MAX + 1;

    /** KeyPackages of one member's that are verified ahead: as many as it may add to channels, beyond which the core verifies none either. */
    static final Rate OF_A_MEMBER = new Rate(
            chat.samara.server.core.Limits.ADDITIONS_AT_ONCE_MAX,
            chat.samara.server.core.Limits.ADDITION_BY_A_MEMBER_EVERY_MILLIS);

    /** The same of another server's members together, and of the logs that it is hub of. */
    static final Rate OF_A_PEER = new Rate(
            chat.samara.server.core.Limits.PEER_QUOTA_MEMBERS * OF_A_MEMBER.atOnceMax(),
            OF_A_MEMBER.everyMillis() / chat.samara.server.core.Limits.PEER_QUOTA_MEMBERS);

    /**
     * Bytes of frames that wait and were not begun with: of what is beyond it the core verifies what there is, since meanwhile nobody could be read. Who has most that waits gives way.
     */
    static final long WAITING_BYTES_MAX = 16L << 20;

    /** Signatures that are verified in one go, some two milliseconds; then it is looked whose turn it is. */
    static final int SIGNATURES_OF_A_PART = 32;

    /** So many bytes of a frame are read in the time of one signature, about: the largest of a peer's takes some 40 ms before its first part. */
    static final int BYTES_READ_FOR_A_SIGNATURE = 8 << 10;

    /** What members' signatures cost and what peers' do: so these have a quarter of the thread where both wait. */
    static final int MEMBERS_PRICE = 1;

    static final int PEERS_PRICE = 3;

    /** A publication of as many KeyPackages as a device keeps fits. */
    static final int SMALL_FRAME_BYTES_MAX = 64 << 10;

    /** The same where their keys and signatures are post-quantum ones. */
    static final int MIDDLE_FRAME_BYTES_MAX = 384 << 10;

    /** What a signature costs in a frame of each size: where all wait, small ones have four parts of seven, large ones one. */
    static final int SMALL_PRICE = 1;

    static final int MIDDLE_PRICE = 2;
    static final int LARGE_PRICE = 4;

    /** How long one part may take before the server says of itself that it is not well. */
    static final long PART_NANOS_PATIENCE = 5_000_000_000L;

    /** How often a fault is said, beside being counted. */
    static final long FAULT_SAID_EVERY_NANOS = 60_000_000_000L;

    /** Members and peers of which is remembered how many were verified lately. */
    static final int RATES_KEPT_MAX = 10_000;

    private Limits() {}
}
