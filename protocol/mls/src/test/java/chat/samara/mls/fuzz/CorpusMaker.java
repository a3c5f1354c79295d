package chat.samara.mls.fuzz;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Writes the corpus's files that are made, not found: {@code ok-…} must be taken, {@code no-…} must be refused. Run it again
 * only when a format changes on purpose. Files of other names were found by the fuzzer, and stay.
 */
public final class CorpusMaker {
    private static final long SEED = 9420;
    private static final Pattern WORD_START = Pattern.compile("_(.)");

    private CorpusMaker() {}

    /** The folder of a decoder in the corpus, which Jazzer knows by the name of the fuzz test. */
    static String folder(Decoder decoder) {
        return WORD_START
                .matcher(decoder.name().toLowerCase(Locale.ROOT))
                .replaceAll(start -> start.group(1).toUpperCase(Locale.ROOT));
    }

    /** Writes below the given folder, {@code …/DecoderFuzzTestInputs}. */
    public static void main(String[] arguments) throws IOException, MlsException {
        Path root = Path.of(arguments[0]);
        Map<Decoder, Map<String, byte[]>> seeds = Seeds.of(SEED);
        for (Decoder decoder : Decoder.values()) {
            Path folder = Files.createDirectories(root.resolve(folder(decoder)));
            Map<String, byte[]> valid = seeds.getOrDefault(decoder, Map.of());
            for (Map.Entry<String, byte[]> seed : valid.entrySet()) {
                Files.write(folder.resolve("ok-" + seed.getKey()), seed.getValue());
            }
            for (Map.Entry<String, byte[]> seed : violations(decoder, valid).entrySet()) {
                Files.write(folder.resolve("no-" + seed.getKey()), seed.getValue());
            }
        }
    }

    /** Edges that no decoder may take: most are the same for all. */
    private static Map<String, byte[]> violations(Decoder decoder, Map<String, byte[]> valid) {
        Map<String, byte[]> violations = new TreeMap<>();
        violations.put("gigabyte", Bytes.ofHex("bfffffff").toByteArray());
        violations.put("length-prefix-11", Bytes.ofHex("ffffffffffffffff").toByteArray());
        if (decoder != Decoder.GROUP_STATE && decoder != Decoder.PRIMITIVES) {
            violations.put("nothing", new byte[0]);
        }
        valid.values().stream().findFirst().ifPresent(bytes -> {
            if (bytes.length > 0 && decoder != Decoder.PRIVATE_CONTENT) {
                violations.put(
                        "trailing-byte", new TlsWriter().raw(bytes).uint8(7).toByteArray());
            }
            if (bytes.length > 1) {
                violations.put("truncated", Arrays.copyOf(bytes, bytes.length / 2));
            }
        });
        switch (decoder) {
            case EXTENSIONS -> {
                violations.put("twice", Bytes.ofHex("06f0a100f0a100").toByteArray());
                violations.put("length-not-minimal", Bytes.ofHex("4003f0a100").toByteArray());
                violations.put("ends-in-an-item", Bytes.ofHex("02f0a1").toByteArray());
            }
            case RATCHET_TREE -> {
                violations.put("no-nodes", Bytes.ofHex("00").toByteArray());
                violations.put("only-blanks", Bytes.ofHex("03000000").toByteArray());
                violations.put("presence-2", Bytes.ofHex("0102").toByteArray());
            }
            case REQUIRED_CAPABILITIES ->
                violations.put(
                        "odd-vector", Bytes.ofHex("03000000" + "00" + "00").toByteArray());
            case APP_DATA_DICTIONARY -> {
                violations.put("unsorted", Bytes.ofHex("06f00100000100").toByteArray());
                violations.put("twice", Bytes.ofHex("06000100000100").toByteArray());
            }
            case PROPOSAL -> {
                violations.put("psk-type-3", Bytes.ofHex("0004030000").toByteArray());
                violations.put("app-data-operation-3", Bytes.ofHex("0008f00103").toByteArray());
                violations.put(
                        "app-data-removal-of-something",
                        Bytes.ofHex("0008f0010200").toByteArray());
            }
            case GROUP_STATE -> {
                violations.put(
                        "no-header",
                        new TlsWriter()
                                .opaque(Bytes.ofUtf8("group"))
                                .opaque(Bytes.EMPTY)
                                .toByteArray());
                violations.put(
                        "unknown-key",
                        new TlsWriter()
                                .opaque(Bytes.ofUtf8("other"))
                                .opaque(Bytes.of((byte) 1))
                                .toByteArray());
            }
            default -> {}
        }
        return violations;
    }
}
