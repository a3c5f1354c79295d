package chat.samara.client.channel;

import chat.samara.wire.name.LookAlike;
import chat.samara.wire.name.Normalization;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What a channel's name may be so that a person can choose by it. Members give names, so one may be hostile: it can be that of another
 * channel, look like it, or look like an id. A name that looks like an id is refused for a new channel; given later, it is shown, but
 * never chosen by.
 */
public final class ChannelName {
    /** Hexadecimal digits from which on a text is the beginning of an id, and nothing else. */
    public static final int ID_DIGITS_MIN = 6;

    private static final Pattern LINE_ENDS = Pattern.compile("[\\r\\n\\u0085\\u2028\\u2029]+");

    private ChannelName() {}

    /** Whether it could be taken for a channel's id, or for the beginning of one. */
    public static boolean looksLikeId(String name) {
        String folded = Normalization.foldCompatibly(name).strip();
        if (folded.length() < ID_DIGITS_MIN) {
            return false;
        }
        if (isHex(folded)) {
            return true;
        }
        // Of another script, and each letter drawn like a digit of an id. In ASCII, "coffee" is a word.
        boolean ascii = folded.chars().allMatch(c -> c < 0x80);
        return !ascii && isHex(LookAlike.of(folded).coarse().replace('o', '0').replace('l', '1'));
    }

    /** Why a new channel cannot be called so, as a sentence; empty if it can. */
    public static Optional<String> problemOf(String name) {
        OptionalInt unseen = name.codePoints().filter(ChannelName::isControl).findFirst();
        if (unseen.isPresent()) {
            return Optional.of("the channel's name has "
                    + (isLineEnd(unseen.getAsInt()) ? "a line end" : "a control character") + " ("
                    + String.format(Locale.ROOT, "U+%04X", unseen.getAsInt())
                    + "), which nobody sees who is to type it; leave it out");
        }
        return looksLikeId(name)
                ? Optional.of("the channel's name \"" + name + "\" looks like a channel's id, which is " + ID_DIGITS_MIN
                        + " or more digits 0-9 and a-f; add a word or a space to it")
                : Optional.empty();
    }

    /** Whether two channels' names are the same to a reader, without regard to spaces around them. A channel without a name has no other's. */
    public static boolean isSame(String one, String other) {
        return !one.isBlank() && !other.isBlank() && isSame(one, look(other));
    }

    /** Whether two names are the same to a reader. */
    static boolean isSame(String one, LookAlike other) {
        return look(one).sees(other);
    }

    /** How a name looks in the one line in which it is shown: somebody else may have given one of several lines. */
    static LookAlike look(String name) {
        return LookAlike.of(LINE_ENDS.matcher(name).replaceAll(" ").strip());
    }

    private static boolean isControl(int c) {
        return Character.isISOControl(c) || isLineEnd(c);
    }

    private static boolean isLineEnd(int c) {
        return c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029;
    }

    private static boolean isHex(String text) {
        return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }
}
