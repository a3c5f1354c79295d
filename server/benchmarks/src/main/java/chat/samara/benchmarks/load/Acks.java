package chat.samara.benchmarks.load;

/** When readers say how far they are. */
public enum Acks {
    /** As the SDK does: some seconds after they have moved, in one word for all that came meanwhile, and without an answer. */
    SDK,
    /** After each frame, as no client of ours does. */
    EACH,
    /** Never. */
    NO
}
