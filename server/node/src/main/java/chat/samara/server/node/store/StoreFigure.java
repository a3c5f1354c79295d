package chat.samara.server.node.store;

import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Statistics;
import org.rocksdb.TickerType;

/**
 * What a {@link RocksDbStore} tells its operator in numbers: whether it keeps up with what is written, and where its memory and its disk's writes go. The
 * names are those of RocksDB, which defines them.
 */
public enum StoreFigure {
    /** Bytes of the tables' files; log files are not among them. */
    TABLE_FILE_BYTES,

    /** Bytes of memtables. */
    MEMTABLE_BYTES,

    /** Bytes of the block cache in use. */
    BLOCK_CACHE_BYTES,

    /** Bytes that compactions have to rewrite before all levels have their size again, by RocksDB's estimate. */
    PENDING_COMPACTION_BYTES,

    /** Compactions since the start that were not begun, since the disk had no room for what they write; each is tried again. */
    COMPACTIONS_PUT_OFF,

    /** Flushes and compactions that are running. */
    BACKGROUND_JOBS,

    /** 1 while writes wait until a flush or a compaction is done, 0 else. */
    WRITES_STOPPED,

    /** Bytes a second to which writes are slowed down, since flushes or compactions are behind; 0: not at all. */
    DELAYED_WRITE_RATE,

    /** Microseconds since the start in which a write was stopped or slowed down. */
    STALL_MICROS,

    /** Bytes written to the write-ahead log since the start. */
    LOG_BYTES_WRITTEN,

    /** Bytes written to the tables' files since the start, each time that they were. */
    TABLE_BYTES_WRITTEN,

    /** Blocks that were asked for since the start and were in the cache. */
    BLOCK_CACHE_HITS,

    /** Blocks that were asked for since the start and were read from their file. */
    BLOCK_CACHE_MISSES;

    long of(RocksDB db, Statistics statistics) throws RocksDBException {
        return switch (this) {
            case TABLE_FILE_BYTES -> db.getAggregatedLongProperty("rocksdb.live-sst-files-size");
            case MEMTABLE_BYTES -> db.getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables");
            case BLOCK_CACHE_BYTES -> db.getLongProperty("rocksdb.block-cache-usage");
            case PENDING_COMPACTION_BYTES -> db.getAggregatedLongProperty("rocksdb.estimate-pending-compaction-bytes");
            case COMPACTIONS_PUT_OFF -> statistics.getTickerCount(TickerType.COMPACTION_CANCELLED);
            case BACKGROUND_JOBS ->
                db.getLongProperty("rocksdb.num-running-flushes")
                        + db.getLongProperty("rocksdb.num-running-compactions");
            case WRITES_STOPPED -> db.getLongProperty("rocksdb.is-write-stopped");
            case DELAYED_WRITE_RATE -> db.getLongProperty("rocksdb.actual-delayed-write-rate");
            case STALL_MICROS -> statistics.getTickerCount(TickerType.STALL_MICROS);
            case LOG_BYTES_WRITTEN -> statistics.getTickerCount(TickerType.WAL_FILE_BYTES);
            case TABLE_BYTES_WRITTEN ->
                statistics.getTickerCount(TickerType.FLUSH_WRITE_BYTES)
                        + statistics.getTickerCount(TickerType.COMPACT_WRITE_BYTES);
            case BLOCK_CACHE_HITS -> statistics.getTickerCount(TickerType.BLOCK_CACHE_HIT);
            case BLOCK_CACHE_MISSES -> statistics.getTickerCount(TickerType.BLOCK_CACHE_MISS);
        };
    }
}
