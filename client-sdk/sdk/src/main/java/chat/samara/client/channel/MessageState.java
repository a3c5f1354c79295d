package chat.samara.client.channel;

/** How far a message has come (design §5, Acks). Only REFUSED may follow on anything but itself in another order. */
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
