package chat.samara.systemtests.demo;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Looks in files for pieces of texts that must not be there: any {@value #WINDOW_BYTES} bytes in a row of any of the texts, in any of
 * the forms in which a program is likely to leak it (UTF-8, UTF-16 in both byte orders, and Base64 of the UTF-8 at all three
 * alignments). So a text cut into blocks, or only partly leaked, is found too.
 *
 * <p>It cannot see through compression or encryption by the one who is scanned: the demo therefore also checks that it does find what
 * a server is known to write.
 *
 * <p>A rolling hash over the window (Rabin and Karp) is looked up in a filter and then in a sorted list; what fits is compared byte by
 * byte before it counts. Immutable after construction.
 */
final class PlainTextScanner {
    static final int WINDOW_BYTES = 16;

    private static final long BASE = 0x9E3779B97F4A7C15L;
    private static final int FILTER_BITS = 24;
    private static final int BUFFER_BYTES = 1 << 20;

    /** A place where a piece of a text was found. */
    record Find(Path file, long offset, String piece) {}

    /** What was looked through and what was found; at most one find a file. */
    record Result(int files, long bytes, List<Find> finds) {
        Result plus(Result other) {
            List<Find> both = new ArrayList<>(finds);
            both.addAll(other.finds);
            return new Result(files + other.files, bytes + other.bytes, both);
        }
    }

    private final List<byte[]> forms = new ArrayList<>();
    private final BitSet filter = new BitSet(1 << FILTER_BITS);
    private final long[] hashes;
    private final long leadingPower;

    /** @param texts what must not be found, each at least {@value #WINDOW_BYTES} bytes of UTF-8 long */
    PlainTextScanner(List<String> texts) {
        long power = 1;
        for (int i = 1; i < WINDOW_BYTES; i++) {
            power *= BASE;
        }
        leadingPower = power;
        for (String text : texts) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            if (utf8.length < WINDOW_BYTES) {
                throw new IllegalArgumentException(
                        "a text of " + utf8.length + " bytes is too short to look for: expected " + WINDOW_BYTES);
            }
            forms.add(utf8);
            forms.add(text.getBytes(StandardCharsets.UTF_16LE));
            forms.add(text.getBytes(StandardCharsets.UTF_16BE));
            for (int shift = 0; shift < 3; shift++) {
                forms.add(base64(utf8, shift));
            }
        }
        long[] all = new long
                [forms.stream()
                        .mapToInt(form -> Math.max(0, form.length - WINDOW_BYTES + 1))
                        .sum()];
        int count = 0;
        for (byte[] form : forms) {
            long hash = 0;
            for (int i = 0; i < form.length; i++) {
                hash = roll(hash, i >= WINDOW_BYTES ? form[i - WINDOW_BYTES] : 0, form[i]);
                if (i >= WINDOW_BYTES - 1) {
                    all[count++] = hash;
                    filter.set(slot(hash));
                }
            }
        }
        hashes = Arrays.stream(all, 0, count).sorted().distinct().toArray();
    }

    /** The characters of the Base64 of a longer content that are decided by {@code utf8} alone, if it stands at that alignment. */
    private static byte[] base64(byte[] utf8, int shift) {
        byte[] shifted = new byte[utf8.length + shift];
        System.arraycopy(utf8, 0, shifted, shift, utf8.length);
        byte[] encoded = Base64.getEncoder().withoutPadding().encode(shifted);
        int from = (shift * 8 + 5) / 6;
        int to = shifted.length * 8 / 6;
        return Arrays.copyOfRange(encoded, from, to);
    }

    private long roll(long hash, byte leaves, byte comes) {
        return (hash - (leaves & 0xff) * leadingPower) * BASE + (comes & 0xff);
    }

    private static int slot(long hash) {
        return (int) (hash >>> (Long.SIZE - FILTER_BITS));
    }

    /** Looks through a file, or all files of a folder and its folders. */
    Result scan(Path fileOrFolder) throws IOException {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(fileOrFolder)) {
            files = walk.filter(Files::isRegularFile).sorted().toList();
        }
        long bytes = 0;
        List<Find> finds = new ArrayList<>();
        for (Path file : files) {
            bytes += Files.size(file);
            scanFile(file).ifPresent(finds::add);
        }
        return new Result(files.size(), bytes, finds);
    }

    private Optional<Find> scanFile(Path file) throws IOException {
        // One window of the previous buffer stays in front of the next one, so that no border hides a find.
        byte[] buffer = new byte[WINDOW_BYTES + BUFFER_BYTES];
        int kept = 0;
        long bufferOffset = 0;
        try (InputStream in = Files.newInputStream(file)) {
            while (true) {
                int read = in.readNBytes(buffer, kept, BUFFER_BYTES);
                int filled = kept + read;
                int at = firstFind(buffer, filled);
                if (at >= 0) {
                    return Optional.of(new Find(file, bufferOffset + at, describe(buffer, at)));
                }
                if (read < BUFFER_BYTES) {
                    return Optional.empty();
                }
                kept = WINDOW_BYTES;
                System.arraycopy(buffer, filled - kept, buffer, 0, kept);
                bufferOffset += filled - kept;
            }
        }
    }

    /** Offset of the first window that is a piece of a text, or -1. */
    private int firstFind(byte[] buffer, int filled) {
        long hash = 0;
        for (int i = 0; i < filled; i++) {
            hash = roll(hash, i >= WINDOW_BYTES ? buffer[i - WINDOW_BYTES] : 0, buffer[i]);
            int start = i - WINDOW_BYTES + 1;
            if (start >= 0
                    && filter.get(slot(hash))
                    && Arrays.binarySearch(hashes, hash) >= 0
                    && isPiece(buffer, start)) {
                return start;
            }
        }
        return -1;
    }

    private boolean isPiece(byte[] buffer, int start) {
        for (byte[] form : forms) {
            for (int i = 0; i + WINDOW_BYTES <= form.length; i++) {
                if (Arrays.equals(form, i, i + WINDOW_BYTES, buffer, start, start + WINDOW_BYTES)) {
                    return true;
                }
            }
        }
        return false;
    }

    private static String describe(byte[] buffer, int at) {
        return new String(buffer, at, WINDOW_BYTES, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", "·");
    }
}
