package chat.samara.systemtests.sim.workload;

import chat.samara.client.device.DeviceEvent;
import chat.samara.systemtests.sim.actor.SimulatedDevice;
import chat.samara.systemtests.sim.actor.SimulatedServer;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.network.Network;
import chat.samara.systemtests.sim.oracle.Chronicle;
import chat.samara.systemtests.sim.oracle.Happening;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What happens to the machines and the network: crashes, cuts, broken connections, full disks, clocks that are set. */
public final class Fate {
    private static final long OUTAGE_MILLIS_MIN = 50;
    private static final long AWAY_MILLIS_MIN = 60 * 60_000;
    private static final double OUTAGE_DECADES_SERVER = 4.3; // up to about 17 minutes
    private static final double OUTAGE_DECADES_NETWORK = 5.2; // up to about 2.2 hours

    /** Less than half of what a KeyPackage's lifetime allows for: two devices may be wrong, each its own way. */
    private static final long CLOCK_WRONG_MILLIS_MAX = 11L * 60 * 60 * 1000;

    private final Scheduler scheduler;
    private final Trace trace;
    private final Network network;
    private final Seed seed;
    private final Chronicle chronicle;
    private final List<SimulatedServer> servers;
    private final List<Member> members;

    /** Devices that are away on purpose, and until when. */
    private final Map<String, Long> awayUntilMillis = new HashMap<>();

    private boolean running = true;

    public Fate(
            Scheduler scheduler,
            Trace trace,
            Network network,
            Seed seed,
            Chronicle chronicle,
            List<SimulatedServer> servers,
            List<Member> members) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.network = network;
        this.seed = seed.stream("fate");
        this.chronicle = chronicle;
        this.servers = servers;
        this.members = members;
    }

    /** From now on something happens about this often. */
    public void begin(long everyMillis) {
        scheduler.after(seed.between(0, 2 * everyMillis), () -> {
            if (running) {
                strike();
                begin(everyMillis);
            }
        });
    }

    /** No more faults: the network heals, and everything that is down starts. */
    public void end() {
        running = false;
        trace.line("fate", "everything heals");
        network.calm();
        servers.forEach(server -> {
            startIfDown(server);
            server.diskScarce(false);
        });
        members.forEach(member -> {
            member.device().disarm();
            startIfDown(member.device());
            // A member who waits for news opens the app: otherwise a device that is off line on purpose stays so.
            member.device().handle(new DeviceEvent.GoOnline());
        });
    }

    /** Starts every device that crashed where its plan did not foresee it; those that are away on purpose stay so. */
    public void revive() {
        for (Member member : members) {
            long awayUntil = awayUntilMillis.getOrDefault(member.device().host(), 0L);
            if (scheduler.nowMillis() >= awayUntil) {
                startIfDown(member.device());
            }
        }
    }

    private void strike() {
        int what = seed.below(100);
        if (what < 14) {
            crashServer(seed.pick(servers));
        } else if (what < 18) {
            restartServer(seed.pick(servers));
        } else if (what < 36) {
            crashDevice(seed.pick(members).device());
        } else if (what < 38) {
            switchOff(seed.pick(members).device());
        } else if (what < 52) {
            cutServers();
        } else if (what < 58) {
            isolate(seed.pick(servers));
        } else if (what < 68) {
            Member member = seed.pick(members);
            cut(member.device().host(), member.server().name().value(), outage(OUTAGE_DECADES_NETWORK));
        } else if (what < 90) {
            trace.line("fate", "breaks a connection: " + network.resetOne());
        } else if (what < 92) {
            chronicle.count(Happening.CLOCK_SET);
            seed.pick(members).device().setWallClock(seed.between(-CLOCK_WRONG_MILLIS_MAX, CLOCK_WRONG_MILLIS_MAX));
        } else if (what < 95) {
            fillDisk(seed.pick(servers));
        } else {
            goOffline(seed.pick(members).device());
        }
    }

    private long outage(double decades) {
        return (long) (OUTAGE_MILLIS_MIN * Math.pow(10, seed.between(0, (long) (decades * 100)) / 100.0));
    }

    private void crashServer(SimulatedServer server) {
        chronicle.count(Happening.SERVER_CRASHED);
        server.crash();
        scheduler.after(outage(OUTAGE_DECADES_SERVER), () -> startIfDown(server));
    }

    private void restartServer(SimulatedServer server) {
        server.stop();
        scheduler.after(outage(OUTAGE_DECADES_SERVER), () -> startIfDown(server));
    }

    private static void startIfDown(SimulatedServer server) {
        if (!server.up()) {
            server.start();
        }
    }

    private static void startIfDown(SimulatedDevice device) {
        if (!device.up()) {
            device.start();
        }
    }

    /** A phone in a drawer: it is away for hours, and nobody switches it on before. */
    private void switchOff(SimulatedDevice device) {
        chronicle.count(Happening.DEVICE_LONG_AWAY);
        putAway(device, AWAY_MILLIS_MIN + outage(OUTAGE_DECADES_NETWORK));
    }

    /** The device is off for so long. */
    void putAway(SimulatedDevice device, long millis) {
        trace.line("fate", device.host() + " is away for " + millis / 1000 + " s");
        long until = scheduler.nowMillis() + millis;
        awayUntilMillis.merge(device.host(), until, Math::max);
        device.crash();
        scheduler.after(millis, () -> {
            if (running) {
                revive();
            }
        });
    }

    private void crashDevice(SimulatedDevice device) {
        chronicle.count(Happening.DEVICE_CRASHED);
        long down = outage(OUTAGE_DECADES_SERVER);
        int how = seed.below(3);
        if (how == 0) {
            device.crash();
        } else if (how == 1) {
            device.disk().losePowerAtCommit(1 + seed.below(4), seed.chance(0.5));
        } else {
            device.crashAfterEffects(seed.below(6));
        }
        awayUntilMillis.merge(device.host(), scheduler.nowMillis() + down, Math::max);
        scheduler.after(down, this::revive);
    }

    private void cutServers() {
        SimulatedServer a = seed.pick(servers);
        SimulatedServer b = seed.pick(servers);
        if (a != b) {
            cut(a.name().value(), b.name().value(), outage(OUTAGE_DECADES_NETWORK));
        }
    }

    /** The server's whole country is cut off: its own members reach it, nobody else does. */
    private void isolate(SimulatedServer server) {
        long millis = outage(OUTAGE_DECADES_NETWORK);
        for (SimulatedServer other : servers) {
            if (other != server) {
                cut(server.name().value(), other.name().value(), millis);
            }
        }
    }

    private void cut(String a, String b, long millis) {
        trace.line("fate", "cuts " + a + " from " + b + " for " + millis / 1000 + " s");
        network.cut(a, b);
        scheduler.after(millis, () -> {
            if (running) {
                network.heal(a, b);
            }
        });
    }

    private void fillDisk(SimulatedServer server) {
        trace.line("fate", "fills the disk of " + server.name());
        server.diskScarce(true);
        scheduler.after(outage(OUTAGE_DECADES_SERVER), () -> server.diskScarce(false));
    }

    private void goOffline(SimulatedDevice device) {
        trace.line("fate", device.host() + " goes off line");
        device.handle(new DeviceEvent.GoOffline());
        scheduler.after(outage(OUTAGE_DECADES_NETWORK), () -> device.handle(new DeviceEvent.GoOnline()));
    }
}
