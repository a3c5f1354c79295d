package chat.samara.systemtests.sim.network;

/** Accepts connections on one port of a host. */
@FunctionalInterface
public interface Listener {
    /** Somebody connects from this host; gives what is to be told about the connection. */
    ConnectionHandler accept(String fromHost);
}
