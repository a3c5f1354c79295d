package chat.samara.client.channel;

import chat.samara.wire.identity.UserId;
import java.nio.charset.StandardCharsets;

/**
 * A member who is called by a message.
 *
 * @param member who
 * @param start where in the text their name stands, bytes of its UTF-8 from its start
 * @param length how many bytes that takes; 0 if it stands nowhere
 */
public record Mention(UserId member, int start, int length) {
    public Mention {
        if (start < 0 || length < 0) {
            throw new IllegalArgumentException(
                    "mention at " + start + ", " + length + " bytes long; expected neither to be negative");
        }
    }

    /** Called by the message, and named nowhere in it. */
    public static Mention of(UserId member) {
        return new Mention(member, 0, 0);
    }

    /** Called by the name that stands in the text from one of its characters (UTF-16) to before another. */
    public static Mention in(String text, int from, int to, UserId member) {
        return new Mention(member, utf8Bytes(text, 0, from), utf8Bytes(text, from, to));
    }

    private static int utf8Bytes(String text, int from, int to) {
        return text.substring(from, to).getBytes(StandardCharsets.UTF_8).length;
    }
}
