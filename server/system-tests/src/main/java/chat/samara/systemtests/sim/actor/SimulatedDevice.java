package chat.samara.systemtests.sim.actor;

import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.DeviceEffect;
import chat.samara.client.device.DeviceEngine;
import chat.samara.client.device.DeviceEvent;
import chat.samara.client.device.DeviceStoreException;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.device.EngineConfig;
import chat.samara.client.device.Now;
import chat.samara.client.device.Outcome;
import chat.samara.mls.codec.Bytes;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.disk.DeviceDisk;
import chat.samara.systemtests.sim.disk.PowerLoss;
import chat.samara.systemtests.sim.disk.RowDisk;
import chat.samara.systemtests.sim.network.ConnectionHandler;
import chat.samara.systemtests.sim.network.End;
import chat.samara.systemtests.sim.network.Port;
import chat.samara.systemtests.sim.oracle.Invariant;
import chat.samara.systemtests.sim.oracle.InvariantViolation;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** A device and its disk. Drives a {@link DeviceEngine} the way the client library's facade does. */
public final class SimulatedDevice {
    /** No table's key is so long, and begins so. */
    private static final Bytes BEHIND_ALL_KEYS = Bytes.ofHex("ff".repeat(64));

    /** From this number on requests are not the engine's: a changed client makes them beside it. */
    public static final long INJECTED_FROM = 1L << 40;

    private static final String HOST_PREFIX = "device-";
    private static final char HOST_NUMBER = '+';

    /** Of a broken facade that takes its place back at once. */
    private static final long TAKES_OVER_AFTER_MILLIS = 1_000;

    private final Surroundings surroundings;
    private final String memberName;
    private final String host;
    private final EngineConfig config;
    private final Consumer<ClientEvent> listener;
    private final Seed seed;
    private final DeviceFaults faults;
    private DeviceDisk disk;
    private Optional<String> damage = Optional.empty();
    private Runnable whenSetBack = () -> {};
    private Runnable whenCommitted = () -> {};
    private Runnable whenLastCommitLost = () -> {};

    private @Nullable DeviceEngine engine;
    private int life;
    private long commands;
    private long timer;
    private int effectsUntilCrash = -1;
    private long wallAheadMillis;
    private final Map<Long, End> connections = new HashMap<>();
    private final Set<Long> abandonedDials = new HashSet<>();
    private final Map<Long, Consumer<Outcome>> waiting = new HashMap<>();

    /** A member's first device, on the quick disk. It is off until {@link #start}. */
    public SimulatedDevice(
            Surroundings surroundings,
            String memberName,
            EngineConfig config,
            DeviceFaults faults,
            Consumer<ClientEvent> listener) {
        this(
                surroundings,
                hostOf(memberName),
                surroundings.seed().stream(memberName),
                config,
                faults,
                new RowDisk(faults.disk()),
                listener);
    }

    /** A device on this host, with this disk. It is off until {@link #start}. */
    public SimulatedDevice(
            Surroundings surroundings,
            String host,
            Seed seed,
            EngineConfig config,
            DeviceFaults faults,
            DeviceDisk disk,
            Consumer<ClientEvent> listener) {
        this.surroundings = surroundings;
        this.faults = faults;
        this.disk = disk;
        this.host = host;
        this.memberName = memberOf(host);
        this.config = config;
        this.listener = listener;
        this.seed = seed;
        this.wallAheadMillis = seed.between(-60_000, 60_000);
    }

    /** The member's local name, such as {@code alice}. */
    public String memberName() {
        return memberName;
    }

    /** The name of its host in the network. */
    public String host() {
        return host;
    }

    /** The name of the host on which this member's first device is. */
    public static String hostOf(String memberName) {
        return HOST_PREFIX + memberName;
    }

    /** The name of the host on which this member's n-th device is. */
    public static String hostOf(String memberName, int number) {
        return hostOf(memberName) + HOST_NUMBER + number;
    }

    /** Whose device is on this host. */
    public static String memberOf(String host) {
        int end = host.indexOf(HOST_NUMBER);
        return host.substring(HOST_PREFIX.length(), end < 0 ? host.length() : end);
    }

    /** What is on its disk. */
    public DeviceDisk disk() {
        return disk;
    }

    /** Whether it is on. */
    public boolean up() {
        return engine != null;
    }

    /** The running engine, for questions about its state; empty while the device is off. */
    public Optional<DeviceEngine> engine() {
        return Optional.ofNullable(engine);
    }

    private Now now() {
        return new Now(surroundings.scheduler().nowMillis() + wallAheadMillis, monotonicMillis());
    }

    private long monotonicMillis() {
        return surroundings.scheduler().elapsedMillis() + 1;
    }

    /** Somebody sets its wall clock, this far ahead of the right time. How much time passes, it goes on to know. */
    public void setWallClock(long aheadMillis) {
        surroundings.trace().line(host, "its clock is set " + aheadMillis / 1000 + " s ahead");
        wallAheadMillis = aheadMillis;
    }

    /** Switches it on. */
    public void start() {
        surroundings.trace().line(host, "start");
        if (disk.takeSetBack()) {
            whenSetBack.run();
        }
        try {
            disk.open();
        } catch (DeviceStoreException e) {
            storeFailed("the opening", e);
            return;
        } catch (PowerLoss e) {
            surroundings.trace().line(host, e.getMessage() + " in the opening");
            disk.crashed();
            return;
        }
        damage = Optional.empty();
        disk.whenCommitted(whenCommitted);
        if (disk.takeLastCommitLost()) {
            whenLastCommitLost.run();
        }
        DeviceEngine started = new DeviceEngine(disk, seed, config);
        engine = started;
        step("start", () -> started.start(now()));
        if (up() && disk.isToBlame()) {
            // What its program does not read today it would stumble over some other day: its person has it read all.
            isWhole();
        }
    }

    /** The disk failed, and the store has said so: the client ends, and its person reads why. */
    private void storeFailed(String what, DeviceStoreException e) {
        if (!disk.isToBlame()) {
            throw new InvariantViolation(
                    Invariant.I9_NO_INPUT_STOPS_ANYTHING, host + " failed in " + what + ": " + e.getMessage(), e);
        }
        String named = String.valueOf(e.getMessage());
        surroundings.trace().line(host, "ends in " + what + ": " + named);
        damage = Optional.of(named);
        if (up()) {
            crash();
        } else {
            disk.crashed();
        }
    }

    /** What happens to the books when its disk turns out to have lost what it had confirmed. */
    public void whenSetBack(Runnable action) {
        whenSetBack = action;
    }

    /** What happens to the books at each commit, and when it turns out that the last one of them is gone. */
    public void keepBooks(Runnable committed, Runnable lastCommitLost) {
        whenCommitted = committed;
        whenLastCommitLost = lastCommitLost;
    }

    /** Why the store could not be opened or used the last time, as its person was told. */
    public Optional<String> damage() {
        return damage;
    }

    /** Reads its whole store; where that cannot be read the device ends, and says why. */
    public boolean isWhole() {
        try {
            for (DeviceTable table : DeviceTable.values()) {
                disk.scan(table, Bytes.EMPTY, BEHIND_ALL_KEYS, (key, value) -> true);
            }
            disk.takeMisread();
            return true;
        } catch (DeviceStoreException e) {
            disk.takeMisread();
            storeFailed("reading all of its store", e);
            return false;
        }
    }

    /** An independent disk with what is on this one now, as somebody has it who copies the profile's folder. */
    public DeviceDisk copyOfDisk() {
        return disk.copy();
    }

    /** Somebody puts another profile in the place of this one; the device is off afterwards. */
    public void putBack(DeviceDisk other) {
        crash();
        disk = other;
        damage = Optional.empty();
    }

    /** It loses power: what its disk confirmed stays. */
    public void crash() {
        if (engine != null) {
            surroundings.trace().line(host, "crash");
            life++;
            engine = null;
            disk.crashed();
            connections.clear();
            abandonedDials.clear();
            waiting.clear();
            timer = 0;
            disarm();
            surroundings.network().hostDown(host());
        }
    }

    /** It will lose power after so many more effects are carried out. */
    public void crashAfterEffects(int count) {
        effectsUntilCrash = count;
    }

    /** Forgets every crash that is planned. */
    public void disarm() {
        effectsUntilCrash = -1;
        disk.losePowerAtCommit(-1, false);
    }

    /**
     * The member does something.
     *
     * @param command makes the command from its number
     * @param reply gets the outcome; never called if the device is off or crashes before
     */
    public void command(LongFunction<DeviceEvent> command, Consumer<Outcome> reply) {
        if (engine != null) {
            long number = ++commands;
            waiting.put(number, reply);
            handle(command.apply(number));
        }
    }

    /** Its changed client sends this over the engine's connection, if there is one. */
    public void inject(byte[] frame) {
        connections.keySet().stream().max(Long::compare).map(connections::get).ifPresent(end -> end.send(frame));
    }

    /** Something happens to the device. */
    public void handle(DeviceEvent event) {
        DeviceEngine running = engine;
        if (running != null) {
            step(event.getClass().getSimpleName(), () -> running.handle(event, now()));
        }
    }

    private interface Step {
        List<DeviceEffect> take();
    }

    private void step(String what, Step step) {
        List<DeviceEffect> effects;
        try {
            effects = step.take();
        } catch (DeviceStoreException e) {
            disk.takeMisread();
            storeFailed(what, e);
            return;
        } catch (PowerLoss e) {
            surroundings.trace().line(host, e.getMessage() + " in " + what);
            crash();
            return;
        } catch (RuntimeException e) {
            throw new InvariantViolation(
                    Invariant.I9_NO_INPUT_STOPS_ANYTHING, host() + " failed in " + what + ": " + e, e);
        }
        if (disk.takeMisread()) {
            throw new InvariantViolation(
                    Invariant.I9_NO_INPUT_STOPS_ANYTHING,
                    host + " was given what its disk had changed in " + what + ", and took it");
        }
        int livingIn = life;
        for (DeviceEffect effect : effects) {
            if (effectsUntilCrash == 0) {
                crash();
            }
            if (life != livingIn) {
                return;
            }
            effectsUntilCrash = Math.max(-1, effectsUntilCrash - 1);
            carryOut(effect);
        }
    }

    private void carryOut(DeviceEffect effect) {
        if (effect instanceof DeviceEffect.Connect connect) {
            String server = connect.server().value();
            surroundings
                    .network()
                    .dial(host(), server, Port.CLIENT, new ServerConnection(connect.connection(), server));
        } else if (effect instanceof DeviceEffect.SendFrame send) {
            End end = connections.get(send.connection());
            if (end != null) {
                end.send(send.frame().toByteArray());
            }
        } else if (effect instanceof DeviceEffect.Disconnect disconnect) {
            surroundings.trace().line(host, "disconnects: " + disconnect.reason());
            End end = connections.remove(disconnect.connection());
            if (end != null) {
                end.close();
            } else {
                abandonedDials.add(disconnect.connection());
            }
        } else if (effect instanceof DeviceEffect.SetTimer set) {
            setTimer(set.atMillis());
        } else if (effect instanceof DeviceEffect.GoOn) {
            int goingOnIn = life;
            surroundings.scheduler().after(0, () -> {
                if (life == goingOnIn) {
                    handle(new DeviceEvent.GoOn());
                }
            });
        } else if (effect instanceof DeviceEffect.Completed completed) {
            Consumer<Outcome> reply = waiting.remove(completed.command());
            if (reply != null) {
                reply.accept(completed.outcome());
            }
        } else if (effect instanceof DeviceEffect.Notify notify) {
            if (notify.event() instanceof ClientEvent.DeviceReplaced
                    && faults.whenReplaced() != DeviceFaults.WhenReplaced.TELLS) {
                if (faults.whenReplaced() == DeviceFaults.WhenReplaced.TAKES_OVER) {
                    surroundings
                            .scheduler()
                            .after(TAKES_OVER_AFTER_MILLIS, () -> command(DeviceEvent.TakeOver::new, outcome -> {}));
                }
                return;
            }
            if (notify.event() instanceof ClientEvent.IdentityKeysDiffer && faults.hidesDifferingKeys()) {
                return;
            }
            listener.accept(notify.event());
            if (faults.tellsTwiceOneIn() > 0 && seed.below(faults.tellsTwiceOneIn()) == 0) {
                listener.accept(notify.event());
            }
        }
    }

    private void setTimer(long atMillis) {
        long number = ++timer;
        int scheduledIn = life;
        surroundings.scheduler().after(atMillis - monotonicMillis() + seed.between(0, 15), () -> {
            if (life == scheduledIn && timer == number) {
                handle(new DeviceEvent.TimerFired());
            }
        });
    }

    private final class ServerConnection implements ConnectionHandler {
        private final long connection;
        private final String server;
        private final int livingIn = life;

        ServerConnection(long connection, String server) {
            this.connection = connection;
            this.server = server;
        }

        @Override
        public void opened(End end) {
            if (abandonedDials.remove(connection)) {
                end.close();
                return;
            }
            connections.put(connection, end);
            handle(new DeviceEvent.Connected(connection, SimulatedServer.tlsKeyHash(server)));
        }

        @Override
        public void failed() {
            if (life == livingIn) {
                handle(new DeviceEvent.Disconnected(connection, "the simulated network does not reach the server"));
            }
        }

        @Override
        public void frame(byte[] frame) {
            handle(new DeviceEvent.FrameReceived(connection, Bytes.of(frame)));
        }

        @Override
        public void closed() {
            connections.remove(connection);
            handle(new DeviceEvent.Disconnected(connection, "the connection broke"));
        }
    }
}
