package chat.samara.cli.message;

import chat.samara.client.display.DisplayText;
import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jline.utils.WCWidth;

/**
 * Cuts a text into rows of a terminal. The widths are upper bounds: terminals differ in how wide they draw joined emoji, so a row may be
 * a little shorter than it could be, but no terminal ever wraps it again; therefore one knows where on the screen each row is.
 */
public final class RowWrap {
    /** What a person takes for one character, such as a family of emoji (Unicode extended grapheme cluster). */
    private static final Pattern CLUSTER = Pattern.compile("\\X");

    private static final int ZERO_WIDTH_JOINER = 0x200D;
    private static final int EMOJI_STYLE = 0xFE0F;
    private static final int ISOLATES_FIRST = 0x2066;
    private static final int ISOLATES_LAST = 0x2069;

    private RowWrap() {}

    /** Rows of at most {@code columns} columns; at least one row. Line ends in the text end rows. */
    public static List<String> rows(String text, int columns) {
        List<String> rows = new ArrayList<>();
        for (String line : text.split("\n", -1)) {
            wrapLine(line, Math.max(2, columns), rows);
        }
        return rows;
    }

    /**
     * A text for a terminal: rows, all but the first behind so many blanks, each safe by itself ({@link DisplayText}).
     *
     * @param columns of the terminal; empty where there is none, then it stays as it is
     */
    public static String indented(String text, OptionalInt columns, int indent) {
        if (columns.isEmpty()) {
            return text;
        }
        return rows(text, columns.getAsInt() - indent).stream()
                .map(DisplayText::ofLine)
                .collect(Collectors.joining("\n" + " ".repeat(indent)));
    }

    private static void wrapLine(String line, int columns, List<String> rows) {
        BreakIterator places = BreakIterator.getLineInstance(Locale.ROOT);
        places.setText(line);
        StringBuilder row = new StringBuilder();
        int used = 0;
        int from = places.first();
        for (int to = places.next(); to != BreakIterator.DONE; from = to, to = places.next()) {
            String piece = line.substring(from, to);
            int width = width(piece);
            if (used + width(piece.stripTrailing()) > columns && used > 0) {
                rows.add(row.toString().stripTrailing());
                row.setLength(0);
                used = 0;
            }
            if (width(piece.stripTrailing()) > columns) {
                used = cutPiece(piece, columns, row, rows);
            } else {
                row.append(piece);
                used += width;
            }
        }
        rows.add(row.toString().stripTrailing());
    }

    /** For a piece without a place to break that is wider than a row; returns the columns used in the last row. */
    private static int cutPiece(String piece, int columns, StringBuilder row, List<String> rows) {
        int used = 0;
        Matcher clusters = CLUSTER.matcher(piece);
        while (clusters.find()) {
            String cluster = clusters.group();
            int width = width(cluster);
            if (used + width > columns && used > 0) {
                rows.add(row.toString());
                row.setLength(0);
                used = 0;
            }
            row.append(cluster);
            used += width;
        }
        return used;
    }

    /** The most columns that any terminal takes for the text. */
    public static int width(String text) {
        return text.codePoints().map(RowWrap::widthOf).sum();
    }

    private static int widthOf(int c) {
        if (c >= ISOLATES_FIRST && c <= ISOLATES_LAST) {
            return 0;
        }
        if (c == ZERO_WIDTH_JOINER || c == EMOJI_STYLE) {
            return 1;
        }
        boolean emoji = (c >= 0x1F000 && c <= 0x1FBFF) || (c >= 0x2600 && c <= 0x27BF);
        return emoji ? 2 : Math.max(0, WCWidth.wcwidth(c));
    }
}
