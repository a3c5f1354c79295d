package chat.samara.server.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Whoever begins frames and does not end them. */
final class UnfinishedFramesTest {
    private static final int FRAME = 1_000_000;

    private final UnfinishedFrames frames = new UnfinishedFrames(16L * FRAME);
    private long last;

    private record One(EmbeddedChannel channel, Connection connection) {
        boolean isCut() {
            channel.runPendingTasks();
            return !channel.isOpen();
        }
    }

    private One of(String owner) {
        EmbeddedChannel channel = new EmbeddedChannel();
        Connection connection = TestConnections.over(
                channel,
                ++last,
                Protocol.CLIENT,
                new InboundBudget(1_000, 10_000),
                new OutboundBudget(1_000, () -> {}));
        connection.authenticated(owner);
        return new One(channel, connection);
    }

    @Test
    @DisplayName(
            "three members with fifty half frames each lose what is too much, and not one of somebody whose line is slow")
    void whoHoldsMost() {
        One slow = of("member slow");
        frames.holds(slow.connection(), FRAME / 2);
        List<One> greedy = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            greedy.add(of("member " + i % 3));
            frames.holds(greedy.get(i).connection(), FRAME);
        }
        frames.holds(slow.connection(), FRAME);
        assertThat(slow.isCut()).isFalse();
        assertThat(greedy.stream().filter(it -> !it.isCut())).hasSize(15);
        // The eldest went, which would else hold its place for ever.
        assertThat(greedy.subList(0, 100)).allMatch(One::isCut);
    }

    @Test
    @DisplayName("what has become whole, and what is gone, takes no room")
    void countsOff() {
        for (int i = 0; i < 100; i++) {
            One each = of("member a");
            frames.holds(each.connection(), FRAME);
            frames.holds(each.connection(), 0);
            assertThat(each.isCut()).isFalse();
        }
        One other = of("member b");
        frames.holds(other.connection(), 16 * FRAME);
        assertThat(other.isCut()).isFalse();
    }

    @Test
    @DisplayName("a frame that grows counts once")
    void grows() {
        One one = of("member a");
        for (int bytes = 1; bytes < 16 * FRAME; bytes += FRAME) {
            frames.holds(one.connection(), bytes);
        }
        assertThat(one.isCut()).isFalse();
        frames.holds(one.connection(), 16 * FRAME + 1);
        assertThat(one.isCut()).isTrue();
    }
}
