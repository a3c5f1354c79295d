package chat.samara.server.node.transport;

import java.util.List;

/** Told what happens on connections; called on event loops, so it must only pass the news on. */
public interface ConnectionListener {
    /** TLS is up and the protocol agreed. The first call for a connection. */
    void opened(Connection connection);

    /**
     * A whole frame has come, without its length. The listener must call {@link Connection#handled} once it is done
     * with it, or the connection is at some point not read any more.
     */
    void frame(Connection connection, byte[] frame);

    /** Part of a frame has come from another server, and nothing else for a while: a large one on a slow line. Told every few seconds at most. */
    void frameBegun(Connection connection);

    /**
     * {@link Connection#isStalled} has changed, or may have; also called on the core's thread. Nothing of the sort is told of a connection
     * after {@link #closed}.
     */
    void pressureChanged(Connection connection);

    /** {@link Transport#pressure} has become less, over all connections. */
    void pressureEased();

    /** The connection is gone, whoever closed it. The last call for a connection that was opened. */
    void closed(Connection connection);

    /** None of the addresses of a dialled server led to an open connection; one line a try says why. */
    void dialFailed(String serverName, List<String> reasons);
}
