package chat.samara.server.node.run;

/** What the loop measures. Called on the disk thread. */
interface LoopMetrics {
    void batchWritten(long nanos, long bytes);
}
