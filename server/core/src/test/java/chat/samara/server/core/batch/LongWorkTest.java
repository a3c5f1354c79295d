package chat.samara.server.core.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import chat.samara.server.core.store.MemoryStore;
import chat.samara.wire.identity.ServerName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What peers have sent and what is done step by step")
final class LongWorkTest {
    private static final ServerName PEER = new ServerName("tunis.example");

    private final LongWork longWork = new LongWork(new Journal(new MemoryStore()), 1, 1);
    private final List<String> done = new ArrayList<>();

    private void begin(String name, int steps) {
        int[] left = {steps};
        longWork.begin(PEER, () -> {
            done.add(name);
            return --left[0] > 0;
        });
    }

    @Test
    @DisplayName("has its first step at once, and of several works of a peer each has its turn")
    void turns() {
        begin("a", 3);
        begin("b", 2);
        assertThat(done).containsExactly("a", "b");
        for (int i = 0; i < 5; i++) {
            longWork.goOn(PEER);
        }
        assertThat(done).containsExactly("a", "b", "a", "b", "a");
    }

    @Test
    @DisplayName(
            "is forgotten if a step meets a bug, and neither that peer's turn nor what it sends later is lost with it")
    void bug() {
        boolean[] isFirst = {true};
        longWork.begin(PEER, () -> {
            if (!isFirst[0]) {
                throw new IllegalStateException("a bug");
            }
            isFirst[0] = false;
            return true;
        });
        assertThatIllegalStateException().isThrownBy(() -> longWork.goOn(PEER));
        longWork.goOn(PEER);
        longWork.wake();
        begin("later", 2);
        longWork.goOn(PEER);
        assertThat(done).containsExactly("later", "later");
    }
}
