package chat.samara.client.profile;

import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.DeviceStoreException;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.PasswordHash;
import chat.samara.mls.crypto.RandomSource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.MVStoreException;

/**
 * A device's store in an encrypted MVStore file: one map a table, one MVStore version a commit, synced before it returns. After a crash the
 * file opens at the last version that is whole.
 */
public final class ProfileStore implements DeviceStore, AutoCloseable {
    /** Argon2id with 32 MiB and two passes: half a second of a program that has just started, for every guess. */
    private static final PasswordHash COST = new PasswordHash(32 * 1024, 2, 1);

    private static final int CACHE_MIB = 8;
    private static final int COMPACT_EVERY_COMMITS = 512;
    private static final int COMPACT_FILL_PERCENT = 50;
    private static final int COMPACT_BYTES_MAX = 4 << 20;
    private static final int COMPACT_AT_CLOSE_MILLIS_MAX = 200;

    private final FileChannel lock;
    private final MVStore store;
    private final Map<DeviceTable, MVMap<byte[], byte[]>> maps = new EnumMap<>(DeviceTable.class);
    private int commits;

    private ProfileStore(FileChannel lock, MVStore store) {
        this.lock = lock;
        this.store = store;
        for (DeviceTable table : DeviceTable.values()) {
            MVMap.Builder<byte[], byte[]> builder = new MVMap.Builder<byte[], byte[]>()
                    .keyType(ByteStringType.INSTANCE)
                    .valueType(ByteStringType.INSTANCE);
            maps.put(table, store.openMap(table.name(), builder));
        }
    }

    /** Whether there is a profile in the folder. */
    public static boolean exists(Path folder) {
        return new ProfileFolder(folder).exists();
    }

    /** Makes a profile. Refused with PROFILE_EXISTS, PROFILE_IN_USE or PROFILE_DAMAGED; leaves nothing behind then. */
    public static ProfileStore create(Path folder, char[] passphrase) throws ClientException {
        return create(folder, passphrase, COST);
    }

    static ProfileStore create(Path folder, char[] passphrase, PasswordHash cost) throws ClientException {
        ProfileFolder files = new ProfileFolder(folder);
        boolean madeFolder = !Files.exists(folder);
        try {
            files.make();
            FileChannel lock = files.lock();
            boolean made = false;
            try {
                if (files.exists()) {
                    throw new ClientException(
                            RefusalCode.PROFILE_EXISTS,
                            "there is a profile in " + folder + " already; open it instead");
                }
                // Of a creation that a crash cut off before its header was written.
                Files.deleteIfExists(files.store());
                ProfileKey key = ProfileKey.make(passphrase, cost, RandomSource.secure());
                ProfileStore opened = open(files, lock, key);
                opened.store.commit();
                opened.store.sync();
                files.writeHeader(key.header());
                made = true;
                return opened;
            } finally {
                if (!made) {
                    lock.close();
                    discard(files, madeFolder);
                }
            }
        } catch (IOException e) {
            throw damaged(folder, e);
        }
    }

    private static void discard(ProfileFolder files, boolean madeFolder) throws IOException {
        if (!files.exists()) {
            files.discard();
            if (madeFolder) {
                Files.deleteIfExists(files.path());
            }
        }
    }

    /**
     * Opens a profile. Refused with PROFILE_MISSING, PROFILE_IN_USE, PROFILE_NEWER, PROFILE_DAMAGED or WRONG_PASSPHRASE; a refusal changes
     * nothing.
     */
    public static ProfileStore open(Path folder, char[] passphrase) throws ClientException {
        ProfileFolder files = new ProfileFolder(folder);
        if (!files.exists()) {
            throw new ClientException(
                    RefusalCode.PROFILE_MISSING, "there is no profile in " + folder + "; create one first");
        }
        try {
            FileChannel lock = files.lock();
            boolean opened = false;
            try {
                ProfileKey key = ProfileKey.of(files.readHeader(), passphrase);
                if (!Files.exists(files.store())) {
                    throw new ClientException(RefusalCode.PROFILE_DAMAGED, files.store() + " is missing");
                }
                ProfileStore store = open(files, lock, key);
                opened = true;
                return store;
            } finally {
                if (!opened) {
                    lock.close();
                }
            }
        } catch (IOException e) {
            throw damaged(folder, e);
        }
    }

    private static ProfileStore open(ProfileFolder files, FileChannel lock, ProfileKey key) throws ClientException {
        try {
            MVStore store = new MVStore.Builder()
                    .fileName(files.store().toString())
                    .encryptionKey(key.storeKey())
                    // Only commits of the engine write, each one whole.
                    .autoCommitDisabled()
                    .cacheSize(CACHE_MIB)
                    .compress()
                    .open();
            return new ProfileStore(lock, store);
        } catch (MVStoreException | IllegalArgumentException e) {
            throw damaged(files.path(), e);
        }
    }

    private static ClientException damaged(Path folder, Exception cause) {
        return new ClientException(
                RefusalCode.PROFILE_DAMAGED,
                "the profile in " + folder + " cannot be read or written: " + cause.getMessage(),
                cause);
    }

    @Override
    public Optional<byte[]> get(DeviceTable table, Bytes key) {
        try {
            return Optional.ofNullable(map(table).get(key.toByteArray())).map(byte[]::clone);
        } catch (MVStoreException e) {
            throw new DeviceStoreException("reading " + table + " failed", e);
        }
    }

    @Override
    public void scan(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
        try {
            Cursor<byte[], byte[]> cursor = map(table).cursor(fromInclusive.toByteArray());
            while (cursor.hasNext()) {
                Bytes key = Bytes.of(cursor.next());
                if (key.compareTo(toExclusive) >= 0
                        || !visitor.row(key, cursor.getValue().clone())) {
                    return;
                }
            }
        } catch (MVStoreException e) {
            throw new DeviceStoreException("reading " + table + " failed", e);
        }
    }

    @Override
    public void commit(List<Write> writes) {
        try {
            for (Write write : writes) {
                if (write instanceof Write.Put put) {
                    map(put.table()).put(put.key().toByteArray(), put.value());
                } else {
                    map(write.table()).remove(write.key().toByteArray());
                }
            }
            store.commit();
            store.sync();
            if (++commits % COMPACT_EVERY_COMMITS == 0) {
                store.compact(COMPACT_FILL_PERCENT, COMPACT_BYTES_MAX);
            }
        } catch (MVStoreException | IllegalStateException e) {
            // What was put and not committed must never be committed later, by a close.
            store.closeImmediately();
            throw new DeviceStoreException("writing the profile failed: " + e.getMessage(), e);
        }
    }

    private MVMap<byte[], byte[]> map(DeviceTable table) {
        MVMap<byte[], byte[]> map = maps.get(table);
        if (map == null) {
            throw new IllegalStateException("no map for " + table);
        }
        return map;
    }

    @Override
    public void close() {
        try {
            if (!store.isClosed()) {
                store.close(COMPACT_AT_CLOSE_MILLIS_MAX);
            }
        } catch (MVStoreException e) {
            store.closeImmediately();
        } finally {
            try {
                lock.close();
            } catch (IOException e) {
                // The process gives the lock back at its end, at the latest.
                System.getLogger(ProfileStore.class.getName())
                        .log(System.Logger.Level.WARNING, "the profile's lock could not be given back", e);
            }
        }
    }
}
