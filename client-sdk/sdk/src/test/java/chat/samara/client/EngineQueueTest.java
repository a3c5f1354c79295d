package chat.samara.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("What waits for the engine")
@Timeout(60)
class EngineQueueTest {
    private static void nothing() {}

    private final EngineQueue queue = new EngineQueue(3, 100);

    /** Starts somebody who brings a frame, and waits until they wait. */
    private Thread bring(int bytes) {
        Thread thread = new Thread(() -> {
            try {
                queue.addFrame(bytes, EngineQueueTest::nothing);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
        thread.start();
        await().until(() -> thread.getState() == Thread.State.WAITING);
        return thread;
    }

    @Test
    @DisplayName("is so many works at most: a command beyond goes without after its time")
    void commandsAreRefused() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            assertThat(queue.offer(EngineQueueTest::nothing, 0)).isTrue();
        }

        assertThat(queue.offer(EngineQueueTest::nothing, 20)).isFalse();

        assertThat(queue.take(0)).isPresent();
        assertThat(queue.offer(EngineQueueTest::nothing, 0)).isTrue();
    }

    @Test
    @DisplayName("is so many bytes at most: who brings a frame beyond waits until there is room")
    void framesWait() throws InterruptedException {
        queue.addFrame(60, EngineQueueTest::nothing);
        Thread waits = bring(60);

        assertThat(queue.take(0)).isPresent();

        waits.join();
        assertThat(queue.take(0)).isPresent();
    }

    /** Works of a kind. */
    private static final class Kind implements Runnable {
        @Override
        public void run() {}
    }

    @Test
    @DisplayName(
            "gives what is next of one kind at once, no further than to the next of another, so many and so many bytes")
    void following() throws InterruptedException {
        EngineQueue roomy = new EngineQueue(100, 1_000);
        roomy.addFrame(40, new Kind());
        roomy.add(new Kind());
        roomy.addFrame(40, new Kind());
        roomy.add(EngineQueueTest::nothing);
        roomy.add(new Kind());

        assertThat(roomy.takeFollowing(Kind.class, 1, 1_000)).hasSize(1);
        assertThat(roomy.takeFollowing(Kind.class, 10, 1_000)).hasSize(2);
        assertThat(roomy.takeFollowing(Kind.class, 10, 1_000)).isEmpty();
        assertThat(roomy.take(0)).isPresent();
        assertThat(roomy.takeFollowing(Kind.class, 10, 1_000)).hasSize(1);
        for (int i = 0; i < 3; i++) {
            roomy.addFrame(40, new Kind());
        }
        assertThat(roomy.takeFollowing(Kind.class, 10, 50)).hasSize(2);
    }

    @Test
    @DisplayName("takes a frame larger than all its room when nothing else waits")
    void largeFrame() throws InterruptedException {
        queue.addFrame(1_000, EngineQueueTest::nothing);

        assertThat(queue.take(0)).isPresent();
    }

    @Test
    @DisplayName("lets those go who wait with a frame, when the end comes or they are interrupted")
    void endFreesThoseWhoWait() throws InterruptedException {
        queue.addFrame(100, EngineQueueTest::nothing);
        Thread one = bring(1);
        Thread other = bring(1);

        one.interrupt();
        one.join();
        queue.close();
        other.join();

        assertThat(queue.offer(EngineQueueTest::nothing, 1_000)).isFalse();
        assertThat(queue.take(0)).isEqualTo(Optional.empty());
    }

    @Test
    @DisplayName("takes the end of a connection however full it is")
    void endOfConnectionFits() throws InterruptedException {
        for (int i = 0; i < 3; i++) {
            assertThat(queue.offer(EngineQueueTest::nothing, 0)).isTrue();
        }
        queue.add(EngineQueueTest::nothing);

        for (int i = 0; i < 4; i++) {
            assertThat(queue.take(0)).isPresent();
        }
    }
}
