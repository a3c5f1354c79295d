package chat.samara.wire.name;

import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Which scripts and digits a name mixes (UTS #39 §5). Scripts are mixed only as a language does: Latin letters beside Chinese, Japanese
 * or Korean ("highly restrictive"); digits are of one kind; no mark stands twice on one letter, where the second is not seen.
 */
public final class ScriptMix {
    private static final String LATIN = "Latn";
    private static final Set<String> BESIDE_LATIN = Set.of("Hanb", "Jpan", "Kore");

    private ScriptMix() {}

    /** Whether no language mixes scripts in this way. */
    public static boolean mixesScripts(String name) {
        Optional<Set<String>> common = common(name, false);
        if (common.isEmpty() || !common.get().isEmpty()) {
            return false;
        }
        Optional<Set<String>> withoutLatin = common(name, true);
        return withoutLatin.isPresent() && withoutLatin.get().stream().noneMatch(BESIDE_LATIN::contains);
    }

    /** The first code point that has no script in common with those before it: what a person should look at. */
    public static OptionalInt firstOfOtherScript(String name) {
        Optional<Set<String>> common = Optional.empty();
        for (int c : name.codePoints().toArray()) {
            common = intersect(common, augmented(c));
            if (common.isPresent() && common.get().isEmpty()) {
                return OptionalInt.of(c);
            }
        }
        return OptionalInt.empty();
    }

    /** Whether there are digits of more than one script. */
    public static boolean mixesDigits(String name) {
        NameData data = NameData.frozen();
        return name.codePoints()
                        .filter(c -> data.kind(c) == CharacterKind.DIGIT)
                        .map(c -> c - data.digit(c))
                        .distinct()
                        .count()
                > 1;
    }

    /**
     * Whether a mark stands twice among those of one letter. Of the decomposed name it looks at as many characters as the name itself
     * has: so it was when the rules were frozen, and a name that was valid stays valid. {@link LookAlike} sees them all.
     */
    public static boolean repeatsMark(String name) {
        NameData data = NameData.frozen();
        Set<Integer> marks = new HashSet<>();
        String decomposed = Normalization.decompose(name);
        for (int i = 0; i < name.length(); i = decomposed.offsetByCodePoints(i, 1)) {
            int c = decomposed.codePointAt(i);
            if (data.kind(c) != CharacterKind.MARK) {
                marks.clear();
            } else if (!marks.add(c)) {
                return true;
            }
        }
        return false;
    }

    /** Whether all its letters are used in Latin script. */
    static boolean isLatin(String text) {
        return text.codePoints()
                .mapToObj(ScriptMix::augmented)
                .allMatch(it -> it.isEmpty() || it.get().contains(LATIN));
    }

    /** The scripts that all code points have in common; empty if every script has them. */
    private static Optional<Set<String>> common(String name, boolean withoutLatin) {
        Optional<Set<String>> common = Optional.empty();
        for (int c : name.codePoints().toArray()) {
            Optional<Set<String>> scripts = augmented(c);
            if (!withoutLatin || scripts.isEmpty() || !scripts.get().contains(LATIN)) {
                common = intersect(common, scripts);
            }
        }
        return common;
    }

    private static Optional<Set<String>> intersect(Optional<Set<String>> common, Optional<Set<String>> more) {
        if (common.isEmpty() || more.isEmpty()) {
            return common.isEmpty() ? more : common;
        }
        Set<String> both = new HashSet<>(common.get());
        both.retainAll(more.get());
        return Optional.of(both);
    }

    /** The scripts of a code point, with the writing systems of several scripts that use them (UTS #39 §5.1). */
    private static Optional<Set<String>> augmented(int codePoint) {
        Optional<Set<String>> scripts = NameData.frozen().scripts(codePoint);
        if (scripts.isEmpty()) {
            return scripts;
        }
        Set<String> all = new HashSet<>(scripts.get());
        if (all.contains("Hani")) {
            all.addAll(BESIDE_LATIN);
        }
        if (all.contains("Hira") || all.contains("Kana")) {
            all.add("Jpan");
        }
        if (all.contains("Hang")) {
            all.add("Kore");
        }
        if (all.contains("Bopo")) {
            all.add("Hanb");
        }
        return Optional.of(all);
    }
}
