package chat.samara.server.core.batch;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.wire.identity.ServerName;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The room for what peers have sent and what waits for its step")
final class RoomOfPeersTest {
    private static final ServerName PEER = new ServerName("tunis.example");
    private static final ServerName OTHER = new ServerName("hanoi.example");
    private static final ServerName THIRD = new ServerName("lagos.example");
    private static final long MAX = 300;
    private static final long OF_PEER_MAX = 200;
    private static final long FIRST_MAX = 2;
    private static final int HOSTILE = 200;

    private final RoomOfPeers room = new RoomOfPeers(MAX);
    private final RoomOfPeers.Kind records = room.kind(OF_PEER_MAX);
    private final RoomOfPeers.Kind entries = room.kind(MAX);

    @Test
    @DisplayName("has a bound for each kind of a peer's, but for the first of it")
    void ofAKind() {
        assertThat(records.isFor(PEER, OF_PEER_MAX + 50)).as("the first").isTrue();
        records.take(PEER, 150);
        assertThat(records.isFor(PEER, 50)).isTrue();
        assertThat(records.isFor(PEER, 51)).isFalse();
        assertThat(records.left(PEER)).isEqualTo(50);
        assertThat(entries.isFor(PEER, 51)).as("another kind").isTrue();
        records.giveBack(PEER, 150);
        assertThat(records.bytesOf(PEER)).isZero();
        assertThat(records.left(PEER)).isEqualTo(OF_PEER_MAX);
    }

    @Test
    @DisplayName(
            "has one bound for all kinds of all peers; at it, each of those of which something waits has its part of that")
    void partOfEach() {
        entries.take(PEER, 290);
        records.take(OTHER, 5);
        assertThat(records.isFor(OTHER, 5)).isTrue();
        assertThat(records.isFor(OTHER, 6)).as("less than its part").isTrue();
        assertThat(records.isFor(PEER, 6))
                .as("it has its part, of another kind")
                .isFalse();
        assertThat(entries.left(PEER)).isEqualTo(5);
        records.take(OTHER, 90);
        assertThat(entries.left(PEER)).isNegative();
        assertThat(records.left(OTHER)).isEqualTo(55);
        records.take(THIRD, 1);
        assertThat(records.isFor(OTHER, 5)).as("its part of three").isTrue();
        assertThat(records.isFor(OTHER, 6)).as("more than its part of three").isFalse();
        records.giveBack(THIRD, 1);
        entries.giveBack(PEER, 290);
        assertThat(records.isFor(OTHER, 105)).as("alone, all").isTrue();
    }

    @Test
    @DisplayName("takes the first of a peer beyond what two others have filled, once")
    void firstBeyondOthers() {
        entries.take(PEER, 300);
        records.take(OTHER, 150);
        assertThat(records.isFor(OTHER, 1)).isFalse();
        assertThat(records.isFor(THIRD, 150)).as("the first").isTrue();
        assertThat(records.isFor(THIRD, 151)).isFalse();
        assertThat(records.left(THIRD)).as("to ask for").isEqualTo(FIRST_MAX);
        records.take(THIRD, 1);
        assertThat(records.isFor(THIRD, 1)).as("the second").isFalse();
        assertThat(entries.isFor(THIRD, 1)).as("the first of another kind").isFalse();
        entries.giveBack(PEER, 300);
        records.giveBack(OTHER, 150);
        records.giveBack(THIRD, 1);
        assertThat(records.isFor(OTHER, 3 * MAX))
                .as("one frame, where nothing waits of anybody")
                .isTrue();
    }

    @Test
    @DisplayName(
            "takes a small first frame of each peer, however many have filled it: so many more bytes of each at the most")
    void smallFirstOfEach() {
        entries.take(PEER, 300);
        for (int i = 0; i < HOSTILE; i++) {
            ServerName hostile = new ServerName("evil" + i + ".example");
            long bytes = MAX / 2;
            while (!entries.isFor(hostile, bytes)) {
                bytes--;
            }
            entries.take(hostile, bytes);
            assertThat(entries.isFor(hostile, 1)).isFalse();
        }
        assertThat(records.isFor(THIRD, FIRST_MAX)).isTrue();
        assertThat(records.isFor(THIRD, FIRST_MAX + 1)).as("a larger one").isFalse();
        assertThat(records.left(THIRD)).isEqualTo(FIRST_MAX);
    }
}
