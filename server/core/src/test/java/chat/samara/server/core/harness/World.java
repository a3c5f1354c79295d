package chat.samara.server.core.harness;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Event;
import chat.samara.server.core.LinkId;
import chat.samara.server.core.Now;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.PeerFrame;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Some servers, the links between them, and a clock that only tests move. */
public final class World {
    /** Servers start at this time. */
    public static final long START_MILLIS = 1_800_000_000_000L;

    private static final int ROUNDS_MAX = 20_000;

    /** As often as a driver tells that part of a frame has come. */
    private static final long HEARD_EVERY_MILLIS = 5_000;

    private final Random random;
    private final CoreConfig config;
    private final Map<ServerName, TestServer> servers = new TreeMap<>();
    private final Map<LinkId, End> ends = new LinkedHashMap<>();
    private final Set<Set<ServerName>> cuts = new HashSet<>();
    private final TreeSet<OnTheWay> onTheWay = new TreeSet<>();
    private final Map<LinkId, Long> freeAtMillis = new HashMap<>();
    private long bytesPerSecond;
    private long nowMillis = START_MILLIS;
    private long nextId = 1;

    /** The other end of a link. */
    private record End(TestServer server, LinkId link) {}

    public World(long seed) {
        this(seed, CoreConfig.standard());
    }

    public World(long seed, CoreConfig config) {
        this.random = new Random(seed);
        this.config = config;
    }

    /** Bytes that the seed decides. */
    public RandomSource random() {
        return random::nextBytes;
    }

    public CoreConfig config() {
        return config;
    }

    public long nowMillis() {
        return nowMillis;
    }

    /** How much time has passed: of another beginning than the clock's, so that nobody can take one for the other. */
    public long monotonicMillis() {
        return nowMillis - START_MILLIS + 1_000;
    }

    /** Both clocks, of a server whose clock is right. */
    public Now now() {
        return new Now(nowMillis, monotonicMillis());
    }

    long nextId() {
        return nextId++;
    }

    /** A server that runs. */
    public TestServer server(String name) {
        TestServer server = new TestServer(this, new ServerName(name));
        servers.put(server.name(), server);
        server.start();
        return server;
    }

    /** From now on it is this server that answers under its name, and no other that was made with that name. */
    public void answers(TestServer server) {
        servers.put(server.name(), server);
    }

    /** Both operators accept each other, and the link comes up. */
    public void peer(TestServer one, TestServer other) {
        one.admin(new AdminCommand.AddPeer(other.peerLink()));
        other.admin(new AdminCommand.AddPeer(one.peerLink()));
        settle();
    }

    /** Everything that can happen without time passing happens. */
    public void settle() {
        for (int round = 0; round < ROUNDS_MAX; round++) {
            boolean busy = false;
            for (TestServer server : List.copyOf(servers.values())) {
                busy |= server.step();
            }
            if (!busy) {
                return;
            }
        }
        throw new IllegalStateException("still busy after " + ROUNDS_MAX + " rounds, expected the world to settle");
    }

    /** Time passes: timers fire on the way. */
    public void pass(long millis) {
        long end = monotonicMillis() + millis;
        settle();
        while (true) {
            Optional<Long> next = Stream.concat(
                            servers.values().stream().flatMap(server -> server.nextTimer().stream()),
                            onTheWay.stream().limit(1).map(OnTheWay::atMillis))
                    .min(Long::compare);
            if (next.isEmpty() || next.get() > end) {
                break;
            }
            nowMillis += Math.max(0, next.get() - monotonicMillis());
            deliverDue();
            servers.values().forEach(TestServer::fireTimers);
            settle();
        }
        nowMillis += end - monotonicMillis();
        settle();
    }

    /** Time leaps, as if all machines had slept: timers that were due fire late, once. For months, which second by second take long. */
    public void leap(long millis) {
        settle();
        nowMillis += millis;
        servers.values().forEach(TestServer::fireTimers);
        settle();
    }

    /** From now on a frame takes as long on its way to another server as its bytes take at this rate, one behind the other. */
    public void slow(long bytesPerSecond) {
        this.bytesPerSecond = bytesPerSecond;
    }

    private void deliverDue() {
        while (!onTheWay.isEmpty() && onTheWay.first().atMillis() <= monotonicMillis()) {
            OnTheWay next = onTheWay.first();
            onTheWay.remove(next);
            End far = ends.get(next.from());
            if (far != null) {
                far.server()
                        .queue(next.frame()
                                .<Event>map(frame -> new Event.LinkFrame(far.link(), frame))
                                .orElseGet(() -> new Event.LinkHeard(far.link())));
            }
        }
    }

    /** What is on its way, or a sign that some of it has arrived. */
    private record OnTheWay(long atMillis, long number, LinkId from, Optional<Bytes> frame)
            implements Comparable<OnTheWay> {
        @Override
        public int compareTo(OnTheWay other) {
            int byTime = Long.compare(atMillis, other.atMillis);
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    /** No link between the two, until {@link #heal}. */
    public void cut(TestServer one, TestServer other) {
        cuts.add(Set.of(one.name(), other.name()));
        for (Map.Entry<LinkId, End> each : List.copyOf(ends.entrySet())) {
            End far = each.getValue();
            End near = ends.get(far.link());
            if (near != null
                    && Set.of(far.server().name(), near.server().name()).equals(Set.of(one.name(), other.name()))) {
                close(far.link());
            }
        }
        settle();
    }

    /** Links are possible again; time must pass until one is dialled. */
    public void heal(TestServer one, TestServer other) {
        cuts.remove(Set.of(one.name(), other.name()));
    }

    /** A frame that a peer did not mean to send arrives on its link. */
    public void pushFromPeer(TestServer from, TestServer to, PeerFrame frame) {
        for (End far : List.copyOf(ends.values())) {
            End near = ends.get(far.link());
            if (far.server() == to && near != null && near.server() == from) {
                to.queue(new Event.LinkFrame(far.link(), Bytes.of(frame.toByteArray())));
                return;
            }
        }
        throw new IllegalStateException("no link between " + from.name() + " and " + to.name() + ", expected one");
    }

    void dial(TestServer from, ServerName to) {
        TestServer target = servers.get(to);
        boolean possible = target != null && target.isUp() && !cuts.contains(Set.of(from.name(), to));
        if (target == null || !possible) {
            from.queue(new Event.DialFailed(to, "nobody answers"));
            return;
        }
        LinkId near = new LinkId(nextId());
        LinkId far = new LinkId(nextId());
        ends.put(near, new End(target, far));
        ends.put(far, new End(from, near));
        from.queue(new Event.LinkOpened(near, true, Optional.of(to), target.tlsSpki()));
        target.queue(new Event.LinkOpened(far, false, Optional.empty(), target.tlsSpki()));
    }

    void carry(LinkId from, Bytes frame) {
        End far = ends.get(from);
        if (far != null && bytesPerSecond > 0) {
            long begins = Math.max(monotonicMillis(), freeAtMillis.getOrDefault(from, 0L));
            long arrives = begins + frame.size() * 1_000L / bytesPerSecond;
            freeAtMillis.put(from, arrives);
            for (long at = begins + HEARD_EVERY_MILLIS; at < arrives; at += HEARD_EVERY_MILLIS) {
                onTheWay.add(new OnTheWay(at, nextId(), from, Optional.empty()));
            }
            onTheWay.add(new OnTheWay(arrives, nextId(), from, Optional.of(frame)));
        } else if (far != null) {
            far.server().queue(new Event.LinkFrame(far.link(), frame));
        }
    }

    /** Closes the link that this is an end of; both sides are told. */
    void close(LinkId link) {
        End far = ends.remove(link);
        if (far != null) {
            End near = ends.remove(far.link());
            far.server().queue(new Event.LinkClosed(far.link()));
            if (near != null) {
                near.server().queue(new Event.LinkClosed(link));
            }
        }
    }

    /** The server is gone with all its links. */
    void closeAll(TestServer server) {
        List<LinkId> links = new ArrayList<>();
        ends.forEach((link, end) -> {
            if (end.server() == server) {
                links.add(end.link());
            }
        });
        links.forEach(this::close);
    }

    /** What the operator of the server is told. */
    static <R extends AdminResult> R expect(AdminResult result, Class<R> type) {
        if (!type.isInstance(result)) {
            throw new AssertionError("the operator is told " + result + ", expected " + type.getSimpleName());
        }
        return type.cast(result);
    }
}
