package chat.samara.server.core.channel.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What the page says of rules is what the code refuses by. That the tests which it names exist says a house rule. */
@DisplayName("The tables of rules (docs/protocol/channel-rules.md)")
final class ChannelRulesTableTest {
    private static final Path ROOT = Path.of("..", "..");
    private static final Path PAGE = ROOT.resolve("docs/protocol/channel-rules.md");
    private static final String WIRE = "protocol/wire/src/main/java/chat/samara/wire/channel/";
    private static final String CHANNEL = "server/core/src/main/java/chat/samara/server/core/channel/";

    /** Classes that refuse by rules, beside all of package {@code rule}. */
    private static final List<String> CLASSES = List.of(
            WIRE + "HandshakeRules.java",
            WIRE + "OneIdentity.java",
            WIRE + "GenesisGroup.java",
            CHANNEL + "submit/KeptForHub.java",
            CHANNEL + "hub/InVainOfPeers.java",
            CHANNEL + "member/WelcomeRoom.java");

    /** A string that is an id and nothing else: words with hyphens, and where it is a limit how it goes on. */
    private static final Pattern ID = Pattern.compile("\"([a-z]+(?:-[a-z]+)*)(?:<?=)?\"");

    private static final Pattern TEST = Pattern.compile("`[A-Z]\\w*Test(#\\w+)?`");

    private static String page = "";

    @BeforeAll
    static void readPage() throws IOException {
        assumeTrue(Files.exists(PAGE), "the documentation is not beside the module: nothing to compare with");
        page = Files.readString(PAGE);
    }

    private static SortedSet<String> idsIn(String source) {
        SortedSet<String> ids = new TreeSet<>();
        Matcher matcher = ID.matcher(source);
        while (matcher.find()) {
            ids.add(matcher.group(1));
        }
        return ids;
    }

    private static SortedSet<String> ids() throws IOException {
        List<Path> sources = new ArrayList<>();
        CLASSES.forEach(file -> sources.add(ROOT.resolve(file)));
        try (Stream<Path> rules = Files.list(ROOT.resolve(CHANNEL + "rule"))) {
            rules.forEach(sources::add);
        }
        SortedSet<String> ids = new TreeSet<>();
        for (Path source : sources) {
            ids.addAll(idsIn(read(source)));
        }
        return ids;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean hasRow(String text, String id) {
        return Pattern.compile("`" + Pattern.quote(id) + "(<?=[^`]*)?`")
                .matcher(text)
                .find();
    }

    private static List<String> rowsWithoutTest(String text) {
        return text.lines()
                .filter(line -> line.startsWith("| ") && !line.contains("| test that breaks it |"))
                .filter(line -> {
                    String[] cells = line.split("\\|", -1);
                    return !TEST.matcher(cells[cells.length - 2]).find();
                })
                .toList();
    }

    @Test
    @DisplayName("has each rule that the code refuses by")
    void complete() throws IOException {
        SortedSet<String> ids = ids();
        assertThat(ids).hasSizeGreaterThan(40);
        assertThat(ids).filteredOn(id -> !hasRow(page, id)).isEmpty();
    }

    @Test
    @DisplayName("names for each rule a test that breaks it")
    void tested() {
        assertThat(rowsWithoutTest(page)).isEmpty();
    }

    @Test
    @DisplayName("would be found wrong where a rule, or its test, is not there")
    void canFail() {
        assertThat(idsIn("throw refused(code, \"no such rule\", \"no-such-rule\"); LIMIT = \"things<=\" + MAX"))
                .containsExactly("no-such-rule", "things");
        assertThat(hasRow(page, "no-such-rule")).isFalse();
        assertThat(hasRow("| `things<=10` | COMMIT |", "things")).isTrue();
        assertThat(rowsWithoutTest("| `a` | COMMIT | that | `X` | |")).hasSize(1);
        assertThat(rowsWithoutTest("| `a` | COMMIT | that | `X` | `SomeTest#breaks` |"))
                .isEmpty();
    }
}
