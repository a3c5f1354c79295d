package chat.samara.server.core.batch;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.Limits;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.wire.identity.ServerName;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a peer has sent and what is done in many parts")
final class InOrderTest {
    private static final ServerName PEER = new ServerName("tunis.example");
    private static final ServerName OTHER = new ServerName("hanoi.example");
    private static final int BYTES_MAX = 100;

    private final LongWork longWork = new LongWork(new Journal(new MemoryStore()), 2 * Limits.STEP_BYTES_PER_RECORD);
    private final InOrder inOrder = new InOrder(longWork, BYTES_MAX, 2L * BYTES_MAX);
    private final List<String> done = new ArrayList<>();

    private boolean add(ServerName peer, String name, int parts, int bytes) {
        return inOrder.add(
                peer,
                bytes,
                IntStream.range(0, parts)
                        .<Runnable>mapToObj(part -> () -> done.add(name + part))
                        .iterator());
    }

    @Test
    @DisplayName("is done so much a step, and in the order in which it came")
    void order() {
        assertThat(add(PEER, "a", 3, 1)).isTrue();
        assertThat(done).containsExactly("a0", "a1");
        assertThat(add(PEER, "b", 2, 1)).isTrue();
        assertThat(add(PEER, "nothing", 0, 1)).isTrue();
        assertThat(add(OTHER, "c", 1, 1)).isTrue();
        assertThat(done).containsExactly("a0", "a1", "c0");
        longWork.goOn(PEER);
        assertThat(done).endsWith("c0", "a2", "b0");
        longWork.goOn(PEER);
        longWork.goOn(PEER);
        assertThat(done).hasSize(6).endsWith("b1");
    }

    @Test
    @DisplayName("is not taken beyond so many bytes that wait, and is again when they are done")
    void bounded() {
        assertThat(add(PEER, "a", 3, 60)).isTrue();
        assertThat(add(PEER, "b", 1, 41)).isFalse();
        assertThat(add(PEER, "c", 1, 40)).isTrue();
        longWork.goOn(PEER);
        assertThat(done).containsExactly("a0", "a1", "a2", "c0");
        assertThat(add(PEER, "d", 3, BYTES_MAX)).isTrue();
    }

    @Test
    @DisplayName(
            "is not taken beyond so many bytes that wait of all peers, but of one of which nothing or less than its part waits")
    void boundedOverAll() {
        ServerName third = new ServerName("lagos.example");
        assertThat(add(PEER, "a", 3, BYTES_MAX)).isTrue();
        assertThat(add(OTHER, "b", 3, BYTES_MAX - 1)).isTrue();
        assertThat(add(third, "c", 3, 10)).isTrue();
        assertThat(add(third, "d", 3, 60)).isFalse();
        assertThat(add(third, "e", 3, 50)).as("its part of all").isTrue();
    }

    @Test
    @DisplayName("is forgotten with the link")
    void forgotten() {
        assertThat(add(PEER, "a", 3, 1)).isTrue();
        inOrder.forget(PEER);
        longWork.goOn(PEER);
        assertThat(done).containsExactly("a0", "a1");
    }
}
