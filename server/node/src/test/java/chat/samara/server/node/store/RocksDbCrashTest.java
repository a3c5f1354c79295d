package chat.samara.server.node.store;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that writes and is halted in the middle: what it reported as written is there, and batches are whole. */
@Timeout(120)
class RocksDbCrashTest {
    private static final int ROUNDS = 3;
    private static final int REPORTS_BEFORE_HALT = 40;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void everyBatchThatWasReportedSurvivesAHaltAndNoneIsHalfThere() throws Exception {
        long reported = -1;
        for (int round = 0; round < ROUNDS; round++) {
            reported = Math.max(reported, writeUntilHalted());
            try (RocksDbStore store = RocksDbStore.open(folder, Stores.LIBRARY, StoreTuning.defaults())) {
                long last = -1;
                for (long i = 0; isThere(store, Table.ENTRY, i); i++) {
                    assertThat(isThere(store, Table.HEAD, i))
                            .as("other half of batch %s", i)
                            .isTrue();
                    last = i;
                }
                assertThat(last).as("last batch on disk").isGreaterThanOrEqualTo(reported);
                assertThat(isThere(store, Table.HEAD, last + 1)).isFalse();
            }
        }
    }

    private long writeUntilHalted() throws Exception {
        Process writer = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx128m",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long reported = -1;
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                reported = Long.parseLong(line);
            }
        }
        assertThat(writer.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(writer.exitValue()).isEqualTo(Writer.HALTED);
        return reported;
    }

    private static boolean isThere(RocksDbStore store, Table table, long number) {
        Optional<byte[]> value = store.get(table, key(number).toByteArray());
        return value.isPresent();
    }

    private static Bytes key(long number) {
        return Bytes.wrapUnsafe(ByteBuffer.allocate(8).putLong(number).array());
    }

    /** The process that is halted, by a second thread while the first one writes. */
    public static final class Writer {
        static final int HALTED = 42;

        private Writer() {}

        public static void main(String[] args) throws Exception {
            RocksDbStore store =
                    RocksDbStore.open(Path.of(args[0]), Path.of(args[0], "..", "library"), StoreTuning.defaults());
            long next = 0;
            while (isThere(store, Table.ENTRY, next)) {
                next++;
            }
            long halt = next + REPORTS_BEFORE_HALT;
            while (true) {
                WriteBatch batch = new WriteBatch();
                batch.put(Table.ENTRY, key(next), Bytes.wrapUnsafe(new byte[2_000]));
                batch.put(Table.HEAD, key(next), Bytes.wrapUnsafe(new byte[200]));
                store.write(batch);
                System.out.println(next);
                System.out.flush();
                next++;
                if (next == halt) {
                    Thread halting = new Thread(() -> Runtime.getRuntime().halt(HALTED));
                    halting.start();
                }
            }
        }
    }
}
