package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import java.util.List;
import java.util.Optional;

/**
 * What a device keeps: an ordered key-value store of a few named maps, written only by atomic, durable commits. Used by the
 * engine's thread only. Keys and values may be secret: an implementation encrypts what it puts on a disk, and what was deleted or overwritten
 * cannot be had from its files any more after the next commit or a clean end, whichever comes first.
 */
public interface DeviceStore {
    /** Bytes in a row's key, at most. */
    int KEY_BYTES_MAX = 512;

    /** The value, or empty. The caller may change the returned array. */
    Optional<byte[]> get(DeviceTable table, Bytes key);

    /** Visits the rows with {@code from <= key < to} in the order of the keys, until the visitor returns false; none if from is not below to. */
    void scan(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor);

    /** As {@link #scan}, from the highest key down. */
    void scanBack(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor);

    /**
     * Applies all writes in order, or none; durable on return. The caller does not touch the arrays afterwards.
     *
     * @throws DeviceStoreException if it may not have been applied; the engine is unusable afterwards and has to be made anew
     */
    void commit(List<Write> writes);

    /** Called for each row of a scan. Must not write. */
    @FunctionalInterface
    interface Visitor {
        /** Whether to go on. */
        boolean row(Bytes key, byte[] value);
    }

    /** One change. */
    sealed interface Write {
        DeviceTable table();

        Bytes key();

        /** The row holds this value afterwards. */
        // A class rather than a record: a value may be secret and has no business in equals or toString.
        final class Put implements Write {
            private final DeviceTable table;
            private final Bytes key;
            private final byte[] value;

            public Put(DeviceTable table, Bytes key, byte[] value) {
                this.table = table;
                this.key = key;
                this.value = value;
            }

            @Override
            public DeviceTable table() {
                return table;
            }

            @Override
            public Bytes key() {
                return key;
            }

            /** The live array. */
            public byte[] value() {
                return value;
            }

            @Override
            public String toString() {
                return "Put(" + table + ", " + key + ", " + value.length + " bytes)";
            }
        }

        /** The row is gone afterwards; it need not have been there. */
        record Delete(DeviceTable table, Bytes key) implements Write {}
    }
}
