package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Another process plays the {@link ErasureScenario}, writes the secrets into a file, and dumps its heap: every object that can
 * still be reached, with all its bytes. They are searched from here, so that the search does not find itself.
 */
@DisplayName("Forward secrecy, in the memory of a process:")
class HeapForwardSecrecyTest {
    private static final int PREFIX_BYTES = 8;
    private static final long TIMEOUT_SECONDS = 120;

    private record Sought(String what, Bytes secret, boolean mustBeThere) {}

    @Test
    @DisplayName("no object holds a secret that has had its day, and those are found that have not")
    void heap(@TempDir Path folder) throws IOException, InterruptedException {
        Path secrets = folder.resolve("secrets");
        Path dump = folder.resolve("heap.hprof");
        play(folder, secrets, dump);
        List<Sought> all = read(secrets);
        Map<String, Integer> found = search(Files.readAllBytes(dump), all);
        List<String> leaked = new ArrayList<>();
        List<String> missed = new ArrayList<>();
        for (Sought sought : all) {
            int times = found.getOrDefault(sought.secret.hex(), 0);
            if (!sought.mustBeThere && times > 0) {
                leaked.add(sought.what + ": " + times + " times");
            } else if (sought.mustBeThere && times == 0) {
                missed.add(sought.what);
            }
        }
        assertThat(missed).as("live secrets that the search does not find").isEmpty();
        assertThat(leaked).as("secrets that can still be reached").isEmpty();
        assertThat(all).filteredOn(Sought::mustBeThere).hasSizeGreaterThanOrEqualTo(3);
        assertThat(all).filteredOn(sought -> !sought.mustBeThere).hasSizeGreaterThan(100);
    }

    private static void play(Path folder, Path secrets, Path dump) throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        String classPath = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        Path output = folder.resolve("output");
        Process process = new ProcessBuilder(
                        java.toString(),
                        "-Xmx256m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        classPath,
                        HeapForwardSecrecyTest.class.getName(),
                        secrets.toString(),
                        dump.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        boolean over = process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (!over) {
            process.destroyForcibly();
        }
        assertThat(over && process.exitValue() == 0)
                .as(() -> "the process that plays: " + text(output))
                .isTrue();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Sought> read(Path secrets) throws IOException {
        List<Sought> all = new ArrayList<>();
        try (Stream<String> lines = Files.lines(secrets)) {
            lines.forEach(line -> {
                int first = line.indexOf('\t');
                int last = line.lastIndexOf('\t');
                all.add(new Sought(
                        line.substring(first + 1, last),
                        Bytes.ofHex(line.substring(last + 1)),
                        line.startsWith("kept")));
            });
        }
        return all;
    }

    /** How often each secret, in hex digits, occurs. */
    private static Map<String, Integer> search(byte[] heap, List<Sought> all) {
        Map<Long, List<Bytes>> byPrefix = new HashMap<>();
        for (Sought sought : all) {
            byPrefix.computeIfAbsent(sought.secret.asReadOnlyBuffer().getLong(), prefix -> new ArrayList<>())
                    .add(sought.secret);
        }
        Map<String, Integer> found = new HashMap<>();
        ByteBuffer bytes = ByteBuffer.wrap(heap);
        for (int at = 0; at + PREFIX_BYTES <= heap.length; at++) {
            for (Bytes secret : byPrefix.getOrDefault(bytes.getLong(at), List.of())) {
                if (at + secret.size() <= heap.length
                        && bytes.slice(at, secret.size()).equals(secret.asReadOnlyBuffer())) {
                    found.merge(secret.hex(), 1, Integer::sum);
                }
            }
        }
        return found;
    }

    // ---- the other process ----

    /** Held while the heap is dumped. */
    private static List<Object> living = List.of();

    /**
     * Plays the scenario.
     *
     * @param arguments where to write the secrets, and the dump
     */
    public static void main(String[] arguments) throws IOException, MlsException {
        Recorder recorder = new Recorder(Path.of(arguments[0]));
        play(recorder);
        recorder.keepTheLast();
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(arguments[1], true);
        System.out.println(living.size() + " objects are held");
    }

    /** In a frame of its own, which is gone when the heap is dumped. */
    private static void play(Recorder recorder) throws MlsException {
        ErasureScenario scenario = new ErasureScenario(recorder);
        scenario.run();
        living = scenario.living();
    }

    /** Writes secrets into a file, and keeps none: a line is {@code gone} or {@code kept}, what it is, and its hex digits. */
    private static final class Recorder implements ErasureScenario.Witness {
        private final Path file;
        private List<String> keptByThisStep = new ArrayList<>();
        private List<String> keptByTheLast = List.of();

        Recorder(Path file) {
            this.file = file;
        }

        @Override
        public void gone(String what, byte[] secret) {
            append("gone\t" + what + "\t" + Bytes.of(secret).hex());
        }

        @Override
        public void goneHere(String what, byte[] secret) {
            // Others hold it still.
        }

        @Override
        public void kept(String what, byte[] secret) {
            keptByThisStep.add("kept\t" + what + "\t" + Bytes.of(secret).hex());
        }

        @Override
        public void endOfStep(String step, Map<Bytes, Bytes> stored) {
            keptByTheLast = List.copyOf(keptByThisStep);
            keptByThisStep = new ArrayList<>();
        }

        void keepTheLast() {
            Objects.requireNonNull(keptByTheLast).forEach(this::append);
            keptByTheLast = List.of();
        }

        private void append(String line) {
            try {
                Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
