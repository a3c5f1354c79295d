package chat.samara.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A talk")
class TalkTest {
    private final EventLoop loop = new DefaultEventLoop();
    private final AtomicInteger said = new AtomicInteger();
    private final Talk talk = new Talk(new Tally(), List.of(new Counting()), 2);

    private final class Counting implements Speaker {
        @Override
        public EventLoop loop() {
            return loop;
        }

        @Override
        public void say(long number) {
            said.incrementAndGet();
        }

        @Override
        public void flush() {
            // Nothing waits here.
        }
    }

    @AfterEach
    void stop() {
        loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    /** What was said once the speaker's loop has nothing more to do. */
    private int saidBy() throws Exception {
        loop.submit(() -> {}).get();
        return said.get();
    }

    @Test
    @DisplayName("says the next message only when all listeners have one that is under way")
    void keepsSoManyUnderWay() throws Exception {
        talk.pipelined(3);
        assertThat(saidBy()).isEqualTo(3);

        talk.heard(1);
        assertThat(saidBy()).isEqualTo(3);

        talk.heard(1);
        assertThat(saidBy()).isEqualTo(4);
    }

    @Test
    @DisplayName("is over when all that was said has been heard, and says nothing after its end")
    void ends() throws Exception {
        talk.pipelined(2);
        assertThat(saidBy()).isEqualTo(2);
        talk.end();
        talk.heard(3);
        assertThat(talk.isOver()).isFalse();

        talk.heard(1);

        assertThat(talk.isOver()).isTrue();
        assertThat(saidBy()).isEqualTo(2);
    }

    @Test
    @DisplayName("at a rate, goes on whether anybody hears it or not")
    void keepsItsRate() {
        talk.atRate(200);

        Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> said.get() >= 10);
        talk.end();
    }
}
