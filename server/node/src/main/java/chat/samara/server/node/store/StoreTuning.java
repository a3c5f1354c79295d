package chat.samara.server.node.store;

/**
 * How much RocksDB may take (I7), chosen for a machine with 1 GiB of memory beside a 768 MiB Java heap at most: about
 * 32 MiB of memtables + 32 MiB of block cache + a few MiB of table readers.
 *
 * @param memtableBytesMax over all column families; beyond it the largest is written out
 * @param memtableBytesPerTableMax of one column family
 * @param blockCacheBytesMax uncompressed blocks, indexes and filters
 * @param writeAheadLogBytesMax over all log files; bounds how long a start after a crash takes
 * @param openFilesMax file handles for tables
 * @param backgroundJobsMax flushes and compactions at one time
 */
public record StoreTuning(
        long memtableBytesMax,
        long memtableBytesPerTableMax,
        long blockCacheBytesMax,
        long writeAheadLogBytesMax,
        int openFilesMax,
        int backgroundJobsMax) {
    private static final long MIB = 1024L * 1024;

    /** What a server runs with. */
    public static StoreTuning defaults() {
        return new StoreTuning(32 * MIB, 8 * MIB, 32 * MIB, 64 * MIB, 512, 2);
    }
}
