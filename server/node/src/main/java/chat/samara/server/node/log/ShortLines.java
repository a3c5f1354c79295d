package chat.samara.server.node.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.PatternLayout;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;

/**
 * What the server's log looks like: short lines on standard error. Members' addresses are never logged at INFO; {@code SAMARA_LOG=DEBUG} in the environment says
 * more. Said here and not in a file, since to begin with an XML parser takes a tenth of a start. Whoever names a file by {@code -Dlogback.configurationFile} has
 * its own log, and so have tests, unless they name a level.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class ShortLines extends ContextAwareBase implements Configurator {
    static final String APPENDER = "stderr";

    private static final String LINE = "%d{HH:mm:ss.SSS} %-5level %visible%n%visibleEx{5}";
    private static final String FILE_PROPERTY = "logback.configurationFile";
    private static final String FILE_OF_TESTS = "logback-test.xml";
    private static final String LEVEL_VARIABLE = "SAMARA_LOG";

    @Override
    public ExecutionStatus configure(LoggerContext logs) {
        String level = System.getenv(LEVEL_VARIABLE);
        boolean isTest = level == null && ShortLines.class.getClassLoader().getResource(FILE_OF_TESTS) != null;
        if (isTest || System.getProperty(FILE_PROPERTY) != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        write(logs, Level.toLevel(level, Level.INFO));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /**
     * @param level of what Samara itself says; of its libraries it is WARN
     */
    static void write(LoggerContext logs, Level level) {
        PatternLayout layout = new PatternLayout();
        layout.setContext(logs);
        layout.getInstanceConverterMap().put("visible", VisibleMessage::new);
        layout.getInstanceConverterMap().put("visibleEx", VisibleTrace::new);
        layout.setPattern(LINE);
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(logs);
        encoder.setLayout(layout);
        encoder.start();
        ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
        appender.setContext(logs);
        appender.setName(APPENDER);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        logs.getLogger("chat.samara").setLevel(level);
        Logger root = logs.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(Level.WARN);
        root.addAppender(appender);
    }
}
