package chat.samara.wire.identity;

import chat.samara.wire.Limits;
import com.ibm.icu.lang.UCharacter;
import com.ibm.icu.lang.UCharacterCategory;
import com.ibm.icu.lang.UProperty;
import com.ibm.icu.text.Normalizer2;
import com.ibm.icu.text.SpoofChecker;
import com.ibm.icu.text.UnicodeSet;
import java.util.Locale;
import java.util.Optional;

/**
 * The rules for a member's name, each with an id that crosses the wire as the refusal's detail. They keep one person from
 * looking like another: no characters that cannot be seen or that turn the direction of text, and no scripts mixed in a way that
 * no language mixes them (UTS #39, restriction level "highly restrictive").
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

    private static final Normalizer2 NFKC_CASEFOLD = Normalizer2.getNFKCCasefoldInstance();

    private static final UnicodeSet ALLOWED = new UnicodeSet("[[:L:][:M:][:Nd:]._\\-]").freeze();

    private static final SpoofChecker SPOOF_CHECKER = new SpoofChecker.Builder()
            .setChecks(SpoofChecker.RESTRICTION_LEVEL | SpoofChecker.MIXED_NUMBERS | SpoofChecker.INVISIBLE)
            .setRestrictionLevel(SpoofChecker.RestrictionLevel.HIGHLY_RESTRICTIVE)
            .build();

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
        return NFKC_CASEFOLD.normalize(typed);
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
        Optional<Violation> typed = violationOfTyped(name);
        if (typed.isPresent()) {
            return typed;
        }
        int codePoints = name.codePointCount(0, name.length());
        if (codePoints > Limits.USER_NAME_CODE_POINTS_MAX) {
            return Optional.of(tooLong(codePoints));
        }
        if (!NFKC_CASEFOLD.isNormalized(name)) {
            return Optional.of(
                    new Violation(NOT_NORMALISED, "is not normalised, expected \"" + normalise(name) + "\""));
        }
        int bad = ALLOWED.span(name, UnicodeSet.SpanCondition.CONTAINED);
        if (bad < name.length()) {
            return Optional.of(new Violation(
                    NOT_A_LETTER,
                    "contains " + describe(name.codePointAt(bad)) + "; use letters, digits, '.', '_' and '-' only"));
        }
        if (!Character.isLetterOrDigit(name.codePointAt(0)) || name.endsWith(".") || name.contains("..")) {
            return Optional.of(new Violation(
                    BAD_EDGE, "must begin with a letter or digit, not end with '.', and not have two dots in a row"));
        }
        return spoof(name);
    }

    /** What names that look alike have in common (UTS #39 skeleton); for comparison only, never shown. */
    static String skeleton(String name) {
        return SPOOF_CHECKER.getSkeleton(name);
    }

    private static Optional<Violation> hidden(int codePoint) {
        if (UCharacter.hasBinaryProperty(codePoint, UProperty.BIDI_CONTROL)) {
            return Optional.of(new Violation(
                    BIDI_CONTROL,
                    "contains " + describe(codePoint) + ", which turns the direction of text; leave it out"));
        }
        int type = UCharacter.getType(codePoint);
        if (UCharacter.hasBinaryProperty(codePoint, UProperty.DEFAULT_IGNORABLE_CODE_POINT)
                || type == UCharacterCategory.CONTROL
                || type == UCharacterCategory.FORMAT
                || type == UCharacterCategory.SURROGATE
                || type == UCharacterCategory.UNASSIGNED
                || type == UCharacterCategory.PRIVATE_USE) {
            return Optional.of(new Violation(
                    INVISIBLE, "contains " + describe(codePoint) + ", which cannot be seen; leave it out"));
        }
        return Optional.empty();
    }

    private static Optional<Violation> spoof(String name) {
        SpoofChecker.CheckResult result = new SpoofChecker.CheckResult();
        if (!SPOOF_CHECKER.failsChecks(name, result)) {
            return Optional.empty();
        }
        if ((result.checks & SpoofChecker.MIXED_NUMBERS) != 0) {
            return Optional.of(new Violation(MIXED_NUMBERS, "mixes digits of different scripts; use one kind"));
        }
        if ((result.checks & SpoofChecker.INVISIBLE) != 0) {
            return Optional.of(new Violation(
                    INVISIBLE, "has a mark that is drawn over another one and cannot be seen; leave it out"));
        }
        return Optional.of(new Violation(
                MIXED_SCRIPTS,
                "mixes scripts so that it can be taken for another name, beginning with "
                        + describe(firstOfOtherScript(name)) + "; use letters of one script"));
    }

    /** The first code point whose script is not that of the first letter: what a person should look at. */
    private static int firstOfOtherScript(String name) {
        Character.UnicodeScript first = Character.UnicodeScript.COMMON;
        for (int codePoint : name.codePoints().toArray()) {
            Character.UnicodeScript script = Character.UnicodeScript.of(codePoint);
            if (script == Character.UnicodeScript.COMMON || script == Character.UnicodeScript.INHERITED) {
                continue;
            }
            if (first == Character.UnicodeScript.COMMON) {
                first = script;
            } else if (script != first) {
                return codePoint;
            }
        }
        return name.codePointAt(0);
    }

    private static Violation tooLong(int length) {
        return new Violation(
                TOO_LONG, "has " + length + " characters, the limit is " + Limits.USER_NAME_CODE_POINTS_MAX);
    }

    /** A code point for an error message, for example {@code U+202E RIGHT-TO-LEFT OVERRIDE}. */
    static String describe(int codePoint) {
        String hex = String.format(Locale.ROOT, "U+%04X", codePoint);
        String name = UCharacter.getExtendedName(codePoint);
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
