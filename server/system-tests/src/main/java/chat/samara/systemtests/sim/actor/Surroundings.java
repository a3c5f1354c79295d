package chat.samara.systemtests.sim.actor;

import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.clock.Trace;
import chat.samara.systemtests.sim.network.Network;

/** What every actor lives in. */
public record Surroundings(Scheduler scheduler, Trace trace, Network network, Seed seed) {}
