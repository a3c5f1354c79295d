package chat.samara.server.core.batch;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.Limits;
import chat.samara.server.core.Now;
import chat.samara.server.core.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

@DisplayName("What the log says on somebody else's account")
final class RemarksTest {
    private final List<String> lines = new ArrayList<>();
    private final Journal journal = new Journal(new MemoryStore());
    private final Remarks remarks = new Remarks(new Recording(), journal);
    private long nowMillis = 1_000;

    private final class Recording extends LegacyAbstractLogger {
        private static final long serialVersionUID = 1;

        @Override
        protected void handleNormalizedLoggingCall(
                Level level,
                @Nullable Marker marker,
                String pattern,
                Object @Nullable [] arguments,
                @Nullable Throwable thrown) {
            if (level.toInt() >= Level.INFO.toInt()) {
                lines.add(MessageFormatter.basicArrayFormat(pattern, arguments));
            }
        }

        @Override
        protected @Nullable String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        public boolean isTraceEnabled() {
            return false;
        }

        @Override
        public boolean isDebugEnabled() {
            return true;
        }

        @Override
        public boolean isInfoEnabled() {
            return true;
        }

        @Override
        public boolean isWarnEnabled() {
            return true;
        }

        @Override
        public boolean isErrorEnabled() {
            return true;
        }
    }

    private void passes(long millis) {
        nowMillis += millis;
        journal.setNow(new Now(nowMillis, nowMillis));
    }

    @Test
    @DisplayName("is said so often at once and then now and then, with how much was not said; of another at once")
    void rate() {
        passes(0);
        for (int i = 0; i < 10_000; i++) {
            remarks.warn("tunis.example", "{} says {}", "tunis.example", "nonsense");
        }
        assertThat(lines).hasSize(Limits.REMARKS_AT_ONCE_MAX).containsOnly("tunis.example says nonsense");
        lines.clear();
        remarks.warn("oran.example", "{} is new", "oran.example");
        assertThat(lines).containsExactly("oran.example is new");
        passes(Limits.REMARK_EVERY_MILLIS);
        remarks.info("tunis.example", "again");
        assertThat(lines.get(1)).isEqualTo("again (and 9992 lines like this on account of tunis.example)");
    }

    @Test
    @DisplayName("has so many characters of each thing that somebody else has said, and none is cut in two")
    void length() {
        passes(0);
        remarks.warn(Remarks.STRANGERS, "refused: {}", "😀".repeat(2_000));
        assertThat(lines).containsExactly("refused: " + "😀".repeat(Limits.REMARK_CHARACTERS_MAX) + "…");
    }
}
