package chat.samara.client.display;

import chat.samara.wire.name.CharacterKind;
import java.text.Bidi;

/**
 * Makes text that somebody else wrote safe to show, above all on a terminal, and leaves every script and emoji as it was written.
 *
 * <ul>
 *   <li>Control characters (C0, DEL, C1), with which a text could move the cursor, change colours, set the clipboard or answer in the
 *       reader's name, become visible pictures: {@code ESC} is shown as ␛.
 *   <li>What is unpaired, unassigned for ever, or deprecated becomes U+FFFD or vanishes.
 *   <li>Bidirectional overrides vanish; embeddings and isolates are kept but closed where their line ends, and a line with right-to-left
 *       text is isolated as a whole (UAX #9, FSI … PDI), so that it cannot reorder the name or time beside it.
 *   <li>More than {@value #MARKS_MAX} combining marks on one letter are cut, so that a text cannot paint over its neighbours, whatever
 *       invisible characters stand between them; of these, too, at most {@value #INVISIBLES_MAX} stay.
 *   <li>Joiners (ZWJ, ZWNJ), variation selectors, skin tones and the tags of a flag stay: emoji are not taken apart.
 * </ul>
 *
 * <p>For showing only: store, compare and send the text as it was written.
 */
public final class DisplayText {
    /** Combining marks that one letter may bear; Vietnamese and pointed Hebrew need four, Tibetan stacks seldom more than six. */
    public static final int MARKS_MAX = 8;

    /** Characters without width behind one letter: emoji need two, and no script needs four. */
    public static final int INVISIBLES_MAX = 8;

    private static final int ESCAPE_PICTURES = 0x2400;
    private static final int DELETE_PICTURE = 0x2421;
    private static final int REPLACEMENT = 0xFFFD;
    private static final int BLACK_FLAG = 0x1F3F4;
    private static final int TAB_COLUMNS = 4;
    private static final int DEPTH_MAX = 60;

    private static final int EMBED_LEFT = 0x202A;
    private static final int EMBED_RIGHT = 0x202B;
    private static final int POP_EMBED = 0x202C;
    private static final int OVERRIDE_LEFT = 0x202D;
    private static final int OVERRIDE_RIGHT = 0x202E;
    private static final int ISOLATE_LEFT = 0x2066;
    private static final int ISOLATE_FIRST = 0x2068;
    private static final int POP_ISOLATE = 0x2069;

    private final StringBuilder out;
    private final StringBuilder line = new StringBuilder();
    /** What is open in this line: 'e' for an embedding, 'i' for an isolate, innermost last. */
    private final StringBuilder open = new StringBuilder();

    /** Whether a bidirectional control is in this line. */
    private boolean controlled;

    /** Since the last character that has a place of its own. */
    private int marks;

    private int invisibles;
    private boolean inFlag;

    private DisplayText(int capacity) {
        out = new StringBuilder(capacity);
    }

    /** A text of several lines; line ends of all systems become {@code \n}. */
    public static String ofText(String text) {
        DisplayText display = new DisplayText(text.length() + 16);
        int i = 0;
        while (i < text.length()) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (c == '\r' && i < text.length() && text.charAt(i) == '\n') {
                continue;
            }
            if (c == '\n' || c == '\r' || c == 0x85 || c == 0x2028 || c == 0x2029) {
                display.endLine();
                display.out.append('\n');
            } else {
                display.take(c);
            }
        }
        display.endLine();
        return display.out.toString();
    }

    /** A name, or any text that has to stay in one line: line ends become spaces. */
    public static String ofLine(String text) {
        return ofText(text.replaceAll("[\\r\\n\\u0085\\u2028\\u2029]+", " "));
    }

    private void take(int c) {
        boolean flag = inFlag;
        inFlag = false;
        if (c == '\t') {
            line.append(" ".repeat(TAB_COLUMNS));
        } else if (c < 0x20) {
            line.appendCodePoint(ESCAPE_PICTURES + c);
        } else if (c == 0x7F) {
            line.appendCodePoint(DELETE_PICTURE);
        } else if ((c >= 0x80 && c < 0xA0) || isBroken(c)) {
            line.appendCodePoint(REPLACEMENT);
        } else if (isBidiControl(c)) {
            takeBidiControl(c);
        } else if (c >= 0xE0000 && c <= 0xE007F) {
            // Tags make the flags of Scotland and Wales; anywhere else they are an invisible text.
            if (flag) {
                line.appendCodePoint(c);
                inFlag = c != 0xE007F;
            }
        } else if (!isDropped(c)) {
            takeCounted(c);
        }
    }

    private void takeCounted(int c) {
        inFlag = c == BLACK_FLAG;
        int type = Character.getType(c);
        if (isDefaultIgnorable(c)) {
            // Nothing that marks could stand on: behind a joiner they are drawn on the letter before it.
            invisibles++;
        } else if (CharacterKind.of(c) == CharacterKind.MARK
                || type == Character.NON_SPACING_MARK
                || type == Character.ENCLOSING_MARK
                || isJoinedJamo(c)
                || (type == Character.UNASSIGNED
                        && !isWideReserve(c)
                        && CharacterKind.of(c) == CharacterKind.INVISIBLE)) {
            marks++;
        } else if (type != Character.COMBINING_SPACING_MARK) {
            // A mark with a width, such as a vowel sign that is drawn out, takes its place in the line: no limit, and
            // no new letter.
            marks = 0;
            invisibles = 0;
        }
        if (marks <= MARKS_MAX && invisibles <= INVISIBLES_MAX) {
            line.appendCodePoint(c);
        }
    }

    private static boolean isBroken(int c) {
        boolean surrogate = c >= 0xD800 && c <= 0xDFFF;
        boolean noncharacter = (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
        return surrogate || noncharacter;
    }

    /** Deprecated formatting, interlinear annotation and the byte order mark inside a text. */
    private static boolean isDropped(int c) {
        return (c >= 0x206A && c <= 0x206F) || (c >= 0xFFF9 && c <= 0xFFFB) || c == 0xFEFF;
    }

    /** Unicode's Default_Ignorable_Code_Point, which does not depend on the JDK's version here; what is reserved for it, too. */
    private static boolean isDefaultIgnorable(int c) {
        return c == 0xAD
                || c == 0x34F
                || c == 0x61C
                || (c >= 0x115F && c <= 0x1160)
                || (c >= 0x17B4 && c <= 0x17B5)
                || (c >= 0x180B && c <= 0x180F)
                || (c >= 0x200B && c <= 0x200F)
                || (c >= 0x2060 && c <= 0x206F)
                || c == 0x3164
                || (c >= 0xFE00 && c <= 0xFE0F)
                || c == 0xFFA0
                || (c >= 0xFFF0 && c <= 0xFFF8)
                || (c >= 0x1BCA0 && c <= 0x1BCA3)
                || (c >= 0x1D173 && c <= 0x1D17A)
                || (c >= 0xE0000 && c <= 0xE0FFF);
    }

    /** Vowels and finals of old Hangul: letters, but drawn into the syllable before them. */
    private static boolean isJoinedJamo(int c) {
        return (c >= 0x1161 && c <= 0x11FF) || (c >= 0xD7B0 && c <= 0xD7FB);
    }

    /** What will be assigned here has a place of its own: emoji and Chinese characters. Elsewhere it may be a mark. */
    private static boolean isWideReserve(int c) {
        return (c >= 0x1F000 && c <= 0x1FAFF) || (c >= 0x20000 && c <= 0x3FFFD);
    }

    private static boolean isBidiControl(int c) {
        return (c >= EMBED_LEFT && c <= OVERRIDE_RIGHT) || (c >= ISOLATE_LEFT && c <= POP_ISOLATE);
    }

    private void takeBidiControl(int c) {
        switch (c) {
            case OVERRIDE_LEFT, OVERRIDE_RIGHT -> {
                // Dropped: it can make "exe.txt" of "txt.exe". Its end, if any, closes nothing and is dropped below.
            }
            case EMBED_LEFT, EMBED_RIGHT -> openControl(c, 'e');
            case POP_EMBED -> {
                if (isInnermost('e')) {
                    close(c);
                }
            }
            case POP_ISOLATE -> {
                // Closes the isolate and the embeddings in it (UAX #9 rule X6a); with none open it would close ours.
                if (open.indexOf("i") >= 0) {
                    while (isInnermost('e')) {
                        close(POP_EMBED);
                    }
                    close(c);
                }
            }
            default -> openControl(c, 'i');
        }
    }

    private void openControl(int c, char kind) {
        if (open.length() < DEPTH_MAX) {
            controlled = true;
            open.append(kind);
            line.appendCodePoint(c);
        }
    }

    private boolean isInnermost(char kind) {
        return open.length() > 0 && open.charAt(open.length() - 1) == kind;
    }

    private void close(int c) {
        open.setLength(open.length() - 1);
        line.appendCodePoint(c);
    }

    private void endLine() {
        while (open.length() > 0) {
            close(isInnermost('e') ? POP_EMBED : POP_ISOLATE);
        }
        char[] chars = line.toString().toCharArray();
        boolean reorders = controlled || Bidi.requiresBidi(chars, 0, chars.length);
        if (reorders && !isIsolated(chars)) {
            out.appendCodePoint(ISOLATE_FIRST).append(chars).appendCodePoint(POP_ISOLATE);
        } else {
            out.append(chars);
        }
        line.setLength(0);
        marks = 0;
        invisibles = 0;
        inFlag = false;
        controlled = false;
    }

    /** Whether one isolate holds the whole line already: what was made safe once does not change when it is made safe again. */
    private static boolean isIsolated(char[] line) {
        int depth = 0;
        for (int i = 0; i < line.length; i++) {
            if (line[i] >= ISOLATE_LEFT && line[i] <= ISOLATE_FIRST) {
                depth++;
            } else if (line[i] == POP_ISOLATE) {
                depth--;
            }
            if (depth == 0 && i < line.length - 1) {
                return false;
            }
        }
        return line.length > 0 && line[0] == ISOLATE_FIRST;
    }
}
