package chat.samara.benchmarks.bare;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.rocksdb.CompressionType;
import org.rocksdb.NativeLibraryLoader;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteOptions;

/**
 * The bare store, a process of its own: RocksDB as it comes, without compression, and threads that write a row after the other, each with
 * sync; RocksDB syncs at once what several threads wait for. Prints a line for each run, and ends.
 */
public final class BareWriter {
    private static final long SECOND_NANOS = 1_000_000_000L;
    private static final int DIGITS = 3;

    private final RocksDB db;
    private final WriteOptions synced = new WriteOptions().setSync(true);
    private final AtomicLong keys = new AtomicLong();
    private final LongAdder written = new LongAdder();
    private final Recorder latencies = new Recorder(DIGITS);
    private final AtomicBoolean done = new AtomicBoolean();
    private final byte[] value;

    private BareWriter(RocksDB db, int valueBytes) {
        this.db = db;
        this.value = new byte[valueBytes];
        new Random(1).nextBytes(value);
    }

    /**
     * Writes.
     *
     * @param args folder, threads, bytes of a row, seconds of warm-up, runs, seconds of each
     */
    public static void main(String[] args) throws IOException, RocksDBException, InterruptedException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        NativeLibraryLoader.getInstance().loadLibrary(folder.toString());
        try (Options options =
                        new Options().setCreateIfMissing(true).setCompressionType(CompressionType.NO_COMPRESSION);
                RocksDB db = RocksDB.open(options, folder.resolve("rows").toString())) {
            BareWriter writer = new BareWriter(db, Integer.parseInt(args[2]));
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < Integer.parseInt(args[1]); i++) {
                Thread thread = new Thread(writer::write, "writer-" + i);
                thread.start();
                threads.add(thread);
            }
            writer.measure(Double.parseDouble(args[3]), Integer.parseInt(args[4]), Double.parseDouble(args[5]));
            for (Thread thread : threads) {
                thread.join();
            }
        }
    }

    private void write() {
        while (!done.get()) {
            byte[] key = ByteBuffer.allocate(Long.BYTES)
                    .putLong(keys.getAndIncrement())
                    .array();
            long began = System.nanoTime();
            try {
                db.put(synced, key, value);
            } catch (RocksDBException failed) {
                throw new IllegalStateException("a row could not be written", failed);
            }
            latencies.recordValue(System.nanoTime() - began);
            written.increment();
        }
    }

    private void measure(double warmUpSeconds, int runs, double seconds) throws InterruptedException {
        goOn(warmUpSeconds);
        Histogram unused = latencies.getIntervalHistogram();
        for (int i = 0; i < runs; i++) {
            long before = written.sum();
            long began = System.nanoTime();
            goOn(seconds);
            double took = (double) (System.nanoTime() - began) / SECOND_NANOS;
            BareRun run = new BareRun((written.sum() - before) / took, latencies.getIntervalHistogram());
            System.out.println(run.line(i));
        }
        done.set(true);
    }

    private static void goOn(double seconds) throws InterruptedException {
        Thread.sleep((long) (seconds * 1_000));
    }
}
