package chat.samara.client.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("docs/sdk.md")
class DocumentationTest {
    @Test
    @DisplayName("shows the bot that the tests run")
    void showsTheBot() throws IOException {
        Path root = Path.of(System.getProperty("samara.root"));
        String page = Files.readString(root.resolve("docs/sdk.md"));
        String source =
                Files.readString(root.resolve("client-sdk/sdk/src/test/java/chat/samara/client/example/EchoBot.java"));
        String bot = source.substring(source.indexOf("/** Says back"));
        assertThat(page).contains("<!-- EchoBot.java -->\n```java\n" + bot + "```");
    }
}
