package chat.samara.server.core.store;

/**
 * The disk failed, or a store cannot be opened. Unchecked, since nobody in the core can do anything about it: the process must
 * stop, without another write and without sending what waited for this one (DESIGN §2, "Durable before acknowledged").
 */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Which kind of failure. */
    public enum Kind {
        /** A read, write or sync failed. */
        IO,
        /** The bytes that came back are not what was written. */
        CORRUPT,
        /** The store was written by a newer version of the software. */
        NEWER_VERSION,
        /** The store belongs to a server of another name or key. */
        OTHER_SERVER
    }

    private final Kind kind;

    public StoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public StoreException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** Which kind of failure. */
    public Kind kind() {
        return kind;
    }
}
