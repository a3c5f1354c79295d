package chat.samara.systemtests.house;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("In this repository")
class HouseRulesTest {
    private static final int METHOD_LINES_MAX = 70;
    private static final Set<String> FORBIDDEN_PACKAGES =
            Set.of("util", "utils", "common", "misc", "impl", "helper", "helpers", "internal", "shared");
    private static final Pattern FORBIDDEN_CLASS = Pattern.compile(".*(Manager|Helper|Utils?|Impl)");
    /** The container's own /opt/samara is nobody's machine. */
    private static final Pattern MACHINE_PATH =
            Pattern.compile("(?<![\\w.$}/-])/(?:home|Users|root|work|mnt|opt(?!/samara\\b))/[A-Za-z0-9_.-]+");

    private static final Pattern SLEEP = Pattern.compile("\\bThread\\.sleep\\(|TimeUnit\\.[A-Z]+\\.sleep\\(");

    private final SourceTree tree = SourceTree.ofThisCheckout();

    @Test
    @DisplayName("a method takes 70 lines at most")
    void methodsFitAScreen() {
        List<String> tooLong = new ArrayList<>();
        for (Path file : allJava()) {
            for (MethodLengths.Method method : MethodLengths.of(SourceTree.read(file))) {
                if (method.lines() > METHOD_LINES_MAX) {
                    tooLong.add(tree.relative(file) + " " + method.name() + ": " + method.lines() + " lines");
                }
            }
        }
        assertThat(tooLong).isEmpty();
    }

    @Test
    @DisplayName("packages and classes are named after concepts, not after their being useful")
    void namesAreConcepts() {
        List<String> bad = new ArrayList<>();
        for (Path file : allJava()) {
            String name = file.getFileName().toString().replace(".java", "");
            if (FORBIDDEN_CLASS.matcher(name).matches()) {
                bad.add(tree.relative(file));
            }
            for (Path folder : file) {
                if (FORBIDDEN_PACKAGES.contains(folder.toString())
                        && tree.relative(file).contains("/chat/samara/")) {
                    bad.add(tree.relative(file));
                }
            }
        }
        assertThat(bad).isEmpty();
    }

    @Test
    @DisplayName("every package of the main sources says what lives there, and is null-marked")
    void packagesExplainThemselves() {
        Set<String> bad = new TreeSet<>();
        for (Path file : tree.java("main")) {
            Path info = file.resolveSibling("package-info.java");
            if (!Files.exists(info)) {
                bad.add(tree.relative(info) + " is missing");
            } else if (!SourceTree.read(info).contains("@NullMarked")
                    || !SourceTree.read(info).contains("/**")) {
                bad.add(tree.relative(info) + " has no @NullMarked or no words");
            }
        }
        assertThat(bad).isEmpty();
    }

    @Test
    @DisplayName("no test sleeps")
    void noTestSleeps() {
        assertThat(tree.java("test").stream()
                        .filter(file -> !file.endsWith("HouseRulesTest.java"))
                        .filter(file -> SLEEP.matcher(SourceTree.read(file)).find())
                        .map(tree::relative))
                .isEmpty();
    }

    @Test
    @DisplayName("no file names a path of somebody's machine")
    void noMachinePaths() {
        List<String> found = new ArrayList<>();
        for (Path file : tree.texts()) {
            Matcher matcher = MACHINE_PATH.matcher(SourceTree.read(file));
            if (!file.endsWith("HouseRulesTest.java") && matcher.find()) {
                found.add(tree.relative(file) + ": " + matcher.group());
            }
        }
        assertThat(found).isEmpty();
    }

    @Test
    @DisplayName("every rule of this test would notice a breach")
    void theRulesCanFail() {
        String longMethod = "class A { void b() {\n" + "int i;\n".repeat(METHOD_LINES_MAX) + "} }";
        assertThat(MethodLengths.of(longMethod))
                .anyMatch(method -> method.name().equals("A.b") && method.lines() > METHOD_LINES_MAX);
        assertThat("ChannelManager").matches(FORBIDDEN_CLASS);
        assertThat(MACHINE_PATH.matcher("see /home/" + "alice/samara").find()).isTrue();
        assertThat(MACHINE_PATH.matcher("${project}/work/x").find()).isFalse();
        assertThat(SLEEP.matcher("Thread." + "sleep(10)").find()).isTrue();
    }

    private List<Path> allJava() {
        List<Path> all = new ArrayList<>(tree.java("main"));
        all.addAll(tree.java("test"));
        return all;
    }
}
