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
 * @param life what else happens beside processes and networks that fail
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
        Life life,
        Consumer<String> traceListener,
        String framesOf) {
    /** So little that hardly a frame of entries or records is done at a stretch. */
    private static final long STEP_BYTES_MAX = 10_000;

    /** So little that hardly more than a frame of entries or records waits. */
    private static final long PEERS_BYTES_WAITING_MAX = 100_000;

    /** What happens beside processes and networks that fail. */
    public enum Life {
        /** In some seeds profiles are copied, lost and damaged, and weeks pass; in most some servers lie to their devices. */
        EVENTFUL,
        /** Some servers lie to their devices, in most seeds. */
        UNEVENTFUL,
        /** One member's client has been changed. */
        WITH_A_HOSTILE_MEMBER,
        /** One hub shows a follower other logs than all others. */
        WITH_A_HOSTILE_HUB
    }

    /** A run as it is played to find bugs. */
    public static SimulationConfig of(long seed) {
        return new SimulationConfig(
                seed, 0, ServerFaults.NONE, DeviceFaults.NONE, Optional.empty(), false, Life.EVENTFUL, line -> {}, "");
    }

    /** The same with this much chaos. */
    public SimulationConfig withChaosMinutes(long minutes) {
        return new SimulationConfig(
                seed, minutes, serverFaults, deviceFaults, mangler, liesAtFirstSight, life, traceListener, framesOf);
    }

    /** The same with servers that do wrong. */
    public SimulationConfig withServerFaults(ServerFaults faults) {
        return new SimulationConfig(
                seed, chaosMinutes, faults, deviceFaults, mangler, liesAtFirstSight, life, traceListener, framesOf);
    }

    /** The same with devices that do wrong. */
    public SimulationConfig withDeviceFaults(DeviceFaults faults) {
        return new SimulationConfig(
                seed, chaosMinutes, serverFaults, faults, mangler, liesAtFirstSight, life, traceListener, framesOf);
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
                life,
                traceListener,
                framesOf);
    }

    /** The same with servers that substitute KeyPackages even where a device cannot know better. */
    public SimulationConfig withLiesAtFirstSight() {
        return new SimulationConfig(
                seed, chaosMinutes, serverFaults, deviceFaults, mangler, true, life, traceListener, framesOf);
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
                Life.UNEVENTFUL,
                traceListener,
                framesOf);
    }

    /** The same with a member whose client has been changed; no servers lie, and nobody copies a profile. */
    public SimulationConfig withHostileMember() {
        return with(Life.WITH_A_HOSTILE_MEMBER);
    }

    /** The same with a hub that shows one follower other logs; no servers lie to their devices, and nobody copies a profile. */
    public SimulationConfig withHostileHub() {
        return with(Life.WITH_A_HOSTILE_HUB);
    }

    private SimulationConfig with(Life otherLife) {
        return new SimulationConfig(
                seed, chaosMinutes, serverFaults, deviceFaults, mangler, false, otherLife, traceListener, framesOf);
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
                life,
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
                        standard.claimsPerHourAndPeer())
                .withStepBytesMax(STEP_BYTES_MAX)
                .withPeersBytesWaitingMax(PEERS_BYTES_WAITING_MAX);
    }
}
