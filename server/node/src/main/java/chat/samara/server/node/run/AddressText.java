package chat.samara.server.node.run;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** IP addresses as people write them: IPv6 in RFC 5952's form, in brackets before a port. */
public final class AddressText {
    private static final int GROUPS = 8;

    private AddressText() {}

    /** {@code 192.0.2.1:7443} or {@code [2001:db8::1]:7443}. */
    public static String of(InetSocketAddress address) {
        String host = of(address.getAddress());
        return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + address.getPort();
    }

    /** Without a port, brackets, and the name of the interface, which means something on this machine only. */
    static String of(InetAddress address) {
        return address instanceof Inet6Address ? shortened(address.getAddress()) : address.getHostAddress();
    }

    /** RFC 5952 §4: no leading zeros, lower case, the first of the longest runs of at least two zero groups left out. */
    private static String shortened(byte[] bytes) {
        int[] groups = new int[GROUPS];
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff);
        }
        int from = 0;
        int length = 1;
        for (int i = 0; i < GROUPS; i++) {
            int run = zerosFrom(groups, i);
            if (run > length) {
                from = i;
                length = run;
            }
        }
        return length == 1 ? hex(groups, 0, GROUPS) : hex(groups, 0, from) + "::" + hex(groups, from + length, GROUPS);
    }

    private static int zerosFrom(int[] groups, int from) {
        int end = from;
        while (end < GROUPS && groups[end] == 0) {
            end++;
        }
        return end - from;
    }

    private static String hex(int[] groups, int from, int to) {
        StringBuilder text = new StringBuilder();
        for (int i = from; i < to; i++) {
            text.append(i == from ? "" : ":").append(Integer.toHexString(groups[i]));
        }
        return text.toString();
    }
}
