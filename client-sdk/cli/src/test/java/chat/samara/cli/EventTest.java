package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import chat.samara.cli.message.EventSentence;
import chat.samara.client.channel.KeySighting;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.SeenKey;
import chat.samara.client.device.Change;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.device.OldState;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.ErrorCode;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("What happens")
@Timeout(60)
class EventTest {
    private static final String BOB = "bob@tunis.example";
    private static final Refusal WHY = new Refusal(RefusalCode.LIMIT_REACHED, "too many of them");

    private final TestSurroundings process = new TestSurroundings();
    private final FakeClient client = process.client;
    private final FakeClient.FakeChannel here = client.addChannel("home town", 0xab);
    private final ChannelId there = client.addChannel("work", 0xcd).id();

    /** Where an event shows. */
    private enum Place {
        /** Said in words, whatever channel it is of. */
        SAID,
        /** A row of its channel's history; said in words for a channel that is not on the screen. */
        IN_HISTORY,
        /** The history and marks of its channel change. */
        ONLY_IN_HISTORY,
        /** Whoever follows shows the connection itself. */
        CONNECTION,
        /** Nothing that a person has to know; what it leads to has an event of its own. */
        NOWHERE
    }

    private record Sample(ClientEvent event, Place place) {}

    private Map<Class<?>, Sample> samples() {
        Map<Class<?>, Sample> samples = new LinkedHashMap<>();
        MessageId one =
                new MessageId(new DeviceId(FakeClient.bytes(16, 0xd2)), new IdempotencyKey(FakeClient.bytes(16, 1)));
        for (Sample sample : new Sample[] {
            new Sample(new ClientEvent.ConnectionChanged(ConnectionState.ONLINE, Optional.empty()), Place.CONNECTION),
            new Sample(new ClientEvent.ClocksDiffer(1, 2), Place.SAID),
            new Sample(new ClientEvent.EventsLeftOut(7), Place.NOWHERE),
            new Sample(new ClientEvent.SendingHeld(there, Optional.of(WHY)), Place.SAID),
            new Sample(new ClientEvent.SendingAwaitsRemoval(there, List.of(FakeClient.user(BOB))), Place.SAID),
            new Sample(new ClientEvent.OrderingHeld(there, Optional.of(WHY)), Place.SAID),
            new Sample(new ClientEvent.OldStateNoticed(OldState.UNKNOWN_MESSAGE), Place.SAID),
            new Sample(new ClientEvent.OldStateNoticed(OldState.KEY_USED_TWICE), Place.SAID),
            new Sample(new ClientEvent.DeviceRenewed(one.device(), one.device()), Place.NOWHERE),
            new Sample(new ClientEvent.DeviceReplaced(one.device(), OptionalLong.of(1)), Place.SAID),
            new Sample(new ClientEvent.CaughtUp(), Place.NOWHERE),
            new Sample(new ClientEvent.ChannelJoined(there, 2), Place.IN_HISTORY),
            new Sample(new ClientEvent.WelcomeRefused(there, WHY), Place.SAID),
            new Sample(
                    new ClientEvent.MessageReceived(here.say(BOB, new MessageBody.Text("hello"))),
                    Place.ONLY_IN_HISTORY),
            new Sample(
                    new ClientEvent.MessageStateChanged(
                            there, one, true, MessageState.REFUSED, OptionalLong.empty(), Optional.of(WHY)),
                    Place.IN_HISTORY),
            new Sample(new ClientEvent.MessageRenamed(there, one, one), Place.ONLY_IN_HISTORY),
            new Sample(new ClientEvent.ProfileChanged(there, "work"), Place.ONLY_IN_HISTORY),
            new Sample(
                    new ClientEvent.ChangeSettled(
                            there, new Change.Add(FakeClient.user(BOB)), OptionalLong.empty(), Optional.of(WHY)),
                    Place.SAID),
            new Sample(new ClientEvent.RemovedFromChannel(there, 3), Place.IN_HISTORY),
            new Sample(new ClientEvent.PlaceLost(there, 3, FakeClient.user(BOB), "tag"), Place.SAID),
            new Sample(new ClientEvent.PlaceRegained(there, 4), Place.ONLY_IN_HISTORY),
            new Sample(
                    new ClientEvent.IdentityKeyChanged(
                            FakeClient.user(BOB), FakeClient.bytes(32, 1), FakeClient.bytes(32, 2)),
                    Place.SAID),
            new Sample(
                    new ClientEvent.IdentityKeysDiffer(
                            FakeClient.user(BOB),
                            new SeenKey(FakeClient.bytes(32, 1), FakeClient.seenBy("mallory@tunis.example")),
                            new SeenKey(FakeClient.bytes(32, 2), new KeySighting.FromDirectory(1))),
                    Place.SAID),
            new Sample(
                    new ClientEvent.LookAlikeAppeared(
                            there, FakeClient.user(BOB), FakeClient.user("b0b@tunis.example")),
                    Place.IN_HISTORY),
            new Sample(new ClientEvent.MemberBarred(there, 4, FakeClient.user(BOB), false, 2), Place.IN_HISTORY),
            new Sample(new ClientEvent.ForkDetected(there, 3, true, "two heads"), Place.SAID),
            new Sample(new ClientEvent.LogTakenBack(there, 3), Place.SAID),
            new Sample(new ClientEvent.ChannelForgotten(there, "work"), Place.ONLY_IN_HISTORY),
            new Sample(new ClientEvent.ChannelNotFounded(there, "work", WHY), Place.SAID),
            new Sample(new ClientEvent.LogWithheld(there, 3), Place.SAID)
        }) {
            samples.put(sample.event().getClass(), sample);
        }
        return samples;
    }

    @Test
    @DisplayName("is said, or stands in the history, or needs no words: every kind of event has its place")
    void everyEvent() {
        Map<Class<?>, Sample> samples = samples();
        assertThat(samples.keySet()).containsExactlyInAnyOrder(ClientEvent.class.getPermittedSubclasses());
        EventSentence seeingAll = new EventSentence(client, channel -> true, NextCommand.OF_DEFAULT);
        EventSentence seeingHere = new EventSentence(client, here.id()::equals, NextCommand.OF_DEFAULT);
        for (Sample sample : samples.values()) {
            boolean said = seeingAll.of(sample.event()).isPresent();
            boolean saidElsewhere = seeingHere.of(sample.event()).isPresent();
            assertThat(said).as(sample.toString()).isEqualTo(sample.place() == Place.SAID);
            assertThat(saidElsewhere)
                    .as(sample.toString())
                    .isEqualTo(sample.place() == Place.SAID || sample.place() == Place.IN_HISTORY);
        }
    }

    @Test
    @DisplayName("while tail follows one channel is said on standard error, of other channels, too")
    void tailSays() throws Exception {
        here.say(BOB, new MessageBody.Text("hello"));
        CompletableFuture<Integer> ended = CompletableFuture.supplyAsync(() -> process.run("tail", "home town"));
        await().atMost(Duration.ofSeconds(20)).until(() -> process.out().contains("hello"));

        samples().values().forEach(sample -> client.tell(sample.event()));
        here.membership = Membership.REMOVED;
        client.tell(new ClientEvent.RemovedFromChannel(here.id(), 3));

        assertThat(ended.get()).isZero();
        for (Sample sample : samples().values()) {
            boolean said = sample.place() == Place.SAID || sample.place() == Place.IN_HISTORY;
            // Over which tail ends: then it is said, and what helps.
            boolean ends = sample.event() instanceof ClientEvent.DeviceReplaced;
            if (said && !ends) {
                String sentence = new EventSentence(client, here.id()::equals, NextCommand.OF_DEFAULT)
                        .of(sample.event())
                        .orElseThrow();
                assertThat(process.err()).contains("-- " + sentence);
            }
        }
        assertThat(process.err()).contains("\"work\"").contains("too many of them");
    }

    @Test
    @DisplayName("to what one writes in a channel that the server has frozen is said for what it is: it is not sent")
    void notSent() {
        Refusal frozen = new Refusal(RefusalCode.CHANNEL_FROZEN, "nothing is added to this channel here");

        String said = new EventSentence(client, here.id()::equals, NextCommand.OF_DEFAULT)
                .of(new ClientEvent.SendingHeld(here.id(), Optional.of(frozen)))
                .orElseThrow();

        assertThat(said)
                .contains("is not sent: nothing is added to this channel here")
                .contains("go on in a new channel")
                .doesNotContain("waits");
    }

    private static ClientEvent limit(ChannelId channel, String reason, String words, long millis) {
        Refusal why = new Refusal(RefusalCode.LIMIT_REACHED, reason + " (it goes on by itself, in " + words + ")");
        return new ClientEvent.SendingHeld(channel, Optional.of(why), OptionalLong.of(millis));
    }

    @Test
    @DisplayName("to a limit of one's own is said once, in however many channels it is met, and once that it is over")
    void limitOnce() {
        EventSentence sentences = new EventSentence(client, here.id()::equals, NextCommand.OF_DEFAULT);
        assertThat(sentences.of(limit(here.id(), "20 a day", "72 minutes", 4_320_000)))
                .hasValueSatisfying(it -> assertThat(it).contains("20 a day", "in 72 minutes", "home town"));
        assertThat(sentences.of(limit(there, "20 a day", "71 minutes", 4_260_000)))
                .isEmpty();
        assertThat(sentences.of(limit(there, "2 new channels a day", "12 hours", 43_200_000)))
                .as("another limit")
                .isPresent();
        assertThat(sentences.of(new ClientEvent.SendingHeld(here.id(), Optional.empty())))
                .isEmpty();
        assertThat(sentences.of(new ClientEvent.SendingHeld(there, Optional.empty())))
                .hasValue("The server takes what you write again.");
        assertThat(sentences.of(limit(there, "20 a day", "72 minutes", 4_320_000)))
                .as("the next time")
                .isPresent();
    }

    @Test
    @DisplayName(
            "to a limit that was met in a channel which this device has left, or forgotten, is over with the channel")
    void limitOfChannelThatIsLeft() {
        for (ClientEvent end : List.of(
                new ClientEvent.RemovedFromChannel(there, 3), new ClientEvent.ChannelForgotten(there, "work"))) {
            EventSentence sentences = new EventSentence(client, here.id()::equals, NextCommand.OF_DEFAULT);
            assertThat(sentences.of(limit(there, "20 a day", "72 minutes", 4_320_000)))
                    .isPresent();
            sentences.of(end);
            assertThat(sentences.of(limit(here.id(), "20 a day", "71 minutes", 4_260_000)))
                    .as("said anew after " + end)
                    .isPresent();
            assertThat(sentences.of(new ClientEvent.SendingHeld(here.id(), Optional.empty())))
                    .as("nothing is held any more after " + end)
                    .hasValue("The server takes what you write again.");
        }
    }

    @Test
    @DisplayName("to another reason that takes a limit's place is said with its channel")
    void limitThenDisk() {
        EventSentence sentences = new EventSentence(client, here.id()::equals, NextCommand.OF_DEFAULT);
        assertThat(sentences.of(limit(there, "20 a day", "72 minutes", 4_320_000)))
                .isPresent();
        Refusal disk = new Refusal(RefusalCode.SERVER_DISK_FULL, "the disk is full");
        assertThat(sentences.of(new ClientEvent.SendingHeld(there, Optional.of(disk))))
                .hasValue("What you write waits on this device in channel \"work\": the disk is full");
        assertThat(sentences.of(new ClientEvent.SendingHeld(there, Optional.empty())))
                .hasValue("The server takes what you write again in channel \"work\".");
    }

    @Test
    @DisplayName(
            "to what one writes while a server cannot read its own copy of the channel says that it waits, and never to forget the channel")
    void waits() {
        Optional<Refusal> damaged = Optional.of(Refusal.of(chat.samara.wire.Refusal.of(
                ErrorCode.CHANNEL_FROZEN, "berlin.example cannot read its own copy of this channel", "damaged")));

        for (ClientEvent event : List.of(
                new ClientEvent.SendingHeld(here.id(), damaged), new ClientEvent.OrderingHeld(here.id(), damaged))) {
            assertThat(new EventSentence(client, here.id()::equals, NextCommand.OF_DEFAULT)
                            .of(event)
                            .orElseThrow())
                    .contains("cannot read its own copy")
                    .containsAnyOf("waits on this device", "not in the channel's log yet")
                    .doesNotContain("forget")
                    .doesNotContain("new channel");
        }
    }

    @Test
    @DisplayName("to a channel that one is kept out of is said by every command")
    void listSays() {
        client.saysAtCatchUp =
                Optional.of(new ClientEvent.WelcomeRefused(new ChannelId(FakeClient.bytes(32, 0xee)), WHY));

        assertThat(process.run("channel", "list")).isZero();

        assertThat(process.err()).contains("Not joined, channel eeeeeeeeeeee: too many of them");
    }

    @Test
    @DisplayName("to a message that was left as one that the server has, and that the hub has refused, is said by every"
            + " command")
    void listSaysRefused() {
        client.saysAtCatchUp = Optional.ofNullable(samples().get(ClientEvent.MessageStateChanged.class))
                .map(Sample::event);

        assertThat(process.run("channel", "list")).isZero();

        assertThat(process.err())
                .contains(
                        "A message of yours in channel \"work\" was refused: too many of them.",
                        "samara unsent cdcdcdcdcdcd");
    }

    @Test
    @DisplayName(
            "to a message that goes on under another id: it is not shown twice, nor taken for what stands under its id")
    void renamed() throws Exception {
        client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        Message mine = here.queue("mine", 7);
        CompletableFuture<Integer> ended =
                CompletableFuture.supplyAsync(() -> process.run("tail", "home town", "--json"));
        await().atMost(Duration.ofSeconds(20)).until(() -> process.out().contains("mine"));

        Message forged = here.forge(mine);
        here.pending.clear();
        Message again = here.queue("mine", 8);
        client.tell(new ClientEvent.MessageReceived(forged));
        client.tell(new ClientEvent.MessageRenamed(
                here.id(), mine.id().orElseThrow(), again.id().orElseThrow()));
        await().atMost(Duration.ofSeconds(20)).until(() -> process.out().contains("renamed"));
        here.order(again);
        here.membership = Membership.REMOVED;
        client.tell(new ClientEvent.RemovedFromChannel(here.id(), 3));

        assertThat(ended.get()).isZero();
        Map<String, Long> types = process.out()
                .lines()
                .map(line -> JsonParser.parseString(line).getAsJsonObject())
                .map(line -> line.get("type").getAsString()
                        + (line.has("state") ? " " + line.get("state").getAsString() : ""))
                .collect(Collectors.groupingBy(it -> it, Collectors.counting()));
        assertThat(types)
                .containsEntry("unreadable ordered", 1L)
                .containsEntry("renamed", 1L)
                .containsEntry("state ordered", 1L);
    }

    @Test
    @DisplayName(
            "of two keys of one member says that it may be a new profile, and in which channel they were seen, by its name")
    void twoKeys() {
        String said = new EventSentence(client, channel -> false, NextCommand.OF_DEFAULT)
                .of(new ClientEvent.IdentityKeysDiffer(
                        FakeClient.user(BOB),
                        new SeenKey(FakeClient.bytes(32, 1), FakeClient.seenBy("carol@tunis.example")),
                        new SeenKey(FakeClient.bytes(32, 2), FakeClient.seenBy("dave@tunis.example"))))
                .orElseThrow();

        assertThat(said)
                .contains("they have a new profile, or somebody is pretending to be them")
                .contains("channel \"home town\" (abababababab) by carol@tunis.example")
                .doesNotContain("one of them is somebody");
    }
}
