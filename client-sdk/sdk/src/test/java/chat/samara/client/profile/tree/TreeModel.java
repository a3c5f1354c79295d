package chat.samara.client.profile.tree;

import chat.samara.client.profile.tree.SealedTree.Change;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** What a tree should hold, and random turns that change both. Keys and values in hex, whose order is that of the bytes. */
final class TreeModel {
    private static final HexFormat HEX = HexFormat.of();

    private final Random random;
    private final NavigableMap<String, String> rows = new TreeMap<>();
    private int appended;

    TreeModel(Random random) {
        this.random = random;
    }

    /** As many changes; the model has them afterwards. */
    List<Change> turn(int changes) {
        List<Change> turn = new ArrayList<>();
        for (int i = 0; i < changes; i++) {
            if (random.nextInt(5) == 0 && !rows.isEmpty()) {
                byte[] key = someKey();
                rows.remove(hex(key));
                turn.add(new Change.Delete(key));
            } else {
                byte[] key = random.nextInt(4) > 0 ? newKey() : someKey();
                byte[] value = new byte[valueBytes()];
                random.nextBytes(value);
                rows.put(hex(key), hex(value));
                turn.add(new Change.Put(key, value));
            }
        }
        return turn;
    }

    List<Change> deleteAll() {
        List<Change> turn = new ArrayList<>();
        rows.keySet().forEach(key -> turn.add(new Change.Delete(HEX.parseHex(key))));
        rows.clear();
        return turn;
    }

    /** A key that is there, or nearly. */
    byte[] someKey() {
        if (rows.isEmpty()) {
            return newKey();
        }
        byte[] near = newKey();
        String key = Optional.ofNullable(rows.ceilingKey(hex(near))).orElse(rows.firstKey());
        return HEX.parseHex(key);
    }

    /** In order behind a common start, or short, or long, or anything. */
    private byte[] newKey() {
        byte[] key;
        switch (random.nextInt(4)) {
            case 0 -> {
                key = bytes(3, 33);
                key[31] = (byte) (++appended >> 8);
                key[32] = (byte) appended;
            }
            case 1 -> {
                key = new byte[random.nextInt(3)];
                random.nextBytes(key);
            }
            case 2 -> {
                key = bytes(random.nextInt(4), 60 + random.nextInt(SealedTree.KEY_BYTES_MAX - 60));
                key[random.nextInt(60)] = (byte) random.nextInt();
            }
            default -> {
                key = new byte[16];
                random.nextBytes(key);
            }
        }
        return key;
    }

    private int valueBytes() {
        return switch (random.nextInt(10)) {
            case 0 -> 0;
            case 1 -> Leaf.INLINE_BYTES_MAX - 1 + random.nextInt(3);
            case 2 -> 3000 + random.nextInt(20_000);
            default -> random.nextInt(200);
        };
    }

    Map<String, String> expected() {
        return new TreeMap<>(rows);
    }

    Optional<String> get(byte[] key) {
        return Optional.ofNullable(rows.get(hex(key)));
    }

    static Map<String, String> rowsOf(SealedTree tree) throws IOException {
        Map<String, String> found = new TreeMap<>();
        byte[] last = new byte[SealedTree.KEY_BYTES_MAX + 1];
        Arrays.fill(last, (byte) 0xff);
        tree.scan(new byte[0], last, (key, value) -> {
            found.put(hex(key), hex(value));
            return true;
        });
        return found;
    }

    static String hex(byte[] bytes) {
        return HEX.formatHex(bytes);
    }

    /** So many bytes of this seed. */
    static byte[] bytes(long seed, int length) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }
}
