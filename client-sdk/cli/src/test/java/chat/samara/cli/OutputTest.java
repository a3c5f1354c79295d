package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.KeyStanding;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.MessageBody.Text;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command, with a standard output that takes nothing. */
@DisplayName("A command whose standard output")
@Timeout(60)
class OutputTest {
    private static final String ALICE = "alice@berlin.example";

    private final TestSurroundings process = new TestSurroundings();

    @BeforeEach
    void aliceHasAChannel() {
        process.client.account = Optional.of(FakeClient.account(ALICE));
        process.client.addChannel("home", 0xab).say(ALICE, new Text("hello"));
    }

    private static OutputStream failing(String reason) {
        return new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                throw new IOException(reason);
            }
        };
    }

    private int run(String line) {
        return process.run(line.replace("INVITE", CommandTest.INVITE).split(" "));
    }

    @ParameterizedTest
    @DisplayName("is full fails, and says so")
    @ValueSource(
            strings = {
                "join INVITE --as alice",
                "join INVITE --as alice --json",
                "channel create town",
                "channel list --json",
                "channel members home",
                "channel add home bob@tunis.example",
                "channel remove home bob@tunis.example",
                "send home hello",
                "send home hello --json",
                "tail home --no-follow",
                "tail home --json",
                "verify bob@tunis.example",
                "whoami",
                "whoami --json",
                "help",
                "send --help"
            })
    void full(String line) {
        process.client.channels.get(0).members =
                List.of(new Member(FakeClient.user(ALICE), List.of(), KeyStanding.KNOWN));
        process.standardOutput = failing("No space left on device");

        assertThat(run(line)).isEqualTo(ExitCode.OUTPUT.number());
        assertThat(process.err())
                .contains(
                        "samara: standard output cannot be written (No space left on device); the command was carried out,"
                                + " but its result is lost.");
    }

    @Test
    @DisplayName("is full, and which fails for another reason, fails for that")
    void fullAndRefused() {
        process.standardOutput = failing("No space left on device");
        process.client.catchUpRefusal = new ClientException(RefusalCode.WRONG_ROOT_KEY, "another key");

        assertThat(run("tail home --no-follow")).isEqualTo(ExitCode.ALARM.number());
    }

    @ParameterizedTest
    @DisplayName("nobody reads any more ends quietly")
    @ValueSource(strings = {"whoami --json", "tail home", "tail home --json", "channel list"})
    void lostItsReader(String line) {
        process.standardOutput = failing("Datenübergabe unterbrochen");
        process.isPipe = true;

        assertThat(run(line)).isZero();
        assertThat(process.err()).doesNotContain("samara:");
    }

    @Test
    @DisplayName("nobody reads any more is known by the words of the system where it does not tell what is a pipe")
    void lostItsReaderByWords() {
        process.standardOutput = failing("Broken pipe");

        assertThat(run("whoami")).isZero();
        assertThat(process.err()).isEmpty();
    }
}
