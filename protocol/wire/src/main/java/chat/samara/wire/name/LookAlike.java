package chat.samara.wire.name;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What a text looks like, to compare it with others. Two texts look the same if one of their skeletons is the same (UTS #39 §4, and what
 * it leaves out), or if they are not both in Latin letters and their <em>coarse</em> keys are the same.
 *
 * <p>A skeleton replaces each character by the simplest that looks like it: Cyrillic {@code с} by {@code c}, {@code m} by {@code rn}. UTS
 * #39 has one answer for each, where some have two: Cyrillic {@code ӏ} is an {@code i} to it and not an {@code l}, although most fonts
 * draw an {@code l}. Within Latin letters {@code i} and {@code l} must stay apart; so the coarse key, in which they are one, counts only
 * where another script is in play.
 *
 * @param skeletons one, or two if the text looks different in capitals
 * @param coarse the key across scripts; without the order of its parts if it has right-to-left letters, since that depends on what
 *     stands around it
 * @param latin whether all letters are Latin ones
 */
public record LookAlike(Set<String> skeletons, String coarse, boolean latin) {
    /** Rises when the keys of the same text become others: what was indexed by them must be indexed anew. */
    public static final long RULES = 1;

    /** Each replacing of confusables and folding can lead to another one; all of Unicode is done after three. */
    private static final int REPLACINGS_MAX = 8;

    private static final int DOT_ABOVE = 0x307;
    private static final int MARK_ABOVE_CLASS = 230;

    public LookAlike {
        skeletons = Set.copyOf(skeletons);
    }

    /** What a text looks like. */
    public static LookAlike of(String text) {
        String folded = Normalization.foldCompatibly(text);
        Set<String> skeletons = new TreeSet<>();
        skeletons.add(skeletonOf(text));
        String skeleton = skeletonOf(folded);
        skeletons.add(skeleton);
        return new LookAlike(skeletons, coarse(skeleton), ScriptMix.isLatin(folded));
    }

    /** The skeleton of a text that is folded already, as a member's name is, and has only this one. */
    public String skeleton() {
        if (skeletons.size() != 1) {
            throw new IllegalStateException(skeletons.size() + " skeletons, expected one: the text was not folded");
        }
        return skeletons.iterator().next();
    }

    /** Whether one can be taken for the other; so can equal ones. */
    public boolean sees(LookAlike other) {
        return skeletons.stream().anyMatch(other.skeletons::contains)
                || (coarse.equals(other.coarse) && !(latin && other.latin));
    }

    private static String skeletonOf(String text) {
        String before = text;
        for (int replaced = 0; replaced < REPLACINGS_MAX; replaced++) {
            String after = withoutHiddenMarks(Normalization.decompose(simplest(Normalization.decompose(before))));
            if (after.equals(before)) {
                break;
            }
            before = after;
        }
        return spaced(before).replace("w", "vv");
    }

    private static String simplest(String text) {
        NameData data = NameData.frozen();
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints()
                .filter(c -> !isBlank(data, c))
                .forEach(c -> data.look(c)
                        .codePoints()
                        .filter(look -> !isBlank(data, look))
                        .forEach(look -> {
                            // Zero looks like a capital O, and that like a small one. Only letters for letters: ß is
                            // not two of them.
                            String folded = data.fold(look);
                            out.appendCodePoint(
                                    folded.codePointCount(0, folded.length()) == 1 ? folded.codePointAt(0) : look);
                        }));
        return out.toString();
    }

    /** What takes no room in any font, although two of them are letters by their category. */
    private static boolean isBlank(NameData data, int c) {
        CharacterKind kind = data.kind(c);
        return kind == CharacterKind.INVISIBLE
                || kind == CharacterKind.BIDI_CONTROL
                || c == 0x13441 // EGYPTIAN HIEROGLYPH FULL BLANK
                || c == 0x13442 // EGYPTIAN HIEROGLYPH HALF BLANK
                || c == 0x16FE4; // KHITAN SMALL SCRIPT FILLER
    }

    /** Leaves out marks that are not seen: one again, and a dot on a letter that has one. A dot on one like l makes an i. */
    private static String withoutHiddenMarks(String text) {
        NameData data = NameData.frozen();
        StringBuilder out = new StringBuilder(text.length());
        int lead = -1;
        int before = -1;
        for (int c : text.codePoints().toArray()) {
            if (c == before && data.kind(c) == CharacterKind.MARK) {
                continue;
            }
            before = c;
            if (c == DOT_ABOVE && lead >= 0) {
                if (out.codePointAt(lead) == 'l') {
                    out.setCharAt(lead, 'i');
                }
                continue;
            }
            int combiningClass = data.combiningClass(c);
            if (combiningClass == 0) {
                lead = c == 'l' || c == 0x131 || c == 0x237 || data.isSoftDotted(c) ? out.length() : -1;
            } else if (combiningClass == MARK_ABOVE_CLASS) {
                lead = -1;
            }
            out.appendCodePoint(c);
        }
        return out.toString();
    }

    private static String spaced(String text) {
        return text.strip().replaceAll("\\s+", " ");
    }

    private static String coarse(String skeleton) {
        String across = skeleton.replace('i', 'l')
                .replace('\u0138', 'k') // what к and κ look like
                .replace('\u0299', 'b') // в
                .replace('\u029C', 'h') // н
                .replace("\u028D", "rn") // м
                .replace('\u1D1B', 't'); // т, τ
        return across.codePoints().anyMatch(NameData.frozen()::isRightToLeft) ? unordered(across) : across;
    }

    /** The parts that a bidirectional text is laid out in, sorted: {@code א1} and {@code 1א} look the same beside text from left to right. */
    private static String unordered(String text) {
        List<String> parts = new ArrayList<>();
        StringBuilder part = new StringBuilder();
        int before = -1;
        for (int c : text.codePoints().toArray()) {
            int sort = sortOf(c, before);
            if (sort != before && part.length() > 0) {
                parts.add(part.toString());
                part.setLength(0);
            }
            before = sort;
            part.appendCodePoint(c);
        }
        parts.add(part.toString());
        parts.sort(null);
        return String.join(" ", parts);
    }

    private static int sortOf(int c, int before) {
        NameData data = NameData.frozen();
        return switch (data.kind(c)) {
            case MARK, WIDE_MARK -> before;
            case LETTER -> data.isRightToLeft(c) ? 1 : 2;
            case DIGIT -> 2;
            case OTHER, BIDI_CONTROL, INVISIBLE -> 3;
        };
    }
}
