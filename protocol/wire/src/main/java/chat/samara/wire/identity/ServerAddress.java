package chat.samara.wire.identity;

import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.proto.Address;
import chat.samara.wire.proto.ErrorCode;

/**
 * Where a server can be reached. Nothing is looked up here, and nothing is trusted because of it: the server proves its root key
 * on the connection.
 *
 * @param host a host name, an IPv4 or an IPv6 literal (without brackets), 1 to 253 visible ASCII characters
 * @param port TCP port, 1 to 65535
 */
public record ServerAddress(String host, int port) {
    public ServerAddress {
        if (!isHost(host) || port < 1 || port > 65535) {
            throw new IllegalArgumentException("address \"" + NameRule.shown(host) + "\" port " + port
                    + ", expected a host and a port 1 to 65535");
        }
    }

    /** {@code host:port}, {@code 192.0.2.1:port} or {@code [2001:db8::1]:port}. Refused with {@code MALFORMED}. */
    public static ServerAddress parse(String text) throws RefusedException {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? text : text.substring(0, colon);
        boolean bracketed = host.length() > 2 && host.startsWith("[") && host.endsWith("]");
        if (bracketed) {
            host = host.substring(1, host.length() - 1);
        }
        String digits = colon < 0 ? "" : text.substring(colon + 1);
        int port = digits.matches("[0-9]{1,5}") ? Integer.parseInt(digits) : 0;
        boolean ipv6 = host.indexOf(':') >= 0;
        boolean isHost = isHost(host) && ipv6 == bracketed;
        if (!isHost || port < 1 || port > 65535) {
            throw RefusedException.of(
                    ErrorCode.MALFORMED,
                    "address \"" + NameRule.shown(text) + "\" " + problem(isHost, digits),
                    "address");
        }
        return new ServerAddress(host, port);
    }

    /** What is wrong with it, and what would be right. */
    private static String problem(boolean isHost, String digits) {
        return isHost && digits.matches("-?[0-9]+")
                ? "has port " + NameRule.shown(digits) + ", expected 1 to 65535, for example berlin.example:7443"
                : "is not host:port; write it like berlin.example:7443 or [2001:db8::1]:7443";
    }

    static ServerAddress of(Address message) throws RefusedException {
        if (!isHost(message.getHost())) {
            throw Field.malformed(
                    "Address.host", "\"" + NameRule.shown(message.getHost()) + "\"", "a host name or IP address");
        }
        if (message.getPort() < 1 || message.getPort() > 65535) {
            throw Field.malformed("Address.port", Integer.toUnsignedString(message.getPort()), "1 to 65535");
        }
        return new ServerAddress(message.getHost(), message.getPort());
    }

    Address toProto() {
        return Address.newBuilder().setHost(host).setPort(port).build();
    }

    private static boolean isHost(String host) {
        return !host.isEmpty()
                && host.length() <= Limits.HOST_CHARS_MAX
                && host.chars()
                        .allMatch(c -> (c >= 'a' && c <= 'z')
                                || (c >= 'A' && c <= 'Z')
                                || (c >= '0' && c <= '9')
                                || ".-_:%".indexOf(c) >= 0);
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
