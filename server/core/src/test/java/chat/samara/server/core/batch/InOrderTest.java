package chat.samara.server.core.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import chat.samara.server.core.Limits;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.wire.identity.ServerName;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What a peer has sent and what is done in many parts")
final class InOrderTest {
    private static final ServerName PEER = new ServerName("tunis.example");
    private static final ServerName OTHER = new ServerName("hanoi.example");
    private static final int BYTES_MAX = 100;

    private final LongWork longWork =
            new LongWork(new Journal(new MemoryStore()), 2 * Limits.STEP_BYTES_PER_RECORD, 2L * BYTES_MAX);
    private final RoomOfPeers.Kind kind = longWork.room(BYTES_MAX);
    private final InOrder<LongWork.Budget> inOrder = InOrder.ofParts(longWork, kind);
    private final List<String> done = new ArrayList<>();

    private boolean add(ServerName peer, String name, int parts, int bytes) {
        return inOrder.add(
                peer,
                bytes,
                IntStream.range(0, parts)
                        .<Consumer<LongWork.Budget>>mapToObj(part -> budget -> done.add(name + part))
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
            "takes no room of any peer's when it is done, when it is forgotten with the link, and when a part of it is undone")
    void givesRoomBack() {
        assertThat(add(PEER, "a", 2, 60)).isTrue();
        assertThat(kind.bytesOf(PEER)).isZero();
        assertThat(add(PEER, "b", 3, 60)).isTrue();
        assertThat(kind.bytesOf(PEER)).isEqualTo(60);
        inOrder.forget(PEER);
        assertThat(kind.bytesOf(PEER)).isZero();
        assertThat(inOrder.add(PEER, 60, throwing())).isTrue();
        assertThat(add(PEER, "c", 1, 40)).isTrue();
        assertThat(kind.bytesOf(PEER)).isEqualTo(100);
        longWork.forget(PEER);
        inOrder.forget(PEER);
        assertThat(inOrder.add(PEER, 60, throwing())).isTrue();
        assertThatIllegalStateException().isThrownBy(() -> longWork.goOn(PEER)).withMessage("a bug");
        assertThat(kind.bytesOf(PEER)).isZero();
        assertThat(add(PEER, "d", 1, 1)).isTrue();
        assertThat(done).endsWith("d0");
    }

    private Iterator<Consumer<LongWork.Budget>> throwing() {
        return Stream.<Consumer<LongWork.Budget>>of(
                        budget -> done.add("good"),
                        budget -> done.add("good"),
                        budget -> {
                            throw new IllegalStateException("a bug");
                        },
                        budget -> done.add("after it"))
                .iterator();
    }

    @Test
    @DisplayName("is not taken where what waits of all leaves the peer no room")
    void roomOfAll() {
        RoomOfPeers.Kind other = longWork.room(3L * BYTES_MAX);
        other.take(OTHER, 2L * BYTES_MAX);
        other.take(PEER, BYTES_MAX - 10);
        assertThat(add(PEER, "a", 3, 20)).as("more than its part").isFalse();
        assertThat(add(PEER, "b", 3, 10)).as("its part").isTrue();
        other.giveBack(OTHER, 2L * BYTES_MAX);
        assertThat(add(PEER, "c", 3, 20)).isTrue();
    }

    @Test
    @DisplayName("has in common what its step makes, and the step ends once, with what its parts have left there")
    void steps() {
        List<List<String>> ended = new ArrayList<>();
        InOrder<List<String>> collecting =
                new InOrder<>(longWork, kind, budget -> new ArrayList<>(), (peer, step) -> ended.add(step));
        Iterator<Consumer<List<String>>> parts = IntStream.range(0, 3)
                .<Consumer<List<String>>>mapToObj(part -> step -> step.add("part " + part))
                .iterator();
        assertThat(collecting.add(PEER, 1, parts)).isTrue();
        longWork.goOn(PEER);
        assertThat(ended).containsExactly(List.of("part 0", "part 1"), List.of("part 2"));
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
