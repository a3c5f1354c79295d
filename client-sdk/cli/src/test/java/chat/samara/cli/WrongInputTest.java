package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A command line that is wrong")
class WrongInputTest {
    private final TestSurroundings process = new TestSurroundings();

    private static Arguments wrong(String line, String... says) {
        return Arguments.of(line, says);
    }

    static Stream<Arguments> lines() {
        return Stream.of(
                wrong("tail --last x", "--last", "'x' is not a whole number from 0 on"),
                wrong("tail --last -5", "'-5' is not a whole number from 0 on"),
                wrong("tail --last 99999999999999999999", "'99999999999999999999' is not a whole number"),
                wrong("tail --since -3", "--since", "'-3' is not a whole number from 0 on"),
                wrong("tail --since x", "'x' is not a whole number from 0 on"),
                wrong("tail one two", "\"two\" is one word too many"),
                wrong("chat home --last x", "'x' is not a whole number from 0 on"),
                wrong("chat", "CHANNEL is missing", "first digits of its id"),
                wrong("send 9273", "TEXT is missing", "What to say; a single - reads it from standard input"),
                wrong("send", "CHANNEL is missing"),
                wrong("send home hi --wait soon", "'soon'", "stored, ordered, queued"),
                wrong("send home hi --timeout 0", "'0' is not a number of seconds above 0 and up to 86400"),
                wrong("send home hi --timeout 1e9", "'1e9' is not a number of seconds"),
                wrong("send home hi --timeout", "--timeout", "SECONDS"),
                wrong("whoami --profile", "--profile", "DIR"),
                wrong("whoami more", "\"more\" is one word too many"),
                wrong("join", "INVITE is missing"),
                wrong("join samara://x", "--as NAME is missing", "for example alice"),
                wrong("join samara://x --as", "--as", "NAME"),
                wrong("channel", "samara channel create"),
                wrong("channel crate", "\"crate\"", "did you mean", "create"),
                wrong("channel create", "NAME is missing", "For example"),
                wrong("channel add home", "MEMBER is missing", "bob@tunis.example"),
                wrong("verify", "MEMBER is missing"),
                wrong("unsent home --drop", "--drop", "ID"),
                wrong("device", "samara device take-over"),
                wrong("tail --bogus", "there is no option --bogus"),
                wrong("join --sa alice", "there is no option --sa"),
                wrong("send home hi --profle=x", "there is no option --profle"),
                wrong("", "samara join INVITE --as NAME"));
    }

    @ParameterizedTest(name = "samara {0}")
    @DisplayName("is refused with code 2 before anything is tried, and told with what was typed and what is expected")
    @MethodSource("lines")
    void isTold(String line, String... says) {
        int exitCode = process.run(line.isEmpty() ? new String[0] : line.split(" ", -1));

        assertThat(process.err()).contains(says).contains("See: samara").contains("--help");
        assertThat(exitCode).isEqualTo(ExitCode.USAGE.number());
        assertThat(process.opened).isEmpty();
        assertThat(process.err().lines().count()).isEqualTo(2);
    }
}
