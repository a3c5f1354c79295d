package chat.samara.server.node.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;

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

    private static final int IPV4_BYTES = 4;
    private static final byte[] NAT64 = {0, 0x64, (byte) 0xFF, (byte) 0x9B, 0, 0, 0, 0, 0, 0, 0, 0};
    private static final byte[] NAT64_LOCAL = {0, 0x64, (byte) 0xFF, (byte) 0x9B, 0, 1};
    private static final byte[] TRANSLATED = {0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xFF, (byte) 0xFF, 0, 0};
    private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xFF, (byte) 0xFF};
    private static final byte[] COMPATIBLE = new byte[12];
    private static final byte[] SIX_TO_FOUR = {0x20, 0x02};
    private static final byte[] TEREDO = {0x20, 0x01, 0, 0};
    private static final int TEREDO_CLIENT_AT = 12;

    static AddressKind of(InetAddress address) {
        AddressKind own = ofItself(address);
        return own == PUBLIC && address instanceof Inet6Address ? ofWhatItCarries(address.getAddress()) : own;
    }

    /** An IPv4 address inside of an IPv6 one is where it leads to, by a translator or a tunnel. */
    private static AddressKind ofWhatItCarries(byte[] bytes) {
        if (startsWith(bytes, NAT64_LOCAL)) {
            // RFC 8215: which network's addresses stand in these, and where in them, only that network knows.
            return PRIVATE;
        }
        for (byte[] prefix : List.of(NAT64, TRANSLATED, MAPPED, COMPATIBLE, SIX_TO_FOUR)) {
            if (startsWith(bytes, prefix)) {
                return ofIpv4(bytes, prefix.length, 0);
            }
        }
        if (startsWith(bytes, TEREDO)) {
            // RFC 4380 §4: the server's address, and the client's with all bits turned.
            AddressKind server = ofIpv4(bytes, TEREDO.length, 0);
            return server == PUBLIC ? ofIpv4(bytes, TEREDO_CLIENT_AT, BYTE) : server;
        }
        return PUBLIC;
    }

    private static boolean startsWith(byte[] bytes, byte[] prefix) {
        return Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
    }

    private static AddressKind ofIpv4(byte[] bytes, int at, int turned) {
        byte[] ipv4 = Arrays.copyOfRange(bytes, at, at + IPV4_BYTES);
        for (int i = 0; i < IPV4_BYTES; i++) {
            ipv4[i] ^= (byte) turned;
        }
        try {
            return ofItself(InetAddress.getByAddress(ipv4));
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an address of " + ipv4.length + " bytes, expected 4", e);
        }
    }

    private static AddressKind ofItself(InetAddress address) {
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
