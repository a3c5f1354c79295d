package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageBody.Text;
import chat.samara.client.channel.SeenKey;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.timeline.ItemKey;
import chat.samara.wire.identity.UserId;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("samara tail")
@Timeout(60)
class TailTest {
    private static final String ALICE = "alice@berlin.example";
    private static final String BOB = "bob@tunis.example";

    private final TestSurroundings process = new TestSurroundings();
    private final FakeClient client = process.client;
    private FakeClient.FakeChannel channel = client.addChannel("home town", 0xab);

    @BeforeEach
    void isAlice() {
        client.account = Optional.of(FakeClient.account(ALICE));
    }

    @Test
    @DisplayName("prints time, mark, name and text; right-to-left text is isolated, control codes are shown, rows are"
            + " indented")
    void printsLines() {
        channel.say(ALICE, new Text("ሰላም 👩‍👩‍👧"));
        channel.say(BOB, new Text("أهلاً\nsecond \u001b[31mrow"));
        channel.sayProvisionally(BOB, "still there?", 9);

        assertThat(process.run("tail", "home town", "--no-follow"))
                .as(process.err())
                .isZero();

        assertThat(process.out()).isEqualTo("""
            2026-11-21 23:03 ✓✓ alice@berlin.example  ሰላም 👩‍👩‍👧
            2026-11-21 23:03    bob@tunis.example  \u2068أهلاً\u2069
                                second ␛[31mrow
            2026-11-21 23:03 ≈  bob@tunis.example  still there?
            """);
    }

    @Test
    @DisplayName("tells who came and went, in words; a change of keys is no news")
    void tellsChanges() {
        channel.say(ALICE, new MessageBody.Created());
        channel.say(ALICE, new MessageBody.MembersChanged(List.of(FakeClient.user(BOB)), List.of()));
        channel.say(ALICE, new MessageBody.MembersChanged(List.of(), List.of()));
        channel.say(
                BOB,
                new MessageBody.IdentityKeyChanged(
                        FakeClient.user(BOB), FakeClient.bytes(32, 1), FakeClient.bytes(32, 2), false));
        channel.say(
                BOB,
                new MessageBody.IdentityKeyChanged(
                        FakeClient.user(BOB), FakeClient.bytes(32, 1), FakeClient.bytes(32, 2), true));
        channel.say(
                BOB,
                new MessageBody.IdentityKeysDiffer(
                        FakeClient.user(BOB),
                        new SeenKey(FakeClient.bytes(32, 1), FakeClient.seenBy("mallory@tunis.example")),
                        new SeenKey(FakeClient.bytes(32, 2), FakeClient.seenBy("carol@tunis.example"))));
        channel.say(
                ALICE,
                new MessageBody.LookAlike(
                        FakeClient.user("\u0430\u04cf\u0456\u0441\u0435@berlin.example"), FakeClient.user(ALICE)));
        channel.say(ALICE, new MessageBody.DevicesChanged(List.of(FakeClient.user(BOB))));
        channel.say(BOB, new MessageBody.Returned(false));
        channel.say(BOB, new MessageBody.Returned(true));
        channel.say(BOB, new MessageBody.Unreadable(UnreadableReason.EPOCH_EXPIRED, UnreadableDetail.NONE));

        process.run("tail", "home town", "--no-follow");

        assertThat(process.out().lines())
                .hasSize(10)
                .anyMatch(line ->
                        line.contains("alice@berlin.example took devices of bob@tunis.example out of the channel"))
                .anyMatch(line -> line.endsWith("is back: their device had lost its place in the channel"))
                .anyMatch(line -> line.contains("bob@tunis.example is back under another device key"))
                .anyMatch(line -> line.contains("bob@tunis.example was seen with two identity keys")
                        && line.contains("by mallory@tunis.example, seen on 2026-11-21")
                        && line.contains("by carol@tunis.example, seen on 2026-11-21"))
                .anyMatch(line -> line.endsWith(
                        "The identity key of bob@tunis.example has changed; it is the new one that you accepted"))
                .anyMatch(line -> line.contains(
                        "ATTENTION: \u0430\u04cf\u0456\u0441\u0435@berlin.example looks like alice@berlin.example"))
                .anyMatch(line -> line.endsWith("-- alice@berlin.example made the channel"))
                .anyMatch(line -> line.endsWith("-- alice@berlin.example added bob@tunis.example"))
                .anyMatch(line -> line.contains("ATTENTION: the identity key of bob@tunis.example has changed"))
                .anyMatch(line -> line.contains("cannot be read: it came after its keys had been erased"));
    }

    private void cannotRead(String author, int count, UnreadableReason reason, UnreadableDetail detail) {
        for (int i = 0; i < count; i++) {
            channel.say(author, new MessageBody.Unreadable(reason, detail));
        }
    }

    private static UnreadableDetail sentIn(long epoch) {
        return UnreadableDetail.of(UnreadableDetail.Code.EPOCH_NOT_REACHED, epoch, 3);
    }

    @Test
    @DisplayName(
            "says in one row what cannot be read, one behind the other, of one author and for one reason; --json says each")
    void foldsUnreadable() {
        channel.say(BOB, new Text("before"));
        cannotRead(BOB, 67, UnreadableReason.EPOCH_AHEAD, sentIn(4));
        channel.say(ALICE, new MessageBody.MembersChanged(List.of(), List.of()));
        cannotRead(BOB, 2, UnreadableReason.EPOCH_AHEAD, sentIn(4));
        cannotRead(ALICE, 2, UnreadableReason.EPOCH_AHEAD, sentIn(4));
        cannotRead(ALICE, 1, UnreadableReason.EPOCH_AHEAD, sentIn(5));
        cannotRead(ALICE, 1, UnreadableReason.DECRYPTION_FAILED, UnreadableDetail.NONE);
        cannotRead(
                ALICE, 2, UnreadableReason.OWN_RECORD_UNKNOWN, UnreadableDetail.of(UnreadableDetail.Code.OWN_UNKNOWN));
        channel.say(BOB, new Text("behind"));

        process.run("tail", "home town", "--no-follow", "--since", "0");

        assertThat(process.out().lines().map(line -> line.substring(20)))
                .containsExactly(
                        "bob@tunis.example  before",
                        "-- 69 messages of bob@tunis.example cannot be read: they were sent while this device had lost"
                                + " its place in the channel (sent in epoch 4, here is 3)",
                        "-- 3 messages of alice@berlin.example cannot be read: they were sent while this device had"
                                + " lost its place in the channel; the first (sent in epoch 4, here is 3)",
                        "-- A message of alice@berlin.example cannot be read: it does not decrypt, or its signature is"
                                + " wrong",
                        "-- 2 messages of yours cannot be read: this device sent them and does not know them any more."
                                + " Was the profile copied, or restored from a backup?",
                        "bob@tunis.example  behind");

        process.run("tail", "home town", "--no-follow", "--since", "0", "--json");
        assertThat(process.out().lines().filter(line -> line.contains("\"type\":\"unreadable\"")))
                .hasSize(69 + 3 + 1 + 2);
    }

    private static UserId member(int number) {
        return FakeClient.user("member" + number + "@tunis.example");
    }

    /** As one command does it: a change each, and for who is new the channel's name. */
    private void addOneByOne(String by, int from, int to) {
        for (int i = from; i < to; i++) {
            channel.say(by, new MessageBody.MembersChanged(List.of(member(i)), List.of()));
            channel.say(by, new MessageBody.Profile("home town", ""));
        }
    }

    @Test
    @DisplayName("says in one row whom one member has added, or removed, one after another; with --names all names")
    void foldsMembers() {
        channel.say(ALICE, new MessageBody.Profile("home town", ""));
        channel.say(BOB, new Text("before"));
        addOneByOne(ALICE, 0, 50);
        addOneByOne(BOB, 50, 52);
        for (int i = 0; i < 5; i++) {
            channel.say(ALICE, new MessageBody.MembersChanged(List.of(), List.of(member(i))));
        }
        channel.say(BOB, new Text("behind"));

        process.run("tail", "home town", "--no-follow", "--since", "1");
        assertThat(process.out().lines().map(line -> line.substring(20)))
                .containsExactly(
                        "bob@tunis.example  before",
                        "-- alice@berlin.example added member0@tunis.example, member1@tunis.example and 48 others",
                        "-- The channel's name is \"home town\"",
                        "-- bob@tunis.example added member50@tunis.example, member51@tunis.example",
                        "-- alice@berlin.example removed member0@tunis.example, member1@tunis.example and 3 others",
                        "bob@tunis.example  behind");

        process.out.reset();
        process.run("tail", "home town", "--no-follow", "--last", "4");
        assertThat(process.out().lines()).hasSize(4).first().asString().contains("added member50@tunis.example, ");

        process.out.reset();
        process.run("tail", "home town", "--no-follow", "--last", "6");
        assertThat(process.out().lines()).first().asString().contains("and 48 others");

        process.out.reset();
        process.run("tail", "home town", "--no-follow", "--names", "--since", "1");
        assertThat(process.out()).contains("member48@tunis.example, member49@tunis.example\n");

        process.out.reset();
        process.run("tail", "home town", "--no-follow", "--since", "0", "--json");
        assertThat(process.out().lines().filter(line -> line.contains("\"type\":\"members_changed\"")))
                .hasSize(50 + 2 + 5);
    }

    @Test
    @DisplayName(
            "says in one row, too, who is added one after another while it follows, and waits only so long for more")
    void foldsMembersAsTheyCome() throws Exception {
        process.burstPause = Duration.ofHours(1);
        channel.say(BOB, new Text("before"));
        CompletableFuture<Integer> ended = CompletableFuture.supplyAsync(() -> process.run("tail", "home town"));
        await().atMost(Duration.ofSeconds(20)).until(() -> process.out().contains("before"));
        for (int i = 0; i < 50; i++) {
            addOneByOne(ALICE, i, i + 1);
            client.tell(new ClientEvent.ProfileChanged(channel.id(), "home town"));
        }
        channel.say(BOB, new Text("behind"));
        channel.membership = Membership.REMOVED;
        client.tell(new ClientEvent.RemovedFromChannel(channel.id(), 3));

        assertThat(ended.get()).isZero();
        assertThat(process.out().lines().filter(line -> line.contains(" added ")))
                .singleElement()
                .asString()
                .endsWith("and 48 others");
    }

    @Test
    @DisplayName("shows who was added also where there is no moment in which nothing else happens")
    void showsMembersWhileOthersTalk() throws Exception {
        FakeClient.FakeChannel work = client.addChannel("work", 0xcd);
        CompletableFuture<Integer> ended = CompletableFuture.supplyAsync(() -> process.run("tail"));
        await().atMost(Duration.ofSeconds(20)).until(client::isListenedTo);
        addOneByOne(ALICE, 0, 1);
        await().atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(1))
                .until(() -> {
                    client.tell(new ClientEvent.MessageReceived(work.say(BOB, new Text("busy"))));
                    return process.out().contains("added member0");
                });

        client.ended = Optional.of(new Refusal(RefusalCode.INTERNAL, "the end"));
        client.tell(new ClientEvent.ConnectionChanged(ConnectionState.CLOSED, client.ended));
        assertThat(ended.get()).isEqualTo(ExitCode.REFUSED.number());
    }

    @Test
    @DisplayName("shows who was added as soon as nothing has come for a moment that belongs to it")
    void showsMembersWhenNoMoreCome() throws Exception {
        CompletableFuture<Integer> ended = CompletableFuture.supplyAsync(() -> process.run("tail", "home town"));
        await().atMost(Duration.ofSeconds(20)).until(client::isListenedTo);
        addOneByOne(ALICE, 0, 1);
        client.tell(new ClientEvent.ProfileChanged(channel.id(), "home town"));

        await().atMost(Duration.ofSeconds(20)).until(() -> process.out().contains("added member0"));

        channel.membership = Membership.REMOVED;
        client.tell(new ClientEvent.RemovedFromChannel(channel.id(), 3));
        assertThat(ended.get()).isZero();
    }

    @Test
    @DisplayName("--last counts such a row once, and --json each place")
    void lastCountsRows() {
        channel.say(BOB, new Text("long ago"));
        channel.say(BOB, new Text("before"));
        cannotRead(BOB, 300, UnreadableReason.EPOCH_AHEAD, sentIn(4));
        channel.say(BOB, new Text("behind"));

        process.run("tail", "home town", "--no-follow", "--last", "3");
        assertThat(process.out().lines()).hasSize(3).first().asString().endsWith("before");

        process.run("tail", "home town", "--no-follow", "--last", "3", "--json");
        assertThat(process.out().lines().filter(line -> line.startsWith("{"))).hasSize(3);
    }

    @Test
    @DisplayName("--last prints no more than that without --follow, also if something comes while it looks")
    void lastIsLast() {
        channel.say(BOB, new Text("one"));
        channel.say(BOB, new Text("two"));
        channel.say(BOB, new Text("three"));
        channel.whileReading = () -> channel.say(ALICE, new Text("meanwhile"));
        process.run("tail", "home town", "--no-follow", "--last", "2");
        assertThat(process.out().lines()).hasSize(2).last().asString().endsWith("three");
        process.run("tail", "home town", "--no-follow", "--last", "2", "--json");
        assertThat(process.out().lines().filter(line -> line.startsWith("{"))).hasSize(2);
    }

    @Test
    @DisplayName(
            "without --follow shows an own message that waited when it began, also if it goes into the log meanwhile")
    void showsWhatWaited() {
        channel.say(BOB, new Text("before"));
        Message mine = channel.queue("mine", 7);
        AtomicInteger asked = new AtomicInteger();
        channel.whilePendingIsRead = () -> {
            if (asked.incrementAndGet() == 2) {
                channel.say(BOB, new Text("meanwhile"));
                channel.order(mine);
            }
        };

        process.run("tail", "home town", "--no-follow");

        assertThat(process.out().lines()).hasSize(2).last().asString().endsWith("✓✓ alice@berlin.example  mine");
    }

    @Test
    @DisplayName("--last counts what waits, too")
    void lastCountsWhatWaits() {
        channel.say(BOB, new Text("one"));
        channel.say(BOB, new Text("two"));
        channel.queue("three", 7);
        channel.queue("four", 8);

        process.run("tail", "home town", "--no-follow", "--last", "3");

        assertThat(process.out().lines()).hasSize(3).first().asString().endsWith("two");
    }

    @Test
    @DisplayName("tells whom it is about that they may not commit any more and what helps, and the others who it is")
    void tellsWhoIsBarred() {
        channel.say(ALICE, new MessageBody.MemberBarred(FakeClient.user(ALICE), 2));
        channel.say(BOB, new MessageBody.MemberBarred(FakeClient.user(BOB), 3));

        process.run("tail", "home town", "--no-follow");

        assertThat(process.out().lines())
                .hasSize(2)
                .anyMatch(line ->
                        line.contains("ATTENTION: you may not change this channel any more, only write and read")
                                && line.contains("2 members could not process")
                                && line.endsWith("Ask another member to remove you and to add you again"))
                .anyMatch(
                        line -> line.contains("bob@tunis.example may not commit any more: 3 members could not process")
                                && line.endsWith("Whoever trusts it removes and adds it again"));
    }

    @Test
    @DisplayName("--json prints an object a line, with the exact text and nothing that a terminal would obey")
    void printsJson() {
        String text = "\"אבג\"\n\u001b[2J\u202E</b> 🏴\uDB40\uDC67\uDB40\uDC7F";
        channel.say(BOB, new Text(text));

        process.run("tail", "home town", "--no-follow", "--json");

        assertThat(process.out()).hasLineCount(1);
        assertThat(process.out().strip().codePoints())
                .noneMatch(c -> Character.isISOControl(c) || c == 0x202E || c >= 0xE0000);
        JsonObject line = JsonParser.parseString(process.out()).getAsJsonObject();
        assertThat(line.get("text").getAsString()).isEqualTo(text);
        assertThat(line.keySet())
                .containsExactly(
                        "type", "channel", "channel_name", "seq", "id", "from", "own", "time", "state", "text");
        assertThat(line.get("type").getAsString()).isEqualTo("text");
        assertThat(line.get("channel").getAsString()).isEqualTo("ab".repeat(32));
        assertThat(line.get("channel_name").getAsString()).isEqualTo("home town");
        assertThat(line.get("seq").getAsLong()).isEqualTo(1);
        assertThat(line.get("id").getAsString()).isEqualTo("d2".repeat(16) + "-" + "01".repeat(16));
        assertThat(line.get("from").getAsString()).isEqualTo(BOB);
        assertThat(line.get("own").getAsBoolean()).isFalse();
        assertThat(line.get("time").getAsString()).isEqualTo("2026-11-21T23:03:00Z");
        assertThat(line.get("state").getAsString()).isEqualTo("ordered");
    }

    @Test
    @DisplayName("begins with the last 20 places, or after --since")
    void choosesWhereToBegin() {
        for (int i = 1; i <= 30; i++) {
            channel.say(BOB, new Text("message " + i));
        }

        process.run("tail", "home town", "--no-follow");
        assertThat(process.out()).hasLineCount(20).contains("message 11\n").doesNotContain("message 10\n");

        process.out.reset();
        process.run("tail", "home town", "--no-follow", "--since", "28");
        assertThat(process.out()).hasLineCount(2).contains("message 29\n");

        process.out.reset();
        process.run("tail", "home town", "--no-follow", "--since", "0");
        assertThat(process.out()).hasLineCount(30);
    }

    @Test
    @DisplayName("--last counts what is shown, not renewals of keys in between")
    void lastCountsWhatIsShown() {
        channel.say(BOB, new Text("one"));
        channel.say(BOB, new Text("two"));
        for (int i = 0; i < 400; i++) {
            channel.say(BOB, new MessageBody.MembersChanged(List.of(), List.of()));
        }
        channel.say(BOB, new Text("three"));
        channel.say(BOB, new MessageBody.MembersChanged(List.of(), List.of()));

        process.run("tail", "home town", "--no-follow", "--last", "2");
        assertThat(process.out()).hasLineCount(2).contains("two\n").contains("three\n");

        process.out.reset();
        process.run("tail", "home town", "--no-follow", "--last", "9");
        assertThat(process.out()).hasLineCount(3);

        process.out.reset();
        process.run("tail", "home town", "--no-follow", "--last", "0");
        assertThat(process.out()).isEmpty();
    }

    @Test
    @DisplayName("without a channel it prints all of them, each line with its channel's name")
    void printsAllChannels() {
        channel.say(BOB, new Text("here"));
        client.addChannel("work", 0xcd).say(BOB, new Text("there"));

        process.run("tail", "--no-follow");

        assertThat(process.out())
                .contains("[home town] bob@tunis.example  here")
                .contains("[work] bob@tunis.example  there");
    }

    @Test
    @DisplayName("follows: each message once, however many events tell of it, and a provisional one only moves")
    void followsExactlyOnce() throws Exception {
        Message provisional = channel.sayProvisionally(BOB, "provisional", 77);
        CompletableFuture<Integer> exitCode =
                CompletableFuture.supplyAsync(() -> process.run("tail", "home town", "--json"));
        await().atMost(Duration.ofSeconds(20)).until(() -> process.out().contains("\"provisional\",\"text\""));

        Message second = channel.say(BOB, new Text("second"));
        client.tell(new ClientEvent.MessageReceived(second));
        client.tell(new ClientEvent.MessageReceived(second));
        await().atMost(Duration.ofSeconds(20)).until(() -> process.out().contains("second"));
        channel.order(provisional);
        channel.say(ALICE, new MessageBody.RemovedHere());
        channel.membership = Membership.REMOVED;
        client.tell(new ClientEvent.RemovedFromChannel(channel.id(), 3));

        assertThat(exitCode.get())
                .as("ends by itself once nothing more can come")
                .isZero();
        assertThat(process.out()
                        .lines()
                        .map(line -> JsonParser.parseString(line).getAsJsonObject()))
                .extracting(line -> line.get("type").getAsString() + " "
                        + line.get("state").getAsString() + " " + (line.has("seq") ? line.get("seq") : "-"))
                .containsExactly("text provisional -", "text ordered 1", "state ordered 2", "removed_here ordered 3");
        assertThat(client.isListenedTo()).isFalse();
        assertThat(client.closed).isTrue();
    }

    @ParameterizedTest
    @DisplayName("ends when the client does, and says what ended it")
    @CsvSource({"PROFILE_DISK_FULL, 3", "PROFILE_FAILED, 3", "NATIVE_LIBRARY, 3", "OUT_OF_MEMORY, 4", "INTERNAL, 4"})
    void endsWithTheClient(RefusalCode code, int exitCode) throws Exception {
        channel.say(BOB, new Text("hello"));
        CompletableFuture<Integer> ended = CompletableFuture.supplyAsync(() -> process.run("tail", "home town"));
        await().atMost(Duration.ofSeconds(20)).until(() -> process.out().contains("hello"));

        client.ended = Optional.of(new Refusal(code, "this and that is full"));
        client.tell(new ClientEvent.ConnectionChanged(ConnectionState.CLOSED, client.ended));

        assertThat(ended.get()).isEqualTo(exitCode);
        assertThat(process.err()).startsWith("samara: this and that is full");
    }

    @Test
    @DisplayName(
            "of a copy that another has put out: what it has, how old that is, and the line that puts it back, for the"
                    + " profile that was given")
    void showsWhatAStruckOffCopyHas() {
        channel.say(BOB, new Text("before the copy"));
        client.catchUpRefusal = new ClientException(RefusalCode.DEVICE_REPLACED, "another copy goes on as device d3");

        assertThat(process.run("tail", "home town", "--profile", "/tmp/old copy"))
                .isEqualTo(ExitCode.PROFILE.number());

        assertThat(process.out()).contains("before the copy");
        assertThat(process.err())
                .contains("The newest that this copy of the profile has is of 2026-11-21 23:03:00")
                .contains("samara: another copy goes on as device d3")
                .endsWith("samara device take-over --profile '/tmp/old copy'\n");
    }

    @Test
    @DisplayName("ends when another copy takes this one's place while it follows")
    void endsWhenStruckOff() throws Exception {
        channel.say(BOB, new Text("hello"));
        CompletableFuture<Integer> ended = CompletableFuture.supplyAsync(() -> process.run("tail", "home town"));
        await().atMost(Duration.ofSeconds(20)).until(() -> process.out().contains("hello"));

        client.problem = Optional.of(new Refusal(RefusalCode.DEVICE_REPLACED, "another copy goes on"));
        client.tell(new ClientEvent.ConnectionChanged(ConnectionState.OFFLINE, client.problem));

        assertThat(ended.get()).isEqualTo(ExitCode.PROFILE.number());
        assertThat(process.err()).contains("samara: another copy goes on").endsWith("samara device take-over\n");
    }

    @Test
    @DisplayName("without a server: that it is away, once, however often it is tried, then what the device has")
    void saysOnceThatNobodyAnswers() {
        channel.say(BOB, new Text("from before"));
        Refusal away = new Refusal(RefusalCode.UNREACHABLE, "berlin.example does not answer");
        client.whileCatchingUp = () -> {
            for (int attempt = 0; attempt < 13; attempt++) {
                client.tell(new ClientEvent.ConnectionChanged(ConnectionState.WAITING, Optional.of(away)));
            }
        };
        client.problem = Optional.of(away);
        client.catchUpRefusal = new ClientException(away);

        assertThat(process.run("tail", "--no-follow")).isZero();

        assertThat(process.out()).contains("from before");
        assertThat(process.err()).containsOnlyOnce("does not answer").hasLineCount(1);
    }

    @Test
    @DisplayName("says of a connection that is lost while it follows once that it is lost, and once that it is back")
    void saysOnceThatTheConnectionIsLost() throws Exception {
        channel.say(BOB, new Text("hello"));
        CompletableFuture<Integer> ended = CompletableFuture.supplyAsync(() -> process.run("tail", "home town"));
        await().atMost(Duration.ofSeconds(20)).until(() -> process.out().contains("hello"));

        Refusal away = new Refusal(RefusalCode.UNREACHABLE, "berlin.example does not answer");
        for (int attempt = 0; attempt < 13; attempt++) {
            client.tell(new ClientEvent.ConnectionChanged(ConnectionState.CONNECTING, Optional.empty()));
            client.tell(new ClientEvent.ConnectionChanged(ConnectionState.WAITING, Optional.of(away)));
        }
        client.tell(new ClientEvent.ConnectionChanged(ConnectionState.ONLINE, Optional.empty()));
        channel.membership = Membership.REMOVED;
        client.tell(new ClientEvent.RemovedFromChannel(channel.id(), 3));

        assertThat(ended.get()).isZero();
        assertThat(process.err())
                .isEqualTo("-- not connected: berlin.example does not answer; trying again\n-- connected again\n");
    }

    @Test
    @DisplayName(
            "a forked log is an alarm, which is said each time with what to do, and for whom all channels are shown,"
                    + " too")
    void endsWithAlarm() {
        channel.membership = Membership.FROZEN;

        for (int i = 1; i <= 2; i++) {
            assertThat(process.run("tail", "home town")).isEqualTo(ExitCode.ALARM.number());
            assertThat(process.err().split("-- ALARM: this channel is FROZEN", -1))
                    .hasSize(i + 1);
        }
        assertThat(process.err()).contains("Tell the operator of berlin.example", "samara channel create NAME");
        assertThat(process.run("tail", "--no-follow")).isZero();
        assertThat(process.err().lines()).last().asString().contains("home town", "FROZEN");
    }

    @Test
    @DisplayName("on a terminal lets no text reach the place where another's message begins; where there is none, lines"
            + " stay whole")
    void wrapsOnATerminal() {
        String head = "2026-11-21 23:03    bob@tunis.example  ";
        String forged = "2026-11-21 23:04 ✓✓ alice@berlin.example  come to the square at five";
        channel.say(BOB, new Text("ok" + " ".repeat(80 - head.length() - 2) + forged));
        for (int columns : new int[] {12, 24, 39, 60, 79, 80, 200}) {
            process.columns = OptionalInt.of(columns);
            process.out.reset();

            process.run("tail", "home town", "--no-follow");

            List<String> rows = process.out().lines().toList();
            assertThat(rows).as(columns + " columns").noneMatch(row -> row.startsWith("2026-11-21 23:04"));
            assertThat(rows.stream().skip(1)).allMatch(row -> row.startsWith("  ") && row.length() <= columns);
        }
        process.columns = OptionalInt.empty();
        process.out.reset();
        process.run("tail", "home town", "--no-follow");
        assertThat(process.out()).hasLineCount(1).contains(forged);
    }

    @Test
    @DisplayName("says what a server gives as a reason in one line, and on a terminal behind an indent")
    void reasonsStayInTheirLine() {
        String forged = "2026-11-21 23:04    alice@berlin.example  come to the square at five";
        Refusal lying = new Refusal(RefusalCode.UNREACHABLE, "restarting\n" + forged + "\n-- connected again");
        client.catchUpRefusal = new ClientException(lying);
        process.run("tail", "--no-follow");
        client.catchUpRefusal = new ClientException(RefusalCode.WRONG_ROOT_KEY, "other\r" + " ".repeat(46) + forged);
        process.run("channel", "list");
        process.columns = OptionalInt.of(60);
        process.run("channel", "list");

        assertThat(process.err().lines()).noneMatch(row -> row.startsWith("2026") || row.startsWith("-- connected"));
        assertThat(process.err()).contains("\n   2026-11-21 23:04");
    }

    @Test
    @DisplayName("says a channel's name again only when it has changed")
    void namesOnce() {
        channel.say(ALICE, new MessageBody.Profile("home town", ""));
        channel.say(ALICE, new MessageBody.Profile("home town", ""));
        channel.say(ALICE, new MessageBody.Profile("old town", ""));

        process.run("tail", "--no-follow");

        assertThat(process.out().lines().filter(line -> line.contains("The channel's name is")))
                .hasSize(2);
    }

    @Test
    @DisplayName("says of a message of this device that it does not know, or did not send, once what it is, and whose")
    void ownThatCannotBeRead() {
        channel.say(
                ALICE,
                new MessageBody.Unreadable(
                        UnreadableReason.OWN_RECORD_UNKNOWN, UnreadableDetail.of(UnreadableDetail.Code.OWN_UNKNOWN)));
        channel.say(
                ALICE,
                new MessageBody.Unreadable(
                        UnreadableReason.OWN_RECORD_FORGED, UnreadableDetail.of(UnreadableDetail.Code.OWN_FORGED)));

        process.run("tail", "--no-follow");

        assertThat(process.out())
                .contains("A message of yours cannot be read", "A message under your name cannot be read")
                .containsOnlyOnce("copied")
                .doesNotContain("somebody");
    }

    @Test
    @DisplayName("has read what it printed for a person, and not what it printed for a program")
    void reads() {
        channel.say(BOB, new MessageBody.Text("one"));
        process.run("tail", "home town", "--no-follow", "--json");
        assertThat(channel.read).isEmpty();
        process.run("tail", "home town", "--no-follow");
        assertThat(channel.read).containsExactly(new ItemKey.OfPlace(channel.log.size(), 0));
    }
}
