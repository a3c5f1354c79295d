package chat.samara.server.core.channel.reader;

/** How entries travel to a device; where a form does not fit, they travel in the one before it. */
public enum EntryForm {
    /** As they are stored, for devices of before. */
    WHOLE,
    /** Decision 0017. */
    SLIM,
    /** Decision 0019. */
    TERSE
}
