package chat.samara.server.node.transport;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Counts connections and keeps them below the limits, before TLS costs anything (I7, I9). Where there are too many that have not said who
 * they are, the one goes that has had the most time to do so, of the address that has most of them: a newcomer always has a place,
 * and as long as it takes to fill all of them to log in. Those that have are never cut for others.
 */
final class ConnectionGate {
    private static final int IPV6_NETWORK_BYTES = 8;

    private static final class Count {
        /** The eldest first. */
        private final Deque<Pass> strangers = new ArrayDeque<>();

        private int all;
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
        private final Runnable close;
        private boolean stranger = true;
        private boolean gone;

        private Pass(String key, Runnable close) {
            this.key = key;
            this.close = close;
        }

        void authenticated() {
            synchronized (ConnectionGate.this) {
                if (stranger && !gone) {
                    forgetStranger();
                }
            }
        }

        private void forgetStranger() {
            stranger = false;
            strangers--;
            count(key).strangers.remove(this);
        }

        void leave() {
            synchronized (ConnectionGate.this) {
                if (gone) {
                    return;
                }
                gone = true;
                if (stranger) {
                    forgetStranger();
                }
                all--;
                Count count = count(key);
                count.all--;
                if (count.all == 0) {
                    byAddress.remove(key);
                }
            }
        }
    }

    /**
     * Whether a new connection from this address is admitted; empty if it must be closed at once.
     *
     * @param close closes it, if it has to make room; called at most once, from any thread
     */
    Optional<Pass> enter(InetAddress address, Runnable close) {
        Optional<Pass> makesRoom;
        Pass pass;
        synchronized (this) {
            String key = key(address);
            Count count = byAddress.getOrDefault(key, new Count());
            boolean addressFull = !address.isLoopbackAddress() && count.all >= limits.connectionsPerAddressMax();
            if (all >= limits.connectionsMax() || addressFull) {
                return Optional.empty();
            }
            makesRoom = eldestBeyondTheLimits(address, count);
            makesRoom.ifPresent(Pass::leave);
            pass = new Pass(key, close);
            all++;
            strangers++;
            count.all++;
            count.strangers.add(pass);
            byAddress.put(key, count);
        }
        makesRoom.ifPresent(eldest -> eldest.close.run());
        return Optional.of(pass);
    }

    private Optional<Pass> eldestBeyondTheLimits(InetAddress address, Count own) {
        if (!address.isLoopbackAddress() && own.strangers.size() >= limits.strangersPerAddressMax()) {
            return Optional.ofNullable(own.strangers.peek());
        }
        if (strangers < limits.strangersMax()) {
            return Optional.empty();
        }
        return byAddress.values().stream()
                .max(Comparator.comparingInt(count -> count.strangers.size()))
                .map(count -> count.strangers.peek());
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
    static String key(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet6Address
                ? Arrays.toString(Arrays.copyOf(bytes, IPV6_NETWORK_BYTES)) + "/64"
                : Arrays.toString(bytes);
    }
}
