package chat.samara.server.core.store;

import chat.samara.wire.log.ChannelId;
import java.util.Optional;

/**
 * The disk failed, a store cannot be opened, or a row cannot be read. Unchecked, since nobody who reads can do anything about it. The process must
 * stop, without another write and without sending what waited for this one (DESIGN §2, "Durable before acknowledged"); but where
 * {@link #isDamage rows are damaged}, only what needs them stops (I9).
 */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Which kind of failure. */
    public enum Kind {
        /** A read, write or sync failed. */
        IO,
        /** A write found no room on the disk. */
        FULL,
        /** The bytes that came back are not what was written. */
        CORRUPT,
        /** The store was written by a newer version of the software. */
        NEWER_VERSION,
        /** The store belongs to a server of another name or key. */
        OTHER_SERVER
    }

    private final Kind kind;
    private final transient Optional<ChannelId> channel;

    public StoreException(Kind kind, String message) {
        super(message);
        this.kind = kind;
        this.channel = Optional.empty();
    }

    public StoreException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
        this.channel = Optional.empty();
    }

    private StoreException(ChannelId channel, StoreException what) {
        super(what.getMessage() + ", of channel " + channel, what);
        this.kind = what.kind;
        this.channel = Optional.of(channel);
    }

    /** The same, of a row that belongs to a channel. */
    public StoreException in(ChannelId owner) {
        return channel.isPresent() ? this : new StoreException(owner, this);
    }

    /** Which kind of failure. */
    public Kind kind() {
        return kind;
    }

    /** The channel whose row it is; empty if it is not the row of one. */
    public Optional<ChannelId> channel() {
        return channel;
    }

    /** Whether rows cannot be read, while the disk goes on otherwise. */
    public boolean isDamage() {
        return kind == Kind.CORRUPT;
    }
}
