package chat.samara.server.node.transport;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Which of the addresses that are named for a peer are dialled: a peer that names others could have this server knock at doors that only it can
 * reach. All that are public; of another {@linkplain AddressKind kind} those of which the operator has written an IP address. A name that the operator has
 * written leads itself into a private network, as names do where servers share one, and lets nothing else be dialled there: whom it leads to, and when,
 * is said by whoever answers for that name, and that may be the peer.
 */
final class DialRule {
    private static final String LOCALHOST = "localhost";

    private final Set<AddressKind> kinds = EnumSet.of(AddressKind.PUBLIC);
    private final Set<Named> names = new HashSet<>();

    private record Named(String host, int port) {
        static Named of(InetSocketAddress address) {
            return new Named(address.getHostString().toLowerCase(Locale.ROOT), address.getPort());
        }
    }

    /** @param operatorsOwn the operator's own addresses of the peer, unresolved */
    DialRule(List<InetSocketAddress> operatorsOwn) {
        for (InetSocketAddress own : operatorsOwn) {
            Optional<InetAddress> literal = literal(own.getHostString());
            literal.ifPresent(address -> kinds.add(AddressKind.of(address)));
            if (literal.isEmpty()) {
                names.add(Named.of(own));
            }
        }
    }

    /** Without asking anybody; empty if it is a name. */
    private static Optional<InetAddress> literal(String host) {
        return Optional.ofNullable(NetUtil.createInetAddressFromIpAddressString(host));
    }

    /** Whether to dial this address, to which what was named leads just now. */
    boolean allows(InetSocketAddress named, InetAddress resolved) {
        AddressKind kind = AddressKind.of(resolved);
        return kinds.contains(kind) || (names.contains(Named.of(named)) && leadsItselfInto(kind, named));
    }

    /** RFC 6761 §6.3: nobody else answers for localhost. */
    private static boolean leadsItselfInto(AddressKind kind, InetSocketAddress named) {
        return kind == AddressKind.PRIVATE
                || (kind == AddressKind.LOOPBACK && named.getHostString().equalsIgnoreCase(LOCALHOST));
    }
}
