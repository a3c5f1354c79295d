package chat.samara.systemtests.sim.oracle;

/** The invariants of DESIGN §3 that the simulator checks. */
public enum Invariant {
    /** What was acknowledged is in the log, or its sender is told why not. */
    I1_NOTHING_ACKNOWLEDGED_IS_LOST,
    /** Everybody sees the same entry at one place. */
    I2_ONE_LOG,
    /** A record has one place in the log. */
    I3_NO_DUPLICATES,
    /** One commit an epoch, and one that every member can apply. */
    I4_ONE_VALID_COMMIT_AN_EPOCH,
    /** A member's device reads every entry, or is told a named reason. */
    I5_MEMBERS_READ_EVERYTHING,
    /** Neither a removed device nor a server reads what it should not. */
    I6_OTHERS_READ_NOTHING,
    /** After healing everything converges in bounded time. */
    I8_CONVERGENCE,
    /** A device believes of a channel what it has verified itself. */
    I11_OWN_EYES,
    /** Nothing that comes in makes a server or device fail. */
    I9_NO_INPUT_STOPS_ANYTHING
}
