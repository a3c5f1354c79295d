package chat.samara.client.channel;

import chat.samara.wire.name.LookAlike;
import chat.samara.wire.name.Normalization;
import java.util.Optional;

/**
 * What a channel's name may be so that a person can choose by it. Members give names, so one may be hostile: it can be that of another
 * channel, look like it, or look like an id. A name that looks like an id is refused for a new channel; given later, it is shown, but
 * never chosen by.
 */
public final class ChannelName {
    /** Hexadecimal digits from which on a text is the beginning of an id, and nothing else. */
    public static final int ID_DIGITS_MIN = 6;

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
        return looksLikeId(name)
                ? Optional.of("the channel's name \"" + name + "\" looks like a channel's id, which is " + ID_DIGITS_MIN
                        + " or more digits 0-9 and a-f; add a word or a space to it")
                : Optional.empty();
    }

    /** Whether two channels' names are the same to a reader, without regard to spaces around them. A channel without a name has no other's. */
    public static boolean isSame(String one, String other) {
        return !one.isBlank() && !other.isBlank() && isSame(one.strip(), LookAlike.of(other.strip()));
    }

    /** Whether two names are the same to a reader. */
    static boolean isSame(String one, LookAlike other) {
        return LookAlike.of(one).sees(other);
    }

    private static boolean isHex(String text) {
        return text.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    }
}
