package chat.samara.client.device;

/** Where a device stands towards its server. */
public enum ConnectionState {
    /** No account yet, or told to stay offline. */
    OFFLINE,
    /** Waiting for the next try. */
    WAITING,
    /** Dialling, checking the server, logging in. */
    CONNECTING,
    /** Logged in. */
    ONLINE,
    /** The client was closed, or its engine has failed: nothing comes or goes any more. The last state of all. */
    CLOSED
}
