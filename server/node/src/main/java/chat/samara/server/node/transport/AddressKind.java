package chat.samara.server.node.transport;

import java.net.Inet6Address;
import java.net.InetAddress;

/** Which kind of network an address leads into. All but {@link #PUBLIC} mean something else on each machine. */
enum AddressKind {
    PUBLIC,
    LOOPBACK,
    /** No machine in particular; to connect there leads to this one. */
    ANY,
    LINK_LOCAL,
    /** RFC 1918, RFC 6598 (behind a carrier's translation) and RFC 4193. */
    PRIVATE,
    MULTICAST;

    private static final int UNIQUE_LOCAL_MASK = 0xFE;
    private static final int UNIQUE_LOCAL = 0xFC;
    private static final int SHARED_FIRST = 100;
    private static final int SHARED_SECOND_MASK = 0xC0;
    private static final int SHARED_SECOND = 64;
    private static final int BYTE = 0xFF;

    static AddressKind of(InetAddress address) {
        if (address.isAnyLocalAddress() || isThisNetwork(address)) {
            return ANY;
        }
        if (address.isLoopbackAddress()) {
            return LOOPBACK;
        }
        if (address.isLinkLocalAddress()) {
            return LINK_LOCAL;
        }
        if (address.isMulticastAddress()) {
            return MULTICAST;
        }
        return address.isSiteLocalAddress() || isUniqueLocal(address) || isShared(address) ? PRIVATE : PUBLIC;
    }

    /** RFC 1122 §3.2.1.3: 0.0.0.0/8 is whatever network one is in. */
    private static boolean isThisNetwork(InetAddress address) {
        return !(address instanceof Inet6Address) && address.getAddress()[0] == 0;
    }

    private static boolean isUniqueLocal(InetAddress address) {
        return address instanceof Inet6Address && (address.getAddress()[0] & UNIQUE_LOCAL_MASK) == UNIQUE_LOCAL;
    }

    private static boolean isShared(InetAddress address) {
        byte[] bytes = address.getAddress();
        return !(address instanceof Inet6Address)
                && (bytes[0] & BYTE) == SHARED_FIRST
                && (bytes[1] & SHARED_SECOND_MASK) == SHARED_SECOND;
    }
}
