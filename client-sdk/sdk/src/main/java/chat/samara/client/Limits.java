package chat.samara.client;

/** The bounds of a client's threads, in one place (I7). Those of the engine itself are in its own package. */
final class Limits {
    /** Frames and commands that wait for the engine: beyond, nothing more is read from the server, and commands wait or are refused. */
    static final int ENGINE_WORKS_MAX = 1_024;

    /** Bytes of frames that wait for the engine; one frame always fits. */
    static final long ENGINE_FRAME_BYTES_MAX = 4L << 20;

    /** Frames and commands that share one turn of the engine, and its one commit to the disk. */
    static final int EVENTS_PER_TURN_MAX = 256;

    /** Bytes of frames that do so, beyond the one that passes it. */
    static final long FRAME_BYTES_PER_TURN_MAX = 512 << 10;

    /** Events that can be read nowhere else ({@link chat.samara.client.device.ClientEvent#isToldOnly}) and wait for listeners beyond all others. */
    static final int TOLD_ONLY_EVENTS_MAX = 1_000;

    /** How often whoever waits for an answer looks whether one can still come in time. */
    static final long HELD_LOOK_MILLIS = 500;

    /** How long closing waits for listeners to be done. */
    static final long CLOSE_MILLIS_MAX = 2_000;

    private Limits() {}
}
