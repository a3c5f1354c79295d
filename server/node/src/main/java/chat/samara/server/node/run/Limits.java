package chat.samara.server.node.run;

/** Every limit of the driving loop (I7); those of connections are in the transport, those of the disk in the store. */
final class Limits {
    /** Inputs that are handled before effects are carried out and connections are flushed. */
    static final int INPUTS_PER_PASS_MAX = 2_048;

    /** How long inputs are taken before effects are carried out and connections are flushed: what is ready does not wait for more. */
    static final long PASS_NANOS_MAX = 10_000_000;

    /** Ed25519 signatures that were found good and are remembered, 32 bytes each: more than all frames bring that may wait to be verified. */
    static final int SIGNATURES_REMEMBERED_MAX = 1 << 17;

    /** What the core's thread takes for a byte of a frame with KeyPackages whose signatures are remembered, about. */
    static final long NANOS_PER_BYTE_OF_KEY_PACKAGES = 100;

    /** The same where it verifies them itself. */
    static final long NANOS_PER_BYTE_OF_KEY_PACKAGES_UNVERIFIED = 400;

    /** A frame that is as large may take as long as some hundred signatures: what was done before becomes durable, and leaves, before it is taken. */
    static final int DEAR_FRAME_BYTES_MIN = 64 * 1024;

    /** After a step of a peer that took as long, the same is done before its next one. */
    static final long DEAR_STEP_NANOS_MIN = 100_000_000;

    /** How long that is waited for at most: nothing else is done meanwhile. */
    static final long DEAR_INPUT_WAITS_NANOS_MAX = 1_000_000_000;

    /** Bytes of answers that wait in the core; then nothing is taken until they have left. */
    static final long WAITING_FRAME_BYTES_MAX = 4L * 1024 * 1024;

    /** What a byte of an answer counts as beside the time that it took to make it: as much as it takes to send it. */
    static final long NANOS_PER_ANSWER_BYTE = 10;

    /** What a byte that is written counts as beside the time that it took the core's thread: as long as a disk of 100 MB a second takes. */
    static final long NANOS_PER_WRITTEN_BYTE = 10;

    /** How long it is at the least, where networks have much to take, from one little that is sent beside to the next. */
    static final long LITTLE_EVERY_NANOS = 20_000_000;

    /** Inputs in the batch that is being filled while the disk is busy; then nothing is taken until the disk is done. */
    static final int OPEN_BATCH_INPUTS_MAX = 50_000;

    /**
     * Bytes that a batch writes; the event that goes beyond it is its last. A small handshake can bring a tree of nearly a mebibyte with it, and a disk that takes less
     * than the core makes would else be given larger and larger batches.
     */
    static final long OPEN_BATCH_WRITE_BYTES_MAX = 16L * 1024 * 1024;

    /** Bytes of frames in that batch. */
    static final long OPEN_BATCH_FRAME_BYTES_MAX = 16L * 1024 * 1024;

    /** Members, peers and addresses of which is remembered what they owe of the core's time; of more, those are forgotten that were heard of least lately. */
    static final int ACCOUNTS_MAX = 10_000;

    /** How long a batch may take to get onto the disk before the server says of itself that it is not well: nothing is acknowledged in the meantime. */
    static final long DISK_PATIENCE_MILLIS = 5_000;

    /** How long whoever has had no more than its part may wait for its turn before the server says of itself that it is not well. */
    static final long TURN_PATIENCE_MILLIS = 5_000;

    /** How often free disk space is looked at: a quick disk takes hundreds of MiB in a second. */
    static final int DISK_CHECK_MILLIS = 500;

    /** Below this much free space the operator is warned; the core refuses new records below its own, lower limit. */
    static final long DISK_WARN_FREE_BYTES = 1024L * 1024 * 1024;

    /** How long an operator's command may take. */
    static final int ASK_TIMEOUT_MILLIS = 10_000;

    /** Operator's commands that wait for the core. */
    static final int ASKS_MAX = 64;

    /** How long stopping may take before the process ends anyway; every acknowledged record is on disk by then. */
    static final int STOP_TIMEOUT_MILLIS = 8_000;

    /** How old the figures of the core may be. */
    static final int FIGURES_AGE_MILLIS_MAX = 250;

    private Limits() {}
}
