package chat.samara.cli.profile;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How soon a new passphrase is found by whoever has got hold of a copy of the profile and tries one after another. A rough guess from above: of letters that nobody chose by
 * chance even fewer have to be tried. So it finds out what is certainly weak, and praises nothing.
 */
final class PassphraseStrength {
    /** So many are tried in a second: Argon2id as profiles have it makes each cost 64 MiB and a tenth of a second or more, and they are tried on many machines. */
    private static final double TRIES_PER_SECOND = 1_000;

    /** Weak is what is found within this. */
    private static final Duration HOLDS_AT_LEAST = Duration.ofDays(365);

    /** What is tried first of all, and what contains nothing else. */
    private static final List<String> FIRST_TRIED = List.of(
            "passphrase",
            "password",
            "passwort",
            "samara",
            "letmein",
            "iloveyou",
            "qwertyuiop",
            "qwertz",
            "qwerty",
            "asdfghjkl");

    private static final int DIGITS = 10;
    private static final int LETTERS = 26;
    private static final int SIGNS = 33;
    private static final int OTHER_LETTERS = 100;
    private static final int IDEOGRAPHS = 2_000;

    private PassphraseStrength() {}

    /** How weak it is, as a part of a sentence; empty if it is not certainly weak. */
    static Optional<String> weakness(char[] passphrase) {
        double seconds = tries(passphrase) / TRIES_PER_SECOND;
        if (seconds >= (double) HOLDS_AT_LEAST.toSeconds()) {
            return Optional.empty();
        }
        int length = Character.codePointCount(passphrase, 0, passphrase.length);
        return Optional.of((length == 1 ? "it is one character" : "its " + length + " characters are easily guessed")
                + ", and whoever gets a copy of the profile has tried all that are like it within " + time(seconds));
    }

    private static String time(double seconds) {
        double minutes = seconds / 60;
        double hours = minutes / 60;
        double days = hours / 24;
        if (minutes < 1) {
            return "a minute";
        } else if (hours < 1) {
            return "an hour";
        } else if (days < 1) {
            return "a day";
        }
        return String.format(Locale.ROOT, "%.0f days", Math.ceil(days));
    }

    /** How many there are that are as long and made of the same kinds of characters; what only goes on as it began counts once. */
    private static double tries(char[] passphrase) {
        int[] rest = withoutKnown(passphrase);
        double tries = 1;
        int alphabet = alphabet(rest);
        for (int i = 0; i < rest.length; i++) {
            boolean goesOn = i >= 2
                    && rest[i] - rest[i - 1] == rest[i - 1] - rest[i - 2]
                    && Math.abs(rest[i] - rest[i - 1]) <= 1;
            tries *= goesOn ? 2 : alphabet;
        }
        Arrays.fill(rest, 0);
        return tries;
    }

    /** Its code points, with one of those words, wherever it stands, as a single character. */
    private static int[] withoutKnown(char[] passphrase) {
        int[] all = new int[passphrase.length];
        int count = 0;
        for (int at = 0; at < passphrase.length; ) {
            int known = knownAt(passphrase, at);
            all[count++] = Character.codePointAt(passphrase, at);
            at += known > 0 ? known : Character.charCount(all[count - 1]);
        }
        int[] rest = Arrays.copyOf(all, count);
        Arrays.fill(all, 0);
        return rest;
    }

    private static int knownAt(char[] passphrase, int at) {
        return FIRST_TRIED.stream()
                .filter(word -> startsWith(passphrase, at, word))
                .mapToInt(String::length)
                .findFirst()
                .orElse(0);
    }

    private static boolean startsWith(char[] passphrase, int at, String word) {
        if (passphrase.length - at < word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (Character.toLowerCase(passphrase[at + i]) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private static int alphabet(int[] codePoints) {
        boolean digits = false;
        boolean lower = false;
        boolean upper = false;
        boolean signs = false;
        boolean others = false;
        boolean ideographs = false;
        for (int codePoint : codePoints) {
            digits |= codePoint >= '0' && codePoint <= '9';
            lower |= codePoint >= 'a' && codePoint <= 'z';
            upper |= codePoint >= 'A' && codePoint <= 'Z';
            signs |= codePoint < 0x80 && !Character.isLetterOrDigit(codePoint);
            boolean isIdeograph = Character.isIdeographic(codePoint)
                    || Character.UnicodeScript.of(codePoint) == Character.UnicodeScript.HANGUL;
            ideographs |= isIdeograph;
            others |= codePoint >= 0x80 && !isIdeograph;
        }
        return (digits ? DIGITS : 0)
                + (lower ? LETTERS : 0)
                + (upper ? LETTERS : 0)
                + (signs ? SIGNS : 0)
                + (others ? OTHER_LETTERS : 0)
                + (ideographs ? IDEOGRAPHS : 0);
    }
}
