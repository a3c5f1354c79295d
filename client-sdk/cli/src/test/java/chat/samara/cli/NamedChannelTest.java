package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The channel that a command names")
class NamedChannelTest {
    private final TestSurroundings process = new TestSurroundings();
    private final FakeClient client = process.client;

    @BeforeEach
    void tellWhereTextsGo() {
        client.named = true;
    }

    private FakeClient.FakeChannel own(String name, int id) {
        FakeClient.FakeChannel channel = client.addChannel(name, id);
        channel.accepted = true;
        return channel;
    }

    @Test
    @DisplayName("is the one with the id, whatever another is called, and nothing that comes can change that")
    void fullId() {
        own("kitchen", 0xab);
        client.addChannel("ab".repeat(32), 0xcd);

        assertThat(process.run("send", "ab".repeat(32), "secret"))
                .as(process.err())
                .isZero();
        assertThat(client.calls).containsExactly("send secret to abab");
    }

    @Test
    @DisplayName("is decided by a send only once the device has caught up")
    void catchesUpFirst() {
        FakeClient.FakeChannel renamed = own("kitchen", 0xab);
        client.onCaughtUp = () -> {
            renamed.name = "old kitchen";
            own("kitchen", 0xcd);
        };

        assertThat(process.run("send", "kitchen", "hello")).as(process.err()).isZero();
        assertThat(client.calls).containsExactly("catch up", "send hello to cdcd");
    }

    @Test
    @DisplayName("is refused by a send if catching up brings a second one")
    void ambiguousOnceCaughtUp() {
        own("kitchen", 0xab);
        client.onCaughtUp = () -> own("Kitchen", 0xcd);

        assertThat(process.run("send", "kitchen", "hello")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(client.calls).containsExactly("catch up");
        assertThat(process.err()).contains("abababababab, cdcdcdcdcdcd");
    }

    @Test
    @DisplayName("is decided without a connection by what the device knows, which is said")
    void offline() {
        own("kitchen", 0xab);
        client.catchUpRefusal = new ClientException(RefusalCode.UNREACHABLE, "connection refused");

        assertThat(process.run("send", "kitchen", "hello")).as(process.err()).isZero();
        assertThat(client.calls).containsExactly("catch up", "send hello to abab");
        assertThat(process.err())
                .contains("Not connected (connection refused)")
                .contains("To find out which channel is meant, this goes by what the device knew");
    }

    @ParameterizedTest
    @ValueSource(strings = {"kitchen", "Kitchen", "k\u0456tchen"})
    @DisplayName("is not a stranger's of the same name or look, which is said beside the result")
    void strangers(String name) {
        client.addChannel(name, 0xcd);
        own("kitchen", 0xab);

        assertThat(process.run("send", "kitchen", "hello")).as(process.err()).isZero();
        assertThat(client.calls).contains("send hello to abab");
        assertThat(process.err())
                .contains("\"kitchen\" is abababababab")
                .contains("Passed over")
                .contains("cdcdcdcdcdcd");
    }

    @ParameterizedTest
    @ValueSource(strings = {"send kitchen hello", "channel members kitchen", "channel add kitchen bob@tunis.example"})
    @DisplayName("is for the person to tell if two fit, whatever the command")
    void several(String line) {
        own("kitchen", 0xab);
        own("kitchen", 0xcd);

        assertThat(process.run(line.split(" "))).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("say which by its id").contains("abababababab, cdcdcdcdcdcd");
    }

    @Test
    @DisplayName(
            "that does not exist is answered with those that do, each with its id, since several can be called the same")
    void othersWithIds() {
        own("home-town", 0xab);
        own("home-town", 0xcd);

        assertThat(process.run("send", "homme", "hello")).isEqualTo(ExitCode.REFUSED.number());

        assertThat(process.err())
                .contains("there is no channel \"homme\"; there are: abababababab \"home-town\", cdcdcdcdcdcd"
                        + " \"home-town\".");
    }

    @Test
    @DisplayName("is shown with its id where its name looks like one")
    void nameLikeAnId() {
        own("c0ffee123456", 0xab);

        assertThat(process.run("channel", "list")).isZero();
        assertThat(process.out())
                .contains("abababababab  (calls itself \"c0ffee123456\"")
                .contains("looks like an id");
        assertThat(process.run("send", "c0ffee123456", "hello")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("Say it by its id: abababababab");
    }

    @Test
    @DisplayName("gets no member who looks like a known one, unless one says that one means it")
    void lookAlike() {
        own("kitchen", 0xab);
        client.known.add(FakeClient.user("alice@berlin.example"));
        String falseAlice = "\u0430\u04cf\u0456\u0441\u0435@berlin.example";

        assertThat(process.run("channel", "add", "kitchen", falseAlice, "bob@tunis.example"))
                .isEqualTo(ExitCode.REFUSED.number());
        assertThat(client.calls).containsExactly("catch up", "add bob@tunis.example");
        assertThat(process.err()).contains("looks like alice@berlin.example").contains("--yes");

        assertThat(process.run("channel", "add", "--yes", "kitchen", falseAlice))
                .isZero();
        assertThat(client.calls).contains("add " + falseAlice);
    }

    @Test
    @DisplayName("by too few digits of its id is not found, and told how many are needed")
    void tooFewDigits() {
        own("kitchen", 0xab);

        assertThat(process.run("send", "ababa", "hello")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(process.err()).contains("of an id, 6 or more digits are needed");
        assertThat(process.run("send", "ababab", "hello")).as(process.err()).isZero();
        assertThat(process.run("send", "--help")).isZero();
        assertThat(process.out()).contains("6 or more first digits of its id");
    }
}
