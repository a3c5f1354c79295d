package chat.samara.wire.identity;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A link as it arrives after mail programs, web pages, messengers and sentences: wrapped over lines, with {@code &} and {@code #} escaped, in brackets or
 * quotation marks, with a full stop behind, with characters that nobody sees. A link consists of visible ASCII and ends with a letter or a digit, '-' or '_', so
 * that undoing this never makes one link of another. What cannot be undone for certain is left as it is, to be refused.
 */
final class PastedLink {
    private static final Pattern AMPERSAND = Pattern.compile("&(?:amp|#38|#x26);", Pattern.CASE_INSENSITIVE);
    private static final Pattern HASH = Pattern.compile("%23");
    private static final Pattern AMPERSAND_OR_EQUALS = Pattern.compile("%(26|3D)", Pattern.CASE_INSENSITIVE);
    private static final String OPENING = "<(\"'“„«‹";
    private static final String CLOSING = ">)\"'”“»›.,;:";

    private PastedLink() {}

    static String mended(String pasted) {
        String link = withoutBrackets(visible(pasted));
        link = AMPERSAND.matcher(link).replaceAll("&");
        return link.indexOf('#') >= 0 ? link : percentDecoded(link);
    }

    /** Without white space, which lines are wrapped at, and without marks of direction, joiners and soft hyphens. */
    private static String visible(String text) {
        StringBuilder visible = new StringBuilder(text.length());
        text.codePoints()
                .filter(c -> !Character.isWhitespace(c)
                        && !Character.isSpaceChar(c)
                        && Character.getType(c) != Character.FORMAT)
                .forEach(visible::appendCodePoint);
        return visible.toString();
    }

    private static String withoutBrackets(String text) {
        int begin = 0;
        int end = text.length();
        while (begin < end && OPENING.indexOf(text.charAt(begin)) >= 0) {
            begin++;
        }
        while (begin < end && CLOSING.indexOf(text.charAt(end - 1)) >= 0) {
            end--;
        }
        return text.substring(begin, end);
    }

    /** Only if the '#' itself was encoded, so that everything behind it was, too; a '%' in an IPv6 address stays. */
    private static String percentDecoded(String link) {
        Matcher hash = HASH.matcher(link);
        if (!hash.find()) {
            return link;
        }
        String fields = AMPERSAND_OR_EQUALS
                .matcher(link.substring(hash.end()))
                .replaceAll(encoded -> encoded.group(1).equals("26") ? "&" : "=");
        return link.substring(0, hash.start()) + "#" + fields;
    }
}
