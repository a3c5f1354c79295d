package chat.samara.client.channel;

import java.util.List;
import java.util.Locale;

/**
 * What exactly was wrong with an entry that cannot be read: a code with its arguments. Devices keep these and no sentence, so that a
 * later version, or one in another language, can say it in its own words.
 *
 * @param arguments values for {@link #sentence}, as many as the code's sentence has places for
 */
public record UnreadableDetail(Code code, List<String> arguments) {
    /** Nothing to add to the {@link UnreadableReason}. */
    public static final UnreadableDetail NONE = new UnreadableDetail(Code.NONE, List.of());

    /** What can be wrong, each with its sentence in English and what the arguments are. */
    public enum Code {
        /** Nothing more is known. */
        NONE(""),
        /** Kept by a version that kept sentences: the sentence. */
        SENTENCE("%s"),
        /** The epoch it was sent in; the epoch in which this device joined. */
        SENT_BEFORE_JOINING("sent in epoch %s, joined in %s"),
        /** The epoch it was sent in; the one that this device is in. */
        EPOCH_NOT_REACHED("sent in epoch %s, here is %s"),
        /** The mls library's code. */
        MLS("%s"),
        /** The place where it stands already. */
        PLACED_ALREADY("the same message stands at %s already"),
        /** No arguments. */
        OWN_UNKNOWN("a record of this device that it does not know: was the profile copied or restored?"),
        /** No arguments. */
        OWN_FORGED("a record under your name that this device did not send"),
        /** No arguments. */
        AUTHOR_NOT_A_MEMBER("its author was not in the channel when it was put into the log"),
        /** The record's kind. */
        NOT_OF_ITS_KIND("its payload is not that of a record of kind %s"),
        /** Who sent it. */
        OTHER_DEVICE("the record names another device than its sender, %s"),
        /** The epoch that the record names; the one it was sent in. */
        OTHER_EPOCH("the record names epoch %s, sent in %s"),
        /** The key that the record names; the one it was sent under. */
        OTHER_KEY("the record names key %s, sent as %s"),
        /** No arguments. */
        OTHER_TAG("its franking tag does not fit its content"),
        /** Code of the rule that the content breaks. */
        CONTENT("its content is refused: %s"),
        /** Code of the refusal; which part of it. */
        MALFORMED("%s %s"),
        /** No arguments. */
        OUTSIDER("an external commit: only members act on a channel"),
        /** No arguments. */
        OTHER_COMMITTER("the record names another device or key than its commit"),
        /** No arguments. */
        NOT_ALLOWED("it is not allowed here"),
        /** No arguments. */
        OTHER_GENESIS("another genesis than the one that was founded");

        private final String sentence;

        Code(String sentence) {
            this.sentence = sentence;
        }

        private int places() {
            return sentence.split("%s", -1).length - 1;
        }
    }

    public UnreadableDetail {
        arguments = List.copyOf(arguments);
        if (arguments.size() != code.places()) {
            throw new IllegalArgumentException(
                    arguments.size() + " arguments of " + code + ", expected " + code.places());
        }
    }

    /** With its arguments. */
    public static UnreadableDetail of(Code code, Object... arguments) {
        return new UnreadableDetail(
                code, java.util.Arrays.stream(arguments).map(String::valueOf).toList());
    }

    /** As a device kept it. A code that this version does not know, or that has other arguments here, says nothing. */
    public static UnreadableDetail ofKept(String code, List<String> arguments) {
        for (Code known : Code.values()) {
            if (known.name().equals(code) && known.places() == arguments.size()) {
                return new UnreadableDetail(known, arguments);
            }
        }
        return NONE;
    }

    /** For a person, in English; empty if there is nothing to say. */
    public String sentence() {
        return String.format(Locale.ROOT, code.sentence, arguments.toArray()).strip();
    }
}
