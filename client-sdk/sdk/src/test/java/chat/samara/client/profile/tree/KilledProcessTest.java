package chat.samara.client.profile.tree;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.profile.tree.SealedTree.Change;
import chat.samara.mls.crypto.RandomSource;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A sealed tree whose process is killed")
class KilledProcessTest {
    private static final byte[] DATA_KEY = TreeModel.bytes(1, SealedTree.DATA_KEY_BYTES);
    private static final int KILLS = 4;

    /** Nearly eight megabytes a turn, in more pages than the tree keeps in memory. */
    private static final int ROWS = 2500;

    private static final int VALUE_BYTES = 3000;

    /** More than a process comes to. */
    private static final int TURNS_MAX = 20;

    private static final int WRITE = '.';
    private static final int COMMITTED = '!';

    @TempDir
    private Path folder;

    /** What the killed process does: turns that replace every row, a sign on standard output for every write and every turn. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] arguments) throws IOException {
            ChannelBlockFile plain = new ChannelBlockFile(channel(Path.of(arguments[0])));
            BlockFile telling = new TellingFile(plain);
            SealedTree tree = plain.length() == 0
                    ? SealedTree.create(telling, DATA_KEY, RandomSource.secure())
                    : SealedTree.open(telling, List.of(DATA_KEY), RandomSource.secure());
            for (byte turn = Byte.parseByte(arguments[1]); ; turn++) {
                List<Change> changes = new ArrayList<>();
                for (int row = 0; row < ROWS; row++) {
                    byte[] value = new byte[VALUE_BYTES];
                    value[0] = turn;
                    changes.add(new Change.Put(keyOf(row), value));
                }
                tree.commit(changes);
                tell(COMMITTED);
            }
        }
    }

    private static void tell(int sign) {
        System.out.write(sign);
        System.out.flush();
    }

    private static byte[] keyOf(int row) {
        return new byte[] {(byte) (row >> 8), (byte) row};
    }

    private static FileChannel channel(Path file) throws IOException {
        return FileChannel.open(
                file, Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    private record TellingFile(BlockFile file) implements BlockFile {
        @Override
        public void read(long at, byte[] into) throws IOException {
            file.read(at, into);
        }

        @Override
        public void write(long at, byte[] bytes) throws IOException {
            file.write(at, bytes);
            tell(WRITE);
        }

        @Override
        public void sync() throws IOException {
            file.sync();
            tell(WRITE);
        }

        @Override
        public long length() throws IOException {
            return file.length();
        }

        @Override
        public void truncate(long length) throws IOException {
            file.truncate(length);
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    @Test
    @DisplayName("in the middle of turns larger than every cache has the same turn in all its rows")
    void killed() throws IOException, InterruptedException {
        long seed = 31;
        Random random = new Random(seed);
        Path file = folder.resolve("tree");
        for (int kill = 0; kill < KILLS; kill++) {
            // Once there is a turn at all, anywhere in the next two.
            int turns = kill == 0 ? 1 : random.nextInt(2);
            writeAndKill(file, kill * TURNS_MAX, turns, 1 + random.nextInt(ROWS + 1000));
            Set<Byte> found = new HashSet<>();
            int[] rows = {0};
            try (SealedTree tree =
                    SealedTree.open(new ChannelBlockFile(channel(file)), List.of(DATA_KEY), RandomSource.secure())) {
                tree.scan(new byte[0], new byte[] {-1, -1}, (key, value) -> {
                    rows[0]++;
                    found.add(value[0]);
                    return true;
                });
            }
            assertThat(rows[0]).as("rows, seed " + seed + ", kill " + kill).isEqualTo(ROWS);
            assertThat(found).as("turns, seed " + seed + ", kill " + kill).hasSize(1);
        }
        assertThat(Files.size(file)).isLessThan(4L * ROWS * VALUE_BYTES);
    }

    private static void writeAndKill(Path file, int firstTurn, int turns, int writes)
            throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writer.class.getName(),
                        file.toString(),
                        String.valueOf(firstTurn))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (InputStream signs = process.getInputStream()) {
            int committed = 0;
            int written = 0;
            while (committed < turns || written < writes) {
                int sign = signs.read();
                assertThat(sign).as("a sign of the writing process").isIn(WRITE, COMMITTED);
                committed += sign == COMMITTED ? 1 : 0;
                written += sign == WRITE && committed >= turns ? 1 : 0;
            }
        } finally {
            process.destroyForcibly().waitFor();
        }
    }
}
