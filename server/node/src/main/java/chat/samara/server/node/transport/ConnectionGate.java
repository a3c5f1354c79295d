package chat.samara.server.node.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Counts connections and refuses those above the limits, before TLS costs anything (I7, I9). An address that opens too
 * many hurts itself only: others still find room, because strangers as a whole are bounded as well and leave by time-out.
 */
final class ConnectionGate {
    private static final int IPV6_NETWORK_BYTES = 8;

    private static final class Count {
        int strangers;
        int all;
    }

    private final TransportLimits limits;
    private final Map<String, Count> byAddress = new HashMap<>();
    private int strangers;
    private int all;

    ConnectionGate(TransportLimits limits) {
        this.limits = limits;
    }

    /** One admitted connection; each method does its work once. */
    final class Pass {
        private final String key;
        private boolean stranger = true;
        private boolean gone;

        private Pass(String key) {
            this.key = key;
        }

        void authenticated() {
            synchronized (ConnectionGate.this) {
                if (stranger && !gone) {
                    stranger = false;
                    strangers--;
                    count(key).strangers--;
                }
            }
        }

        void leave() {
            synchronized (ConnectionGate.this) {
                if (gone) {
                    return;
                }
                gone = true;
                Count count = count(key);
                if (stranger) {
                    strangers--;
                    count.strangers--;
                }
                all--;
                count.all--;
                if (count.all == 0) {
                    byAddress.remove(key);
                }
            }
        }
    }

    /** Whether a new connection from this address is admitted; empty if it must be closed at once. */
    synchronized Optional<Pass> enter(InetAddress address) {
        String key = key(address);
        Count count = byAddress.getOrDefault(key, new Count());
        boolean full = all >= limits.connectionsMax() || strangers >= limits.strangersMax();
        boolean addressFull = !address.isLoopbackAddress()
                && (count.all >= limits.connectionsPerAddressMax()
                        || count.strangers >= limits.strangersPerAddressMax());
        if (full || addressFull) {
            return Optional.empty();
        }
        all++;
        strangers++;
        count.all++;
        count.strangers++;
        byAddress.put(key, count);
        return Optional.of(new Pass(key));
    }

    synchronized int strangers() {
        return strangers;
    }

    synchronized int all() {
        return all;
    }

    private Count count(String key) {
        Count count = byAddress.get(key);
        if (count == null) {
            throw new IllegalStateException("no count for " + key + ", expected one while a connection is admitted");
        }
        return count;
    }

    /** A home with IPv6 has a whole /64, so that is what counts as one address. */
    private static String key(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet6Address
                ? Arrays.toString(Arrays.copyOf(bytes, IPV6_NETWORK_BYTES)) + "/64"
                : Arrays.toString(bytes);
    }
}
