package chat.samara.wire.identity;

import chat.samara.wire.RefusedException;
import chat.samara.wire.name.LookAlike;
import chat.samara.wire.proto.ErrorCode;
import java.util.Optional;

/**
 * A member's address, {@code local@server}, for example {@code alice@berlin.example}. The local part is 1 to 64 code points of
 * letters of any script, digits, '.', '_' and '-', in NFKC with case folded; names that could be taken for another are refused.
 *
 * @param local what stands before the '@', in its one form
 * @param server the member's own server
 */
public record UserId(String local, ServerName server) implements Comparable<UserId> {
    public UserId {
        Optional<NameRule.Violation> violation = NameRule.violation(local);
        if (violation.isPresent()) {
            throw new IllegalArgumentException("member name \"" + NameRule.shown(local) + "\" "
                    + violation.get().message());
        }
    }

    /**
     * An id as a person typed it: case is folded and compatibility forms are replaced, but what cannot be seen is refused and not
     * dropped. Refused with {@code NAME_INVALID}, the rule's id as detail.
     */
    public static UserId parse(String typed) throws RefusedException {
        int at = at(typed);
        return new UserId(parseLocal(typed.substring(0, at)), ServerName.parse(typed.substring(at + 1)));
    }

    /** An id that must already be in its one form, as everywhere on the wire. Refused with {@code NAME_INVALID}. */
    public static UserId fromWire(String value) throws RefusedException {
        int at = at(value);
        String local = value.substring(0, at);
        refuse(local, NameRule.violation(local));
        return new UserId(local, ServerName.fromWire(value.substring(at + 1)));
    }

    /** The local part alone, as a person typed it, in its one form. Refused with {@code NAME_INVALID}. */
    public static String parseLocal(String typed) throws RefusedException {
        refuse(typed, NameRule.violationOfTyped(typed));
        String local = NameRule.normalise(typed);
        refuse(typed, NameRule.violation(local));
        return local;
    }

    /** What the local part looks like: a server keeps its members' apart. For comparison only, never shown. */
    public LookAlike look() {
        return LookAlike.of(local);
    }

    /** Whether another member's id can be taken for this one: both parts look the same. */
    public boolean looksLike(UserId other) {
        return !equals(other)
                && look().sees(other.look())
                && LookAlike.of(server.value()).sees(LookAlike.of(other.server.value()));
    }

    @Override
    public int compareTo(UserId other) {
        int byServer = server.compareTo(other.server);
        return byServer != 0 ? byServer : local.compareTo(other.local);
    }

    /** {@code local@server}: as shown and as on the wire. */
    @Override
    public String toString() {
        return local + "@" + server;
    }

    private static int at(String value) throws RefusedException {
        int at = value.indexOf('@');
        if (at < 0) {
            throw RefusedException.of(
                    ErrorCode.NAME_INVALID,
                    "\"" + NameRule.shown(value) + "\" has no '@'; write it like alice@berlin.example",
                    "no-server");
        }
        return at;
    }

    private static void refuse(String local, Optional<NameRule.Violation> violation) throws RefusedException {
        if (violation.isPresent()) {
            throw RefusedException.of(
                    ErrorCode.NAME_INVALID,
                    "member name \"" + NameRule.shown(local) + "\" "
                            + violation.get().message(),
                    violation.get().rule().id());
        }
    }
}
