package chat.samara.server.core.keypackage;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredKeyPackage;
import chat.samara.server.core.store.proto.StoredKeyPackageOwner;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The KeyPackages of this server's devices.
 *
 * <ul>
 *   <li>KEY_PACKAGE: key: device id (16), cipher suite, a number that rises; value: {@link StoredKeyPackage}. A claim deletes the
 *       row that it hands out, and those that are past their lifetime.
 *   <li>LAST_RESORT: key: device id (16), cipher suite; value: {@link StoredKeyPackage}. Replaced by the next, never pruned.
 *   <li>KEY_PACKAGE_REF: key: KeyPackageRef; value: {@link StoredKeyPackageOwner}. Deleted when the device acknowledges the
 *       Welcome (unless last-resort), and by housekeeping after {@code Limits.KEY_PACKAGE_REF_MILLIS_MAX}.
 * </ul>
 */
public final class KeyPackageTable {
    private final Journal journal;

    public KeyPackageTable(Journal journal) {
        this.journal = journal;
    }

    /** A row, with its key. */
    record Row(Bytes key, StoredKeyPackage value) {}

    /** How many one-time KeyPackages the device has, by suite. */
    SortedMap<Integer, Integer> counts(DeviceId device) {
        SortedMap<Integer, Integer> counts = new TreeMap<>();
        journal.scanPrefix(Table.KEY_PACKAGE, device.bytes(), (key, value) -> {
            int suite = (int) Key.numberAt(key, device.bytes().size());
            counts.merge(suite, 1, Integer::sum);
            return true;
        });
        return counts;
    }

    /** The oldest one-time KeyPackage of the device for the suite. */
    Optional<Row> first(DeviceId device, int suite) {
        Row[] found = new Row[1];
        journal.scanPrefix(Table.KEY_PACKAGE, Key.of(device.bytes()).and(suite).bytes(), (key, value) -> {
            found[0] = new Row(key, Stored.decode(Table.KEY_PACKAGE, StoredKeyPackage.parser(), value));
            return false;
        });
        return Optional.ofNullable(found[0]);
    }

    void delete(Row row) {
        journal.delete(Table.KEY_PACKAGE, row.key());
    }

    /** Deletes all that could be handed out of a device, the last-resort ones too; their owner stays known. */
    void deleteAll(DeviceId device) {
        for (Table table : List.of(Table.KEY_PACKAGE, Table.LAST_RESORT)) {
            List<Bytes> keys = new ArrayList<>();
            journal.scanPrefix(table, device.bytes(), (key, value) -> keys.add(key));
            keys.forEach(key -> journal.delete(table, key));
        }
    }

    /** The next number for the device and suite. */
    long nextNumber(DeviceId device, int suite) {
        Bytes prefix = Key.of(device.bytes()).and(suite).bytes();
        long[] next = {1};
        journal.scanPrefix(Table.KEY_PACKAGE, prefix, (key, value) -> {
            next[0] = Key.numberAt(key, prefix.size()) + 1;
            return true;
        });
        return next[0];
    }

    void put(DeviceId device, long number, KeyPackage keyPackage, Bytes message) {
        int suite = keyPackage.suite().code();
        journal.put(
                Table.KEY_PACKAGE,
                Key.of(device.bytes()).and(suite).and(number).bytes(),
                Stored.encode(stored(keyPackage, message)));
        putOwner(device, keyPackage, false);
    }

    Optional<StoredKeyPackage> lastResort(DeviceId device, int suite) {
        return journal.get(Table.LAST_RESORT, Key.of(device.bytes()).and(suite).bytes())
                .map(value -> Stored.decode(Table.LAST_RESORT, StoredKeyPackage.parser(), value));
    }

    void putLastResort(DeviceId device, KeyPackage keyPackage, Bytes message) {
        journal.put(
                Table.LAST_RESORT,
                Key.of(device.bytes()).and(keyPackage.suite().code()).bytes(),
                Stored.encode(stored(keyPackage, message)));
        putOwner(device, keyPackage, true);
    }

    /** Which device of this server published the KeyPackage. */
    public Optional<StoredKeyPackageOwner> owner(Bytes ref) {
        return journal.get(Table.KEY_PACKAGE_REF, ref)
                .map(value -> Stored.decode(Table.KEY_PACKAGE_REF, StoredKeyPackageOwner.parser(), value));
    }

    /** A Welcome for the KeyPackage was taken: a one-time one is used up. */
    public void used(Bytes ref) {
        if (owner(ref).filter(owner -> !owner.getLastResort()).isPresent()) {
            journal.delete(Table.KEY_PACKAGE_REF, ref);
        }
    }

    /** Deletes owners of KeyPackages that were published before this time, at most so many. */
    void pruneOwners(long beforeMillis, int rowsMax) {
        List<Bytes> old = new ArrayList<>();
        journal.scanPrefix(Table.KEY_PACKAGE_REF, Bytes.EMPTY, (ref, value) -> {
            StoredKeyPackageOwner owner = Stored.decode(Table.KEY_PACKAGE_REF, StoredKeyPackageOwner.parser(), value);
            if (owner.getPublishedAtMillis() < beforeMillis) {
                old.add(ref);
            }
            return old.size() < rowsMax;
        });
        old.forEach(ref -> journal.delete(Table.KEY_PACKAGE_REF, ref));
    }

    private void putOwner(DeviceId device, KeyPackage keyPackage, boolean lastResort) {
        journal.put(
                Table.KEY_PACKAGE_REF,
                keyPackage.ref(),
                Stored.encode(StoredKeyPackageOwner.newBuilder()
                        .setDevice(Protobuf.toByteString(device.bytes()))
                        .setLastResort(lastResort)
                        .setPublishedAtMillis(journal.nowMillis())
                        .build()));
    }

    private static StoredKeyPackage stored(KeyPackage keyPackage, Bytes message) {
        return StoredKeyPackage.newBuilder()
                .setRef(Protobuf.toByteString(keyPackage.ref()))
                .setMessage(Protobuf.toByteString(message))
                .setNotAfterSeconds(keyPackage.lifetime().notAfterSeconds())
                .build();
    }
}
