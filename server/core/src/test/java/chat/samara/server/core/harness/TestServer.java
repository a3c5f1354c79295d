package chat.samara.server.core.harness;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.Sha256;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.server.core.Batch;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Now;
import chat.samara.server.core.ServerCore;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.TimerId;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.channel.log.LogReader;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Table;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.PeerLink;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.PeerFrame;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A core with a disk in memory and a driver that can die at any step. */
public final class TestServer {
    private final World world;
    private final ServerIdentity identity;
    private final Bytes tlsSpki;
    private final Deque<Event> events = new ArrayDeque<>();
    private final Map<TimerId, Long> timers = new EnumMap<>(TimerId.class);
    private final Map<SessionId, TestDevice> devices = new TreeMap<>();
    private final Map<Long, AdminResult> adminReplies = new TreeMap<>();
    private final List<Effect> effects = new ArrayList<>();
    private final List<PeerFrame> sentToPeers = new ArrayList<>();
    private MemoryStore disk = new MemoryStore();
    private LateWrites store = new LateWrites(disk);
    private OptionalInt landsAfterReads = OptionalInt.empty();
    private Optional<Batch> late = Optional.empty();
    private Optional<ServerCore> core = Optional.empty();
    private UnaryOperator<PeerFrame> outbound = UnaryOperator.identity();
    private CrashPoint crashPoint = CrashPoint.NEVER;
    private int stepsUntilCrash;
    private long clockAheadMillis;
    private int crashes;

    /** Where in a step a server dies. */
    public enum CrashPoint {
        NEVER,
        /** The batch is lost. */
        BEFORE_WRITE,
        /** The batch is on disk, but nobody has been told. */
        AFTER_WRITE
    }

    TestServer(World world, ServerName name) {
        this.world = world;
        SignatureKeyPair rootKey = Ed25519.generate(world.random());
        this.tlsSpki = Sha256.of(("tls key of " + name).getBytes(java.nio.charset.StandardCharsets.UTF_8));
        this.identity = new ServerIdentity(
                rootKey,
                Manifest.sign(
                        rootKey,
                        new Manifest.Content(
                                name,
                                1,
                                List.of(new ServerAddress(name.value(), 7443)),
                                List.of(tlsSpki),
                                World.START_MILLIS)));
    }

    public ServerName name() {
        return identity.name();
    }

    public ServerIdentity identity() {
        return identity;
    }

    Bytes tlsSpki() {
        return tlsSpki;
    }

    World world() {
        return world;
    }

    public boolean isUp() {
        return core.isPresent();
    }

    /** The running core. */
    public ServerCore core() {
        return core.orElseThrow(() -> new IllegalStateException(name() + " is down, expected it to run"));
    }

    /** What is on disk. */
    public MemoryStore disk() {
        return disk;
    }

    /** The logs on disk. */
    public LogReader logs() {
        return new LogReader(disk);
    }

    /** Every effect since the last call. */
    public List<Effect> takeEffects() {
        List<Effect> taken = List.copyOf(effects);
        effects.clear();
        return taken;
    }

    /** Every frame that was sent to a peer since the last call. */
    public List<PeerFrame> takeSentToPeers() {
        List<PeerFrame> taken = List.copyOf(sentToPeers);
        sentToPeers.clear();
        return taken;
    }

    /** Starts on what is on disk. */
    public void start() {
        start(false);
    }

    /** Starts as a server whose operator says that it was restored. */
    public void startRestored() {
        start(true);
    }

    /** Starts on a disk that does not give back the row with this key, until it starts again. */
    public void startWithout(Table table, Bytes key) {
        LateWrites damaged = new LateWrites(disk);
        damaged.cannotRead(table, key);
        start(false, damaged);
    }

    private void start(boolean restored) {
        start(restored, new LateWrites(disk));
    }

    private void start(boolean restored, LateWrites from) {
        store = from;
        late = Optional.empty();
        ServerCore started = new ServerCore(identity, world.config(), store, world.random());
        if (restored) {
            started.restored();
        }
        started.start(now());
        core = Optional.of(started);
        started.drainImmediate().forEach(this::carryOut);
        finish(started);
    }

    /** Dies without another word: what is not on disk is gone. */
    public void crash() {
        crashes++;
        core = Optional.empty();
        events.clear();
        timers.clear();
        devices.forEach((session, device) -> device.connectionLost(session));
        devices.clear();
        world.closeAll(this);
    }

    /** Dies and starts again at once. */
    public void restart() {
        crash();
        start();
    }

    /** Replaces what is on disk, as a restored backup does; the server must be down. */
    public void restore(MemoryStore backup) {
        if (isUp()) {
            throw new IllegalStateException(name() + " runs, expected it to be down for a restore");
        }
        disk = backup.copy();
    }

    /** Dies in so many steps from now, at that point of the step, and starts again at once. */
    public void crashAfter(int steps, CrashPoint point) {
        stepsUntilCrash = steps;
        crashPoint = point;
        crashes = 0;
    }

    /** Whether the crash that was asked for has happened. */
    public boolean hasCrashed() {
        return crashes > 0;
    }

    /** What happens to frames on their way to peers: the function may change them. */
    public void tamper(UnaryOperator<PeerFrame> change) {
        outbound = change;
    }

    /** Sets the server's clock: so much ahead of the others', or behind. No less time passes by that. */
    public void setClockAhead(long millis) {
        clockAheadMillis = millis;
    }

    private Now now() {
        return new Now(world.nowMillis() + clockAheadMillis, world.monotonicMillis());
    }

    /** Something happens to the server. */
    public void queue(Event event) {
        if (isUp()) {
            events.add(event);
        }
    }

    /** By monotonic time. */
    Optional<Long> nextTimer() {
        return timers.values().stream().min(Long::compare);
    }

    void fireTimers() {
        for (TimerId timer : List.copyOf(timers.keySet())) {
            if (timers.getOrDefault(timer, Long.MAX_VALUE) <= world.monotonicMillis()) {
                timers.remove(timer);
                queue(new Event.TimerFired(timer));
            }
        }
    }

    /** One round of the driver's loop. Returns whether anything happened. */
    boolean step() {
        if (!isUp() || events.isEmpty()) {
            return false;
        }
        ServerCore running = core();
        while (!events.isEmpty()) {
            running.handle(events.remove(), now());
        }
        running.drainImmediate().forEach(this::carryOut);
        finish(running);
        return true;
    }

    /**
     * Handles all that is queued as a driver does that takes nothing more while so many bytes of answers wait. Returns the most bytes of frames that left
     * together.
     */
    public long drive(long answerBytesMax) {
        long most = 0;
        while (!events.isEmpty()) {
            ServerCore running = core();
            while (!events.isEmpty() && running.waitingFrameBytes() < answerBytesMax) {
                running.handle(events.remove(), now());
            }
            takeEffects();
            running.drainImmediate().forEach(this::carryOut);
            finish(running);
            most = Math.max(
                    most, effects.stream().mapToLong(TestServer::frameBytes).sum());
        }
        return most;
    }

    private static long frameBytes(Effect effect) {
        return effect instanceof Effect.SendToSession send ? send.frame().size() : 0;
    }

    /** The next batch is still on its way to the disk while the step after it runs: it lands there after so many reads of the store. */
    public void landNextBatchAfterReads(int reads) {
        landsAfterReads = OptionalInt.of(reads);
    }

    /** From now on, until it starts again, its disk does not give back the row with this key. */
    public void cannotRead(Table table, Bytes key) {
        store.cannotRead(table, key);
    }

    /** How often its disk was read since it started: rows and scans of the table. */
    public long reads(Table table) {
        return store.reads(table);
    }

    /** The same of all tables. */
    public long reads() {
        return store.reads();
    }

    private void finish(ServerCore running) {
        Optional<Batch> batch = running.seal(now());
        Optional<Batch> before = late;
        late = Optional.empty();
        before.ifPresent(it -> {
            store.land();
            running.durable(it, now()).forEach(this::carryOut);
        });
        if (landsAfterReads.isPresent()
                && batch.isPresent()
                && !batch.get().writes().isEmpty()) {
            store.begin(batch.get().writes(), landsAfterReads.getAsInt());
            landsAfterReads = OptionalInt.empty();
            late = batch;
            return;
        }
        if (batch.isEmpty()) {
            return;
        }
        boolean crashNow =
                crashPoint != CrashPoint.NEVER && !batch.get().writes().isEmpty() && stepsUntilCrash-- == 0;
        if (crashNow && crashPoint == CrashPoint.BEFORE_WRITE) {
            crashPoint = CrashPoint.NEVER;
            restart();
            return;
        }
        store.write(batch.get().writes());
        if (crashNow) {
            crashPoint = CrashPoint.NEVER;
            restart();
            return;
        }
        running.durable(batch.get(), now()).forEach(this::carryOut);
        running.drainImmediate().forEach(this::carryOut);
    }

    private void carryOut(Effect effect) {
        effects.add(effect);
        if (effect instanceof Effect.SendToSession it) {
            TestDevice device = devices.get(it.session());
            if (device != null) {
                device.received(it.frame());
            }
        } else if (effect instanceof Effect.CloseSession it) {
            TestDevice device = devices.remove(it.session());
            if (device != null) {
                device.connectionLost(it.session());
            }
            queue(new Event.SessionClosed(it.session()));
        } else if (effect instanceof Effect.Dial it) {
            world.dial(this, it.peer());
        } else if (effect instanceof Effect.SendToLink it) {
            send(it);
        } else if (effect instanceof Effect.CloseLink it) {
            world.close(it.link());
        } else if (effect instanceof Effect.SetTimer it) {
            timers.put(it.timer(), it.atMillis());
        } else if (effect instanceof Effect.SendMore) {
            queue(new Event.SendMore(false));
        } else if (effect instanceof Effect.GoOn it) {
            queue(new Event.GoOn(it.peer()));
        } else if (effect instanceof Effect.AdminReply it) {
            adminReplies.put(it.requestId(), it.result());
        }
    }

    private void send(Effect.SendToLink effect) {
        try {
            PeerFrame frame = PeerFrame.parseFrom(effect.frame().toByteArray());
            sentToPeers.add(frame);
            world.carry(effect.link(), Bytes.of(outbound.apply(frame).toByteArray()));
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError("a frame that cannot be parsed", e);
        }
    }

    /** What the operator is told. */
    public AdminResult admin(AdminCommand command) {
        long id = world.nextId();
        queue(new Event.Admin(id, command));
        world.settle();
        AdminResult result = adminReplies.remove(id);
        if (result == null) {
            throw new AssertionError("no answer to " + command);
        }
        return result;
    }

    /** An invite that the operator makes. */
    public InviteLink invite(int uses) {
        return World.expect(admin(new AdminCommand.CreateInvite(uses, 3_600_000, "")), AdminResult.InviteCreated.class)
                .link();
    }

    public PeerLink peerLink() {
        return new PeerLink(identity.manifest().addresses(), identity.name(), identity.rootPublicKey());
    }

    SessionId connect(TestDevice device) {
        SessionId session = new SessionId(world.nextId());
        devices.put(session, device);
        queue(new Event.SessionOpened(session));
        return session;
    }

    void disconnect(SessionId session) {
        devices.remove(session);
        queue(new Event.SessionClosed(session));
    }

    /** A device that connects, registers with a fresh invite and publishes KeyPackages. */
    public TestDevice member(String local) {
        TestDevice device = new TestDevice(this, local);
        device.connect();
        device.register(invite(1).token());
        device.publish(3);
        return device;
    }
}
