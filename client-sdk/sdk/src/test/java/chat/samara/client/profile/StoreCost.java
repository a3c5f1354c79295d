package chat.samara.client.profile;

import chat.samara.client.device.DeviceStore.Write;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.refusal.ClientException;
import chat.samara.mls.codec.Bytes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What a profile costs, with rows as the engine writes them: {@code main} with a new folder fills a profile with 100,000 messages and prints how long that takes;
 * with the same folder again, in another process, it opens the profile, reads and writes.
 */
final class StoreCost {
    private static final int MESSAGES = 100_000;
    private static final int MESSAGES_A_TURN = 500;
    private static final int SINGLE_MESSAGES = 300;
    private static final int ENTRY_HASHES_KEPT = 1024;
    private static final char[] PASSPHRASE = "correct horse".toCharArray();

    private final Random random = new Random(1);
    private final byte[] channel = bytes(32);
    private final byte[][] devices = Stream.generate(() -> bytes(16)).limit(20).toArray(byte[][]::new);

    private StoreCost() {}

    public static void main(String[] arguments) throws ClientException, IOException {
        Path folder = Path.of(arguments[0]);
        StoreCost cost = new StoreCost();
        if (ProfileStore.exists(folder)) {
            cost.open(folder);
        } else {
            cost.fill(folder);
        }
    }

    private void fill(Path folder) throws ClientException, IOException {
        try (ProfileStore store = ProfileStore.create(folder, PASSPHRASE.clone())) {
            List<Write> group = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                group.add(put(DeviceTable.GROUP, Bytes.concat(Bytes.of(channel), Bytes.ofUtf8("node/" + i)), 300));
            }
            store.commit(group);
            long start = System.nanoTime();
            for (int seq = 1; seq <= MESSAGES; seq += MESSAGES_A_TURN) {
                List<Write> turn = new ArrayList<>();
                for (int i = 0; i < MESSAGES_A_TURN; i++) {
                    message(turn, seq + i);
                }
                store.commit(turn);
            }
            say("catch-up of " + MESSAGES + " messages, " + MESSAGES_A_TURN + " a turn", start, MESSAGES);
        }
        System.out.printf("files after that: %.1f MB%n", megabytes(folder));
    }

    private void open(Path folder) throws ClientException, IOException {
        long start = System.nanoTime();
        try {
            ProfileStore.open(folder, "wrong".toCharArray()).close();
        } catch (ClientException wrong) {
            say("Argon2id, seen by a wrong passphrase", start, 1);
        }
        start = System.nanoTime();
        try (ProfileStore store = ProfileStore.open(folder, PASSPHRASE.clone())) {
            say("opening, Argon2id included", start, 1);
            start = System.nanoTime();
            int[] rows = {0};
            store.scan(DeviceTable.GROUP, Bytes.of(channel), end(), (key, value) -> ++rows[0] > 0);
            say("restoring a group of " + rows[0] + " rows", start, 1);
            start = System.nanoTime();
            store.scan(DeviceTable.HISTORY, numbered(MESSAGES - 100), end(), (key, value) -> true);
            say("the last 100 messages", start, 1);
            start = System.nanoTime();
            for (int i = 1; i <= SINGLE_MESSAGES; i++) {
                List<Write> turn = new ArrayList<>();
                message(turn, 2 * MESSAGES + i);
                store.commit(turn);
            }
            say(SINGLE_MESSAGES + " messages, one a turn", start, SINGLE_MESSAGES);
            start = System.nanoTime();
        }
        say("closing", start, 1);
        System.out.printf("files after that: %.1f MB%n", megabytes(folder));
    }

    /** What the engine writes for a message that it reads. */
    private void message(List<Write> turn, int seq) {
        turn.add(put(DeviceTable.HISTORY, Bytes.concat(numbered(seq), Bytes.of((byte) 0)), 120 + random.nextInt(120)));
        byte[] device = devices[random.nextInt(devices.length)];
        turn.add(put(DeviceTable.PLACE, Bytes.concat(Bytes.of(channel), Bytes.of(device), Bytes.of(bytes(16))), 4));
        turn.add(put(DeviceTable.ENTRY_HASH, numbered(seq), 16));
        if (seq > ENTRY_HASHES_KEPT) {
            turn.add(new Write.Delete(DeviceTable.ENTRY_HASH, numbered(seq - ENTRY_HASHES_KEPT)));
        }
        Bytes ratchet = Bytes.concat(Bytes.of(channel), Bytes.ofUtf8("ratchet/" + random.nextInt(20)));
        turn.add(put(DeviceTable.GROUP, ratchet, 80));
        turn.add(put(DeviceTable.CHANNEL, Bytes.of(channel), 700));
    }

    private Write put(DeviceTable table, Bytes key, int bytes) {
        return new Write.Put(table, key, bytes(bytes));
    }

    private Bytes numbered(long number) {
        return Bytes.of(ByteBuffer.allocate(40).put(channel).putLong(number).array());
    }

    private Bytes end() {
        return Bytes.concat(Bytes.of(channel), Bytes.of((byte) 0xff));
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        // Half of it as compressible as text is.
        if (length > 32) {
            Arrays.fill(bytes, 0, length / 2, (byte) 'e');
        }
        return bytes;
    }

    private static double megabytes(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.mapToLong(file -> file.toFile().length()).sum() / 1e6;
        }
    }

    private static void say(String what, long startNanos, int times) {
        double millis = (System.nanoTime() - startNanos) / 1e6;
        System.out.printf("%s: %.0f ms%s%n", what, millis, times > 1 ? ", %.3f ms each".formatted(millis / times) : "");
    }
}
