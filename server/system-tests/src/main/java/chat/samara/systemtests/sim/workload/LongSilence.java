package chat.samara.systemtests.sim.workload;

import chat.samara.systemtests.sim.actor.SimulatedServer;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.oracle.Chronicle;
import chat.samara.systemtests.sim.oracle.Happening;
import java.util.List;

/**
 * Weeks in which little is said: an operator switches a server off for days, a member leaves a device in a drawer for weeks. Time passes in leaps, as if all
 * machines slept at night.
 */
public final class LongSilence {
    private static final long HOUR_MILLIS = 3_600_000;
    private static final int LEAPS = 14;
    private static final long LEAP_MILLIS_MIN = 20 * HOUR_MILLIS;
    private static final long LEAP_MILLIS_MAX = 60 * HOUR_MILLIS;
    private static final long AWAKE_MILLIS_MAX = 40_000;

    private final Scheduler scheduler;
    private final Trace trace;
    private final Seed seed;
    private final Chronicle chronicle;
    private final Fate fate;
    private final List<SimulatedServer> servers;
    private final List<Member> members;

    public LongSilence(
            Scheduler scheduler,
            Trace trace,
            Seed seed,
            Chronicle chronicle,
            Fate fate,
            List<SimulatedServer> servers,
            List<Member> members) {
        this.scheduler = scheduler;
        this.trace = trace;
        this.seed = seed.stream("silence");
        this.chronicle = chronicle;
        this.fate = fate;
        this.servers = servers;
        this.members = members;
    }

    /** Lets them pass. */
    public void pass() {
        SimulatedServer server = seed.pick(servers);
        int stopsAt = seed.below(LEAPS - 4);
        int startsAt = stopsAt + 1 + seed.below(3);
        fate.putAway(seed.pick(members).device(), (LEAPS - 2 - seed.below(4)) * LEAP_MILLIS_MIN);
        chronicle.count(Happening.DEVICE_WEEKS_AWAY);
        for (int leap = 0; leap < LEAPS; leap++) {
            if (leap == stopsAt) {
                trace.line("fate", server.name() + " is switched off for days");
                chronicle.count(Happening.SERVER_DAYS_DOWN);
                server.stop();
            } else if (leap == startsAt && !server.up()) {
                server.start();
            }
            scheduler.skipTo(scheduler.nowMillis() + seed.between(LEAP_MILLIS_MIN, LEAP_MILLIS_MAX));
            scheduler.runUntil(scheduler.nowMillis() + seed.between(5_000, AWAKE_MILLIS_MAX));
            fate.revive();
        }
    }
}
