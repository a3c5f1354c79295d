package chat.samara.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.TimelineMove;
import chat.samara.client.device.TimelineWindow;
import chat.samara.client.device.WindowedTimeline;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.timeline.ItemKey;
import chat.samara.client.timeline.ListChange;
import chat.samara.client.timeline.LogEnd;
import chat.samara.client.timeline.Timeline;
import chat.samara.client.timeline.TimelineItem;
import chat.samara.client.timeline.TimelineListener;
import chat.samara.client.timeline.TimelineUpdate;
import chat.samara.client.timeline.Unread;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Who follows a timeline")
class TimelineFeedTest {
    private static final ChannelId CHANNEL = new ChannelId(Bytes.of(new byte[ChannelId.SIZE_BYTES]));
    private static final Refusal OVER = new Refusal(RefusalCode.CLOSED, "over");

    private final Deque<Runnable> callbacks = new ArrayDeque<>();
    private final Feeds feeds = new Feeds();
    private final List<TimelineUpdate> updates = new ArrayList<>();
    private final List<Refusal> ends = new ArrayList<>();

    /** What stands in the channel. */
    private final List<String> said = new ArrayList<>();

    private int looks;
    private boolean isEnded;

    private final TimelineListener listener = new TimelineListener() {
        @Override
        public void changed(TimelineUpdate update) {
            updates.add(update);
        }

        @Override
        public void ended(Refusal why) {
            ends.add(why);
        }
    };

    private TimelineFeed follow(TimelineListener told) {
        TimelineFeed feed = new TimelineFeed(CHANNEL, 10, this::read, callbacks::add, told, feeds::remove);
        feeds.add(feed);
        return feed;
    }

    private Optional<WindowedTimeline> read(ChannelId channel, TimelineWindow window, TimelineMove move) {
        looks++;
        if (isEnded) {
            throw new ClientClosedException(OVER);
        } else if (move instanceof TimelineMove.Around) {
            return Optional.empty();
        }
        List<TimelineItem> items = new ArrayList<>();
        for (int i = 0; i < said.size(); i++) {
            Message message = new Message(
                    channel,
                    Optional.empty(),
                    OptionalLong.of(i + 1L),
                    Optional.empty(),
                    false,
                    i,
                    MessageState.ORDERED,
                    Optional.empty(),
                    new MessageBody.Text(said.get(i)));
            items.add(new TimelineItem(new ItemKey.OfPlace(i + 1L, 0), message, false));
        }
        boolean moved = !(move instanceof TimelineMove.Stay);
        return Optional.of(new WindowedTimeline(
                moved ? new TimelineWindow(1, OptionalLong.empty()) : window,
                new Timeline(channel, items, move instanceof TimelineMove.Earlier, false, Unread.NONE, LogEnd.READ)));
    }

    private void say(String text) {
        said.add(text);
        feeds.changed(java.util.Set.of(CHANNEL));
    }

    private void runCallbacks() {
        while (!callbacks.isEmpty()) {
            callbacks.poll().run();
        }
    }

    private static List<String> texts(Timeline timeline) {
        return timeline.items().stream()
                .map(item -> ((MessageBody.Text) item.message().body()).text())
                .toList();
    }

    @Test
    @DisplayName("is told of all that is there first, and then of what is new")
    void snapshotThenChanges() {
        said.add("before");
        follow(listener);
        runCallbacks();
        say("after");
        runCallbacks();
        assertThat(updates).hasSize(2);
        assertThat(updates.get(0).changes()).hasSize(1);
        assertThat(texts(updates.get(0).timeline())).containsExactly("before");
        assertThat(updates.get(1).changes())
                .singleElement()
                .isInstanceOfSatisfying(
                        ListChange.Inserted.class,
                        inserted -> assertThat(inserted.index()).isEqualTo(1));
    }

    @Test
    @DisplayName("is told once of all that happened while it was busy, and not at all of what is as before")
    void coalesces() {
        follow(listener);
        runCallbacks();
        int looksBefore = looks;
        for (int i = 0; i < 1_000; i++) {
            say("text " + i);
        }
        assertThat(callbacks).hasSize(1);
        runCallbacks();
        assertThat(updates).hasSize(2);
        assertThat(looks - looksBefore).isEqualTo(1);
        feeds.changed(java.util.Set.of(CHANNEL));
        runCallbacks();
        assertThat(updates).hasSize(2);
    }

    @Test
    @DisplayName("misses nothing that happens while it is being told")
    void whileTold() {
        said.add("first");
        TimelineListener saying = new TimelineListener() {
            @Override
            public void changed(TimelineUpdate update) {
                updates.add(update);
                if (said.size() < 5) {
                    say("said in between " + said.size());
                }
            }
        };
        follow(saying);
        runCallbacks();
        assertThat(texts(updates.get(updates.size() - 1).timeline())).isEqualTo(said);
        assertThat(updates).hasSize(5);
    }

    @Test
    @DisplayName("and fails is told what comes then, as others are")
    void failing() {
        follow(update -> {
            throw new IllegalStateException("the application's own");
        });
        follow(listener);
        runCallbacks();
        say("one");
        runCallbacks();
        assertThat(texts(updates.get(updates.size() - 1).timeline())).containsExactly("one");
    }

    @Test
    @DisplayName("can make out of the steps what stands there, whenever it looks")
    void stepsAdd() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        follow(listener);
        for (int i = 0; i < 500; i++) {
            if (!said.isEmpty() && random.nextInt(3) == 0) {
                said.remove(random.nextInt(said.size()));
            }
            say("text " + random.nextInt(5));
            if (random.nextInt(4) == 0) {
                runCallbacks();
            }
        }
        runCallbacks();
        List<TimelineItem> items = List.of();
        for (TimelineUpdate update : updates) {
            items = ListChange.applied(items, update.changes());
            assertThat(items).as("seed %d", seed).isEqualTo(update.timeline().items());
        }
        assertThat(texts(updates.get(updates.size() - 1).timeline()))
                .as("seed %d", seed)
                .isEqualTo(said);
    }

    @Test
    @DisplayName("has the answer to a move behind the update that it brings")
    void moves() {
        said.add("one");
        TimelineFeed feed = follow(listener);
        CompletableFuture<Timeline> earlier = feed.earlier(5);
        assertThat(earlier).isNotDone();
        runCallbacks();
        assertThat(earlier).isCompletedWithValueMatching(Timeline::hasEarlier);
        assertThat(updates).hasSize(2);
        CompletableFuture<Timeline> around = feed.around(new ItemKey.OfPlace(77, 0), 5);
        runCallbacks();
        assertThatThrownBy(around::join)
                .isInstanceOf(CompletionException.class)
                .cause()
                .isInstanceOfSatisfying(
                        ClientException.class, e -> assertThat(e.code()).isEqualTo(RefusalCode.UNKNOWN_MESSAGE));
        assertThatThrownBy(() -> feed.earlier(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> feed.later(Timeline.ITEMS_MAX + 1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    @DisplayName("is told nothing more once it has closed it, and what it has asked for ends")
    void closed() {
        TimelineFeed feed = follow(listener);
        runCallbacks();
        say("on its way to the listener");
        CompletableFuture<Timeline> under = feed.earlier(5);
        feed.close();
        CompletableFuture<Timeline> after = feed.earlier(5);
        runCallbacks();
        say("later");
        runCallbacks();
        assertThat(updates).hasSize(1);
        assertThat(under).isCompletedExceptionally();
        assertThat(after).isCompletedExceptionally();
    }

    @Test
    @DisplayName("is told once that the device cannot go on, and is refused if it comes after that")
    void ends() {
        TimelineFeed feed = follow(listener);
        runCallbacks();
        isEnded = true;
        say("never read");
        feeds.end(OVER);
        CompletableFuture<Timeline> move = feed.earlier(5);
        runCallbacks();
        assertThat(ends).containsExactly(OVER);
        assertThat(move).isCompletedExceptionally();
        assertThat(ends).containsExactly(OVER);
        assertThat(updates).hasSize(1);
        assertThatThrownBy(() -> follow(listener)).isInstanceOf(ClientClosedException.class);
    }
}
