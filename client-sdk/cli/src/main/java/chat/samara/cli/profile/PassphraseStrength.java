package chat.samara.cli.profile;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * How soon a new passphrase is found by whoever has got hold of a copy of the profile and tries one after another. A rough guess from above: of letters that nobody chose by
 * chance even fewer have to be tried. So it finds out what is certainly weak, and praises nothing.
 */
final class PassphraseStrength {
    /** So many are tried in a second: Argon2id as profiles have it makes each cost 64 MiB and a tenth of a second or more, and they are tried on many machines. */
    private static final double TRIES_PER_SECOND = 1_000;

    /** Weak is what is found within this. */
    private static final Duration HOLDS_AT_LEAST = Duration.ofDays(365);

    /** So many words are tried first, in every language. */
    private static final int COMMON_WORDS = 1_000;

    /** What may stand between words: nothing, a space, and little else. */
    private static final int SEPARATORS = 4;

    /** So many words there are in all the languages that somebody is likely to know, names too; each with a small or a capital letter. */
    private static final double WORDS = 2_000_000;

    private static final int WORD_LETTERS_MAX = 12;
    private static final int YEAR_FIRST = 1900;
    private static final int YEAR_LAST = 2040;

    /** Of fewer letters than that, however often each stands there, all ways to place them are tried. */
    private static final int LETTERS_FEW = 4;

    private static final int DIGITS = 10;
    private static final int LETTERS = 26;
    private static final int SIGNS = 33;
    private static final int OTHER_LETTERS = 100;
    /** Those of common words: nobody takes characters by chance. */
    private static final int IDEOGRAPHS = 300;

    private PassphraseStrength() {}

    /**
     * How weak it is, as a part of a sentence; empty if it is not certainly weak.
     *
     * @param names the person's own, which whoever has the profile knows
     */
    static Optional<String> weakness(char[] passphrase, List<String> names) {
        double seconds = tries(passphrase, names) / TRIES_PER_SECOND;
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

    /** How many there are that are like it, by the likeness that makes them the fewest. */
    private static double tries(char[] passphrase, List<String> names) {
        int[] all = codePoints(passphrase);
        try {
            List<String> known =
                    Stream.concat(CommonWords.ALL.stream(), names.stream()).toList();
            int period = period(all);
            double asWords = triesOfWords(all, period, known) * all.length / period;
            return Math.min(asWords, Math.min(triesOfWordAndNumber(all), triesOfFewLetters(all)));
        } finally {
            Arrays.fill(all, 0);
        }
    }

    private static int[] codePoints(char[] passphrase) {
        int[] all = new int[Character.codePointCount(passphrase, 0, passphrase.length)];
        for (int at = 0, i = 0; i < all.length; i++) {
            all[i] = Character.codePointAt(passphrase, at);
            at += Character.charCount(all[i]);
        }
        return all;
    }

    /** After how many it only begins anew, with a space between or not; all of them if it does not. */
    private static int period(int[] all) {
        for (int period = 1; period <= all.length / 2; period++) {
            if (all.length % period == 0 && isSame(all, 0, period, all.length - period)) {
                return period;
            }
        }
        return all.length;
    }

    private static boolean isSame(int[] all, int from, int to, int count) {
        for (int i = 0; i < count; i++) {
            if (Character.toLowerCase(all[from + i]) != Character.toLowerCase(all[to + i])) {
                return false;
            }
        }
        return true;
    }

    /** Of as many characters of the same kinds; what everybody says, what stood there before, and what only goes on as it began, counts for little. */
    private static double triesOfWords(int[] all, int length, List<String> known) {
        int[] parts = new int[length];
        int[] rest = new int[length];
        int count = 0;
        for (int at = 0; at < length; at += parts[at]) {
            parts[at] = Math.max(1, Math.max(saidBefore(all, length, at), knownAt(all, length, at, known)));
            if (parts[at] == 1 && !Character.isWhitespace(all[at])) {
                rest[count++] = all[at];
            }
        }
        int[] plain = Arrays.copyOf(rest, count);
        int alphabet = alphabet(plain);
        Arrays.fill(rest, 0);
        Arrays.fill(plain, 0);
        double tries = 1;
        for (int at = 0; at < length; at += parts[at]) {
            if (saidBefore(all, length, at) > 0) {
                tries *= length;
            } else if (parts[at] > 1) {
                tries *= COMMON_WORDS;
            } else if (Character.isWhitespace(all[at])) {
                tries *= SEPARATORS;
            } else {
                tries *= goesOn(all, at) ? 2 : alphabet;
            }
        }
        return tries;
    }

    private static boolean goesOn(int[] all, int at) {
        return at >= 2 && all[at] - all[at - 1] == all[at - 1] - all[at - 2] && Math.abs(all[at] - all[at - 1]) <= 1;
    }

    /** How long the word is that begins there and stood there before; 0 if none does. */
    private static int saidBefore(int[] all, int length, int at) {
        int end = at;
        while (end < length && !Character.isWhitespace(all[end])) {
            end++;
        }
        boolean isStart = at == 0 || Character.isWhitespace(all[at - 1]);
        for (int before = 0; isStart && end - at > 1 && before + end - at < at; before++) {
            boolean isWord = (before == 0 || Character.isWhitespace(all[before - 1]))
                    && Character.isWhitespace(all[before + end - at]);
            if (isWord && isSame(all, before, at, end - at)) {
                return end - at;
            }
        }
        return 0;
    }

    private static int knownAt(int[] all, int length, int at, List<String> known) {
        return known.stream()
                .filter(word -> startsWith(all, length, at, word))
                .mapToInt(word -> word.codePointCount(0, word.length()))
                .max()
                .orElse(0);
    }

    private static boolean startsWith(int[] all, int length, int at, String word) {
        int[] letters = word.codePoints().toArray();
        if (length - at < letters.length) {
            return false;
        }
        for (int i = 0; i < letters.length; i++) {
            if (Character.toLowerCase(all[at + i]) != Character.toLowerCase(letters[i])) {
                return false;
            }
        }
        return true;
    }

    /** Of one word, in whatever script, with digits or a year behind it, and one sign perhaps; endless if it is none. */
    private static double triesOfWordAndNumber(int[] all) {
        int letters = 0;
        while (letters < all.length && isOfWord(all[letters])) {
            letters++;
        }
        int end = letters;
        int number = 0;
        double numbers = 1;
        while (end < all.length && Character.isDigit(all[end])) {
            number = (int) Math.min(YEAR_LAST + 1L, 10L * number + Character.digit(all[end], DIGITS));
            numbers *= DIGITS;
            end++;
        }
        boolean isOne = letters > 0 && letters <= WORD_LETTERS_MAX && end > letters && all.length - end <= 1;
        if (!isOne) {
            return Double.POSITIVE_INFINITY;
        }
        boolean isYear = end - letters == 4 && number >= YEAR_FIRST && number <= YEAR_LAST;
        return WORDS * (isYear ? YEAR_LAST - YEAR_FIRST : numbers) * (all.length > end ? SIGNS : 1);
    }

    private static boolean isOfWord(int codePoint) {
        int type = Character.getType(codePoint);
        return Character.isLetter(codePoint)
                || type == Character.NON_SPACING_MARK
                || type == Character.COMBINING_SPACING_MARK;
    }

    private static double triesOfFewLetters(int[] all) {
        int letters = (int) Arrays.stream(all).distinct().count();
        return letters > LETTERS_FEW
                ? Double.POSITIVE_INFINITY
                : Math.pow(alphabet(all), letters) * Math.pow(letters, all.length);
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
