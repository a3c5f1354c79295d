package chat.samara.server.core;

/** Names a timer. Setting a timer again replaces when it fires; timers die with the process. */
public enum TimerId {
    /** Everything that has a due time is looked at: dials, retries, keep-alive, epochs. */
    TICK,
    /** Rows that are past their time are pruned. */
    HOUSEKEEPING
}
