package chat.samara.systemtests.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What the documents say is tested")
class CitedTestsTest {
    /** {@code `SomeTest`}, {@code `SomeTest#method`} or {@code `SomeTest.method`}; then {@code `#other`} of the same class, on the same line. */
    private static final Pattern CITATION = Pattern.compile("`(?:([A-Z]\\w*Test))?(?:[#.](\\w+))?`");

    private final SourceTree tree = SourceTree.ofThisCheckout();

    @Test
    @DisplayName("is tested: each test that a document names exists, and so does each of its methods that is named")
    void citedTestsExist() {
        Map<String, String> tests = tests();
        List<String> missing = new ArrayList<>();
        for (Path file : documents()) {
            missing(SourceTree.read(file), tests).forEach(it -> missing.add(tree.relative(file) + ": " + it));
        }
        assertThat(missing).isEmpty();
    }

    @Test
    @DisplayName("and this test would notice one that does not exist")
    void aBreachIsNoticed() {
        Map<String, String> tests = Map.of("KnownTest", "void works() {}");
        assertThat(missing("| `KnownTest`, `#works`, `KnownTest.works` |", tests))
                .isEmpty();
        assertThat(missing("`Known" + "Test#rests` and `#works`", tests)).containsExactly("KnownTest#rests");
        assertThat(missing("`Unknown" + "Test`", tests)).containsExactly("UnknownTest");
    }

    @Test
    @DisplayName("and enough is named for all this to mean anything")
    void somethingIsCited() {
        long citing = documents().stream()
                .filter(file ->
                        CITATION.matcher(SourceTree.read(file)).results().anyMatch(it -> it.group(1) != null))
                .count();
        assertThat(citing).isGreaterThan(5);
    }

    private List<Path> documents() {
        return tree.texts().stream()
                .filter(file -> file.toString().endsWith(".md"))
                .toList();
    }

    /** Each test's source, by its name; those of the same name in two modules together. */
    private Map<String, String> tests() {
        Map<String, String> found = new HashMap<>();
        for (Path file : tree.java("test")) {
            found.merge(file.getFileName().toString().replace(".java", ""), SourceTree.read(file), String::concat);
        }
        return found;
    }

    private static List<String> missing(String document, Map<String, String> tests) {
        List<String> missing = new ArrayList<>();
        for (String line : document.lines().toList()) {
            String test = "";
            Matcher matcher = CITATION.matcher(line);
            while (matcher.find()) {
                test = Optional.ofNullable(matcher.group(1)).orElse(test);
                Optional<String> method = Optional.ofNullable(matcher.group(2));
                if (!test.isEmpty() && !exists(test, method, tests)) {
                    missing.add(test + method.map(it -> "#" + it).orElse(""));
                }
            }
        }
        return missing;
    }

    private static boolean exists(String test, Optional<String> method, Map<String, String> tests) {
        String source = tests.get(test);
        return source != null
                && method.map(it -> it.equals("java")
                                || Pattern.compile("\\bvoid " + Pattern.quote(it) + "\\(")
                                        .matcher(source)
                                        .find())
                        .orElse(true);
    }
}
