package chat.samara.cli.command;

import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.ConnectionState;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** What this device has not handed to its server yet, as it connects: only the answer says whether it waits, and why. */
final class OwnWaiting {
    /** A server that answers at all does so within this. */
    private static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(2);

    private OwnWaiting() {}

    /** Waits, not for long, until each is there or has its reason. Of a device that is not connected there is none to come. */
    static void awaitAnswer(Client client, Channel channel, Duration timeout) {
        Semaphore news = new Semaphore(0);
        Client.Subscription events = client.listen(event -> news.release());
        try {
            long end =
                    System.nanoTime() + (timeout.compareTo(ANSWER_TIME_MAX) < 0 ? timeout : ANSWER_TIME_MAX).toNanos();
            while (client.connection() == ConnectionState.ONLINE
                    && channel.pending().stream().anyMatch(OwnWaiting::isUnanswered)
                    && news.tryAcquire(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS)) {
                news.drainPermits();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            events.close();
        }
    }

    private static boolean isUnanswered(Message message) {
        return message.own()
                && message.state() == MessageState.QUEUED
                && message.refusal().isEmpty();
    }
}
