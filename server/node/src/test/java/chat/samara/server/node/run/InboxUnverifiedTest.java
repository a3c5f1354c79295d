package chat.samara.server.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.node.ahead.Ahead;
import chat.samara.server.node.ahead.Commits;
import chat.samara.server.node.ahead.KeyPackages;
import chat.samara.server.node.transport.Connection;
import chat.samara.server.node.transport.Protocol;
import chat.samara.server.node.transport.TestConnections;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** No time passes, and the thread that verifies ahead is there no more. The test is the core's thread. */
@DisplayName("Where nothing is verified ahead,")
final class InboxUnverifiedTest {
    private static final byte[] CHEAP = {1};

    private final Ahead ahead = new Ahead(() -> 0);
    private final Inbox inbox = new Inbox(ahead, () -> 0);

    @BeforeEach
    void end() {
        ahead.close();
    }

    @AfterEach
    void nothingIsLeft() {
        assertThat(inbox.size()).isZero();
    }

    private Connection opened(long id, Protocol protocol) {
        Connection connection = TestConnections.of(id, protocol);
        inbox.opened(connection);
        assertThat(frames()).isEmpty();
        return connection;
    }

    /** Whose frames are taken now, one after the other. */
    private List<Connection> frames() {
        List<Connection> taken = new ArrayList<>();
        for (@Nullable Input input = inbox.poll(); input != null; input = inbox.poll()) {
            inbox.charge(0);
            if (input instanceof Input.Frame frame) {
                taken.add(frame.connection());
            }
        }
        return taken;
    }

    @Test
    @DisplayName("a member's frame with KeyPackages comes behind what others have that costs little")
    void ofAMember() {
        Connection dear = opened(1, Protocol.CLIENT);
        Connection other = opened(2, Protocol.CLIENT);
        inbox.frame(dear, new KeyPackages().published(60));
        inbox.frame(other, CHEAP);
        assertThat(frames()).containsExactly(other, dear);
    }

    @Test
    @DisplayName("a peer's frame with KeyPackages has its turn, since it is charged for each of its steps")
    void ofAPeer() {
        Connection peer = opened(1, Protocol.PEER);
        Connection other = opened(2, Protocol.CLIENT);
        inbox.frame(peer, Commits.ofPeer(KeyPackages.one(), 60, 1));
        inbox.frame(other, CHEAP);
        assertThat(frames()).containsExactly(peer, other);
    }
}
