package chat.samara.server.node.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The log of the server as it is shipped. */
final class VisibleLogTest {
    private static final String FORGED = "fine\n12:00:00.000 INFO  all is well";
    private static final String CLIPBOARD = "\u001b]52;c;AAAA\u0007";

    /** How the shipped configuration writes this. */
    private static String logged(String message, Throwable thrown) {
        LoggerContext context = new LoggerContext();
        try {
            ShortLines.write(context, Level.INFO);
            Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
            ConsoleAppender<ILoggingEvent> appender =
                    (ConsoleAppender<ILoggingEvent>) root.getAppender(ShortLines.APPENDER);
            LoggingEvent event = new LoggingEvent(
                    VisibleLogTest.class.getName(), root, Level.WARN, "a peer says {}", thrown, new Object[] {message});
            return new String(appender.getEncoder().encode(event), StandardCharsets.UTF_8);
        } finally {
            context.stop();
        }
    }

    @Test
    @DisplayName("nobody writes a line of its own, or to the terminal, by a message")
    void message() {
        String log = logged(FORGED + CLIPBOARD, new IllegalStateException("plain"));
        assertThat(log)
                .contains("a peer says fine\uFFFD12:00:00.000 INFO")
                .doesNotContain("\u001b", "\u0007")
                .contains("IllegalStateException: plain");
        assertThat(log.lines()).noneMatch(line -> line.startsWith("12:00:00.000"));
    }

    @Test
    @DisplayName("nor by the words of an exception, of its causes, or of what was suppressed")
    void trace() {
        IllegalStateException thrown = new IllegalStateException(FORGED, new IllegalArgumentException(CLIPBOARD));
        thrown.addSuppressed(new IllegalArgumentException(FORGED));
        String log = logged("something", thrown);
        assertThat(log).contains("IllegalArgumentException").doesNotContain("\u001b", "\u0007");
        assertThat(log.lines()).noneMatch(line -> line.startsWith("12:00:00.000"));
    }

    @Test
    @DisplayName("the server says what it was told to say, its libraries warn")
    void levels() {
        LoggerContext context = new LoggerContext();
        ShortLines.write(context, Level.DEBUG);
        assertThat(context.getLogger("chat.samara.server.node").isDebugEnabled())
                .isTrue();
        assertThat(context.getLogger("io.netty.channel").isInfoEnabled()).isFalse();
        assertThat(context.getLogger("io.netty.channel").isWarnEnabled()).isTrue();
        context.stop();
    }

    @Test
    @DisplayName("a file of the operator's counts instead, and so do those of tests")
    void ownFile() {
        // There is a logback-test.xml beside this test.
        LoggerContext context = new LoggerContext();
        assertThat(new ShortLines().configure(context)).isEqualTo(Configurator.ExecutionStatus.INVOKE_NEXT_IF_ANY);
        assertThat(context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).iteratorForAppenders())
                .isExhausted();
        context.stop();
    }
}
