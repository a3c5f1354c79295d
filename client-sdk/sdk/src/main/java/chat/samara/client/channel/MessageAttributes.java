package chat.samara.client.channel;

import java.util.List;
import java.util.Optional;

/**
 * What a message says beside its text, whatever kind it is of. All of it is its sender's word: a message that it answers may not be there, or of another
 * thread.
 *
 * @param replyTo the message of the same channel that it answers or quotes
 * @param thread the first message of the thread that it belongs to
 * @param expires when it is over
 * @param mentions who is called by it, at most {@link #MENTIONS_MAX}
 * @param language in which it is written, a tag of BCP 47
 */
public record MessageAttributes(
        Optional<MessageId> replyTo,
        Optional<MessageId> thread,
        Optional<Expiry> expires,
        List<Mention> mentions,
        Optional<String> language) {
    /** Members that one message calls. */
    public static final int MENTIONS_MAX = 64;

    /** Nothing beside the text. */
    public static final MessageAttributes NONE =
            new MessageAttributes(Optional.empty(), Optional.empty(), Optional.empty(), List.of(), Optional.empty());

    public MessageAttributes {
        mentions = List.copyOf(mentions);
    }

    /** The same, as an answer to that message. */
    public MessageAttributes inReplyTo(MessageId message) {
        return new MessageAttributes(Optional.of(message), thread, expires, mentions, language);
    }

    /** The same, in the thread that this message has begun. */
    public MessageAttributes inThread(MessageId first) {
        return new MessageAttributes(replyTo, Optional.of(first), expires, mentions, language);
    }

    /** The same, over at that time. */
    public MessageAttributes expiring(Expiry when) {
        return new MessageAttributes(replyTo, thread, Optional.of(when), mentions, language);
    }

    /** The same, calling these. */
    public MessageAttributes mentioning(List<Mention> called) {
        return new MessageAttributes(replyTo, thread, expires, called, language);
    }

    /** The same, written in that language. */
    public MessageAttributes inLanguage(String tag) {
        return new MessageAttributes(replyTo, thread, expires, mentions, Optional.of(tag));
    }
}
