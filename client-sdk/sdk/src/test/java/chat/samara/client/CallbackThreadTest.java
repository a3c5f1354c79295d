package chat.samara.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.device.OldState;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("What waits for an application's listeners")
@Timeout(60)
class CallbackThreadTest {
    private static final ClientEvent LAST = new ClientEvent.ConnectionChanged(ConnectionState.CLOSED, Optional.empty());

    private final List<Boolean> holds = new CopyOnWriteArrayList<>();
    private final CallbackThread callbacks = new CallbackThread(new Backlog(4, 1 << 20, 10, 1 << 20), holds::add);
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);
    private final List<ClientEvent> heard = new CopyOnWriteArrayList<>();

    @BeforeEach
    void aListenerIsSlow() throws InterruptedException {
        callbacks.start();
        callbacks.listen(event -> {
            begun.countDown();
            try {
                release.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            heard.add(event);
        });
        callbacks.tell(event(0));
        begun.await();
    }

    @AfterEach
    void close() {
        release.countDown();
        callbacks.close();
    }

    private static ClientEvent event(int number) {
        return new ClientEvent.EventsLeftOut(-number); // as good as any, and numbered
    }

    @Test
    @DisplayName("holds the server where there is much, and lets it go on when half of that is done")
    void holds() {
        for (int i = 1; i <= 3; i++) {
            callbacks.tell(event(i));
        }
        assertThat(holds).isEmpty();
        callbacks.tell(event(4));
        assertThat(holds).containsExactly(true);

        release.countDown();

        await().until(() -> heard.size() == 5);
        assertThat(holds).containsExactly(true, false);
    }

    @Test
    @DisplayName(
            "is so much at most: of more, the application is told how much was left out, and hears what comes then")
    void leavesOut() {
        for (int i = 1; i <= 25; i++) {
            callbacks.tell(event(i));
        }
        release.countDown();
        await().until(() -> heard.size() == 12);
        callbacks.tell(event(26));
        await().until(() -> heard.size() == 13);

        assertThat(heard.subList(0, 11))
                .containsExactly(
                        event(0), event(1), event(2), event(3), event(4), event(5), event(6), event(7), event(8),
                        event(9), event(10));
        assertThat(heard.subList(11, 13)).containsExactly(new ClientEvent.EventsLeftOut(15), event(26));
    }

    @Test
    @DisplayName("never leaves out the last event, nor what depends on a future")
    void lastOfAll() {
        for (int i = 1; i <= 25; i++) {
            callbacks.tell(event(i));
        }
        CountDownLatch completed = new CountDownLatch(1);
        callbacks.call(completed::countDown);
        callbacks.tellLast(LAST);
        release.countDown();

        await().until(() -> heard.contains(LAST) && completed.getCount() == 0);
        assertThat(heard).endsWith(new ClientEvent.EventsLeftOut(15), LAST);
    }

    @Test
    @DisplayName("is never left out where it can be read nowhere else")
    void toldOnly() {
        ClientEvent toldOnly = new ClientEvent.OldStateNoticed(OldState.SERVER_COUNTS_MORE);
        for (int i = 1; i <= 25; i++) {
            callbacks.tell(event(i));
        }
        callbacks.tell(toldOnly);
        callbacks.tell(event(26));
        release.countDown();

        await().until(() -> heard.size() == 14);
        assertThat(heard.subList(11, 14))
                .containsExactly(new ClientEvent.EventsLeftOut(15), toldOnly, new ClientEvent.EventsLeftOut(1));
    }

    @Test
    @DisplayName(
            "and can be read nowhere else is kept for the first listener; every later one is told where the connection stands")
    void lateListener() {
        CallbackThread late = new CallbackThread(new Backlog(4, 1 << 20, 10, 1 << 20), holds::add);
        ClientEvent toldOnly = new ClientEvent.OldStateNoticed(OldState.SERVER_COUNTS_MORE);
        ClientEvent waiting = new ClientEvent.ConnectionChanged(
                ConnectionState.WAITING, Optional.of(new Refusal(RefusalCode.UNREACHABLE, "nobody is there")));
        List<ClientEvent> first = new CopyOnWriteArrayList<>();
        List<ClientEvent> second = new CopyOnWriteArrayList<>();
        late.start();
        late.tell(new ClientEvent.ConnectionChanged(ConnectionState.CONNECTING, Optional.empty()));
        late.tell(toldOnly);
        late.tell(waiting);
        late.tell(event(1));

        Client.Subscription ends = late.listen(first::add);
        await().until(() -> first.size() == 2);
        ends.close();
        Client.Subscription stays = late.listen(second::add);
        await().until(() -> !second.isEmpty());
        late.close();
        stays.close();

        assertThat(first).containsExactly(toldOnly, waiting);
        assertThat(second).containsExactly(waiting);
    }

    @Test
    @DisplayName(
            "does not hold the server while one of them waits for it, also where one wait within another has ended")
    void waitsForClient() throws InterruptedException {
        CountDownLatch done = new CountDownLatch(1);
        List<Integer> heldWhile = new CopyOnWriteArrayList<>();
        callbacks.call(() -> {
            callbacks.beginWaiting();
            callbacks.beginWaiting();
            callbacks.endWaiting();
            for (int i = 1; i <= 5; i++) {
                callbacks.tell(event(i));
            }
            heldWhile.add(holds.size());
            callbacks.endWaiting();
            heldWhile.add(holds.size());
            done.countDown();
        });
        release.countDown();
        done.await();
        assertThat(heldWhile).containsExactly(0, 1);
    }

    @Test
    @DisplayName("is not told to a listener that no longer listens")
    void unsubscribed() {
        List<ClientEvent> other = new CopyOnWriteArrayList<>();
        Client.Subscription subscription = callbacks.listen(other::add);
        callbacks.tell(event(1));
        subscription.close();
        release.countDown();

        await().until(() -> heard.size() == 2);
        assertThat(other).isEmpty();
    }
}
