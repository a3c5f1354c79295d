package chat.samara.systemtests.sim.network;

import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All hosts and connections of a run, and the faults between them. */
public final class Network {
    private static final long CONNECT_TIMEOUT_MILLIS_MOST = 20_000;
    private static final long BREAK_NOTICED_MILLIS_MOST = 60_000;
    private static final long LATE_ARRIVAL_MILLIS_MOST = 2_000;
    private static final long STALL_MILLIS_MOST = 15_000;

    private record Endpoint(String host, Port port) {}

    private final Scheduler scheduler;
    private final Seed seed;
    private final List<WireTap> taps = new ArrayList<>();
    private final Map<Endpoint, Listener> listeners = new HashMap<>();
    private final Map<String, Integer> livesByHost = new HashMap<>();
    private final Map<String, Integer> cutsByPair = new TreeMap<>();
    private final Map<Long, End> diallingEnds = new LinkedHashMap<>();
    private Mangler mangler = (to, frame) -> List.of(frame);
    private boolean calm;
    private long connections;
    private long framesDelivered;
    private long framesLost;

    public Network(Scheduler scheduler, Seed seed) {
        this.scheduler = scheduler;
        this.seed = seed;
    }

    /** Lets the tap see every frame from now on. */
    public void tap(WireTap tap) {
        taps.add(tap);
    }

    /** From now on this decides what arrives. */
    public void mangleWith(Mangler newMangler) {
        mangler = newMangler;
    }

    /** Frames that reached their receiver. */
    public long framesDelivered() {
        return framesDelivered;
    }

    /** Frames that were sent and never arrived. */
    public long framesLost() {
        return framesLost;
    }

    /** The host accepts connections on this port from now on, until it goes down. */
    public void listen(String host, Port port, Listener listener) {
        listeners.put(new Endpoint(host, port), listener);
    }

    /** Tries to connect; the handler is told of the outcome, later. */
    public void dial(String from, String to, Port port, ConnectionHandler handler) {
        int life = life(from);
        if (isCut(from, to)) {
            scheduler.after(seed.between(1_000, CONNECT_TIMEOUT_MILLIS_MOST), () -> fail(from, life, handler));
            return;
        }
        scheduler.after(latencyMillis(), () -> {
            Listener listener = listeners.get(new Endpoint(to, port));
            if (life(from) != life) {
                return;
            }
            if (isCut(from, to)) {
                scheduler.after(seed.between(1_000, CONNECT_TIMEOUT_MILLIS_MOST), () -> fail(from, life, handler));
            } else if (listener == null) {
                scheduler.after(latencyMillis(), () -> fail(from, life, handler));
            } else {
                connect(from, to, port, handler, listener);
            }
        });
    }

    private void fail(String host, int life, ConnectionHandler handler) {
        if (life(host) == life) {
            handler.failed();
        }
    }

    private void connect(String from, String to, Port port, ConnectionHandler handler, Listener listener) {
        long id = ++connections;
        End near = new End(this, id, from, port, true, handler);
        End far = new End(this, id, to, port, false, listener.accept(from));
        near.join(far);
        far.join(near);
        diallingEnds.put(id, near);
        long opens = scheduler.nowMillis() + latencyMillis();
        far.lastArrivalMillis = opens;
        scheduler.at(opens, () -> {
            ConnectionHandler waiting = near.handler();
            if (waiting != null) {
                waiting.opened(near);
            }
        });
        ConnectionHandler accepted = far.handler();
        if (accepted != null) {
            accepted.opened(far);
        }
    }

    void send(End from, byte[] frame) {
        taps.forEach(tap -> tap.sent(from, frame));
        long arrives = Math.max(from.lastArrivalMillis, scheduler.nowMillis() + latencyMillis());
        from.lastArrivalMillis = arrives;
        scheduler.at(arrives, () -> arrive(from.other(), frame));
    }

    private void arrive(End to, byte[] frame) {
        if (to.handler() == null || scheduler.nowMillis() > to.cutoffMillis) {
            framesLost++;
            return;
        }
        for (byte[] one : mangler.deliver(to, frame)) {
            ConnectionHandler handler = to.handler();
            if (handler != null) {
                framesDelivered++;
                taps.forEach(tap -> tap.delivered(to, one));
                handler.frame(one);
            }
        }
    }

    void close(End end) {
        end.forget();
        End other = end.other();
        long arrives = Math.max(end.lastArrivalMillis, scheduler.nowMillis() + latencyMillis());
        scheduler.at(arrives, () -> tellClosed(other));
    }

    private void tellClosed(End end) {
        ConnectionHandler handler = end.handler();
        end.forget();
        if (end.other().handler() == null) {
            diallingEnds.remove(end.connectionId());
        }
        if (handler != null) {
            handler.closed();
        }
    }

    private long latencyMillis() {
        if (calm) {
            return seed.between(5, 60);
        }
        if (seed.chance(0.003)) {
            return seed.between(1_000, STALL_MILLIS_MOST);
        }
        return seed.between(5, seed.chance(0.1) ? 800 : 80);
    }

    private int life(String host) {
        return livesByHost.getOrDefault(host, 0);
    }

    private static String pair(String a, String b) {
        return a.compareTo(b) < 0 ? a + "|" + b : b + "|" + a;
    }

    /** Whether nothing gets from one of the two hosts to the other. */
    public boolean isCut(String a, String b) {
        return cutsByPair.getOrDefault(pair(a, b), 0) > 0;
    }

    /** Nothing gets from one of the two to the other until {@link #heal}; cuts of one pair add up. */
    public void cut(String a, String b) {
        cutsByPair.merge(pair(a, b), 1, Integer::sum);
        for (End end : openBetween(a, b)) {
            breakConnection(end, 0);
        }
    }

    /** Takes one cut of this pair away. */
    public void heal(String a, String b) {
        cutsByPair.computeIfPresent(pair(a, b), (key, count) -> count == 1 ? null : count - 1);
    }

    /** No more faults from here on: all cuts are healed, and delays are short. */
    public void calm() {
        cutsByPair.clear();
        calm = true;
    }

    /** Breaks one of the connections that stand, chosen by the seed; gives its description, empty if there is none. */
    public String resetOne() {
        List<End> open = diallingEnds.values().stream()
                .filter(end -> end.open() || end.other().open())
                .toList();
        if (open.isEmpty()) {
            return "";
        }
        End victim = seed.pick(open);
        breakConnection(victim, LATE_ARRIVAL_MILLIS_MOST);
        return victim.host() + " <-> " + victim.remoteHost();
    }

    private List<End> openBetween(String a, String b) {
        return diallingEnds.values().stream()
                .filter(end -> pair(end.host(), end.remoteHost()).equals(pair(a, b)))
                .toList();
    }

    /** What is in flight may still arrive for that long; then it is lost. The two ends notice at different times. */
    private void breakConnection(End end, long lateMillisMost) {
        for (End one : List.of(end, end.other())) {
            long cutoff = scheduler.nowMillis() + seed.between(0, lateMillisMost);
            one.cutoffMillis = Math.min(one.cutoffMillis, cutoff);
            long notices = seed.chance(0.5) ? 0 : seed.between(0, BREAK_NOTICED_MILLIS_MOST);
            scheduler.at(one.cutoffMillis + notices, () -> tellClosed(one));
        }
    }

    /** The process on this host is gone: its connections end, and it hears of nothing that was under way. */
    public void hostDown(String host) {
        livesByHost.merge(host, 1, Integer::sum);
        listeners.keySet().removeIf(endpoint -> endpoint.host().equals(host));
        List<End> affected = diallingEnds.values().stream()
                .filter(end -> end.host().equals(host) || end.remoteHost().equals(host))
                .toList();
        for (End end : affected) {
            End own = end.host().equals(host) ? end : end.other();
            own.forget();
            End survivor = own.other();
            // Half of what the dead one had sent still gets there, and its end is noticed sooner or later.
            survivor.cutoffMillis = Math.min(
                    survivor.cutoffMillis, scheduler.nowMillis() + (seed.chance(0.5) ? 0 : LATE_ARRIVAL_MILLIS_MOST));
            long notices = seed.chance(0.7) ? 0 : seed.between(0, BREAK_NOTICED_MILLIS_MOST);
            scheduler.at(survivor.cutoffMillis + notices, () -> tellClosed(survivor));
        }
    }
}
