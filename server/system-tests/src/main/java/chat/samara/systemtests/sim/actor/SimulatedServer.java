package chat.samara.systemtests.sim.actor;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.server.core.Batch;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.LinkId;
import chat.samara.server.core.Now;
import chat.samara.server.core.ServerCore;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.TimerId;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.disk.DiskWatch;
import chat.samara.systemtests.sim.network.ConnectionHandler;
import chat.samara.systemtests.sim.network.End;
import chat.samara.systemtests.sim.network.Port;
import chat.samara.systemtests.sim.oracle.Invariant;
import chat.samara.systemtests.sim.oracle.InvariantViolation;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ChannelCursor;
import chat.samara.wire.proto.ClientFrame;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A server process and its disk. Drives a {@link ServerCore} the way the runnable server does: events are gathered into a
 * batch, the batch is written with some delay, its effects leave when it is durable; batches are pipelined.
 */
public final class SimulatedServer {
    private static final int PORT_NUMBER = 4430;
    private static final long PLENTY_BYTES = 100L << 30;
    private static final long SCARCE_BYTES = 64L << 20;
    /** When an operating system writes back what nobody has synced. */
    private static final long LATE_SYNC_MILLIS = 30_000;

    /** No table's key is so long, and begins so. */
    private static final Bytes BEHIND_ALL_KEYS = Bytes.ofHex("ff".repeat(64));

    private final Surroundings surroundings;
    private final ServerName name;
    private final ServerIdentity identity;
    private final CoreConfig config;
    private final ServerFaults faults;
    private final DiskWatch watch;
    private final Seed seed;
    private final long skewMillis;

    /** One of them is of an earlier version, as far as it goes. */
    private final boolean isOfBefore;

    private final ArrayDeque<MemoryStore> earlierDisks = new ArrayDeque<>();
    private MemoryStore disk = new MemoryStore();

    private @Nullable ServerCore core;
    private int life;
    private long numbers;
    private boolean sealScheduled;
    private long lastWriteEndsMillis;
    private boolean diskIsSteady;
    private final ArrayDeque<Batch> writing = new ArrayDeque<>();
    private final Map<SessionId, End> sessions = new HashMap<>();
    private final Map<LinkId, End> links = new HashMap<>();
    private final Map<TimerId, Long> timers = new EnumMap<>(TimerId.class);
    private final Map<Long, Consumer<AdminResult>> replies = new HashMap<>();

    /** The server is down until {@link #start}. */
    public SimulatedServer(
            Surroundings surroundings, ServerName name, CoreConfig config, ServerFaults faults, DiskWatch watch) {
        this.surroundings = surroundings;
        this.name = name;
        this.config = config;
        this.faults = faults;
        this.watch = watch;
        this.seed = surroundings.seed().stream(name.value());
        this.skewMillis = seed.between(-20_000, 20_000);
        this.isOfBefore = name.value().startsWith("hanoi");
        SignatureKeyPair rootKey = SignatureKeyPair.generate(CipherSuite.X25519_AES128GCM_SHA256_ED25519, seed);
        this.identity = new ServerIdentity(
                rootKey,
                Manifest.sign(
                        rootKey,
                        new Manifest.Content(
                                name,
                                1,
                                List.of(new ServerAddress(name.value(), PORT_NUMBER)),
                                List.of(tlsKeyHash(name.value())),
                                surroundings.scheduler().nowMillis())));
    }

    /** What stands for the hash of the TLS key of the server with this name: any 32 bytes do, for TLS is not simulated. */
    static Bytes tlsKeyHash(String server) {
        return CipherSuite.X25519_AES128GCM_SHA256_ED25519.hash(
                ("tls key of " + server).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    /** Its name, which is its host's name too. */
    public ServerName name() {
        return name;
    }

    /** What it signs with; whoever runs the server has it. */
    public SignatureKeyPair rootKey() {
        return identity.rootKey();
    }

    /** The content of its disk. */
    public MemoryStore disk() {
        return disk;
    }

    /** Whether the process runs. */
    public boolean up() {
        return core != null;
    }

    private Now now() {
        return new Now(
                surroundings.scheduler().nowMillis() + skewMillis,
                surroundings.scheduler().elapsedMillis());
    }

    /** From now on no write to the disk stalls. */
    public void steadyDisk() {
        diskIsSteady = true;
    }

    /** Starts the process over what is on the disk. */
    public void start() {
        surroundings.trace().line(name.value(), "start");
        ServerCore started = new ServerCore(identity, config, disk, seed);
        core = started;
        guarded("start", () -> started.start(now()));
        surroundings.network().listen(name.value(), Port.CLIENT, from -> new SessionHandler());
        surroundings
                .network()
                .listen(name.value(), Port.PEER, from -> new LinkHandler(false, Optional.empty(), name.value()));
        afterHandling();
        handle(new Event.DiskState(PLENTY_BYTES));
    }

    /** Kill -9, or a loss of power: of the batches that were being written, the first few may have reached the disk. */
    public void crash() {
        if (core == null) {
            return;
        }
        int survive = seed.below(writing.size() + 1);
        surroundings.trace().line(name.value(), "crash; " + survive + " of " + writing.size() + " batches survive");
        for (int i = 0; i < survive; i++) {
            write(writing.remove());
        }
        if (!earlierDisks.isEmpty()) {
            disk = earlierDisks.getFirst();
        }
        gone();
    }

    /** An orderly stop. */
    public void stop() {
        ServerCore running = core;
        if (running == null) {
            return;
        }
        surroundings.trace().line(name.value(), "stop");
        handle(new Event.Stopping());
        running.seal(now()).ifPresent(writing::add);
        while (!writing.isEmpty()) {
            Batch batch = writing.remove();
            write(batch);
            carryOut(running.durable(batch, now()));
        }
        gone();
    }

    private void gone() {
        life++;
        core = null;
        writing.clear();
        sessions.clear();
        links.clear();
        timers.clear();
        replies.clear();
        sealScheduled = false;
        lastWriteEndsMillis = 0;
        earlierDisks.clear();
        surroundings.network().hostDown(name.value());
    }

    /** The operator takes an account out of the store, with the server stopped: its name is free again. */
    public void closeAccount(UserId user) {
        boolean wasUp = up();
        stop();
        surroundings.trace().line(name.value(), "the account of " + user + " is closed");
        WriteBatch batch = new WriteBatch();
        Bytes key = Key.of(user.toString()).bytes();
        batch.delete(Table.ACCOUNT, key);
        disk.scan(Table.DEVICE_OF_USER, key.toByteArray(), Key.after(key).toByteArray(), (row, value) -> {
            batch.delete(Table.DEVICE_OF_USER, Bytes.of(row));
            return true;
        });
        Bytes look = Bytes.ofUtf8(user.toString());
        disk.scan(Table.LOOK_ALIKE, new byte[0], BEHIND_ALL_KEYS.toByteArray(), (row, value) -> {
            if (look.equals(Bytes.of(value))) {
                batch.delete(Table.LOOK_ALIKE, Bytes.of(row));
            }
            return true;
        });
        disk.write(batch);
        if (wasUp) {
            start();
        }
    }

    /** Tells the server whether its disk is nearly full. */
    public void diskScarce(boolean scarce) {
        handle(new Event.DiskState(scarce ? SCARCE_BYTES : PLENTY_BYTES));
    }

    /** The operator asks for something; not answered if the server is down or crashes before it could. */
    public void admin(AdminCommand command, Consumer<AdminResult> reply) {
        if (core != null) {
            long id = ++numbers;
            replies.put(id, reply);
            handle(new Event.Admin(id, command));
        }
    }

    private void handle(Event event) {
        ServerCore running = core;
        if (running != null) {
            guarded(event.getClass().getSimpleName(), () -> running.handle(event, now()));
            afterHandling();
        }
    }

    private void guarded(String what, Runnable step) {
        try {
            step.run();
        } catch (InvariantViolation e) {
            throw e;
        } catch (RuntimeException e) {
            throw new InvariantViolation(
                    Invariant.I9_NO_INPUT_STOPS_ANYTHING, name + " failed in " + what + ": " + e, e);
        }
    }

    private void afterHandling() {
        ServerCore running = core;
        if (running == null) {
            return;
        }
        carryOut(running.drainImmediate());
        if (!sealScheduled && core != null) {
            sealScheduled = true;
            later(seed.between(0, 4), this::seal);
        }
    }

    private void seal() {
        sealScheduled = false;
        ServerCore running = core;
        if (running == null) {
            return;
        }
        Optional<Batch> sealed = running.seal(now());
        if (sealed.isEmpty()) {
            return;
        }
        Batch batch = sealed.get();
        if (faults.releasesEarly()) {
            releaseEarly(running, batch);
            return;
        }
        writing.add(batch);
        boolean stalls = seed.chance(0.01) && !diskIsSteady;
        long takes = batch.writes().isEmpty() ? 0 : stalls ? seed.between(100, 3_000) : seed.between(1, 12);
        lastWriteEndsMillis =
                Math.max(lastWriteEndsMillis, surroundings.scheduler().nowMillis() + takes);
        later(lastWriteEndsMillis - surroundings.scheduler().nowMillis(), this::writeEnded);
    }

    private void writeEnded() {
        ServerCore running = core;
        Batch batch = writing.poll();
        if (running == null || batch == null) {
            return;
        }
        write(batch);
        carryOut(running.durable(batch, now()));
        afterHandling();
    }

    /** Broken on purpose: the batch is written without waiting for the sync, and what should wait for it leaves at once. */
    private void releaseEarly(ServerCore running, Batch batch) {
        if (!batch.writes().isEmpty()) {
            earlierDisks.addLast(disk.copy());
            disk.write(batch.writes());
            later(LATE_SYNC_MILLIS, earlierDisks::removeFirst);
        }
        carryOut(running.durable(batch, now()));
        afterHandling();
    }

    private void write(Batch batch) {
        if (faults.batchesLostInCrash() > 0) {
            earlierDisks.addLast(disk.copy());
            if (earlierDisks.size() > faults.batchesLostInCrash()) {
                earlierDisks.removeFirst();
            }
        }
        disk.write(batch.writes());
        faults.forgets().ifPresent(this::forget);
        watch.written(name.value(), batch.writes());
    }

    private void forget(Table table) {
        WriteBatch forgotten = new WriteBatch();
        disk.scan(table, new byte[0], new byte[0], (key, value) -> {
            forgotten.delete(table, Bytes.of(key));
            return true;
        });
        disk.write(forgotten);
    }

    private void later(long delayMillis, Runnable action) {
        int scheduledIn = life;
        surroundings.scheduler().after(delayMillis, () -> {
            if (life == scheduledIn) {
                action.run();
            }
        });
    }

    private void carryOut(List<Effect> effects) {
        for (Effect effect : effects) {
            carryOut(effect);
        }
    }

    private void carryOut(Effect effect) {
        if (effect instanceof Effect.SendToSession send) {
            ifOpen(sessions.get(send.session()), end -> end.send(send.frame().toByteArray()));
        } else if (effect instanceof Effect.SendToLink send) {
            ifOpen(links.get(send.link()), end -> end.send(send.frame().toByteArray()));
        } else if (effect instanceof Effect.CloseSession close) {
            ifOpen(sessions.get(close.session()), end -> {
                surroundings.trace().line(name.value(), "closes " + end + ": " + close.reason());
                end.close();
                later(1, () -> closed(close.session()));
            });
        } else if (effect instanceof Effect.CloseLink close) {
            ifOpen(links.get(close.link()), end -> {
                surroundings.trace().line(name.value(), "closes " + end + ": " + close.reason());
                end.close();
                later(1, () -> closed(close.link()));
            });
        } else if (effect instanceof Effect.Dial dial) {
            String peer = dial.peer().value();
            surroundings
                    .network()
                    .dial(name.value(), peer, Port.PEER, new LinkHandler(true, Optional.of(dial.peer()), peer));
        } else if (effect instanceof Effect.SetTimer timer) {
            setTimer(timer);
        } else if (effect instanceof Effect.SendMore) {
            later(1, () -> handle(new Event.SendMore(false)));
        } else if (effect instanceof Effect.GoOn more) {
            later(1, () -> handle(new Event.GoOn(more.peer())));
        } else if (effect instanceof Effect.AdminReply reply) {
            Consumer<AdminResult> waiting = replies.remove(reply.requestId());
            if (waiting != null) {
                waiting.accept(reply.result());
            }
        }
    }

    private static void ifOpen(@Nullable End end, Consumer<End> action) {
        if (end != null) {
            action.accept(end);
        }
    }

    private void setTimer(Effect.SetTimer timer) {
        long number = ++numbers;
        timers.put(timer.timer(), number);
        later(timer.atMillis() - now().monotonicMillis() + seed.between(0, 15), () -> {
            if (timers.remove(timer.timer(), number)) {
                handle(new Event.TimerFired(timer.timer()));
            }
        });
    }

    private void closed(SessionId session) {
        if (sessions.remove(session) != null) {
            handle(new Event.SessionClosed(session));
        }
    }

    private void closed(LinkId link) {
        if (links.remove(link) != null) {
            handle(new Event.LinkClosed(link));
        }
    }

    private final class SessionHandler implements ConnectionHandler {
        private final SessionId session = new SessionId(++numbers);

        @Override
        public void opened(End end) {
            sessions.put(session, end);
            handle(new Event.SessionOpened(session));
        }

        @Override
        public void failed() {
            throw new IllegalStateException("a server does not dial devices");
        }

        @Override
        public void frame(byte[] frame) {
            handle(new Event.SessionFrame(session, Bytes.of(isOfBefore ? withoutTerse(frame) : frame)));
        }

        /** What a server of an earlier version sees of a frame: it does not know how a device asks for terse entries. */
        private byte[] withoutTerse(byte[] frame) {
            try {
                ClientFrame.Builder parsed = ClientFrame.newBuilder().mergeFrom(frame);
                if (!parsed.hasFollow()) {
                    return frame;
                }
                parsed.getFollowBuilder().getCursorsBuilderList().forEach(ChannelCursor.Builder::clearTerse);
                return parsed.build().toByteArray();
            } catch (InvalidProtocolBufferException e) {
                return frame;
            }
        }

        @Override
        public void closed() {
            SimulatedServer.this.closed(session);
        }
    }

    private final class LinkHandler implements ConnectionHandler {
        private final LinkId link = new LinkId(++numbers);
        private final boolean outbound;
        private final Optional<ServerName> expected;
        private final String acceptor;

        LinkHandler(boolean outbound, Optional<ServerName> expected, String acceptor) {
            this.outbound = outbound;
            this.expected = expected;
            this.acceptor = acceptor;
        }

        @Override
        public void opened(End end) {
            links.put(link, end);
            handle(new Event.LinkOpened(link, outbound, expected, tlsKeyHash(acceptor)));
        }

        @Override
        public void failed() {
            expected.ifPresent(peer -> handle(new Event.DialFailed(peer, "the simulated network does not reach it")));
        }

        @Override
        public void frame(byte[] frame) {
            handle(new Event.LinkFrame(link, Bytes.of(frame)));
        }

        @Override
        public void closed() {
            SimulatedServer.this.closed(link);
        }
    }
}
