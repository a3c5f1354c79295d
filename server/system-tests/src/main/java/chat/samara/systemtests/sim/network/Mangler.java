package chat.samara.systemtests.sim.network;

import java.util.List;

/**
 * Decides what arrives in place of a frame: normally just the frame; it twice for a network (or a sender) that repeats
 * itself. Tests that prove the oracle put a tampering one here.
 */
@FunctionalInterface
public interface Mangler {
    /** The frames that arrive, in order. */
    List<byte[]> deliver(End to, byte[] frame);
}
