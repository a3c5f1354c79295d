package chat.samara.server.node.store;

import chat.samara.server.core.store.ScanVisitor;
import chat.samara.server.core.store.Snapshot;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.node.folder.FolderException;
import chat.samara.server.node.folder.PrivateFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.Env;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstFileManager;
import org.rocksdb.Statistics;
import org.rocksdb.Status;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteOptions;

/**
 * The core's store over RocksDB: a column family per {@link Table}, under the table's name. RocksDB's own "default" stays empty.
 * What is in a row, and who prunes it, stands in the class of the core that owns the table.
 *
 * <p>A {@link #write} is one RocksDB batch through the write-ahead log with {@code sync}; nothing else is ever written.
 * Nothing is compressed: what is stored is ciphertext and hashes, and so a search of the raw files for a plain text
 * means something.
 *
 * <p>Whether a message is new is asked of a table that only grows. The filters that answer it, and the indices, are in parts of a few KiB, of
 * which those in use stay in the block cache: a whole one of a large file would take a good part of it, and be read again for each question.
 *
 * <p>A log that ends in a torn write (a loss of power) is cut there: that write was never reported durable. Damage
 * anywhere else, also at the end of an earlier log file, refuses to open, rather than silently losing what follows it (I1). After a failed write or sync RocksDB
 * is told not to try again by itself; the process stops (design §2).
 *
 * <p>A compaction writes the files that it replaces before it deletes them, and one that meets a full disk takes the server with it. So none is begun that
 * the disk has no room for as {@link #roomBesides} was told last, and each is kept small: it takes what one level has in a few files, not in all.
 *
 * <p>Reads from any thread; one writer at a time; {@link #close} after the last of both.
 */
public final class RocksDbStore implements Store, AutoCloseable {
    private static final int BLOCK_BYTES = 16 * 1024;
    private static final int BLOOM_BITS_PER_KEY = 10;
    private static final long METADATA_BLOCK_BYTES = 4 * 1024;

    /** Two shards: two threads read at most, and what does not fit into its shard is read from the disk at each look. */
    private static final int BLOCK_CACHE_SHARD_BITS = 1;

    private static final long SST_BYTES = 32L * 1024 * 1024;
    /** Of the first level below the newest files: these are rewritten together with it. */
    private static final long FIRST_LEVEL_BYTES = 64L * 1024 * 1024;

    /** What one compaction of two lower levels rewrites, about: of these, files are cut so that none overlaps more. */
    private static final long COMPACTION_BYTES = 128L * 1024 * 1024;

    /** What compactions may need for a while at the most, about: one at a time, and a first level that has grown beside many new files. */
    private static final long COMPACTIONS_BYTES_MAX = 256L * 1024 * 1024;

    /** What no compaction takes of the disk's room: memtables have to be written out and the log goes on. */
    private static final long KEPT_FROM_COMPACTIONS_BYTES = 96L * 1024 * 1024;

    /** RocksDB ends where its files take what they may. That bound only puts compactions off, and so lies far above what the disk has. */
    private static final long ABOVE_THE_DISK_BYTES = 1L << 40;

    private static final long ARENA_BLOCK_BYTES = 64L * 1024;
    private static final long INFO_LOG_BYTES_MAX = 1024L * 1024;
    private static final int INFO_LOGS_MAX = 2;

    private final RocksDB db;
    private final Map<Table, ColumnFamilyHandle> families;
    private final WriteOptions synced;
    private final List<AutoCloseable> natives;
    private final RocksDbReads reads;
    private final Statistics statistics;
    private final SstFileManager files;

    /** Held by who asks for a figure and by who closes: a database that is closed must not be asked. */
    private final Object figuresLock = new Object();

    private boolean closed;

    /** Those that are not closed yet: none may outlive the database. */
    private final Set<RocksDbSnapshot> snapshots = ConcurrentHashMap.newKeySet();

    private RocksDbStore(
            RocksDB db,
            Map<Table, ColumnFamilyHandle> families,
            WriteOptions synced,
            Statistics statistics,
            SstFileManager files,
            List<AutoCloseable> natives) {
        this.db = db;
        this.statistics = statistics;
        this.files = files;
        this.families = families;
        this.synced = synced;
        this.natives = natives;
        this.reads = new RocksDbReads(db, this::family, Optional.empty());
        natives.add(reads.gets());
    }

    /**
     * Opens the store, and makes it if the folder is empty or missing.
     *
     * @param libraryFolder where RocksDB's native library is unpacked; in the temporary folder, where RocksDB would put
     *     it, each killed process would leave some 17 MB behind
     * @throws FolderException if another process has it open, a newer version wrote it, or it is damaged
     */
    public static RocksDbStore open(Path folder, Path libraryFolder, StoreTuning tuning) throws FolderException {
        loadLibrary(libraryFolder);
        List<AutoCloseable> natives = new ArrayList<>();
        try {
            PrivateFile.createFolder(folder);
            refuseUnknownFamilies(folder);
            ColumnFamilyOptions familyOptions = familyOptions(tuning, natives);
            Statistics statistics = new Statistics();
            natives.add(statistics);
            SstFileManager files = new SstFileManager(Env.getDefault());
            natives.add(files);
            files.setCompactionBufferSize(ABOVE_THE_DISK_BYTES + KEPT_FROM_COMPACTIONS_BYTES);
            DBOptions options =
                    databaseOptions(tuning, natives).setStatistics(statistics).setSstFileManager(files);
            List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
            descriptors.add(new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions));
            for (Table table : Table.values()) {
                descriptors.add(new ColumnFamilyDescriptor(name(table), familyOptions));
            }
            List<ColumnFamilyHandle> handles = new ArrayList<>();
            RocksDB db = RocksDB.open(options, folder.toString(), descriptors, handles);
            Map<Table, ColumnFamilyHandle> families = new EnumMap<>(Table.class);
            // In the order of the descriptors, of which the first is RocksDB's own.
            Iterator<ColumnFamilyHandle> next = handles.listIterator(1);
            for (Table table : Table.values()) {
                families.put(table, next.next());
            }
            natives.add(0, db);
            natives.addAll(0, handles);
            WriteOptions synced = new WriteOptions().setSync(true);
            natives.add(synced);
            return new RocksDbStore(db, families, synced, statistics, files, natives);
        } catch (RocksDBException failed) {
            closeAll(natives);
            throw explain(folder, failed);
        } catch (IOException failed) {
            closeAll(natives);
            throw new FolderException(
                    "The store " + folder + " cannot be written (" + FolderException.reason(failed)
                            + "); check its permissions.",
                    failed);
        }
    }

    @Override
    public Optional<byte[]> get(Table table, byte[] key) {
        return reads.get(table, key);
    }

    @Override
    public void scan(Table table, byte[] fromInclusive, byte[] toExclusive, ScanVisitor visitor) {
        reads.scan(table, fromInclusive, toExclusive, visitor);
    }

    @Override
    public Snapshot snapshot() {
        RocksDbSnapshot snapshot = new RocksDbSnapshot(db, this::family, snapshots::remove);
        snapshots.add(snapshot);
        return snapshot;
    }

    /** How many snapshots are not closed yet. */
    int snapshotsOpen() {
        return snapshots.size();
    }

    @Override
    public void write(WriteBatch batch) {
        try (org.rocksdb.WriteBatch together = new org.rocksdb.WriteBatch()) {
            for (WriteBatch.Change change : batch.changes()) {
                ColumnFamilyHandle family = family(change.table());
                if (change instanceof WriteBatch.Put put) {
                    together.put(family, put.key().arrayUnsafe(), put.value().arrayUnsafe());
                } else if (change instanceof WriteBatch.DeleteRange range) {
                    together.deleteRange(
                            family,
                            range.fromInclusive().arrayUnsafe(),
                            range.toExclusive().arrayUnsafe());
                } else {
                    together.delete(family, change.key().arrayUnsafe());
                }
            }
            db.write(synced, together);
        } catch (RocksDBException failed) {
            throw failure("writing a batch of " + batch.sizeBytes() + " bytes", failed);
        }
    }

    /**
     * What the store says of itself, as of now. From any thread, also beside {@link #close}.
     *
     * @throws StoreException if RocksDB cannot tell, or the store is closed
     */
    public long figure(StoreFigure figure) {
        synchronized (figuresLock) {
            if (closed) {
                throw new StoreException(StoreException.Kind.IO, figure + " of a store that is closed");
            }
            try {
                return figure.of(db, statistics);
            } catch (RocksDBException failed) {
                throw failure("asking for " + figure, failed);
            }
        }
    }

    /**
     * Hears how much room the disk has, and begins no compaction that this is too little for. From any thread, also beside {@link #close}.
     *
     * @param freeBytes bytes that can be written on the disk of the store's folder
     * @return what is left of these beside what compactions may need for a while; none if less
     * @throws StoreException if RocksDB cannot tell, or the store is closed
     */
    public long roomBesides(long freeBytes) {
        long needed = Math.min(figure(StoreFigure.PENDING_COMPACTION_BYTES), COMPACTIONS_BYTES_MAX);
        synchronized (figuresLock) {
            if (!closed) {
                long bytesMax = files.getTotalSize() + Math.min(freeBytes, ABOVE_THE_DISK_BYTES) + ABOVE_THE_DISK_BYTES;
                files.setMaxAllowedSpaceUsage(bytesMax);
            }
        }
        return Math.max(0, freeBytes - needed);
    }

    @Override
    public void close() {
        synchronized (figuresLock) {
            closed = true;
        }
        try {
            db.syncWal();
        } catch (RocksDBException failed) {
            // Every batch was synced by itself; there is nothing left that this could lose.
            throw failure("closing", failed);
        } finally {
            List.copyOf(snapshots).forEach(RocksDbSnapshot::close);
            closeAll(natives);
        }
    }

    private static void loadLibrary(Path libraryFolder) throws FolderException {
        try {
            PrivateFile.createFolder(libraryFolder);
            NativeLibraryLoader.getInstance().loadLibrary(libraryFolder.toString());
        } catch (IOException | UnsatisfiedLinkError | RuntimeException failed) {
            throw new FolderException(
                    "RocksDB's library cannot be loaded from " + libraryFolder + " (" + failed.getMessage()
                            + "); its disk must have room and not be mounted noexec.",
                    failed);
        }
    }

    private ColumnFamilyHandle family(Table table) {
        ColumnFamilyHandle family = families.get(table);
        if (family == null) {
            throw new IllegalStateException("no column family for " + table + ", expected one a table");
        }
        return family;
    }

    private static byte[] name(Table table) {
        return table.columnFamily().getBytes(StandardCharsets.UTF_8);
    }

    /** A family that this version does not know was made by a newer one, which keeps there what we would ignore. */
    private static void refuseUnknownFamilies(Path folder) throws FolderException, RocksDBException {
        List<byte[]> found;
        try (org.rocksdb.Options options = new org.rocksdb.Options()) {
            found = RocksDB.listColumnFamilies(options, folder.toString());
        } catch (RocksDBException noStoreYet) {
            return;
        }
        List<String> known = new ArrayList<>();
        known.add(new String(RocksDB.DEFAULT_COLUMN_FAMILY, StandardCharsets.UTF_8));
        for (Table table : Table.values()) {
            known.add(table.columnFamily());
        }
        for (byte[] name : found) {
            String family = new String(name, StandardCharsets.UTF_8);
            if (!known.contains(family)) {
                throw new FolderException("The store " + folder + " has a table \"" + family
                        + "\" that this version does not know; use the newer version that wrote it.");
            }
        }
    }

    private static DBOptions databaseOptions(StoreTuning tuning, List<AutoCloseable> natives) {
        DBOptions options = walsTracked()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setParanoidChecks(true)
                .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
                .setMaxBgErrorResumeCount(0)
                .setDbWriteBufferSize(tuning.memtableBytesMax())
                .setMaxTotalWalSize(tuning.writeAheadLogBytesMax())
                .setMaxOpenFiles(tuning.openFilesMax())
                .setMaxBackgroundJobs(tuning.backgroundJobsMax())
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(INFO_LOG_BYTES_MAX)
                .setKeepLogFileNum(INFO_LOGS_MAX)
                .setStatsDumpPeriodSec(0);
        natives.add(options);
        return options;
    }

    /** Each closed log file's length stands in the manifest: only the one that is being written may end in a torn write. */
    private static DBOptions walsTracked() {
        Properties properties = new Properties();
        properties.setProperty("track_and_verify_wals_in_manifest", "true");
        DBOptions options = DBOptions.getDBOptionsFromProps(properties);
        if (options == null) {
            throw new IllegalStateException("RocksDB does not know " + properties);
        }
        return options;
    }

    private static ColumnFamilyOptions familyOptions(StoreTuning tuning, List<AutoCloseable> natives) {
        Cache cache = new LRUCache(tuning.blockCacheBytesMax(), BLOCK_CACHE_SHARD_BITS);
        BloomFilter filter = new BloomFilter(BLOOM_BITS_PER_KEY);
        ColumnFamilyOptions options = new ColumnFamilyOptions()
                .setCompressionType(CompressionType.NO_COMPRESSION)
                .setBottommostCompressionType(CompressionType.NO_COMPRESSION)
                .setWriteBufferSize(tuning.memtableBytesPerTableMax())
                .setArenaBlockSize(ARENA_BLOCK_BYTES)
                .setMaxWriteBufferNumber(2)
                .setTargetFileSizeBase(SST_BYTES)
                .setMaxBytesForLevelBase(FIRST_LEVEL_BYTES)
                .setMaxCompactionBytes(COMPACTION_BYTES)
                .setLevelCompactionDynamicLevelBytes(true)
                .setTableFormatConfig(new BlockBasedTableConfig()
                        .setBlockSize(BLOCK_BYTES)
                        .setBlockCache(cache)
                        .setCacheIndexAndFilterBlocks(true)
                        .setCacheIndexAndFilterBlocksWithHighPriority(true)
                        .setPinL0FilterAndIndexBlocksInCache(true)
                        .setIndexType(IndexType.kTwoLevelIndexSearch)
                        .setPartitionFilters(true)
                        .setMetadataBlockSize(METADATA_BLOCK_BYTES)
                        .setPinTopLevelIndexAndFilter(true)
                        .setFilterPolicy(filter));
        natives.add(options);
        natives.add(filter);
        natives.add(cache);
        return options;
    }

    private static FolderException explain(Path folder, RocksDBException failed) {
        String message = String.valueOf(failed.getMessage());
        if (message.contains("lock")) {
            return new FolderException(
                    "The store " + folder + " is open already; stop the server that uses it first.", failed);
        }
        Status status = failed.getStatus();
        if (status != null && status.getCode() == Status.Code.Corruption) {
            return new FolderException(
                    "The store " + folder + " is damaged (" + message + "); restore the data folder from a backup.",
                    failed);
        }
        return new FolderException(
                "The store " + folder + " cannot be opened (" + message + ").", failure("opening", failed));
    }

    static StoreException failure(String doing, RocksDBException failed) {
        Status status = failed.getStatus();
        return new StoreException(kind(status), doing + " failed: " + failed.getMessage(), failed);
    }

    private static StoreException.Kind kind(@Nullable Status status) {
        if (status != null && status.getCode() == Status.Code.Corruption) {
            return StoreException.Kind.CORRUPT;
        }
        boolean full = status != null && status.getSubCode() == Status.SubCode.NoSpace;
        return full ? StoreException.Kind.FULL : StoreException.Kind.IO;
    }

    private static void closeAll(List<AutoCloseable> natives) {
        for (AutoCloseable each : natives) {
            try {
                each.close();
            } catch (Exception failed) {
                throw new IllegalStateException("RocksDB objects close without failing", failed);
            }
        }
    }
}
