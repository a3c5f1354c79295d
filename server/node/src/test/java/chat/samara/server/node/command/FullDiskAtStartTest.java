package chat.samara.server.node.command;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.store.StoreException;
import chat.samara.server.node.folder.FolderException;
import chat.samara.server.node.run.StartException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

@DisplayName("A start that comes to nothing")
class FullDiskAtStartTest {
    private final StringWriter err = new StringWriter();

    private int exitCodeOf(StartException failed) throws Exception {
        CommandLine line = ServerCommand.commandLine();
        line.setErr(new PrintWriter(err, true));
        return new ExecutionErrors().handleExecutionException(failed, line, line.parseArgs("--data", "elsewhere"));
    }

    @Test
    @DisplayName(
            "because the disk is full says so first, with what to do, and ends as where it fills up under a running server")
    void full() throws Exception {
        String sentence = "The store elsewhere/store cannot be opened (Kein Platz mehr auf dem Gerät).";
        FolderException cause =
                new FolderException(sentence, new StoreException(StoreException.Kind.FULL, "opening failed"));
        assertThat(exitCodeOf(new StartException(sentence, cause))).isEqualTo(ExitCode.DISK_FAILED);
        assertThat(err.toString())
                .startsWith("the disk of the data folder is full")
                .contains("make room", sentence);
    }

    @Test
    @DisplayName("for another reason says that, and ends with 1")
    void otherwise() throws Exception {
        assertThat(exitCodeOf(new StartException("Cannot listen on nowhere:1: no such host.")))
                .isEqualTo(ExitCode.FAILED);
        assertThat(err).hasToString("Cannot listen on nowhere:1: no such host." + System.lineSeparator());
    }
}
