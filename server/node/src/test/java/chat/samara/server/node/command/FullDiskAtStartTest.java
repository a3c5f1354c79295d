package chat.samara.server.node.command;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.node.run.StartException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

@DisplayName("A start that comes to nothing")
class FullDiskAtStartTest {
    private final StringWriter err = new StringWriter();

    private int exitCodeOf(String sentence) throws Exception {
        CommandLine line = ServerCommand.commandLine();
        line.setErr(new PrintWriter(err, true));
        return new ExecutionErrors()
                .handleExecutionException(new StartException(sentence), line, line.parseArgs("--data", "elsewhere"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "The store elsewhere/store cannot be opened (While appending to file: elsewhere/store/000012.log: No space left on device).",
                "RocksDB's library cannot be loaded from elsewhere/native (librocksdbjni.so: No space left on device); the disk needs 20 MB.",
                "Cannot write elsewhere/settings.json (java.io.IOException: Disk quota exceeded)."
            })
    @DisplayName(
            "because the disk is full says so first, with what to do, and ends as where it fills up under a running server")
    void full(String sentence) throws Exception {
        assertThat(exitCodeOf(sentence)).isEqualTo(ExitCode.DISK_FAILED);
        assertThat(err.toString())
                .startsWith("the disk of the data folder is full")
                .contains("make room", sentence);
    }

    @Test
    @DisplayName("for another reason says that, and ends with 1")
    void otherwise() throws Exception {
        assertThat(exitCodeOf("Cannot listen on nowhere:1: no such host.")).isEqualTo(ExitCode.FAILED);
        assertThat(err).hasToString("Cannot listen on nowhere:1: no such host." + System.lineSeparator());
    }
}
