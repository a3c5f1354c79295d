package chat.samara.systemtests.sim.network;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The simulated network")
class NetworkTest {
    private static final long LONG_MILLIS = 10 * 60_000;

    /** Writes down what it is told. */
    private static final class Notes implements ConnectionHandler {
        private final List<Integer> frames = new ArrayList<>();
        private @Nullable End end;
        private boolean failed;
        private boolean closed;

        @Override
        public void opened(End opened) {
            end = opened;
        }

        @Override
        public void failed() {
            failed = true;
        }

        @Override
        public void frame(byte[] frame) {
            frames.add((int) frame[0]);
        }

        @Override
        public void closed() {
            closed = true;
        }

        End end() {
            End opened = end;
            if (opened == null) {
                throw new AssertionError("not opened");
            }
            return opened;
        }
    }

    private final Scheduler scheduler = new Scheduler();
    private final Network network = new Network(scheduler, new Seed(5));
    private final Notes server = new Notes();
    private final Notes client = new Notes();

    private void pass(long millis) {
        scheduler.runUntil(scheduler.nowMillis() + millis);
    }

    private void connect() {
        network.listen("berlin", Port.CLIENT, from -> server);
        network.dial("phone", "berlin", Port.CLIENT, client);
        pass(LONG_MILLIS);
    }

    private void send(int from, int count) {
        for (int i = from; i < from + count; i++) {
            client.end().send(new byte[] {(byte) i});
        }
    }

    @Test
    @DisplayName("delivers frames in order")
    void deliversInOrder() {
        connect();
        send(0, 100);
        pass(LONG_MILLIS);
        assertThat(server.frames).hasSize(100).isSorted();
    }

    @Test
    @DisplayName("loses what is in flight when hosts are cut, tells both ends, and lets nobody connect until it heals")
    void cuts() {
        connect();
        send(0, 10);
        network.cut("phone", "berlin");
        pass(LONG_MILLIS);
        assertThat(server.frames).isEmpty();
        assertThat(server.closed).isTrue();
        assertThat(client.closed).isTrue();
        Notes second = new Notes();
        network.dial("phone", "berlin", Port.CLIENT, second);
        pass(LONG_MILLIS);
        assertThat(second.failed).isTrue();
        network.heal("phone", "berlin");
        Notes third = new Notes();
        network.dial("phone", "berlin", Port.CLIENT, third);
        pass(LONG_MILLIS);
        assertThat(third.end().open()).isTrue();
    }

    @Test
    @DisplayName("tells a dead process nothing, and its peer that it is gone")
    void hostsGoDown() {
        connect();
        server.end().send(new byte[] {1});
        network.hostDown("phone");
        pass(LONG_MILLIS);
        assertThat(client.frames).isEmpty();
        assertThat(client.closed).isFalse();
        assertThat(server.closed).isTrue();
    }

    @Test
    @DisplayName("delivers what was sent before an orderly close, and then tells the other end")
    void closesInOrder() {
        connect();
        send(0, 5);
        client.end().close();
        pass(LONG_MILLIS);
        assertThat(server.frames).hasSize(5);
        assertThat(server.closed).isTrue();
        assertThat(client.closed).isFalse();
    }

    @Test
    @DisplayName("refuses a connection to where nobody listens")
    void refuses() {
        network.dial("phone", "berlin", Port.CLIENT, client);
        pass(LONG_MILLIS);
        assertThat(client.failed).isTrue();
    }
}
