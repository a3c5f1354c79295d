package chat.samara.systemtests.sim.adversary;

import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * One way to lie to a device.
 *
 * @param what how it is counted
 * @param telling what the device gets in place of a true frame, in order; empty if this frame does not lend itself to the lie
 */
record Lie(Happening what, BiFunction<Victim, ServerFrame, Optional<List<ServerFrame>>> telling) {
    /** One frame in place of another. */
    static Optional<List<ServerFrame>> instead(ServerFrame.Builder frame) {
        return Optional.of(List.of(frame.build()));
    }

    /** Nothing comes of it. */
    static Optional<List<ServerFrame>> nothing() {
        return Optional.of(List.of());
    }
}
