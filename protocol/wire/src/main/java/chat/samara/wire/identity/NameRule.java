package chat.samara.wire.identity;

import chat.samara.wire.Limits;
import chat.samara.wire.name.CharacterKind;
import chat.samara.wire.name.Normalization;
import chat.samara.wire.name.ScriptMix;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The rules for a member's name, each with an id that crosses the wire as the refusal's detail. They keep one person from
 * looking like another: no characters that cannot be seen or that turn the direction of text, and no scripts mixed in a way that
 * no language mixes them (UTS #39, restriction level "highly restrictive"). What characters are is frozen with the rules
 * ({@code chat.samara.wire.name}): a name is valid on every JDK, or on none.
 */
enum NameRule {
    EMPTY("empty"),
    TOO_LONG("too-long"),
    BIDI_CONTROL("bidi-control"),
    INVISIBLE("invisible"),
    NOT_A_LETTER("not-a-letter"),
    NOT_NORMALISED("not-normalised"),
    BAD_EDGE("bad-edge"),
    MIXED_SCRIPTS("mixed-scripts"),
    MIXED_NUMBERS("mixed-numbers");

    /** Characters of an offending value that an error shows. */
    private static final int SHOWN_CHARS_MAX = 80;

    /** UTF-16 units that are looked at at all: normalisation makes text up to 18 times longer, and this bounds the work (I7). */
    private static final int TYPED_CHARS_MAX = 4 * Limits.USER_NAME_CODE_POINTS_MAX;

    private final String id;

    NameRule(String id) {
        this.id = id;
    }

    String id() {
        return id;
    }

    /** A name is broken by a rule; {@code message} goes on after the quoted name. */
    record Violation(NameRule rule, String message) {}

    /** The one form of a name as a person typed it. Call {@link #violationOfTyped} first: this drops invisible characters. */
    static String normalise(String typed) {
        return Normalization.foldCompatibly(typed);
    }

    /** What must be refused before normalisation, which would hide it. */
    static Optional<Violation> violationOfTyped(String typed) {
        if (typed.isEmpty()) {
            return Optional.of(new Violation(
                    EMPTY, "is empty; use 1 to " + Limits.USER_NAME_CODE_POINTS_MAX + " letters or digits"));
        }
        if (typed.length() > TYPED_CHARS_MAX) {
            return Optional.of(tooLong(typed.length()));
        }
        return typed.codePoints().boxed().flatMap(c -> hidden(c).stream()).findFirst();
    }

    /** What is wrong with a name that should be in its one form. */
    static Optional<Violation> violation(String name) {
        return isPlain(name) ? Optional.empty() : violationOfOther(name);
    }

    /** As most names are, of which a server reads thousands at a time: small ASCII letters and digits, with single dots, underscores and hyphens between them. */
    private static boolean isPlain(String name) {
        boolean isInside = false;
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean isLetter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
            if (!isLetter && !(isInside && (c == '.' || c == '_' || c == '-'))) {
                return false;
            }
            isInside = isLetter;
        }
        return isInside && name.length() <= Limits.USER_NAME_CODE_POINTS_MAX;
    }

    private static Optional<Violation> violationOfOther(String name) {
        Optional<Violation> typed = violationOfTyped(name);
        if (typed.isPresent()) {
            return typed;
        }
        int codePoints = name.codePointCount(0, name.length());
        if (codePoints > Limits.USER_NAME_CODE_POINTS_MAX) {
            return Optional.of(tooLong(codePoints));
        }
        String normalised = normalise(name);
        if (!name.equals(normalised)) {
            return Optional.of(new Violation(NOT_NORMALISED, "is not normalised, expected \"" + normalised + "\""));
        }
        OptionalInt bad = name.codePoints().filter(c -> !isAllowed(c)).findFirst();
        if (bad.isPresent()) {
            return Optional.of(new Violation(
                    NOT_A_LETTER,
                    "contains " + describe(bad.getAsInt()) + "; use letters, digits, '.', '_' and '-' only"));
        }
        if (!isLetterOrDigit(name.codePointAt(0)) || name.endsWith(".") || name.contains("..")) {
            return Optional.of(new Violation(
                    BAD_EDGE, "must begin with a letter or digit, not end with '.', and not have two dots in a row"));
        }
        return spoof(name);
    }

    private static boolean isAllowed(int codePoint) {
        return switch (CharacterKind.of(codePoint)) {
            case LETTER, DIGIT, MARK, WIDE_MARK -> true;
            case OTHER -> codePoint == '.' || codePoint == '_' || codePoint == '-';
            case BIDI_CONTROL, INVISIBLE -> false;
        };
    }

    private static boolean isLetterOrDigit(int codePoint) {
        CharacterKind kind = CharacterKind.of(codePoint);
        return kind == CharacterKind.LETTER || kind == CharacterKind.DIGIT;
    }

    private static Optional<Violation> hidden(int codePoint) {
        if (codePoint >= ' ' && codePoint <= '~') {
            return Optional.empty();
        }
        CharacterKind kind = CharacterKind.of(codePoint);
        if (kind == CharacterKind.BIDI_CONTROL) {
            return Optional.of(new Violation(
                    BIDI_CONTROL,
                    "contains " + describe(codePoint) + ", which turns the direction of text; leave it out"));
        }
        if (kind == CharacterKind.INVISIBLE) {
            return Optional.of(new Violation(
                    INVISIBLE, "contains " + describe(codePoint) + ", which cannot be seen; leave it out"));
        }
        return Optional.empty();
    }

    private static Optional<Violation> spoof(String name) {
        if (name.chars().allMatch(c -> c < 0x80)) {
            return Optional.empty();
        }
        if (ScriptMix.mixesDigits(name)) {
            return Optional.of(new Violation(MIXED_NUMBERS, "mixes digits of different scripts; use one kind"));
        }
        if (ScriptMix.repeatsMark(name)) {
            return Optional.of(new Violation(
                    INVISIBLE, "has a mark that is drawn over another one and cannot be seen; leave it out"));
        }
        if (ScriptMix.mixesScripts(name)) {
            return Optional.of(new Violation(
                    MIXED_SCRIPTS,
                    "mixes scripts so that it can be taken for another name, beginning with "
                            + describe(ScriptMix.firstOfOtherScript(name).orElseThrow())
                            + "; use letters of one script"));
        }
        return Optional.empty();
    }

    private static Violation tooLong(int length) {
        return new Violation(
                TOO_LONG, "has " + length + " characters, the limit is " + Limits.USER_NAME_CODE_POINTS_MAX);
    }

    /** A code point for an error message, for example {@code U+202E RIGHT-TO-LEFT OVERRIDE}. */
    static String describe(int codePoint) {
        String hex = String.format(Locale.ROOT, "U+%04X", codePoint);
        String name = Character.getName(codePoint);
        return name == null ? hex : hex + " " + name;
    }

    /** A value for an error message: cut, and with everything that could upset a terminal shown as its number. */
    static String shown(String value) {
        StringBuilder out = new StringBuilder();
        value.codePoints().limit(SHOWN_CHARS_MAX).forEach(c -> {
            if (hidden(c).isPresent()) {
                out.append(String.format(Locale.ROOT, "<U+%04X>", c));
            } else {
                out.appendCodePoint(c);
            }
        });
        return value.codePointCount(0, value.length()) > SHOWN_CHARS_MAX ? out + "…" : out.toString();
    }
}
