package chat.samara.wire.name;

import java.util.Optional;

/** Unicode's normalization forms (UAX #15), of the frozen version. */
public final class Normalization {
    private static final int SYLLABLES = 0xAC00;
    private static final int SYLLABLES_COUNT = 11_172;
    private static final int LEADING = 0x1100;
    private static final int LEADING_COUNT = 19;
    private static final int VOWELS = 0x1161;
    private static final int VOWELS_COUNT = 21;
    private static final int TRAILING = 0x11A7;
    private static final int TRAILING_COUNT = 28;

    private Normalization() {}

    /** NFKC with case folded and default-ignorable code points dropped (toNFKC_Casefold, Unicode §3.13). */
    public static String foldCompatibly(String text) {
        if (isFoldedAscii(text)) {
            return text;
        }
        NameData data = NameData.frozen();
        StringBuilder folded = new StringBuilder(text.length());
        text.codePoints().forEach(c -> folded.append(data.fold(c)));
        return compose(folded.toString());
    }

    /** NFD. */
    static String decompose(String text) {
        StringBuilder out = new StringBuilder(text.length() * 2);
        text.codePoints().forEach(c -> decompose(c, out));
        return ordered(out.toString());
    }

    /** NFC. */
    static String compose(String text) {
        int[] codePoints = decompose(text).codePoints().toArray();
        NameData data = NameData.frozen();
        int count = 0;
        int starter = -1;
        int lastClass = 0;
        for (int i = 0; i < codePoints.length; i++) {
            int c = codePoints[i];
            int combiningClass = data.combiningClass(c);
            // A mark is blocked from its starter by one of its own class, or by another starter, between them.
            boolean blocked = starter < count - 1 && (lastClass == 0 || lastClass >= combiningClass);
            Optional<Integer> composed = starter < 0 || blocked ? Optional.empty() : pair(data, codePoints[starter], c);
            if (composed.isPresent()) {
                codePoints[starter] = composed.get();
                continue;
            }
            if (combiningClass == 0) {
                starter = count;
            }
            lastClass = combiningClass;
            codePoints[count++] = c;
        }
        return new String(codePoints, 0, count);
    }

    private static boolean isFoldedAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80 && (c < 'A' || c > 'Z'));
    }

    private static void decompose(int c, StringBuilder out) {
        int syllable = c - SYLLABLES;
        if (syllable >= 0 && syllable < SYLLABLES_COUNT) {
            out.appendCodePoint(LEADING + syllable / (VOWELS_COUNT * TRAILING_COUNT));
            out.appendCodePoint(VOWELS + syllable % (VOWELS_COUNT * TRAILING_COUNT) / TRAILING_COUNT);
            if (syllable % TRAILING_COUNT != 0) {
                out.appendCodePoint(TRAILING + syllable % TRAILING_COUNT);
            }
            return;
        }
        Optional<String> decomposition = NameData.frozen().decomposition(c);
        if (decomposition.isPresent()) {
            decomposition.get().codePoints().forEach(part -> decompose(part, out));
        } else {
            out.appendCodePoint(c);
        }
    }

    /** The canonical ordering: marks behind one starter by their class, those of one class as they stood. */
    private static String ordered(String text) {
        int[] codePoints = text.codePoints().toArray();
        NameData data = NameData.frozen();
        for (int i = 1; i < codePoints.length; i++) {
            int c = codePoints[i];
            int combiningClass = data.combiningClass(c);
            int place = i;
            while (combiningClass != 0 && place > 0 && data.combiningClass(codePoints[place - 1]) > combiningClass) {
                codePoints[place] = codePoints[place - 1];
                place--;
            }
            codePoints[place] = c;
        }
        return new String(codePoints, 0, codePoints.length);
    }

    private static Optional<Integer> pair(NameData data, int first, int second) {
        int leading = first - LEADING;
        int vowel = second - VOWELS;
        if (leading >= 0 && leading < LEADING_COUNT && vowel >= 0 && vowel < VOWELS_COUNT) {
            return Optional.of(SYLLABLES + (leading * VOWELS_COUNT + vowel) * TRAILING_COUNT);
        }
        int syllable = first - SYLLABLES;
        int trailing = second - TRAILING;
        if (syllable >= 0
                && syllable < SYLLABLES_COUNT
                && syllable % TRAILING_COUNT == 0
                && trailing > 0
                && trailing < TRAILING_COUNT) {
            return Optional.of(first + trailing);
        }
        return data.composition(first, second);
    }
}
