package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.cli.chat.Conversation;
import chat.samara.client.channel.KeyStanding;
import chat.samara.client.channel.Member;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("In a chat, what is typed")
@Timeout(60)
class ConversationTest {
    private final FakeClient client = new FakeClient();
    private final FakeClient.FakeChannel home = client.addChannel("home", 0xab);
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    /** @param typed every char is one byte */
    private String chat(String typed) throws Exception {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        byte[] bytes = typed.getBytes(StandardCharsets.ISO_8859_1);
        try (Terminal terminal =
                new DumbTerminal("test", "dumb", new ByteArrayInputStream(bytes), out, StandardCharsets.UTF_8)) {
            assertThat(new Conversation(
                                    client,
                                    home,
                                    terminal,
                                    ZoneOffset.UTC,
                                    false,
                                    10,
                                    Duration.ofSeconds(5),
                                    NextCommand.OF_DEFAULT)
                            .run())
                    .isEqualTo(ExitCode.DONE);
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("is sent")
    void sends() throws Exception {
        String unused = chat("gr\u00c3\u00bcn\n/quit\n");

        assertThat(client.calls).containsExactly("send grün");
    }

    @Test
    @DisplayName("in another encoding than UTF-8 is not sent, and what comes then is")
    void refusesLatin1() throws Exception {
        String shown = chat("gr\u00fcn\ngreen\n/quit\n");

        assertThat(client.calls).containsExactly("send green");
        assertThat(shown).contains("Not all of that arrived as UTF-8 text");
    }

    @Test
    @DisplayName(
            "as /members is answered with who is verified and who is not, and as /quit in whatever words with the end")
    void listsMembers() throws Exception {
        home.members = List.of(
                new Member(FakeClient.user("alice@berlin.example"), List.of(), KeyStanding.KNOWN),
                new Member(FakeClient.user("bob@tunis.example"), List.of(), KeyStanding.KNOWN));

        String shown = chat("/members\n/quit now\nnot sent\n/quit\n");

        assertThat(shown).contains("alice@berlin.example (you)", "bob@tunis.example  0 devices, not verified");
        assertThat(client.calls).isEmpty();
    }
}
