package chat.samara.systemtests.sim.workload;

import chat.samara.systemtests.sim.actor.SimulatedDevice;
import chat.samara.systemtests.sim.actor.SimulatedServer;
import chat.samara.wire.identity.UserId;

/** A member, with the one device and the server that are theirs. */
public record Member(UserId user, SimulatedDevice device, SimulatedServer server) {}
