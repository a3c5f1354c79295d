package chat.samara.client.channel;

import chat.samara.wire.identity.UserId;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

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

    /**
     * A part of a text.
     *
     * @param from its first character (UTF-16)
     * @param to the one behind its last
     */
    public record Range(int from, int to) {}

    /** Where the name stands in the message's text; empty if it stands nowhere in it, or would begin or end within one of its characters. */
    public Optional<Range> rangeIn(String text) {
        int from = charAt(text, 0, start);
        int to = from < 0 ? -1 : charAt(text, from, length);
        return length == 0 || to < 0 ? Optional.empty() : Optional.of(new Range(from, to));
    }

    /** Where so many bytes of UTF-8 behind a character end; -1 if that is within one, or behind the text. */
    private static int charAt(String text, int from, int bytes) {
        int at = from;
        int left = bytes;
        while (left > 0 && at < text.length()) {
            int codePoint = text.codePointAt(at);
            left -= utf8Bytes(codePoint);
            at += Character.charCount(codePoint);
        }
        return left == 0 ? at : -1;
    }

    private static int utf8Bytes(int codePoint) {
        if (codePoint < 0x80) {
            return 1;
        }
        if (codePoint < 0x800) {
            return 2;
        }
        return codePoint < Character.MIN_SUPPLEMENTARY_CODE_POINT ? 3 : 4;
    }

    private static int utf8Bytes(String text, int from, int to) {
        return text.substring(from, to).getBytes(StandardCharsets.UTF_8).length;
    }
}
