package chat.samara.client.content;

/** One thing said, as this version understands it. */
public sealed interface MessageContent {
    /** Something written. */
    record Text(String text) implements MessageContent {}

    /** What members call the channel. */
    record Profile(String name, String topic) implements MessageContent {}

    /** A kind that this version does not know. */
    record Unknown(String fallbackText) implements MessageContent {}
}
