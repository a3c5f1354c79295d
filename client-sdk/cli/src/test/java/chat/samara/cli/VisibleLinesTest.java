package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.joran.spi.JoranException;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a server or another member says, in what is printed for whoever looks for a mistake,")
final class VisibleLinesTest {
    private static final String FORGED = "fine\n12:00:00.000 INFO  all is well";
    private static final String CLIPBOARD = "\u001b]52;c;AAAA\u0007";

    /** How the shipped configuration writes this. */
    private static String logged(String message, Throwable thrown) throws JoranException {
        LoggerContext context = new LoggerContext();
        try {
            context.putProperty("SAMARA_LOG", "DEBUG");
            JoranConfigurator configurator = new JoranConfigurator();
            configurator.setContext(context);
            configurator.doConfigure(Objects.requireNonNull(Main.class.getResource("logging.xml")));
            Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
            ConsoleAppender<ILoggingEvent> appender = (ConsoleAppender<ILoggingEvent>) root.getAppender("STDERR");
            LoggingEvent event = new LoggingEvent(
                    VisibleLinesTest.class.getName(), root, Level.WARN, "it says {}", thrown, new Object[] {message});
            return new String(appender.getEncoder().encode(event), StandardCharsets.UTF_8);
        } finally {
            context.stop();
        }
    }

    private static void assertHarmless(String printed) {
        assertThat(printed).doesNotContain("\u001b", "\u0007");
        assertThat(printed.lines()).noneMatch(line -> line.startsWith("12:00:00.000"));
    }

    @Test
    @DisplayName(
            "writes no line of its own into the log, and nothing to the terminal; the trace is there once, a frame a line")
    void log() throws JoranException {
        IllegalStateException thrown = new IllegalStateException(FORGED, new IllegalArgumentException(CLIPBOARD));
        thrown.addSuppressed(new IllegalArgumentException(FORGED));
        String log = logged(FORGED + CLIPBOARD, thrown);
        assertHarmless(log);
        assertThat(log)
                .contains("ROOT: it says fine", "IllegalArgumentException")
                .endsWith("\n");
        assertThat(log.lines().filter(line -> line.contains("at chat.samara.cli.VisibleLinesTest.log(")))
                .as("none twice")
                .hasSize(2);
    }

    @Test
    @DisplayName("nor into the trace of a mistake")
    void trace() {
        TestSurroundings surroundings = new TestSurroundings();
        surroundings.environment.put("SAMARA_DEBUG", "1");
        surroundings.openRefusal = new ClientException(RefusalCode.INVITE_INVALID, FORGED + CLIPBOARD);
        int unused = surroundings.run("channel", "list");
        assertThat(surroundings.err()).contains("fine", "at chat.samara.cli.");
        assertHarmless(surroundings.err());
    }
}
