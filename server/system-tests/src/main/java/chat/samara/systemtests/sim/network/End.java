package chat.samara.systemtests.sim.network;

import org.jspecify.annotations.Nullable;

/** One end of a connection. */
public final class End {
    private final Network network;
    private final long connectionId;
    private final String host;
    private final Port port;
    private final boolean dialled;
    private @Nullable ConnectionHandler handler;
    private @Nullable End other;

    /** When the last frame towards the other end arrives: later frames arrive no earlier. */
    long lastArrivalMillis;

    /** What would reach this end later than that is lost. */
    long cutoffMillis = Long.MAX_VALUE;

    End(Network network, long connectionId, String host, Port port, boolean dialled, ConnectionHandler handler) {
        this.network = network;
        this.connectionId = connectionId;
        this.host = host;
        this.port = port;
        this.dialled = dialled;
        this.handler = handler;
    }

    void join(End otherEnd) {
        this.other = otherEnd;
    }

    /** Names the connection; both ends have the same. */
    public long connectionId() {
        return connectionId;
    }

    /** The host on whose side this end is. */
    public String host() {
        return host;
    }

    /** The host on the far side. */
    public String remoteHost() {
        return other().host;
    }

    /** What is spoken here. */
    public Port port() {
        return port;
    }

    /** Whether this side dialled. */
    public boolean dialled() {
        return dialled;
    }

    /** The far end. */
    public End other() {
        End end = other;
        if (end == null) {
            throw new IllegalStateException("an end without another: connection " + connectionId);
        }
        return end;
    }

    /** Whether this side still takes the connection for open. */
    public boolean open() {
        return handler != null;
    }

    @Nullable
    ConnectionHandler handler() {
        return handler;
    }

    /** This side hears nothing more of the connection. */
    void forget() {
        handler = null;
    }

    /** Sends a frame; it is silently lost if the connection is broken, as with TCP. */
    public void send(byte[] frame) {
        if (handler != null) {
            network.send(this, frame);
        }
    }

    /** Closes the connection in an orderly way: the far side gets what was sent before, then learns of it. */
    public void close() {
        if (handler != null) {
            network.close(this);
        }
    }

    @Override
    public String toString() {
        return host + "#" + connectionId;
    }
}
