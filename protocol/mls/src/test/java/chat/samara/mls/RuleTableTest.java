package chat.samara.mls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/** The table of rules in the documentation says what is there: every class, method, code and test that it names exists. */
@DisplayName("The table of rules (docs/protocol/mls-rules.md)")
class RuleTableTest {
    private static final Path PAGE = Path.of("..", "..", "docs", "protocol", "mls-rules.md");
    private static final Pattern ID = Pattern.compile("R-\\d+(\\.\\d+)*-\\d\\d");
    private static final int COLUMNS = 6;

    /** One line of the table. */
    private record Rule(
            String id, String text, String who, List<String> checks, List<String> codes, List<String> tests) {}

    private static List<Rule> rules = List.of();
    private static Map<String, Class<?>> mainClasses = Map.of();
    private static Map<String, Class<?>> testClasses = Map.of();

    @BeforeAll
    static void readPage() throws IOException {
        assumeTrue(Files.exists(PAGE), "the documentation is not beside the module: nothing to compare with");
        rules = Files.readAllLines(PAGE).stream()
                .filter(line -> line.startsWith("| R-"))
                .map(RuleTableTest::parsed)
                .toList();
        mainClasses = classesBeside(MlsError.class);
        testClasses = classesBeside(RuleTableTest.class);
    }

    private static Rule parsed(String line) {
        String[] cells = line.substring(1, line.lastIndexOf('|')).split("\\|", -1);
        assertThat(cells).as(line).hasSize(COLUMNS);
        return new Rule(
                cells[0].strip(),
                cells[1].strip(),
                cells[2].strip(),
                items(cells[3]),
                items(cells[4]),
                items(cells[5]));
    }

    private static List<String> items(String cell) {
        return Arrays.stream(cell.split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    /** By the name that one reads: {@code Outer.Nested} for a nested class. */
    private static Map<String, Class<?>> classesBeside(Class<?> one) {
        Map<String, Class<?>> classes = new TreeMap<>();
        try {
            Path root = Path.of(
                    one.getProtectionDomain().getCodeSource().getLocation().toURI());
            try (Stream<Path> files = Files.walk(root)) {
                files.map(file -> root.relativize(file).toString())
                        .filter(file ->
                                file.startsWith(Path.of("chat", "samara", "mls").toString()))
                        .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
                        .map(file -> file.substring(0, file.length() - ".class".length())
                                .replace(file.charAt("chat".length()), '.'))
                        .forEach(name -> classes.put(
                                name.substring(name.lastIndexOf('.') + 1).replace('$', '.'), loaded(name)));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
        return classes;
    }

    private static Class<?> loaded(String name) {
        try {
            return Class.forName(name, false, RuleTableTest.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("has every rule once, by an id of its section")
    void ids() {
        assertThat(rules).hasSizeGreaterThan(150);
        Set<String> seen = new HashSet<>();
        for (Rule rule : rules) {
            assertThat(rule.id()).matches(ID);
            assertThat(seen.add(rule.id()))
                    .as("%s stands there twice", rule.id())
                    .isTrue();
            assertThat(rule.text()).as(rule.id()).isNotEmpty();
            assertThat(rule.who()).as(rule.id()).isIn("O", "M", "J", "S", "A");
        }
    }

    @Test
    @DisplayName("names checks that are there")
    void checks() {
        List<String> missing = new ArrayList<>();
        for (Rule rule : rules) {
            if (!isReceivers(rule) && rule.checks().stream().noneMatch(check -> check.contains("."))) {
                continue;
            }
            boolean isProse = rule.checks().equals(List.of("not refused"));
            for (String check : isProse ? List.<String>of() : rule.checks()) {
                if (!exists(mainClasses, check, false)) {
                    missing.add(rule.id() + ": " + check);
                }
            }
            assertThat(rule.checks()).as(rule.id()).isNotEmpty();
        }
        assertThat(missing).isEmpty();
    }

    @Test
    @DisplayName("names error codes that are there")
    void codes() {
        Set<String> known = new HashSet<>();
        for (MlsError error : MlsError.values()) {
            known.add(error.name());
        }
        for (Rule rule : rules) {
            assertThat(known).as(rule.id()).containsAll(rule.codes());
        }
    }

    @Test
    @DisplayName("names for every rule that a receiver can check the test that breaks it")
    void tests() {
        List<String> missing = new ArrayList<>();
        for (Rule rule : rules) {
            if (isReceivers(rule) && rule.tests().isEmpty()) {
                missing.add(rule.id() + ": no test");
            }
            for (String test : rule.tests()) {
                if (!exists(testClasses, test, true)) {
                    missing.add(rule.id() + ": " + test);
                }
            }
        }
        assertThat(missing).isEmpty();
    }

    private static boolean isReceivers(Rule rule) {
        return !rule.who().equals("S") && !rule.who().equals("A");
    }

    /** A class with tests, or a method of a class or of one that is nested in it. */
    private static boolean exists(Map<String, Class<?>> classes, String name, boolean isTest) {
        if (classes.containsKey(name)) {
            return isTest;
        }
        int dot = name.lastIndexOf('.');
        if (dot < 0) {
            return false;
        }
        String type = name.substring(0, dot);
        String method = name.substring(dot + 1);
        return classes.entrySet().stream()
                .filter(entry -> entry.getKey().equals(type) || entry.getKey().startsWith(type + "."))
                .flatMap(entry -> Arrays.stream(entry.getValue().getDeclaredMethods()))
                .anyMatch(found -> found.getName().equals(method) && (!isTest || isTest(found)));
    }

    private static boolean isTest(Method method) {
        AnnotatedElement element = method;
        return AnnotationSupport.isAnnotated(element, Testable.class);
    }
}
