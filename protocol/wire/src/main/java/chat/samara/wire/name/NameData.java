package chat.samara.wire.name;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.StringTokenizer;
import java.util.function.BiConsumer;

/**
 * The frozen table, {@code names-1.txt}, as Unicode 16 has it. Each line is a word, and then tokens of hexadecimal code points:
 * {@code 41} or {@code 41-5A} for members; for mappings {@code DF=73.73}, {@code 41-5A>61} for a run of neighbours that become
 * neighbours, and {@code 100-12E/101} for every second one of a run.
 *
 * <table>
 *   <caption>The words</caption>
 *   <tr><td>bidi, letter, digit, mark, wide-mark, other</td><td>what kind a code point is; in none of them: not to be seen</td></tr>
 *   <tr><td>script S+T</td><td>the scripts in which a letter, mark or digit is used; in none of them: in all</td></tr>
 *   <tr><td>class N</td><td>canonical combining class</td></tr>
 *   <tr><td>pair, split</td><td>canonical decomposition; a pair is composed again</td></tr>
 *   <tr><td>fold</td><td>NFKC_Casefold of one code point</td></tr>
 *   <tr><td>look</td><td>what it looks like (UTS #39, confusables)</td></tr>
 *   <tr><td>right-to-left, soft-dotted</td><td>Bidi_Class R and AL; letters that lose their dot under a mark</td></tr>
 * </table>
 */
final class NameData {
    private static final String RESOURCE = "names-1.txt";
    private static final int HEX = 16;

    private static final NameData FROZEN = read();

    private final CodePointMap<CharacterKind> kinds = new CodePointMap<>();
    private final CodePointMap<Set<String>> scripts = new CodePointMap<>();
    private final CodePointMap<Integer> classes = new CodePointMap<>();
    private final CodePointMap<Boolean> rightToLeft = new CodePointMap<>();
    private final CodePointMap<Boolean> softDotted = new CodePointMap<>();
    private final Map<Integer, String> decompositions = new HashMap<>();
    private final Map<String, Integer> compositions = new HashMap<>();
    private final Map<Integer, String> folds = new HashMap<>();
    private final Map<Integer, String> looks = new HashMap<>();

    private NameData() {}

    /** The table, read when it is needed first. */
    static NameData frozen() {
        return FROZEN;
    }

    CharacterKind kind(int codePoint) {
        return kinds.get(codePoint).orElse(CharacterKind.INVISIBLE);
    }

    /** The scripts (ISO 15924) in which it is used; empty: in all. */
    Optional<Set<String>> scripts(int codePoint) {
        return scripts.get(codePoint);
    }

    int combiningClass(int codePoint) {
        return classes.get(codePoint).orElse(0);
    }

    boolean isRightToLeft(int codePoint) {
        return rightToLeft.get(codePoint).isPresent();
    }

    boolean isSoftDotted(int codePoint) {
        return softDotted.get(codePoint).isPresent();
    }

    /** What stands behind the first digit of its row, the zero: 0 to 9. */
    int digit(int codePoint) {
        return (codePoint - kinds.rangeStart(codePoint)) % 10;
    }

    /** Its canonical decomposition, one step of it, without Hangul. */
    Optional<String> decomposition(int codePoint) {
        return Optional.ofNullable(decompositions.get(codePoint));
    }

    /** What two code points are composed to, without Hangul. */
    Optional<Integer> composition(int first, int second) {
        return Optional.ofNullable(compositions.get(Character.toString(first) + Character.toString(second)));
    }

    /** NFKC_Casefold of one code point; itself if it is not changed. */
    String fold(int codePoint) {
        String folded = folds.get(codePoint);
        return folded == null ? Character.toString(codePoint) : folded;
    }

    /** What it looks like; itself if it is not changed. */
    String look(int codePoint) {
        String look = looks.get(codePoint);
        return look == null ? Character.toString(codePoint) : look;
    }

    private static NameData read() {
        NameData data = new NameData();
        try (InputStream in = NameData.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException("the table " + RESOURCE + " is missing from this build of samara-wire");
            }
            BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("#")) {
                    data.take(new StringTokenizer(line, " "));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("the table " + RESOURCE + " cannot be read", e);
        }
        return data;
    }

    private void take(StringTokenizer line) {
        String word = line.nextToken();
        switch (word) {
            case "bidi" -> members(line, kinds, CharacterKind.BIDI_CONTROL);
            case "letter" -> members(line, kinds, CharacterKind.LETTER);
            case "digit" -> members(line, kinds, CharacterKind.DIGIT);
            case "mark" -> members(line, kinds, CharacterKind.MARK);
            case "wide-mark" -> members(line, kinds, CharacterKind.WIDE_MARK);
            case "other" -> members(line, kinds, CharacterKind.OTHER);
            case "right-to-left" -> members(line, rightToLeft, true);
            case "soft-dotted" -> members(line, softDotted, true);
            case "script" -> members(line, scripts, Set.of(line.nextToken().split("\\+")));
            case "class" -> members(line, classes, Integer.valueOf(line.nextToken()));
            case "pair" ->
                mappings(line, (from, to) -> {
                    decompositions.put(from, to);
                    compositions.put(to, from);
                });
            case "split" -> mappings(line, decompositions::put);
            case "fold" -> mappings(line, folds::put);
            case "look" -> mappings(line, looks::put);
            default -> throw new IllegalStateException("the table " + RESOURCE + " has a line \"" + word + "\"");
        }
    }

    private static <V> void members(StringTokenizer line, CodePointMap<V> map, V value) {
        while (line.hasMoreTokens()) {
            String token = line.nextToken();
            int dash = token.indexOf('-');
            int from = hex(dash < 0 ? token : token.substring(0, dash));
            map.put(from, dash < 0 ? from : hex(token.substring(dash + 1)), value);
        }
    }

    private static void mappings(StringTokenizer line, BiConsumer<Integer, String> map) {
        while (line.hasMoreTokens()) {
            String token = line.nextToken();
            int equals = token.indexOf('=');
            if (equals >= 0) {
                map.accept(hex(token.substring(0, equals)), image(token.substring(equals + 1)));
                continue;
            }
            int step = token.indexOf('/') >= 0 ? 2 : 1;
            int dash = token.indexOf('-');
            int split = token.indexOf(step == 2 ? '/' : '>');
            int from = hex(token.substring(0, dash));
            int last = hex(token.substring(dash + 1, split));
            int to = hex(token.substring(split + 1));
            for (int c = from; c <= last; c += step) {
                map.accept(c, Character.toString(to + c - from));
            }
        }
    }

    private static String image(String dotted) {
        StringBuilder out = new StringBuilder();
        StringTokenizer parts = new StringTokenizer(dotted, ".");
        while (parts.hasMoreTokens()) {
            out.appendCodePoint(hex(parts.nextToken()));
        }
        return out.toString();
    }

    private static int hex(String digits) {
        return Integer.parseInt(digits, HEX);
    }
}
