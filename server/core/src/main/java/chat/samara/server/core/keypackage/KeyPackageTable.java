package chat.samara.server.core.keypackage;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Sweep;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredKeyPackage;
import chat.samara.server.core.store.proto.StoredKeyPackageOwner;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The KeyPackages of this server's devices.
 *
 * <ul>
 *   <li>KEY_PACKAGE: key: device id (16), cipher suite, a number that rises; value: {@link StoredKeyPackage}. A claim deletes the
 *       row that it hands out; claims, publications and housekeeping delete those that are not handed out any more ({@link
 *       Claimability}).
 *   <li>LAST_RESORT: key: device id (16), cipher suite; value: {@link StoredKeyPackage}. Replaced by the next; housekeeping deletes
 *       those that are not handed out any more.
 *   <li>KEY_PACKAGE_REF: key: KeyPackageRef; value: {@link StoredKeyPackageOwner}. Deleted when the device acknowledges the
 *       Welcome (unless last-resort), and by housekeeping after {@code Limits.KEY_PACKAGE_REF_MILLIS_MAX}.
 * </ul>
 */
public final class KeyPackageTable {
    private final Journal journal;

    private final Sweep oneTimeSweep;
    private final Sweep lastResortSweep;
    private final Sweep ownerSweep;

    public KeyPackageTable(Journal journal) {
        this.journal = journal;
        this.oneTimeSweep = new Sweep(journal, Table.KEY_PACKAGE);
        this.lastResortSweep = new Sweep(journal, Table.LAST_RESORT);
        this.ownerSweep = new Sweep(journal, Table.KEY_PACKAGE_REF);
    }

    /** A row, with its key. */
    record Row(Bytes key, StoredKeyPackage value) {}

    /** How many one-time KeyPackages of the device can be claimed, by suite. */
    SortedMap<Integer, Integer> counts(DeviceId device, long nowSeconds) {
        SortedMap<Integer, Integer> counts = new TreeMap<>();
        for (Row row : rows(device)) {
            if (Claimability.isClaimable(row.value(), nowSeconds)) {
                counts.merge(suiteOf(row, device), 1, Integer::sum);
            }
        }
        return counts;
    }

    /** All one-time KeyPackages of the device: never more than {@code Limits.KEY_PACKAGES_PER_DEVICE_MAX}. */
    List<Row> rows(DeviceId device) {
        List<Row> rows = new ArrayList<>();
        journal.scanPrefix(
                Table.KEY_PACKAGE,
                device.bytes(),
                (key, value) -> rows.add(new Row(key, decode(Table.KEY_PACKAGE, value))));
        return rows;
    }

    static int suiteOf(Row row, DeviceId device) {
        return (int) Key.numberAt(row.key(), device.bytes().size());
    }

    /** The oldest one-time KeyPackage of the device for the suite. */
    Optional<Row> first(DeviceId device, int suite) {
        Row[] found = new Row[1];
        journal.scanPrefix(Table.KEY_PACKAGE, Key.of(device.bytes()).and(suite).bytes(), (key, value) -> {
            found[0] = new Row(key, decode(Table.KEY_PACKAGE, value));
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
                .map(value -> decode(Table.LAST_RESORT, value));
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

    /** Whether one of these servers was lately handed a KeyPackage of anybody here. */
    public boolean isAnyClaimedBy(Collection<ServerName> servers) {
        return servers.stream().anyMatch(server -> ClaimTable.isAny(journal, server.value()));
    }

    /** A Welcome for the KeyPackage was taken: a one-time one is used up. */
    public void used(Bytes ref) {
        if (owner(ref).filter(owner -> !owner.getLastResort()).isPresent()) {
            journal.delete(Table.KEY_PACKAGE_REF, ref);
        }
    }

    /** Deletes owners of KeyPackages that were published before this time, among the next so many. */
    void sweepOwners(long beforeMillis, int rowsMax) {
        ownerSweep.go(
                rowsMax,
                row -> Stored.decode(Table.KEY_PACKAGE_REF, StoredKeyPackageOwner.parser(), row)
                                .getPublishedAtMillis()
                        < beforeMillis);
    }

    /** Deletes one-time KeyPackages that are not handed out any more, among the next so many. */
    void sweepOneTime(long nowSeconds, int rowsMax) {
        oneTimeSweep.go(rowsMax, row -> !Claimability.isClaimable(decode(Table.KEY_PACKAGE, row), nowSeconds));
    }

    /** The same of last-resort KeyPackages. */
    void sweepLastResort(long nowSeconds, int rowsMax) {
        lastResortSweep.go(rowsMax, row -> !Claimability.isClaimable(decode(Table.LAST_RESORT, row), nowSeconds));
    }

    private static StoredKeyPackage decode(Table table, Bytes value) {
        return Stored.decode(table, StoredKeyPackage.parser(), value);
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
                .setClaimableUntilSeconds(Claimability.untilSeconds(keyPackage.lifetime()))
                .build();
    }
}
