package chat.samara.cli;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.pattern.CompositeConverter;
import chat.samara.wire.Visible;
import java.util.stream.Collectors;

/**
 * {@code %visible(...)} in a pattern of the log, the whole of one entry with its end: what others have written does nothing to the terminal, and begins no line of its own, since all
 * lines but the first are indented. Logback makes it by name; on any thread.
 */
public final class VisibleLines extends CompositeConverter<ILoggingEvent> {
    private static final String INDENTED = System.lineSeparator() + "    ";

    /** The text, which may be a stack trace, in that form; ends with no line end. */
    static String of(String text) {
        return text.lines().map(line -> Visible.of(line.replace('\t', ' '))).collect(Collectors.joining(INDENTED));
    }

    @Override
    protected String transform(ILoggingEvent event, String text) {
        return of(text) + System.lineSeparator();
    }
}
