package chat.samara.server.node.transport;

import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Counts connections and keeps them below the limits, before TLS costs anything (I7, I9). Where there are too many that have not said who
 * they are, the one goes that has had the most time to do so, of the address that has most of them: a newcomer always has a place,
 * and as long as it takes to fill all of them to log in. Those that have are never cut for others.
 *
 * <p>That is not long where somebody floods the server from where all come from, a forwarder or an onion service. So a returning device, which
 * shows in its first bytes that it was here ({@link KnownDevices}), has a place among its like only, and TLS with strangers is begun so often from one
 * address and no more often. What it shows can be read on the way, so that is good once ({@link SpentTokens}): whoever shows it again is a stranger, and takes neither
 * a place nor a handshake of the device's.
 */
final class ConnectionGate {
    private static final int IPV6_NETWORK_BYTES = 8;

    private static final Rate OF_KNOWN =
            new Rate(TransportLimits.KNOWN_HANDSHAKES_AT_ONCE_MAX, TransportLimits.KNOWN_HANDSHAKE_EVERY_MILLIS);
    private static final Rate OF_ADDRESS =
            new Rate(TransportLimits.HANDSHAKES_PER_ADDRESS_AT_ONCE_MAX, TransportLimits.HANDSHAKE_EVERY_MILLIS);
    private static final Rate OF_LOOPBACK = new Rate(
            TransportLimits.HANDSHAKES_FROM_LOOPBACK_AT_ONCE_MAX, TransportLimits.HANDSHAKE_FROM_LOOPBACK_EVERY_MILLIS);

    private static final class Count {
        /** The eldest first. */
        private final Deque<Pass> strangers = new ArrayDeque<>();

        private int all;
    }

    private final TransportLimits limits;
    private final Map<String, Count> byAddress = new HashMap<>();
    private final Rates<String> handshakes = new Rates<>(TransportLimits.HANDSHAKE_RATES_KEPT_MAX);
    private final SpentTokens spent = new SpentTokens();
    private final Rates<Long> handshakesOfKnown = new Rates<>(TransportLimits.HANDSHAKE_RATES_KEPT_MAX);

    /** Returning devices' connections, the eldest first. */
    private final Set<Pass> known = new LinkedHashSet<>();

    private final LongSupplier monotonicMillis;
    private int strangers;
    private int all;

    ConnectionGate(TransportLimits limits) {
        this(limits, () -> TimeUnit.NANOSECONDS.toMillis(System.nanoTime()));
    }

    ConnectionGate(TransportLimits limits, LongSupplier monotonicMillis) {
        this.limits = limits;
        this.monotonicMillis = monotonicMillis;
    }

    /** One admitted connection; each method does its work once. */
    final class Pass {
        private final String key;
        private final boolean fromLoopback;
        private final Runnable close;
        private OptionalLong device = OptionalLong.empty();
        private boolean stranger = true;
        private boolean gone;
        private boolean asked;

        private Pass(String key, boolean fromLoopback, Runnable close) {
            this.key = key;
            this.fromLoopback = fromLoopback;
            this.close = close;
        }

        /**
         * Its first bytes have come. Returns whether TLS may begin with it; if not, it is to be closed. Nor may it where this was asked before, or the connection is gone.
         *
         * @param shown what it shows of a returning device; empty for a stranger
         */
        boolean begin(Optional<ShownToken> shown) {
            Optional<Pass> makesRoom = Optional.empty();
            boolean begins;
            synchronized (ConnectionGate.this) {
                if (gone || asked) {
                    return false;
                }
                asked = true;
                boolean isKnown = stranger
                        && shown.isPresent()
                        && spent.spend(shown.get())
                        && handshakesOfKnown.tryTake(shown.get().device(), OF_KNOWN, monotonicMillis.getAsLong());
                if (isKnown) {
                    makesRoom = eldestKnownBeyondTheLimits(shown.get().device());
                    makesRoom.ifPresent(Pass::leave);
                    forgetStranger();
                    device = OptionalLong.of(shown.get().device());
                    known.add(this);
                }
                begins = isKnown
                        || handshakes.tryTake(
                                key, fromLoopback ? OF_LOOPBACK : OF_ADDRESS, monotonicMillis.getAsLong());
            }
            makesRoom.ifPresent(eldest -> eldest.close.run());
            return begins;
        }

        /** The device that it has shown itself to be, which nobody has proved. */
        OptionalLong returningDevice() {
            synchronized (ConnectionGate.this) {
                return device;
            }
        }

        void authenticated() {
            synchronized (ConnectionGate.this) {
                known.remove(this);
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
                known.remove(this);
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
            pass = new Pass(key, address.isLoopbackAddress(), close);
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

    private Optional<Pass> eldestKnownBeyondTheLimits(long device) {
        List<Pass> own =
                known.stream().filter(pass -> pass.device.getAsLong() == device).toList();
        if (own.size() >= TransportLimits.KNOWN_PER_DEVICE_MAX) {
            return Optional.of(own.get(0));
        }
        return known.size() < TransportLimits.KNOWN_MAX
                ? Optional.empty()
                : known.stream().findFirst();
    }

    synchronized int strangers() {
        return strangers;
    }

    /** Returning devices that have not logged in yet. */
    synchronized int known() {
        return known.size();
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
