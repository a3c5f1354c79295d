package chat.samara.client.channel;

/**
 * How far a message has come. Own messages go QUEUED, STORED, ORDERED, STABLE, or end REFUSED. Another member's may begin
 * PROVISIONAL, and be REFUSED when its epoch is over before it was ordered; if its sender then encrypts it afresh, it is ORDERED after all.
 */
public enum MessageState {
    /** Durable on this device; on its way to the own server. */
    QUEUED,
    /** Durable in the own server's outbox. */
    STORED,
    /** Of another member: delivered before the hub ordered it. */
    PROVISIONAL,
    /** Durable in the hub's log. */
    ORDERED,
    /** Durable on a majority of the channel's succession set. */
    STABLE,
    /** It will never be in the log; the message says why. */
    REFUSED
}
