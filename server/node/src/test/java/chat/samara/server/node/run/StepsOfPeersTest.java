package chat.samara.server.node.run;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.Effect;
import chat.samara.server.core.LinkId;
import chat.samara.server.node.ahead.Ahead;
import chat.samara.server.node.transport.Connection;
import chat.samara.server.node.transport.Protocol;
import chat.samara.server.node.transport.TestConnections;
import chat.samara.wire.identity.ServerName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What the core does for a peer, step by step,")
final class StepsOfPeersTest {
    private static final ServerName TUNIS = new ServerName("tunis.example");
    private static final long STEP_NANOS = 20_000_000;
    private static final long FRAME_NANOS = 100_000;
    private static final byte[] FRAME = new byte[10];

    private final Inbox inbox = new Inbox(new Ahead(System::nanoTime));
    private final Switchboard switchboard =
            new Switchboard((name, addresses, operatorsOwn) -> {}, new Timers(), inbox::proved, inbox::goOn);
    private final Connection peer = TestConnections.of(1, Protocol.PEER);
    private final Connection member = TestConnections.of(2, Protocol.CLIENT);

    @BeforeEach
    void connect() {
        open(peer);
        open(member);
        prove(peer);
    }

    private void open(Connection connection) {
        inbox.opened(connection);
        assertThat(inbox.poll()).isEqualTo(new Input.Opened(connection));
        inbox.begin(connection);
        switchboard.opened(connection);
    }

    private void prove(Connection connection) {
        switchboard.carryOut(new Effect.LinkAuthenticated(new LinkId(connection.id()), TUNIS), 0);
    }

    private void askForTurn() {
        switchboard.carryOut(new Effect.GoOn(TUNIS), 0);
    }

    private void close(Connection connection) {
        inbox.forget(connection);
        switchboard.closed(connection);
    }

    /** Takes so many; each step of the peer's is followed by the next. */
    private List<Input> take(int count) {
        List<Input> taken = new ArrayList<>();
        Input next = taken.size() < count ? inbox.poll() : null;
        while (next != null) {
            taken.add(next);
            boolean isStep = next instanceof Input.GoOn;
            inbox.charge(isStep ? STEP_NANOS : FRAME_NANOS);
            if (isStep) {
                switchboard.goOn(TUNIS);
                askForTurn();
            }
            next = taken.size() < count ? inbox.poll() : null;
        }
        return taken;
    }

    @Test
    @DisplayName("is owed by that peer: others, who have something, have their turns before it is due again")
    void owed() {
        for (int i = 0; i < 500; i++) {
            inbox.frame(member, FRAME);
        }
        askForTurn();
        List<Input> taken = take(200);
        assertThat(taken.stream().filter(Input.GoOn.class::isInstance))
                .as("steps of %s ms each beside frames of %s ms, in turns of 1 ms", STEP_NANOS / 1e6, FRAME_NANOS / 1e6)
                .hasSizeBetween(1, 2);
    }

    @Test
    @DisplayName("delays what else comes of that peer")
    void delaysItsFrames() {
        askForTurn();
        assertThat(take(1)).hasOnlyElementsOfType(Input.GoOn.class);
        for (int i = 0; i < 100; i++) {
            inbox.frame(member, FRAME);
        }
        inbox.frame(peer, FRAME);
        assertThat(take(50)).allMatch(input -> input instanceof Input.Frame it && it.connection() == member);
    }

    @Test
    @DisplayName("goes on at once while nobody else has anything")
    void alone() {
        askForTurn();
        assertThat(take(10)).hasSize(10).hasOnlyElementsOfType(Input.GoOn.class);
    }

    @Test
    @DisplayName("has one turn at a time, however often it is asked for")
    void once() {
        askForTurn();
        askForTurn();
        assertThat(inbox.size()).isEqualTo(1);
        switchboard.goOn(TUNIS);
        askForTurn();
        assertThat(inbox.size()).isEqualTo(2);
    }

    @Test
    @DisplayName("goes on by the next link, where the end of the last one shows before that has proved itself")
    void betweenTwoLinks() {
        Connection second = TestConnections.of(3, Protocol.PEER);
        open(second);
        close(peer);
        askForTurn();
        assertThat(inbox.size()).isZero();
        prove(second);
        assertThat(take(1)).containsExactly(new Input.GoOn(TUNIS));
    }

    @Test
    @DisplayName("goes on by the link that took the place of another, also where a turn was asked for on that")
    void replaced() {
        Connection second = TestConnections.of(3, Protocol.PEER);
        open(second);
        prove(second);
        askForTurn();
        close(peer);
        assertThat(take(1)).containsExactly(new Input.GoOn(TUNIS));
        assertThat(inbox.size()).isEqualTo(1);
        close(second);
        switchboard.carryOut(new Effect.GoOn(TUNIS), 0);
        prove(peer);
        Connection third = TestConnections.of(4, Protocol.PEER);
        open(third);
        prove(third);
        askForTurn();
        assertThat(take(1)).containsExactly(new Input.GoOn(TUNIS));
    }
}
