package chat.samara.wire.name;

import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UCharacterCategory;
import com.ibm.icu.lang.UCharacterDirection;
import com.ibm.icu.lang.UProperty;
import com.ibm.icu.lang.UScript;
import com.ibm.icu.text.Normalizer2;
import com.ibm.icu.text.SpoofChecker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.stream.Collectors;

/**
 * Wrote {@code names-1.txt} from ICU's tables of Unicode 16. To be run again only for a version 2 of the rules for names: version 1 is
 * frozen, and {@code NameDataTest} compares.
 */
final class NameDataMaker {
    private static final int LINE_CHARS = 118;
    private static final int SURROGATES_FROM = 0xD800;
    private static final int SURROGATES_TO = 0xDFFF;
    private static final int HANGUL_FROM = 0xAC00;
    private static final int HANGUL_TO = 0xD7A3;

    private static final Normalizer2 NFC = Normalizer2.getNFCInstance();
    private static final Normalizer2 NFD = Normalizer2.getNFDInstance();
    private static final Normalizer2 NFKC_CASEFOLD = Normalizer2.getNFKCCasefoldInstance();
    private static final SpoofChecker SPOOF_CHECKER = new SpoofChecker.Builder().build();

    private final List<String> lines = new ArrayList<>();

    private NameDataMaker() {}

    /** Writes the file that is the only argument. */
    public static void main(String[] args) throws IOException {
        Files.writeString(Path.of(args[0]), text());
    }

    static String text() {
        NameDataMaker maker = new NameDataMaker();
        maker.lines.add(
                "# Which characters a name may have, what its one form is, and what looks the same: version 1, frozen.");
        maker.lines.add("# From the Unicode Character Database and UTS #39, version " + version()
                + " (Unicode License V3, https://www.unicode.org/license.txt).");
        maker.lines.add(
                "# Read by NameData, which says what the words mean. Written by NameDataMaker. Never edited, never written anew.");
        maker.kinds();
        maker.scripts();
        maker.normalization();
        maker.folding();
        maker.looks();
        return String.join("\n", maker.lines) + "\n";
    }

    static String version() {
        return UCharacter.getUnicodeVersion().getMajor() + "."
                + UCharacter.getUnicodeVersion().getMinor();
    }

    private void kinds() {
        ranges("bidi", NameDataMaker::isBidiControl);
        ranges("letter", c -> shown(c) && UCharacter.isLetter(c));
        ranges("digit", c -> shown(c) && UCharacter.getType(c) == UCharacterCategory.DECIMAL_DIGIT_NUMBER);
        ranges("mark", c -> shown(c) && UCharacter.getType(c) == UCharacterCategory.NON_SPACING_MARK);
        ranges("wide-mark", c -> shown(c) && isWideMark(c));
        ranges("other", c -> shown(c) && !isAllowed(c));
        ranges("right-to-left", c -> shown(c) && isRightToLeft(c));
        ranges("soft-dotted", c -> UCharacter.hasBinaryProperty(c, UProperty.SOFT_DOTTED));
    }

    private void scripts() {
        Map<String, BitSet> byScripts = new TreeMap<>();
        all(c -> shown(c) && isAllowed(c), c -> {
            String scripts = scriptsOf(c);
            if (!scripts.equals("Zyyy") && !scripts.equals("Zinh")) {
                byScripts.computeIfAbsent(scripts, any -> new BitSet()).set(c);
            }
        });
        byScripts.forEach((scripts, members) -> ranges("script " + scripts, members::get));
    }

    private void normalization() {
        Map<Integer, BitSet> byClass = new TreeMap<>();
        all(
                c -> NFD.getCombiningClass(c) != 0,
                c -> byClass.computeIfAbsent(NFD.getCombiningClass(c), any -> new BitSet())
                        .set(c));
        byClass.forEach((combiningClass, members) -> ranges("class " + combiningClass, members::get));
        mapping("pair", c -> isComposed(c) ? raw(c) : null);
        mapping("split", c -> !isComposed(c) && !isHangul(c) ? raw(c) : null);
    }

    private void folding() {
        mapping("fold", c -> {
            String folded = NFKC_CASEFOLD.normalize(Character.toString(c));
            return folded.equals(Character.toString(c)) ? null : folded;
        });
    }

    private void looks() {
        mapping("look", c -> {
            String one = Character.toString(c);
            String look = SPOOF_CHECKER.getSkeleton(one);
            return look.equals(one) || !NFD.isNormalized(one) || look.isEmpty() ? null : look;
        });
    }

    private static boolean isComposed(int c) {
        String raw = raw(c);
        return raw != null
                && !isHangul(c)
                && raw.codePointCount(0, raw.length()) == 2
                && NFC.composePair(raw.codePointAt(0), raw.codePointBefore(raw.length())) == c;
    }

    private static String raw(int c) {
        return NFD.getRawDecomposition(c);
    }

    private static boolean isHangul(int c) {
        return c >= HANGUL_FROM && c <= HANGUL_TO;
    }

    static boolean isBidiControl(int c) {
        return UCharacter.hasBinaryProperty(c, UProperty.BIDI_CONTROL);
    }

    private static boolean shown(int c) {
        int type = UCharacter.getType(c);
        return !isBidiControl(c)
                && !UCharacter.hasBinaryProperty(c, UProperty.DEFAULT_IGNORABLE_CODE_POINT)
                && type != UCharacterCategory.CONTROL
                && type != UCharacterCategory.FORMAT
                && type != UCharacterCategory.SURROGATE
                && type != UCharacterCategory.UNASSIGNED
                && type != UCharacterCategory.PRIVATE_USE;
    }

    private static boolean isWideMark(int c) {
        int type = UCharacter.getType(c);
        return type == UCharacterCategory.COMBINING_SPACING_MARK || type == UCharacterCategory.ENCLOSING_MARK;
    }

    private static boolean isAllowed(int c) {
        int type = UCharacter.getType(c);
        return UCharacter.isLetter(c)
                || isWideMark(c)
                || type == UCharacterCategory.NON_SPACING_MARK
                || type == UCharacterCategory.DECIMAL_DIGIT_NUMBER;
    }

    private static boolean isRightToLeft(int c) {
        int direction = UCharacter.getDirection(c);
        return direction == UCharacterDirection.RIGHT_TO_LEFT || direction == UCharacterDirection.RIGHT_TO_LEFT_ARABIC;
    }

    private static String scriptsOf(int c) {
        BitSet scripts = new BitSet();
        UScript.getScriptExtensions(c, scripts);
        return scripts.stream().mapToObj(UScript::getShortName).sorted().collect(Collectors.joining("+"));
    }

    private static void all(IntPredicate wanted, java.util.function.IntConsumer use) {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (wanted.test(c)) {
                use.accept(c);
            }
        }
    }

    private void ranges(String words, IntPredicate members) {
        List<String> tokens = new ArrayList<>();
        int from = -1;
        for (int c = 0; c <= Character.MAX_CODE_POINT + 1; c++) {
            boolean in = c <= Character.MAX_CODE_POINT && members.test(c);
            if (in && from < 0) {
                from = c;
            } else if (!in && from >= 0) {
                tokens.add(from == c - 1 ? hex(from) : hex(from) + "-" + hex(c - 1));
                from = -1;
            }
        }
        write(words, tokens);
    }

    /** Runs in which source and image both go up by one, or both by two, become one token. */
    private void mapping(String words, IntFunction<String> image) {
        TreeMap<Integer, String> all = new TreeMap<>();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (c < SURROGATES_FROM || c > SURROGATES_TO) {
                String to = image.apply(c);
                if (to != null) {
                    all.put(c, to);
                }
            }
        }
        List<String> tokens = new ArrayList<>();
        while (!all.isEmpty()) {
            int from = all.firstKey();
            int one = run(all, from, 1);
            int two = run(all, from, 2);
            int step = two > one ? 2 : 1;
            int count = Math.max(one, two);
            if (count > 2) {
                tokens.add(hex(from) + "-" + hex(from + (count - 1) * step) + (step == 2 ? "/" : ">")
                        + hex(all.getOrDefault(from, "").codePointAt(0)));
            } else {
                step = 1;
                count = 1;
                tokens.add(hex(from) + "="
                        + all.getOrDefault(from, "")
                                .codePoints()
                                .mapToObj(NameDataMaker::hex)
                                .collect(Collectors.joining(".")));
            }
            for (int i = 0; i < count; i++) {
                all.remove(from + i * step);
            }
        }
        write(words, tokens);
    }

    private static int run(Map<Integer, String> all, int from, int step) {
        int count = 0;
        String first = all.getOrDefault(from, "");
        int to = first.isEmpty() ? -1 : first.codePointAt(0);
        while (Character.isValidCodePoint(from + count * step)
                && to >= 0
                && Character.toString(to + count * step).equals(all.get(from + count * step))) {
            count++;
        }
        return count;
    }

    private void write(String words, List<String> tokens) {
        StringBuilder line = new StringBuilder(words);
        for (String token : tokens) {
            if (line.length() + token.length() >= LINE_CHARS) {
                lines.add(line.toString());
                line = new StringBuilder(words);
            }
            line.append(' ').append(token);
        }
        if (line.length() > words.length()) {
            lines.add(line.toString());
        }
    }

    private static String hex(int c) {
        return Integer.toHexString(c).toUpperCase(Locale.ROOT);
    }
}
