package chat.samara.cli.command;

import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Waits until a channel's name, which each addition has told anew to those who were added, is at the own server: from then on it is the server's to deliver. */
final class ToldName {
    private ToldName() {}

    /** Returns whether nothing of it waits any more: it is there, or was refused, which {@code unsent} shows. */
    static boolean await(Client client, Channel channel, Duration timeout) {
        Semaphore happened = new Semaphore(0);
        Client.Subscription events = client.listen(event -> happened.release());
        try {
            long deadline = System.nanoTime() + timeout.toNanos();
            while (isQueued(channel) && happened.tryAcquire(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                happened.drainPermits();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        } finally {
            events.close();
        }
        return !isQueued(channel);
    }

    private static boolean isQueued(Channel channel) {
        return channel.pending().stream()
                .anyMatch(message -> message.own()
                        && message.state() == MessageState.QUEUED
                        && message.body() instanceof MessageBody.Profile);
    }
}
