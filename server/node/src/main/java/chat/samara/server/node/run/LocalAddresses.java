package chat.samara.server.node.run;

import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What a server can find out about where and who it is, when its operator does not say. */
final class LocalAddresses {
    private static final int ADDRESSES_MAX = 4;
    private static final String FALLBACK_NAME = "samara.local";

    private LocalAddresses() {}

    /**
     * Under which addresses others probably reach a server that listens there: that address itself; or, if it listens on
     * all, those of the machine, IPv4 first; or loopback if there is no network.
     */
    static List<ServerAddress> reaching(InetSocketAddress listening) {
        InetAddress address = listening.getAddress();
        if (!address.isAnyLocalAddress()) {
            return List.of(new ServerAddress(AddressText.of(address), listening.getPort()));
        }
        List<ServerAddress> found = machineAddresses().stream()
                .map(a -> new ServerAddress(AddressText.of(a), listening.getPort()))
                .limit(ADDRESSES_MAX)
                .toList();
        return found.isEmpty() ? List.of(new ServerAddress("127.0.0.1", listening.getPort())) : found;
    }

    /** The machine's name if it can be a server's, else one that says that nobody chose it. */
    static ServerName machineName() {
        try {
            return ServerName.parse(InetAddress.getLocalHost().getHostName());
        } catch (UnknownHostException | RefusedException unfit) {
            return new ServerName(FALLBACK_NAME);
        }
    }

    private static List<InetAddress> machineAddresses() {
        List<InetAddress> found = new ArrayList<>();
        try (Stream<NetworkInterface> interfaces = NetworkInterface.networkInterfaces()) {
            for (NetworkInterface each : interfaces.toList()) {
                if (each.isUp() && !each.isLoopback()) {
                    each.inetAddresses()
                            .filter(a -> !a.isLinkLocalAddress() && !a.isMulticastAddress())
                            .forEach(found::add);
                }
            }
        } catch (SocketException noNetwork) {
            return List.of();
        }
        found.sort(Comparator.comparing(a -> !(a instanceof Inet4Address)));
        return found;
    }
}
