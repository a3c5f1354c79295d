package chat.samara.wire.identity;

import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.proto.ErrorCode;

/**
 * A server's name, for example {@code berlin.example}: formed like a DNS name in lower case (RFC 1123 §2.1), without being tied
 * to DNS. One label is enough. A name is not an address: one that ends in a label of digits only is refused, since it could be
 * taken for an IPv4 address.
 *
 * @param value 1 to 253 characters
 */
public record ServerName(String value) implements Comparable<ServerName> {
    /** Characters between two dots. */
    public static final int LABEL_CHARS_MAX = 63;

    public ServerName {
        String problem = problemOf(value);
        if (!problem.isEmpty()) {
            throw new IllegalArgumentException("server name \"" + shown(value) + "\" " + problem);
        }
    }

    /** A name as a person typed it: upper-case ASCII letters are folded. Refused with {@code NAME_INVALID}. */
    public static ServerName parse(String typed) throws RefusedException {
        return fromWire(asciiLowerCase(typed));
    }

    /** A name that must already be in its one form. Refused with {@code NAME_INVALID}. */
    public static ServerName fromWire(String value) throws RefusedException {
        String problem = problemOf(value);
        if (!problem.isEmpty()) {
            throw RefusedException.of(
                    ErrorCode.NAME_INVALID,
                    "server name \"" + shown(value) + "\" " + problem + "; use one like berlin.example",
                    "server-name");
        }
        return new ServerName(value);
    }

    @Override
    public int compareTo(ServerName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }

    private static String problemOf(String name) {
        if (name.isEmpty()) {
            return "is empty";
        }
        if (name.length() > Limits.SERVER_NAME_BYTES_MAX) {
            return "has " + name.length() + " characters, the limit is " + Limits.SERVER_NAME_BYTES_MAX;
        }
        int labelStart = 0;
        boolean digitsOnly = true;
        for (int i = 0; i <= name.length(); i++) {
            if (i < name.length() && name.charAt(i) != '.') {
                char c = name.charAt(i);
                if (!isLabelChar(c)) {
                    return "contains " + NameRule.describe(name.codePointAt(i))
                            + ", but only a-z, 0-9, '-' and '.' are allowed"
                            + (c > 0x7f ? " (write an international name in its xn-- form)" : "");
                }
                digitsOnly &= isDigit(c);
                continue;
            }
            String problem = labelProblem(name, labelStart, i);
            if (!problem.isEmpty()) {
                return problem;
            }
            if (i == name.length() && digitsOnly) {
                return "ends in a number and could be taken for an IP address";
            }
            labelStart = i + 1;
            digitsOnly = true;
        }
        return "";
    }

    private static String labelProblem(String name, int start, int end) {
        if (start == end) {
            return "has an empty label (two dots in a row, or one at an end)";
        }
        if (end - start > LABEL_CHARS_MAX) {
            return "has a label of " + (end - start) + " characters, the limit is " + LABEL_CHARS_MAX;
        }
        if (name.charAt(start) == '-' || name.charAt(end - 1) == '-') {
            return "has a label that begins or ends with '-'";
        }
        return "";
    }

    private static boolean isLabelChar(char c) {
        return (c >= 'a' && c <= 'z') || isDigit(c) || c == '-';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static String asciiLowerCase(String text) {
        StringBuilder lower = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            lower.append(c >= 'A' && c <= 'Z' ? (char) (c + ('a' - 'A')) : c);
        }
        return lower.toString();
    }

    private static String shown(String name) {
        return NameRule.shown(name);
    }
}
