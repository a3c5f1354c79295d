package chat.samara.systemtests.sim.network;

/** What one end of a connection is told. Nothing is called after {@link #closed} or {@link #failed}. */
public interface ConnectionHandler {
    /** The connection stands; this is the caller's end of it. */
    void opened(End end);

    /** The other end cannot be reached. */
    void failed();

    /** A whole frame arrived. */
    void frame(byte[] frame);

    /** The connection is gone; what was in flight is lost. */
    void closed();
}
