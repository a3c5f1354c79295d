package chat.samara.server.node.log;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import chat.samara.wire.Visible;
import org.jspecify.annotations.Nullable;

/** A stack trace in the pattern {@code %visibleEx{n}}: exceptions say what they met, and that may have been written by somebody else. */
public final class VisibleTrace extends ThrowableProxyConverter {
    @Override
    protected String throwableProxyToString(IThrowableProxy thrown) {
        return super.throwableProxyToString(new Filtered(thrown));
    }

    /** The same exception with messages that begin no line of their own. */
    private record Filtered(IThrowableProxy thrown) implements IThrowableProxy {
        @Override
        public @Nullable String getMessage() {
            return visible(thrown.getMessage());
        }

        @Override
        public @Nullable String getOverridingMessage() {
            return visible(thrown.getOverridingMessage());
        }

        private static @Nullable String visible(@Nullable String message) {
            return message == null ? null : Visible.of(message);
        }

        @Override
        public String getClassName() {
            return thrown.getClassName();
        }

        @Override
        public StackTraceElementProxy[] getStackTraceElementProxyArray() {
            return thrown.getStackTraceElementProxyArray();
        }

        @Override
        public int getCommonFrames() {
            return thrown.getCommonFrames();
        }

        @Override
        public @Nullable IThrowableProxy getCause() {
            @Nullable IThrowableProxy cause = thrown.getCause();
            return cause == null ? null : new Filtered(cause);
        }

        @Override
        public IThrowableProxy[] getSuppressed() {
            @Nullable IThrowableProxy[] suppressed = thrown.getSuppressed();
            if (suppressed == null) {
                return new IThrowableProxy[0];
            }
            IThrowableProxy[] filtered = new IThrowableProxy[suppressed.length];
            for (int i = 0; i < suppressed.length; i++) {
                filtered[i] = new Filtered(suppressed[i]);
            }
            return filtered;
        }

        @Override
        public boolean isCyclic() {
            return thrown.isCyclic();
        }
    }
}
