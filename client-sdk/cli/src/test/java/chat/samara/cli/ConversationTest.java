package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.cli.chat.Conversation;
import chat.samara.cli.chat.TypedAhead;
import chat.samara.client.channel.KeyStanding;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminal;
import org.jline.terminal.impl.LineDisciplineTerminal;
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
        return chat(TypedAhead.NONE, typed);
    }

    private String chat(TypedAhead ahead, String typed) throws Exception {
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
                                    Duration.ofMillis(1),
                                    NextCommand.OF_DEFAULT)
                            .run(ahead))
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
    @DisplayName("before there is a prompt stands in the first one, and is sent only by Enter there")
    void typedAhead() throws Exception {
        Deque<String> ahead = new ArrayDeque<>(List.of("early 1\nearly 2", "early 3"));

        String shown = chat(ahead::remove, "\n/quit\n");

        assertThat(client.calls).containsExactly("send early 1\nearly 2\nearly 3");
        assertThat(shown).contains("is not sent yet");
    }

    @Test
    @DisplayName("before there is a prompt is read letter by letter, with its lines and without other keys, and none is"
            + " lost")
    void readAhead() throws Exception {
        try (LineDisciplineTerminal terminal =
                new LineDisciplineTerminal("test", "ansi", out, StandardCharsets.UTF_8)) {
            TypedAhead ahead = TypedAhead.on(terminal);
            assertThat(ahead.take()).isEmpty();
            terminal.processInputBytes("gr\u00fcn\rearly\u001b[A 2\rno end".getBytes(StandardCharsets.UTF_8));
            assertThat(ahead.take()).isEqualTo("gr\u00fcn\nearly 2\nno end");
            assertThat(ahead.take()).isEmpty();
        }
    }

    @Test
    @DisplayName(
            "in a channel that one was removed from is not sent, and it is said so, with how to have it back and what"
                    + " helps")
    void removed() throws Exception {
        home.membership = Membership.REMOVED;
        client.refusal = new ClientException(RefusalCode.NOT_A_MEMBER, "this device is not a member any more");

        String shown = chat("hello\n/quit\n");

        assertThat(shown)
                .contains("home · you were removed", "Ask a", "member to add you again", "brings it back")
                .doesNotContain("0 members");
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
