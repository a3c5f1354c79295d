package chat.samara.wire;

/**
 * The one filter for what somebody else has written, before it gets into a log, onto a terminal or into a sentence of one's own: no line of its own, no
 * escape sequence, nothing that turns the line around, and nothing that is not seen. Each such character becomes U+FFFD. Every script and emoji stays as
 * it is; so do the two joiners, which some are written with.
 */
public final class Visible {
    private static final int REPLACEMENT = 0xFFFD;
    private static final int ZERO_WIDTH_NON_JOINER = 0x200C;
    private static final int ZERO_WIDTH_JOINER = 0x200D;

    private Visible() {}

    /** The text with all of that replaced. */
    public static String of(String text) {
        if (text.codePoints().allMatch(Visible::isVisible)) {
            return text;
        }
        StringBuilder shown = new StringBuilder();
        text.codePoints().forEach(c -> shown.appendCodePoint(isVisible(c) ? c : REPLACEMENT));
        return shown.toString();
    }

    private static boolean isVisible(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR, Character.SURROGATE ->
                false;
            // Marks of direction, tags, word joiners and the like.
            case Character.FORMAT -> codePoint == ZERO_WIDTH_NON_JOINER || codePoint == ZERO_WIDTH_JOINER;
            default -> true;
        };
    }
}
