package chat.samara.server.core.batch;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredFormat;
import chat.samara.wire.encoding.Protobuf;
import java.util.Optional;

/**
 * Table META: what the store is, and whose.
 *
 * <ul>
 *   <li>key: the name "format"; value: {@link StoredFormat}. Never pruned.
 * </ul>
 */
public final class Format {
    /** The layout that this software writes. */
    public static final int VERSION = 1;

    private static final Bytes KEY = Key.of("format").bytes();

    private final Journal journal;
    private StoredFormat format = StoredFormat.getDefaultInstance();

    public Format(Journal journal) {
        this.journal = journal;
    }

    /**
     * Reads what the store is; marks an empty one.
     *
     * @throws StoreException if it is of a newer version or of another server
     */
    public void open(ServerIdentity identity) {
        Optional<Bytes> stored = journal.get(Table.META, KEY);
        if (stored.isEmpty()) {
            write(StoredFormat.newBuilder()
                    .setVersion(VERSION)
                    .setServerName(identity.name().value())
                    .setRootKey(Protobuf.toByteString(identity.rootPublicKey()))
                    .setIncarnation(1)
                    .build());
            return;
        }
        format = Stored.decode(Table.META, StoredFormat.parser(), stored.get());
        if (format.getVersion() > VERSION) {
            throw new StoreException(
                    StoreException.Kind.NEWER_VERSION,
                    "the store has format " + format.getVersion() + ", but this version of Samara knows formats up to "
                            + VERSION + "; start the newer version that wrote it");
        }
        if (!format.getServerName().equals(identity.name().value())
                || !Stored.bytes(format.getRootKey()).equals(identity.rootPublicKey())) {
            throw new StoreException(
                    StoreException.Kind.OTHER_SERVER,
                    "the store belongs to " + format.getServerName() + " with root key "
                            + Stored.bytes(format.getRootKey()).hex() + ", but this is " + identity.name()
                            + " with root key " + identity.rootPublicKey().hex());
        }
    }

    /** The origin_incarnation of new records; from 1. */
    public long incarnation() {
        return format.getIncarnation();
    }

    /** This server has found that it was restored from a backup: new records begin an incarnation above the one seen. */
    public void startIncarnation(long seen) {
        long next = Math.max(format.getIncarnation(), seen) + 1;
        write(format.toBuilder().setIncarnation(next).build());
    }

    /** Reads again what was written, after an event was undone. */
    public void reload() {
        journal.get(Table.META, KEY)
                .ifPresent(stored -> format = Stored.decode(Table.META, StoredFormat.parser(), stored));
    }

    private void write(StoredFormat next) {
        journal.put(Table.META, KEY, Stored.encode(next));
        format = next;
    }
}
