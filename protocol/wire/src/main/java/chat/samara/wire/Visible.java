package chat.samara.wire;

/**
 * The one filter for what somebody else has written, before it gets into a log, onto a terminal or into a sentence of one's own: no line of its own, no
 * escape sequence, nothing that turns the line around, and nothing that is not seen. Each such character becomes U+FFFD. Every script and emoji stays as
 * it is; so do the two joiners, which some are written with, and the tags of a flag behind it (UTS 51 ED-14a): those of a country's part.
 */
public final class Visible {
    private static final int REPLACEMENT = 0xFFFD;
    private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
    private static final int ZERO_WIDTH_JOINER = 0x200D;

    private static final int BLACK_FLAG = 0x1F3F4;
    private static final int TAG_FIRST = 0xE0020;
    private static final int TAG_LAST = 0xE007E;
    private static final int TAG_END = 0xE007F;
    private static final int FLAG_TAGS_MAX = 6;

    private Visible() {}

    /** The text with all of that replaced. */
    public static String of(String text) {
        if (text.codePoints().allMatch(Visible::isVisible)) {
            return text;
        }
        int[] given = text.codePoints().toArray();
        StringBuilder shown = new StringBuilder();
        for (int at = 0; at < given.length; at++) {
            shown.appendCodePoint(isVisible(given[at]) ? given[at] : REPLACEMENT);
            int tags = given[at] == BLACK_FLAG ? flagTags(given, at + 1) : 0;
            for (int tag = at + 1; tag <= at + tags; tag++) {
                shown.appendCodePoint(given[tag]);
            }
            at += tags;
        }
        return shown.toString();
    }

    /**
     * A JSON text that means the same, in which each character that {@link #of} replaces is written as a {@code \}{@code u} escape, and joiners and tags are, too: a program
     * reads what was written, and a terminal on which it is printed shows it.
     *
     * @param json outside of its strings there is only ASCII, so every such character stands in one
     */
    public static String inJson(String json) {
        StringBuilder escaped = new StringBuilder(json.length());
        json.codePoints().forEach(codePoint -> {
            if (isPlain(codePoint)) {
                escaped.appendCodePoint(codePoint);
            } else {
                for (char half : Character.toChars(codePoint)) {
                    escaped.append("\\u%04x".formatted((int) half));
                }
            }
        });
        return escaped.toString();
    }

    /** Line ends and tabs between the parts of a JSON text stay; in strings they are escaped as it is. */
    private static boolean isPlain(int codePoint) {
        return codePoint < 0x7F || (isVisible(codePoint) && Character.getType(codePoint) != Character.FORMAT);
    }

    /** How many tags make the flag one of a country's part; 0 if they do not: what is longer, or does not end, could hide any text. */
    private static int flagTags(int[] text, int from) {
        int at = from;
        while (at < text.length && at - from < FLAG_TAGS_MAX && text[at] >= TAG_FIRST && text[at] <= TAG_LAST) {
            at++;
        }
        return at > from && at < text.length && text[at] == TAG_END ? at + 1 - from : 0;
    }

    /** Prepended concatenation marks: signs over, under or around the number or word behind them, which are seen. */
    private static boolean isNumberSign(int codePoint) {
        return (codePoint >= 0x0600 && codePoint <= 0x0605)
                || codePoint == 0x06DD
                || codePoint == 0x070F
                || (codePoint >= 0x0890 && codePoint <= 0x0891)
                || codePoint == 0x08E2
                || codePoint == 0x110BD
                || codePoint == 0x110CD;
    }

    private static boolean isVisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
                false;
            // Marks of direction, tags, word joiners and the like.
            case Character.FORMAT ->
                codePoint == ZERO_WIDTH_NON_JOINER || codePoint == ZERO_WIDTH_JOINER || isNumberSign(codePoint);
            default -> true;
        };
    }
}
