package chat.samara.systemtests.sim;

import chat.samara.server.core.CoreConfig;
import chat.samara.systemtests.sim.actor.DeviceFaults;
import chat.samara.systemtests.sim.actor.ServerFaults;
import chat.samara.systemtests.sim.network.Mangler;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a run consists of.
 *
 * @param seed decides everything that is not decided here
 * @param chaosMinutes how long things go wrong, virtual time; 0 lets the seed choose
 * @param serverFaults how servers' drivers and disks behave; {@link ServerFaults#NONE} unless the oracle is being tested
 * @param deviceFaults how devices' disks and facades behave; {@link DeviceFaults#NONE} unless the oracle is being tested
 * @param mangler what the network makes of frames; empty for the usual, which repeats some
 * @param liesAtFirstSight whether servers substitute the KeyPackages of members whom a device has never met: nothing is promised against
 *     that, so only tests of the oracle do it
 * @param eventful whether profiles are copied, lost and damaged, and weeks pass, in some seeds; without it only processes and the network fail
 * @param hostileMember whether one member's client has been changed, in a life in which only processes and the network fail besides
 * @param traceListener gets every line of the trace
 * @param framesOf the host whose frames the listener gets too; empty for none
 */
public record SimulationConfig(
        long seed,
        long chaosMinutes,
        ServerFaults serverFaults,
        DeviceFaults deviceFaults,
        Optional<Mangler> mangler,
        boolean liesAtFirstSight,
        boolean eventful,
        boolean hostileMember,
        Consumer<String> traceListener,
        String framesOf) {
    /** A run as it is played to find bugs. */
    public static SimulationConfig of(long seed) {
        return new SimulationConfig(
                seed, 0, ServerFaults.NONE, DeviceFaults.NONE, Optional.empty(), false, true, false, line -> {}, "");
    }

    /** The same with this much chaos. */
    public SimulationConfig withChaosMinutes(long minutes) {
        return new SimulationConfig(
                seed,
                minutes,
                serverFaults,
                deviceFaults,
                mangler,
                liesAtFirstSight,
                eventful,
                hostileMember,
                traceListener,
                framesOf);
    }

    /** The same with servers that do wrong. */
    public SimulationConfig withServerFaults(ServerFaults faults) {
        return new SimulationConfig(
                seed,
                chaosMinutes,
                faults,
                deviceFaults,
                mangler,
                liesAtFirstSight,
                eventful,
                hostileMember,
                traceListener,
                framesOf);
    }

    /** The same with devices that do wrong. */
    public SimulationConfig withDeviceFaults(DeviceFaults faults) {
        return new SimulationConfig(
                seed,
                chaosMinutes,
                serverFaults,
                faults,
                mangler,
                liesAtFirstSight,
                eventful,
                hostileMember,
                traceListener,
                framesOf);
    }

    /** The same with a network that does wrong. */
    public SimulationConfig withMangler(Mangler wrong) {
        return new SimulationConfig(
                seed,
                chaosMinutes,
                serverFaults,
                deviceFaults,
                Optional.of(wrong),
                liesAtFirstSight,
                eventful,
                hostileMember,
                traceListener,
                framesOf);
    }

    /** The same with servers that substitute KeyPackages even where a device cannot know better. */
    public SimulationConfig withLiesAtFirstSight() {
        return new SimulationConfig(
                seed,
                chaosMinutes,
                serverFaults,
                deviceFaults,
                mangler,
                true,
                eventful,
                hostileMember,
                traceListener,
                framesOf);
    }

    /** The same, in which only processes and the network fail. */
    public SimulationConfig uneventful() {
        return new SimulationConfig(
                seed,
                chaosMinutes,
                serverFaults,
                deviceFaults,
                mangler,
                liesAtFirstSight,
                false,
                hostileMember,
                traceListener,
                framesOf);
    }

    /** The same with a member whose client has been changed; no servers lie, and nobody copies a profile. */
    public SimulationConfig withHostileMember() {
        return new SimulationConfig(
                seed, chaosMinutes, serverFaults, deviceFaults, mangler, false, false, true, traceListener, framesOf);
    }

    /** The same with somebody who reads along. */
    public SimulationConfig withTraceListener(Consumer<String> listener, String framesOfHost) {
        return new SimulationConfig(
                seed,
                chaosMinutes,
                serverFaults,
                deviceFaults,
                mangler,
                liesAtFirstSight,
                eventful,
                hostileMember,
                listener,
                framesOfHost);
    }

    /** The servers' configuration: the standard one, except for how long an epoch stays open for those who are cut off. */
    static CoreConfig coreConfig(long epochOpenMillisMax) {
        CoreConfig standard = CoreConfig.standard();
        return new CoreConfig(
                standard.diskFreeBytesMin(),
                standard.diskFreeBytesResume(),
                standard.epochGraceMillis(),
                epochOpenMillisMax,
                standard.tickMillis(),
                standard.retryMillis(),
                standard.exchangeMillis(),
                standard.keepAliveMillis(),
                standard.dialMillisMin(),
                standard.dialMillisMax(),
                standard.claimsPerHour(),
                standard.claimsPerHourAndPeer());
    }
}
