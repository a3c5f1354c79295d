package chat.samara.server.core.batch;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.store.MemoryStore;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What undone work leaves in memory")
final class UndoTest {
    private final Journal journal = new Journal(new MemoryStore());
    private final Touched<String> touched = new Touched<>(journal);
    private final Sums<String> sums = new Sums<>(journal);

    @Test
    @DisplayName("is told: all that the work touched, once, and nothing of what was kept before")
    void touched() {
        touched.add("kept");
        journal.keep();
        assertThat(touched.takeUndone()).isEmpty();
        touched.add("one");
        touched.add("two");
        touched.add("one");
        journal.undo();
        assertThat(touched.takeUndone()).containsExactly("one", "two");
        assertThat(touched.takeUndone()).isEmpty();
        touched.add("again");
        journal.undo();
        assertThat(touched.takeUndone()).containsExactly("again");
    }

    @Test
    @DisplayName("is taken back from sums, but not what was kept before")
    void sums() {
        sums.add("a", 5);
        journal.keep();
        sums.add("a", 2);
        sums.add("a", -4);
        sums.add("b", 1);
        assertThat(sums.get("a")).isEqualTo(3);
        journal.undo();
        sums.undo();
        assertThat(sums.get("a")).isEqualTo(5);
        assertThat(sums.get("b")).isZero();
        sums.add("a", 1);
        journal.keep();
        sums.undo();
        assertThat(sums.get("a")).isEqualTo(6);
    }

    @Test
    @DisplayName("is put back in the reverse order, but not what was kept before")
    void putBack() {
        List<String> order = new ArrayList<>();
        journal.onUndo(() -> order.add("kept"));
        journal.keep();
        journal.onUndo(() -> order.add("first"));
        journal.onUndo(() -> order.add("second"));
        journal.undo();
        assertThat(order).containsExactly("second", "first");
        journal.undo();
        assertThat(order).hasSize(2);
    }
}
