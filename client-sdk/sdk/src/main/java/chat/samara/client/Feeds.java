package chat.samara.client;

import chat.samara.client.device.ClientEvent;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.Refusal;
import chat.samara.wire.log.ChannelId;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/** All that is followed of a client: timelines and lists of channels. Any thread. */
final class Feeds {
    private final Set<TimelineFeed> timelines = new HashSet<>();
    private final Set<ChannelListFeed> lists = new HashSet<>();
    private Optional<Refusal> ended = Optional.empty();

    /**
     * Begins to tell it of changes.
     *
     * @throws ClientClosedException where there will be none
     */
    synchronized void add(TimelineFeed feed) {
        requireGoingOn();
        timelines.add(feed);
        feed.changed();
    }

    /** The same of a list. */
    synchronized void add(ChannelListFeed feed) {
        requireGoingOn();
        lists.add(feed);
        feed.changed();
    }

    private void requireGoingOn() {
        ended.ifPresent(why -> {
            throw new ClientClosedException(why);
        });
    }

    synchronized void remove(Feed feed) {
        timelines.remove(feed);
        lists.remove(feed);
    }

    /** What a person is shown of these channels may be another. */
    synchronized void changed(Set<ChannelId> channels) {
        for (TimelineFeed feed : timelines) {
            if (channels.contains(feed.channel())) {
                feed.changed();
            }
        }
        for (ChannelListFeed feed : lists) {
            feed.changed(channels);
        }
    }

    /** What no row says, and is shown all the same: what holds a channel up, and whether its log was read to the end. */
    synchronized void told(ClientEvent event) {
        if (event instanceof ClientEvent.SendingHeld held) {
            changed(Set.of(held.channel()));
        } else if (event instanceof ClientEvent.OrderingHeld held) {
            changed(Set.of(held.channel()));
        } else if (event instanceof ClientEvent.SendingAwaitsRemoval held) {
            changed(Set.of(held.channel()));
        } else if (event instanceof ClientEvent.LogWithheld withheld) {
            changed(Set.of(withheld.channel()));
        } else if (event instanceof ClientEvent.ConnectionChanged || event instanceof ClientEvent.CaughtUp) {
            timelines.forEach(Feed::changed);
        }
    }

    /** Nothing changes any more. */
    void end(Refusal why) {
        Set<Feed> all = new HashSet<>();
        synchronized (this) {
            ended = Optional.of(why);
            all.addAll(timelines);
            all.addAll(lists);
        }
        all.forEach(feed -> feed.end(why));
    }
}
