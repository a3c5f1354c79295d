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
 *   <li>key: the name "look-alike-rules"; value: a number, by which rules the table LOOK_ALIKE was written; no row: by the first ones,
 *       which knew fewer. Never pruned.
 * </ul>
 */
public final class Format {
    /** The layout that this software writes. */
    public static final int VERSION = 1;

    private static final Bytes KEY = Key.of("format").bytes();

    private static final Bytes LOOK_ALIKE_RULES_KEY = Key.of("look-alike-rules").bytes();

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

    /** By which rules the table LOOK_ALIKE was written; 0: by the first ones. */
    public long lookAlikeRules() {
        return journal.get(Table.META, LOOK_ALIKE_RULES_KEY)
                .map(value -> Stored.number(Table.META, value))
                .orElse(0L);
    }

    /** The table LOOK_ALIKE was written by these rules. */
    public void setLookAlikeRules(long rules) {
        journal.put(Table.META, LOOK_ALIKE_RULES_KEY, Stored.number(rules));
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
