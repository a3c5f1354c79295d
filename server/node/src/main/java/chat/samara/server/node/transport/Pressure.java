package chat.samara.server.node.transport;

/** How much waits for networks, over all connections: what there is to send beside that can wait for as long. */
public enum Pressure {
    /** Little. */
    NONE,
    /** Networks have much to take, which may last: what is added now is to be little. */
    NETWORKS,
    /** Event loops have not got to all of it yet, which takes moments: what is added now only stands before what somebody says next. */
    EVENT_LOOPS
}
