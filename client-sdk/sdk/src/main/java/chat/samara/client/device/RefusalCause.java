package chat.samara.client.device;

import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.wire.identity.UserId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Why an own message will never be in the log: kept in its row as a code with arguments, and put into words when somebody asks.
 *
 * @param code for programs
 * @param arguments as many as the kind's sentence has places for
 */
record RefusalCause(Kind kind, RefusalCode code, List<String> arguments) {
    private static final int REASON_ARGUMENT = 2;

    /** What can be the cause, each with its sentence in English and what the arguments are. */
    enum Kind {
        /** The server's or hub's error code; the detail that it gave; its sentence, which older rows do not have. */
        SERVER("the server refused it: %s %s"),
        /** The mls library's code. */
        MLS("MLS could not encrypt it: %s"),
        /** No arguments. */
        REMOVED("this device was removed from the channel before the message was ordered"),
        /** No arguments. */
        FROZEN("the channel's log was found forked before the message was ordered"),
        /** The member. */
        NOT_REMOVED(
                "it was said after you asked to remove %s, who is in the channel all the same and would read it; send it again if"
                        + " that is what you want");

        private final String sentence;

        Kind(String sentence) {
            this.sentence = sentence;
        }
    }

    static RefusalCause of(chat.samara.wire.Refusal refusal) {
        return new RefusalCause(
                Kind.SERVER,
                Refusal.of(refusal).code(),
                List.of(refusal.code().name(), refusal.detail(), refusal.reason()));
    }

    static RefusalCause notRemoved(UserId member) {
        return new RefusalCause(Kind.NOT_REMOVED, RefusalCode.REMOVAL_NOT_DONE, List.of(member.toString()));
    }

    StoredOutgoing.Builder writeTo(StoredOutgoing.Builder row) {
        return row.setRefusalCode(code.name()).setRefusalCause(kind.name()).addAllRefusalArguments(arguments);
    }

    static StoredOutgoing.Builder clear(StoredOutgoing.Builder row) {
        return row.clearRefusalCode().clearRefusalSentence().clearRefusalCause().clearRefusalArguments();
    }

    Refusal refusal() {
        if (kind == Kind.SERVER
                && arguments.size() > REASON_ARGUMENT
                && !arguments.get(REASON_ARGUMENT).isEmpty()) {
            return new Refusal(code, "the server refused it: " + arguments.get(REASON_ARGUMENT));
        }
        return new Refusal(
                code,
                String.format(Locale.ROOT, kind.sentence, arguments.toArray()).strip());
    }

    /** Of a refused row; one of an older version holds the sentence itself. */
    static Refusal of(StoredOutgoing row) {
        Optional<RefusalCode> code = named(RefusalCode.values(), row.getRefusalCode());
        if (code.isPresent() && row.getRefusalCause().isEmpty()) {
            return new Refusal(code.get(), row.getRefusalSentence());
        }
        Optional<Kind> kind = named(Kind.values(), row.getRefusalCause());
        return code.isPresent() && kind.isPresent()
                ? new RefusalCause(kind.get(), code.get(), row.getRefusalArgumentsList()).refusal()
                : new Refusal(
                        code.orElse(RefusalCode.PROTOCOL),
                        "it was refused for a reason that only a newer version of this software knows; update it");
    }

    private static <E extends Enum<E>> Optional<E> named(E[] known, String name) {
        return Arrays.stream(known).filter(it -> it.name().equals(name)).findFirst();
    }
}
