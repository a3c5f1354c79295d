package chat.samara.server.node.log;

import ch.qos.logback.classic.pattern.MessageConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import chat.samara.wire.Visible;

/** A line's message in the pattern {@code %visible}: one line, whatever names, reasons and versions of others stand in it. */
public final class VisibleMessage extends MessageConverter {
    @Override
    public String convert(ILoggingEvent event) {
        return Visible.of(super.convert(event));
    }
}
