package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.timeline.ItemKey;
import chat.samara.client.timeline.LogEnd;
import chat.samara.client.timeline.Timeline;
import chat.samara.client.timeline.TimelineItem;
import chat.samara.client.timeline.Unread;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A timeline")
class TimelinesTest {
    private final Village village = new Village(61);
    private Resident alice;
    private Resident bob;
    private ChannelId channel;
    private TimelineWindow window = TimelineWindow.END;

    @BeforeEach
    void inOneChannel() {
        alice = village.join("alice");
        bob = village.join("bob");
        channel = alice.create("home town");
        alice.add(channel, bob);
        village.pass(1_000);
    }

    private Timeline atBob(TimelineMove move) {
        WindowedTimeline found = bob.engine().timeline(channel, window, move).orElseThrow();
        window = found.window();
        return found.timeline();
    }

    private static List<String> texts(Timeline timeline) {
        return timeline.items().stream()
                .map(TimelineItem::message)
                .map(Message::body)
                .filter(MessageBody.Text.class::isInstance)
                .map(body -> ((MessageBody.Text) body).text())
                .toList();
    }

    private static List<String> unreadTexts(Timeline timeline) {
        return timeline.items().stream()
                .filter(TimelineItem::unread)
                .map(item -> ((MessageBody.Text) item.message().body()).text())
                .toList();
    }

    private static TimelineItem itemOf(Timeline timeline, String text) {
        return timeline.items().stream()
                .filter(item -> item.message().body().equals(new MessageBody.Text(text)))
                .findFirst()
                .orElseThrow();
    }

    private void say(Resident who, String text) {
        assertThat(who.send(channel, text)).isInstanceOf(Outcome.Queued.class);
    }

    private Outcome read(ItemKey item) {
        long command = bob.nextCommand();
        bob.command(new DeviceEvent.MarkRead(command, channel, item));
        return bob.outcome(command);
    }

    @Test
    @DisplayName(
            "ends with what was said last, own messages and what is on its way among it, and grows by what is said")
    void atTheEnd() {
        IntStream.range(0, 10).forEach(i -> say(i % 2 == 0 ? alice : bob, "text " + i));
        Timeline last = atBob(new TimelineMove.ToEnd(4));
        assertThat(texts(last)).containsExactly("text 6", "text 7", "text 8", "text 9");
        assertThat(last.hasEarlier()).isTrue();
        assertThat(last.hasLater()).isFalse();
        assertThat(last.end()).isEqualTo(LogEnd.READ);
        bob.cut();
        say(bob, "on its way");
        Timeline grown = atBob(new TimelineMove.Stay());
        assertThat(texts(grown)).containsExactly("text 6", "text 7", "text 8", "text 9", "on its way");
        assertThat(itemOf(grown, "on its way").message().state()).isEqualTo(MessageState.QUEUED);
        assertThat(grown.end()).isEqualTo(LogEnd.BEHIND);
        ItemKey key = itemOf(grown, "on its way").key();
        say(alice, "said meanwhile");
        bob.reconnect();
        village.pass(1_000);
        Timeline ordered = atBob(new TimelineMove.Stay());
        assertThat(texts(ordered)).endsWith("said meanwhile", "on its way");
        assertThat(itemOf(ordered, "on its way").key()).isEqualTo(key);
    }

    @Test
    @DisplayName("goes to earlier and later places and around any, without a gap, and back to the end")
    void moves() {
        IntStream.range(0, 40).forEach(i -> say(alice, "text " + i));
        atBob(new TimelineMove.ToEnd(5));
        Timeline earlier = atBob(new TimelineMove.Earlier(5));
        assertThat(texts(earlier))
                .isEqualTo(IntStream.range(30, 40).mapToObj(i -> "text " + i).toList());
        List<TimelineItem> everything = atBob(new TimelineMove.Earlier(1_000)).items();
        assertThat(everything).hasSameSizeAs(bob.history(channel));
        ItemKey tenth = itemOf(atBob(new TimelineMove.Stay()), "text 10").key();
        Timeline around = atBob(new TimelineMove.Around(tenth, 4));
        assertThat(texts(around)).containsExactly("text 8", "text 9", "text 10", "text 11");
        assertThat(around.hasLater()).isTrue();
        say(alice, "text 40");
        assertThat(texts(atBob(new TimelineMove.Stay()))).isEqualTo(texts(around));
        assertThat(texts(atBob(new TimelineMove.Later(3))))
                .isEqualTo(IntStream.range(8, 15).mapToObj(i -> "text " + i).toList());
        Timeline end = atBob(new TimelineMove.Later(100));
        assertThat(end.hasLater()).isFalse();
        assertThat(texts(end)).endsWith("text 40").startsWith("text 8");
        assertThat(bob.engine().timeline(channel, window, new TimelineMove.Around(new ItemKey.OfPlace(9_999, 0), 4)))
                .isEmpty();
        assertThat(texts(atBob(new TimelineMove.ToEnd(1)))).containsExactly("text 40");
    }

    @Test
    @DisplayName("of a channel that nothing stands in yet shows what comes, own messages too")
    void beginsEmpty() {
        bob.cut();
        bob.command(new DeviceEvent.CreateChannel(bob.nextCommand(), "new town", ChannelSuite.STANDARD));
        ChannelId made = bob.engine().channels().stream()
                .filter(state -> state.membership() == Membership.FOUNDING)
                .findFirst()
                .orElseThrow()
                .id();
        WindowedTimeline empty = bob.engine()
                .timeline(made, TimelineWindow.END, new TimelineMove.ToEnd(10))
                .orElseThrow();
        assertThat(empty.timeline().items())
                .noneMatch(item -> item.message().seq().isPresent());
        bob.command(new DeviceEvent.SendText(bob.nextCommand(), made, "first words"));
        bob.reconnect();
        village.pass(60_000);
        WindowedTimeline now = bob.engine()
                .timeline(made, empty.window(), new TimelineMove.Stay())
                .orElseThrow();
        assertThat(texts(now.timeline())).containsExactly("first words");
        assertThat(now.timeline()
                        .items()
                        .get(now.timeline().items().size() - 1)
                        .message()
                        .seq())
                .isPresent();
    }

    @Test
    @DisplayName("that hides behind many texts that are packed small is still all there is")
    void packedSmall() {
        village.server.hubIsCut = true;
        String large = "a".repeat(128 << 10);
        for (int i = 0; i < 40; i++) {
            say(alice, large);
        }
        say(alice, "not hidden");
        assertThat(texts(atBob(new TimelineMove.ToEnd(100)))).contains("not hidden");
        assertThat(bob.engine().summary(channel).orElseThrow().last())
                .map(Message::body)
                .contains(new MessageBody.Text("not hidden"));
    }

    @Test
    @DisplayName("holds so many items, and lets go of those at its other end")
    void bounded() {
        LiveChannel live = row();
        Turn turn = new Turn(bob.store, new Now(village.now, village.now), new LookAlikes(bob.store));
        long first = live.row().getSeq() + 1;
        for (int i = 0; i < 2 * Timeline.ITEMS_MAX; i++) {
            HistoryBook.append(
                    turn,
                    live,
                    first + i,
                    HistoryBook.ofServer(i).setJoined(true).build());
        }
        turn.finish();
        Timeline end = atBob(new TimelineMove.ToEnd(Timeline.ITEMS_MAX));
        assertThat(end.items()).hasSize(Timeline.ITEMS_MAX);
        Timeline earlier = atBob(new TimelineMove.Earlier(300));
        assertThat(earlier.items()).hasSize(Timeline.ITEMS_MAX);
        assertThat(earlier.items().get(300)).isEqualTo(end.items().get(0));
        assertThat(earlier.hasLater()).isTrue();
        Timeline later = atBob(new TimelineMove.Later(200));
        assertThat(later.items()).hasSize(Timeline.ITEMS_MAX);
        assertThat(later.items().get(0)).isEqualTo(earlier.items().get(200));
        assertThat(later.hasLater()).isTrue();
        assertThat(atBob(new TimelineMove.Later(100)).items()).isEqualTo(end.items());
    }

    private LiveChannel row() {
        return LiveChannel.of(Stored.parse(
                StoredChannel.parser(),
                bob.store.get(DeviceTable.CHANNEL, Keys.channel(channel)).orElseThrow()));
    }

    @Test
    @DisplayName("never parts the rows of one place, nor does a page of the history")
    void wholePlaces() {
        LiveChannel live = row();
        Turn turn = new Turn(bob.store, new Now(village.now, village.now), new LookAlikes(bob.store));
        long first = live.row().getSeq() + 1;
        for (int place = 0; place < 6; place++) {
            for (int i = 0; i < 3; i++) {
                HistoryBook.append(
                        turn,
                        live,
                        first + place,
                        HistoryBook.membersChanged(
                                HistoryBook.ofServer(place),
                                List.of(new UserId("member" + place + "and" + i, FakeServer.NAME)),
                                List.of()));
            }
        }
        turn.finish();
        List<Message> paged = new ArrayList<>();
        long after = first - 1;
        for (List<Message> page = bob.engine().history(channel, after, 4);
                !page.isEmpty();
                page = bob.engine().history(channel, after, 4)) {
            paged.addAll(page);
            after = page.get(page.size() - 1).seq().orElseThrow();
        }
        assertThat(paged).hasSize(18);
        assertThat(atBob(new TimelineMove.ToEnd(4)).items()).hasSize(6);
        assertThat(atBob(new TimelineMove.Earlier(1)).items()).hasSize(9);
    }

    @Test
    @DisplayName(
            "knows what was not read, where that begins, and that own messages and changes of members do not count")
    void unread() {
        Timeline joined = atBob(new TimelineMove.ToEnd(10));
        assertThat(joined.unread()).isEqualTo(Unread.NONE);
        say(alice, "one");
        say(bob, "own");
        say(alice, "two");
        Timeline timeline = atBob(new TimelineMove.Stay());
        assertThat(unreadTexts(timeline)).containsExactly("one", "two");
        assertThat(timeline.unread().count()).isEqualTo(2);
        assertThat(timeline.unread().first()).contains(itemOf(timeline, "one").key());
        bob.cut();
        bob.command(new DeviceEvent.SendText(bob.nextCommand(), channel, "on its way"));
        assertThat(read(itemOf(atBob(new TimelineMove.Stay()), "on its way").key()))
                .isInstanceOf(Outcome.Done.class);
        assertThat(unreadTexts(atBob(new TimelineMove.Stay()))).containsExactly("one", "two");
        bob.reconnect();
        assertThat(read(itemOf(timeline, "own").key())).isInstanceOf(Outcome.Done.class);
        assertThat(unreadTexts(atBob(new TimelineMove.Stay()))).containsExactly("two");
        assertThat(read(itemOf(timeline, "one").key())).isInstanceOf(Outcome.Done.class);
        assertThat(unreadTexts(atBob(new TimelineMove.Stay()))).containsExactly("two");
        bob.stop();
        bob.start();
        village.settle();
        assertThat(unreadTexts(atBob(new TimelineMove.Stay()))).containsExactly("two");
        assertThat(read(itemOf(timeline, "two").key())).isInstanceOf(Outcome.Done.class);
        assertThat(atBob(new TimelineMove.Stay()).unread()).isEqualTo(Unread.NONE);
        assertThat(read(new ItemKey.OfPlace(9_999, 0))).isInstanceOf(Outcome.Refused.class);
    }

    @Test
    @DisplayName("keeps for read what was read before it had its place, and only that")
    void readBeforeOrdered() {
        village.server.hubIsCut = true;
        say(alice, "read early");
        Timeline early = atBob(new TimelineMove.ToEnd(10));
        assertThat(itemOf(early, "read early").message().state()).isEqualTo(MessageState.PROVISIONAL);
        assertThat(unreadTexts(early)).containsExactly("read early");
        read(itemOf(early, "read early").key());
        say(alice, "not read");
        assertThat(unreadTexts(atBob(new TimelineMove.Stay()))).containsExactly("not read");
        village.server.reachHub();
        village.pass(1_000);
        Timeline ordered = atBob(new TimelineMove.Stay());
        assertThat(itemOf(ordered, "read early").message().seq()).isPresent();
        assertThat(unreadTexts(ordered)).containsExactly("not read");
    }

    @Test
    @DisplayName(
            "has what comes in the place of a log that was taken back as not read, and what was read of that as read")
    void takenBack() {
        bob.cut();
        say(alice, "held back");
        say(alice, "shown early");
        FakeChannel log = village.server.channel(channel);
        int first = log.typed.size() - 2;
        Record last = log.typed.get(first + 1).record();
        FakeChannel fork = log.forkBefore(first + 1L);
        fork.append(last.kind(), last.epoch(), last.idempotencyKey(), last.device(), last.payload());
        village.server.tamper = frame -> frame.hasEntries()
                ? frame.toBuilder()
                        .setEntries(Entries.newBuilder()
                                .setChannelId(frame.getEntries().getChannelId())
                                .addAllEntries(fork.entries.subList(first, fork.entries.size())))
                        .build()
                : frame;
        bob.reconnect();
        Timeline lie = atBob(new TimelineMove.ToEnd(10));
        assertThat(unreadTexts(lie)).containsExactly("shown early");
        read(itemOf(lie, "shown early").key());
        assertThat(atBob(new TimelineMove.Stay()).unread()).isEqualTo(Unread.NONE);
        village.server.tamper = frame -> frame;
        bob.receive(ServerFrame.newBuilder()
                .setEntries(Entries.newBuilder()
                        .setChannelId(Protobuf.toByteString(channel.bytes()))
                        .addAllEntries(log.entries.subList(first + 1, log.entries.size()))
                        .setHead(log.head()))
                .build());
        village.pass(1_000);
        assertThat(bob.events(ClientEvent.LogTakenBack.class)).hasSize(1);
        Timeline truth = atBob(new TimelineMove.Stay());
        assertThat(texts(truth)).containsExactly("held back", "shown early");
        assertThat(unreadTexts(truth)).containsExactly("held back");
    }

    @Test
    @DisplayName("of a profile that did not keep what was read begins with all of it read")
    void oldProfile() {
        say(alice, "before");
        bob.stop();
        StoredChannel row = Stored.parse(
                StoredChannel.parser(),
                bob.store.get(DeviceTable.CHANNEL, Keys.channel(channel)).orElseThrow());
        bob.store.put(
                DeviceTable.CHANNEL,
                Keys.channel(channel),
                row.toBuilder().clearReadSeq().build().toByteArray());
        bob.start();
        village.settle();
        assertThat(atBob(new TimelineMove.ToEnd(10)).unread()).isEqualTo(Unread.NONE);
        say(alice, "after");
        assertThat(unreadTexts(atBob(new TimelineMove.Stay()))).containsExactly("after");
    }

    @Test
    @DisplayName("leads a list in which what is said brings a channel up, and a sender's clock no further than now")
    void inAList() {
        ChannelId other = bob.create("other town");
        village.pass(60_000);
        alice.wallAheadMillis = 365L * 24 * 60 * 60 * 1000;
        say(alice, "from next year");
        assertThat(bob.engine().summary(channel).orElseThrow().activeMillis()).isEqualTo(village.now);
        village.pass(60_000);
        bob.command(new DeviceEvent.SendText(bob.nextCommand(), other, "mine"));
        village.settle();
        long active = bob.engine().summary(other).orElseThrow().activeMillis();
        assertThat(active)
                .isGreaterThan(bob.engine().summary(channel).orElseThrow().activeMillis());
        assertThat(bob.engine().summary(other).orElseThrow().last())
                .map(Message::body)
                .contains(new MessageBody.Text("mine"));
        assertThat(bob.engine().summary(channel).orElseThrow().muted()).isFalse();
        bob.command(new DeviceEvent.MuteChannel(bob.nextCommand(), channel, true));
        assertThat(bob.engine().summary(channel).orElseThrow().muted()).isTrue();
        assertThat(bob.engine().summary(channel).orElseThrow().accepted()).isFalse();
        say(bob, "accepted by that");
        assertThat(bob.engine().summary(channel).orElseThrow().accepted()).isTrue();
    }

    @Test
    @DisplayName("changes in no turn that does not say so, whatever happens")
    void nothingUnsaid() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        ShownWatch watch = new ShownWatch(bob.engine());
        bob.watch = Optional.of(watch);
        for (int i = 0; i < 150; i++) {
            happen(random);
        }
        bob.reconnect();
        village.server.reachHub();
        village.pass(60_000);
        assertThat(watch.changes).as("seed %d", seed).isGreaterThan(50);
    }

    private void happen(Random random) {
        switch (random.nextInt(12)) {
            case 10 ->
                bob.command(new DeviceEvent.AddMember(
                        bob.nextCommand(), channel, new UserId("nobody" + random.nextInt(3), FakeServer.NAME)));
            case 11 ->
                bob.command(new DeviceEvent.TakeBackChange(
                        bob.nextCommand(),
                        channel,
                        new Change.Add(new UserId("nobody" + random.nextInt(3), FakeServer.NAME))));
            case 0 -> bob.cut();
            case 1, 2 -> bob.reconnect();
            case 3 -> village.server.hubIsCut = true;
            case 4 -> village.server.reachHub();
            case 5 ->
                bob.command(new DeviceEvent.MarkRead(
                        bob.nextCommand(), channel, new ItemKey.OfPlace(1 + random.nextInt(9), 0)));
            case 6 -> bob.command(new DeviceEvent.SendText(bob.nextCommand(), channel, "own " + random.nextInt()));
            case 7 -> village.pass(random.nextInt(20_000));
            case 8 -> bob.command(new DeviceEvent.UpdateKeys(bob.nextCommand(), channel));
            default ->
                alice.command(new DeviceEvent.SendText(alice.nextCommand(), channel, "text " + random.nextInt()));
        }
        village.settle();
    }
}
