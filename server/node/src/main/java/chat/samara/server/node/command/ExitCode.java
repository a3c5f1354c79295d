package chat.samara.server.node.command;

/** How a command ends, for scripts. */
final class ExitCode {
    static final int OK = 0;
    /** It could not be done; the reason is on standard error. */
    static final int FAILED = 1;
    /** The command line is wrong. */
    static final int USAGE = 2;
    /** No server runs on the data folder. */
    static final int NOT_RUNNING = 3;
    /** A running server met a bug in itself and stopped. */
    static final int BUG = 70;
    /** The disk failed under a running server, which stopped at once. */
    static final int DISK_FAILED = 74;

    private ExitCode() {}
}
