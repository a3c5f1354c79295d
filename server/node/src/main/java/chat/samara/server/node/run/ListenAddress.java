package chat.samara.server.node.run;

import java.net.InetSocketAddress;

/**
 * Where to listen.
 *
 * @param host a host name or IP literal (without brackets) of this machine; 0.0.0.0 or :: for all
 * @param port 0 for any
 */
public record ListenAddress(String host, int port) {
    /** All addresses of the machine, Samara's usual port. */
    public static final ListenAddress DEFAULT = new ListenAddress("0.0.0.0", 7443);

    private static final int PORT_MAX = 65_535;

    /**
     * Reads {@code HOST:PORT} or {@code [IPV6]:PORT}.
     *
     * @throws IllegalArgumentException with a sentence for the operator
     */
    public static ListenAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            host = "";
        }
        String digits = text.substring(colon + 1);
        boolean isNumber = colon >= 0 && digits.matches("-?[0-9]+");
        if (!host.isBlank() && isNumber && port(digits) < 0) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" has port " + digits + ", expected 0 (any) to " + PORT_MAX);
        }
        if (host.isBlank() || port(digits) < 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not HOST:PORT" + remedy(text, colon, isNumber));
        }
        return new ListenAddress(host, port(digits));
    }

    private static String remedy(String text, int colon, boolean hasPort) {
        if (colon == 0 && hasPort) {
            return "; the host is missing: for all addresses of this machine write 0.0.0.0" + text;
        }
        String host = text.substring(0, Math.max(0, colon));
        boolean isBareIpv6 = hasPort && host.matches("[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(::|[0-9a-fA-F])(%.*)?");
        return isBareIpv6
                ? "; an address of IPv6 stands in brackets: write [" + host + "]" + text.substring(colon)
                : "; write it like 0.0.0.0:7443 or [::]:7443";
    }

    InetSocketAddress resolve() throws StartException {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new StartException(
                    "Cannot listen on " + this + ": no such host; name one of this machine's with --listen.");
        }
        return address;
    }

    private static int port(String digits) {
        if (!digits.matches("[0-9]{1,5}")) {
            return -1;
        }
        int port = Integer.parseInt(digits);
        return port <= PORT_MAX ? port : -1;
    }

    @Override
    public String toString() {
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
}
