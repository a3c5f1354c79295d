package chat.samara.server.node.run;

/** A batch did not reach the disk. Nothing that waited for it has left; the process must stop and must not try again. */
final class DiskFailedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    DiskFailedException(Throwable cause) {
        super("a batch could not be written: " + cause.getMessage(), cause);
    }
}
