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

    /** Bytes of frames that wait: of what is beyond it the core verifies what there is, since meanwhile nobody could be read. */
    static final long WAITING_BYTES_MAX = 16L << 20;

    /** Members and peers of which is remembered how many were verified lately. */
    static final int RATES_KEPT_MAX = 10_000;

    private Limits() {}
}
