package chat.samara.client.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("docs/sdk.md")
class DocumentationTest {
    private static final Path ROOT = Path.of(System.getProperty("samara.root"));

    @TempDir
    private Path folder;

    private static String page() throws IOException {
        return Files.readString(ROOT.resolve("docs/sdk.md"));
    }

    /** A file that the page shows, as a reader copies it. */
    private static String shown(String name) throws IOException {
        Matcher block = Pattern.compile("<!-- " + Pattern.quote(name) + " -->\n```[a-z]+\n(.*?)```", Pattern.DOTALL)
                .matcher(page());
        assertThat(block.find()).as("%s stands in the page", name).isTrue();
        return block.group(1);
    }

    @Test
    @DisplayName("shows the bot that the tests run, all of it but its package")
    void showsTheBot() throws IOException {
        String source =
                Files.readString(ROOT.resolve("client-sdk/sdk/src/test/java/chat/samara/client/example/EchoBot.java"));
        String inPackage = "package " + EchoBot.class.getPackageName() + ";\n\n";
        assertThat(inPackage + shown("EchoBot.java")).isEqualTo(source);
    }

    @Test
    @DisplayName("shows a bot that compiles where it is copied to, and can be started")
    void botCompiles() throws Exception {
        Path source = Files.writeString(folder.resolve("EchoBot.java"), shown("EchoBot.java"));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options =
                    List.of("-proc:none", "-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
            assertThat(compiler.getTask(null, files, null, options, null, files.getJavaFileObjects(source))
                            .call())
                    .isTrue();
        }
        assertThat(folder.resolve("EchoBot.class")).exists();
        assertThat(EchoBot.class.getMethod("main", String[].class)).isNotNull();
    }

    @Test
    @DisplayName("names the versions that are here")
    void versions() throws IOException {
        String pom = Files.readString(ROOT.resolve("pom.xml"));
        String version = first(pom, "<artifactId>samara</artifactId>\\s*<version>(.*?)</version>");
        String slf4j = first(pom, "<slf4j.version>(.*?)</slf4j.version>");
        Pattern sdk = Pattern.compile("<artifactId>samara-sdk</artifactId>\\s*<version>(.*?)</version>");
        assertThat(sdk.matcher(page()).results().map(found -> found.group(1)))
                .hasSize(2)
                .containsOnly(version);
        assertThat(first(shown("pom.xml"), "<artifactId>slf4j-simple</artifactId>\\s*<version>(.*?)</version>"))
                .isEqualTo(slf4j);
    }

    private static String first(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(pattern).isTrue();
        return matcher.group(1);
    }
}
