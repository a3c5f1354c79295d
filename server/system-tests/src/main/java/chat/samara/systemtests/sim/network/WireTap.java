package chat.samara.systemtests.sim.network;

/** Sees every frame that leaves an end and every frame that arrives, as whoever taps the wire inside TLS would. */
public interface WireTap {
    /** A frame was handed to the network. */
    void sent(End from, byte[] frame);

    /** A frame is about to be handed to its receiver. */
    void delivered(End to, byte[] frame);
}
