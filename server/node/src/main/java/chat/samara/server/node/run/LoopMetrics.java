package chat.samara.server.node.run;

/** What the loop measures. */
interface LoopMetrics {
    /** A batch is on the disk. On the disk thread. */
    void batchWritten(long nanos, long bytes);

    /** The core has handled one input. On the core's thread. */
    void inputTaken(long nanos);
}
