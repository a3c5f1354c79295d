package chat.samara.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.SameName;
import chat.samara.client.device.Account;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.device.FakeTlsServer;
import chat.samara.client.example.EchoBot;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.timeline.ChannelListUpdate;
import chat.samara.client.timeline.ItemKey;
import chat.samara.client.timeline.ListChange;
import chat.samara.client.timeline.Timeline;
import chat.samara.client.timeline.TimelineItem;
import chat.samara.client.timeline.TimelineUpdate;
import chat.samara.client.timeline.TimelineView;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The facade over real TLS, real threads and real profiles, against a fake server. */
@DisplayName("A client")
class ClientTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final char[] PASSPHRASE = "correct horse".toCharArray();

    @TempDir
    private Path folder;

    private FakeTlsServer server;

    @BeforeEach
    void startServer() throws Exception {
        server = new FakeTlsServer(folder);
    }

    @AfterEach
    void stopServer() throws Exception {
        server.close();
    }

    private Client join(String name) throws ClientException {
        Client client = Client.create(folder.resolve(name), PASSPHRASE);
        client.join(server.invite(), name, PATIENCE);
        return client;
    }

    private static UserId user(String name) {
        return new UserId(name, new ServerName("home.example"));
    }

    private static List<String> texts(List<Message> messages) {
        return messages.stream()
                .filter(message -> message.body() instanceof MessageBody.Text)
                .map(message -> ((MessageBody.Text) message.body()).text())
                .toList();
    }

    private static void assertRefused(RefusalCode code, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        ClientException.class, e -> assertThat(e.code()).isEqualTo(code));
    }

    @Test
    @DisplayName("makes no second channel of a name that is the same to a reader, unless it is told to")
    void sameName() throws ClientException {
        try (Client alice = join("alice")) {
            Client.Channel first = alice.createChannel("home town", PATIENCE);
            for (String alike : List.of("home town", "Home Town ", "h\u043eme t\u043ewn")) {
                ClientException refused =
                        catchThrowableOfType(ClientException.class, () -> alice.createChannel(alike, PATIENCE));
                assertThat(refused.code()).as(alike).isEqualTo(RefusalCode.CHANNEL_CALLED_SO);
                assertThat(refused)
                        .hasMessageContaining("\"home town\"")
                        .hasMessageContaining(first.id().toString());
            }
            assertThat(alice.channels()).hasSize(1);
            alice.createChannel("home towns", PATIENCE);
            Client.Channel second = alice.createChannel("home town", ChannelSuite.STANDARD, SameName.ALLOWED, PATIENCE);
            assertThat(alice.channels()).hasSize(3);
            assertThat(second.id()).isNotEqualTo(first.id());
        }
    }

    @Test
    @DisplayName("joins, makes a channel, adds a member, talks, and removes")
    void mainJob() throws ClientException {
        try (Client alice = join("alice");
                Client bob = join("bob")) {
            List<ClientEvent> heard = new CopyOnWriteArrayList<>();
            bob.listen(heard::add);
            Client.Channel channel = alice.createChannel("home town", PATIENCE);
            channel.add(bob.whoami().orElseThrow().user(), PATIENCE);
            Sending sending = channel.send("السلام عليكم 👋");
            sending.awaitStored(PATIENCE);
            long seq = sending.awaitOrdered(PATIENCE);
            assertThat(sending.seq()).hasValue(seq);
            assertThat(sending.ordered().join()).isEqualTo(seq);

            await().atMost(PATIENCE)
                    .until(() -> bob.channels().size() == 1
                            && texts(bob.channels().get(0).history(0, 100)).size() == 1);
            Client.Channel atBob = bob.channel(channel.id());
            assertThat(atBob.state().name()).isEqualTo("home town");
            assertThat(atBob.members()).extracting(Member::user).containsExactly(user("alice"), user("bob"));
            assertThat(texts(atBob.history(0, 100))).containsExactly("السلام عليكم 👋");
            assertThat(alice.safetyNumber(user("bob"))).isEqualTo(bob.safetyNumber(user("alice")));
            await().atMost(PATIENCE)
                    .until(() -> heard.stream().anyMatch(ClientEvent.MessageReceived.class::isInstance));

            channel.remove(user("bob"), PATIENCE);
            await().atMost(PATIENCE).until(() -> atBob.state().membership() == Membership.REMOVED);
            assertRefused(RefusalCode.NOT_A_MEMBER, () -> atBob.send("still there?"));
        }
    }

    @Test
    @DisplayName("shows channels and timelines to whoever follows them, own messages too, and keeps what was read")
    void followed() throws Exception {
        try (Client alice = join("alice");
                Client bob = join("bob")) {
            List<TimelineUpdate> updates = new CopyOnWriteArrayList<>();
            List<ChannelListUpdate> lists = new CopyOnWriteArrayList<>();
            bob.channelList(lists::add);
            Client.Channel channel = alice.createChannel("home town", PATIENCE);
            channel.add(user("bob"), PATIENCE);
            await().atMost(PATIENCE)
                    .until(() -> !lists.isEmpty()
                            && lists.get(lists.size() - 1).list().channels().size() == 1);
            Client.Channel atBob = bob.channel(channel.id());
            try (TimelineView view = atBob.timeline(100, updates::add)) {
                channel.send("one").awaitOrdered(PATIENCE);
                MessageId own = atBob.send("two").id();
                await().atMost(PATIENCE)
                        .until(() -> !updates.isEmpty()
                                && texts(messages(last(updates))).equals(List.of("one", "two"))
                                && atBob.message(own)
                                        .filter(it -> it.state() == MessageState.STABLE)
                                        .isPresent());
                await().atMost(PATIENCE)
                        .until(() -> messages(last(updates)).stream()
                                .anyMatch(it ->
                                        it.id().filter(own::equals).isPresent() && it.state() == MessageState.STABLE));
                assertThat(last(updates).unread().count()).isEqualTo(1);
                await().atMost(PATIENCE)
                        .until(() -> lists.get(lists.size() - 1).list().unreadChannels() == 1);
                ItemKey first = last(updates).unread().first().orElseThrow();
                atBob.markRead(first);
                atBob.setMuted(true);
                await().atMost(PATIENCE)
                        .until(() -> last(updates).unread().count() == 0
                                && lists.get(lists.size() - 1)
                                        .list()
                                        .channels()
                                        .get(0)
                                        .muted());
                assertThat(view.around(first, 1).get(60, TimeUnit.SECONDS).items())
                        .extracting(TimelineItem::key)
                        .contains(first);
            }
            List<TimelineItem> items = List.of();
            for (TimelineUpdate update : updates) {
                items = ListChange.applied(items, update.changes());
                assertThat(items).isEqualTo(update.timeline().items());
            }
            assertRefused(RefusalCode.UNKNOWN_MESSAGE, () -> atBob.markRead(new ItemKey.OfPlace(999, 0)));
        }
    }

    private static Timeline last(List<TimelineUpdate> updates) {
        return updates.get(updates.size() - 1).timeline();
    }

    private static List<Message> messages(Timeline timeline) {
        return timeline.items().stream().map(TimelineItem::message).toList();
    }

    @Test
    @DisplayName("that is closed and opened again knows everything, and sends what was queued")
    void reopen() throws Exception {
        Client alice = join("alice");
        Client.Channel channel = alice.createChannel("notes", PATIENCE);
        channel.send("one").awaitOrdered(PATIENCE);
        alice.close();
        assertRefused(RefusalCode.CLOSED, () -> channel.send("too late"));
        try (Client again = Client.open(folder.resolve("alice"), PASSPHRASE)) {
            assertThat(again.whoami().orElseThrow().user()).isEqualTo(user("alice"));
            again.awaitCaughtUp(PATIENCE);
            Client.Channel same = again.channel(channel.id());
            same.send("two").awaitOrdered(PATIENCE);
            assertThat(texts(same.history(0, 100))).containsExactly("one", "two");
        }
    }

    @Test
    @DisplayName("whose connection is cut connects again by itself")
    void reconnects() throws Exception {
        try (Client alice = join("alice")) {
            Client.Channel channel = alice.createChannel("notes", PATIENCE);
            server.cut();
            Sending sending = channel.send("after the cut");
            sending.awaitOrdered(PATIENCE);
            assertThat(sending.state()).isIn(MessageState.ORDERED, MessageState.STABLE);
            assertThat(alice.connection()).isEqualTo(ConnectionState.ONLINE);
        }
    }

    @Test
    @DisplayName("without a server works on its history and says why it cannot do more")
    void withoutServer() throws Exception {
        Client.Channel channel;
        try (Client alice = join("alice")) {
            channel = alice.createChannel("notes", PATIENCE);
            channel.send("one").awaitOrdered(PATIENCE);
        }
        server.close();
        try (Client offline = Client.open(folder.resolve("alice"), PASSPHRASE)) {
            Client.Channel same = offline.channel(channel.id());
            assertThat(texts(same.history(0, 100))).containsExactly("one");
            Sending sending = same.send("two");
            assertThat(texts(same.pending())).containsExactly("two");
            assertRefused(RefusalCode.TIMEOUT, () -> sending.awaitStored(Duration.ofMillis(50)));
            assertRefused(RefusalCode.UNREACHABLE, () -> offline.awaitCaughtUp(Duration.ofSeconds(2)));
        }
    }

    @Test
    @DisplayName("refuses a wrong invite, a wrong server, and what comes before joining")
    void refusals() throws ClientException {
        try (Client carol = Client.create(folder.resolve("carol"), PASSPHRASE)) {
            assertRefused(RefusalCode.NOT_JOINED, () -> carol.createChannel("x", PATIENCE));
            assertRefused(RefusalCode.NOT_JOINED, () -> carol.awaitCaughtUp(PATIENCE));
            assertRefused(RefusalCode.INVITE_INVALID, () -> carol.join("samara://nonsense", "carol", PATIENCE));
            assertRefused(RefusalCode.WRONG_ROOT_KEY, () -> carol.join(server.forgedInvite(), "carol", PATIENCE));
            assertThat(carol.join(server.invite(), "carol", PATIENCE).user()).isEqualTo(user("carol"));
        }
    }

    @Test
    @DisplayName(
            "whose join is refused takes its new profile away, so that the next try begins anew; one with an account stays")
    void discards() throws Exception {
        Path home = folder.resolve("carol");
        Client refused = Client.create(home, PASSPHRASE);
        server.takeInvites(false);
        assertRefused(RefusalCode.INVITE_INVALID, () -> refused.join(server.invite(), "carol", PATIENCE));
        assertThat(refused.discard()).isTrue();
        await().atMost(PATIENCE).until(() -> !Files.exists(home));

        server.takeInvites(true);
        Client carol = join("carol");
        assertThat(carol.discard()).isFalse();
        assertThat(Profile.exists(home)).isTrue();
        try (Client again = Client.open(home, PASSPHRASE)) {
            assertThat(again.whoami().map(Account::user)).contains(user("carol"));
        }
    }

    @Test
    @DisplayName("to whom another server answered keeps its profile: an account may have been asked for before")
    void keepsAProfileThatAskedForAnAccount() throws Exception {
        Client carol = Client.create(folder.resolve("carol"), PASSPHRASE);
        assertRefused(RefusalCode.WRONG_ROOT_KEY, () -> carol.join(server.forgedInvite(), "carol", PATIENCE));

        assertThat(carol.discard()).isFalse();
        assertThat(Profile.exists(folder.resolve("carol"))).isTrue();
    }

    @Test
    @DisplayName("that is the bot of docs/sdk.md answers")
    void bot() throws Exception {
        try (EchoBot bot = EchoBot.start(folder.resolve("bot"), PASSPHRASE, server.invite());
                Client alice = join("alice")) {
            Client.Channel channel = alice.createChannel("test", PATIENCE);
            channel.add(user("echo"), PATIENCE);
            channel.send("!echo ሰላም").awaitOrdered(PATIENCE);
            await().atMost(PATIENCE).until(() -> texts(channel.history(0, 100)).contains("ሰላም"));
            assertThat(bot).isNotNull();
        }
    }

    @Test
    @DisplayName("that is the bot of docs/sdk.md starts with the right invite, whatever became of the starts before")
    void botStartsAgain() throws Exception {
        Path bots = folder.resolve("bot");
        assertRefused(RefusalCode.INVITE_INVALID, () -> EchoBot.start(bots, PASSPHRASE, ""));
        assertThat(Profile.exists(bots)).isFalse();
        // The profile of a start that was killed before it joined.
        Client.create(bots, PASSPHRASE).close();
        server.takeInvites(false);
        assertRefused(RefusalCode.INVITE_INVALID, () -> EchoBot.start(bots, PASSPHRASE, server.invite()));
        server.takeInvites(true);
        try (EchoBot bot = EchoBot.start(bots, PASSPHRASE, server.invite())) {
            assertThat(bot).isNotNull();
        }
        EchoBot.start(bots, PASSPHRASE, "").close();
    }

    @Test
    @DisplayName("whose server could not be reached when it joined goes on with the same profile")
    void joinsWhenTheServerIsThere() throws Exception {
        Path bots = folder.resolve("bot");
        String invite = server.invite();
        String nowhere = invite.replaceFirst("127\\.0\\.0\\.1:\\d+", "127.0.0.1:1");
        try (Client early = Client.create(bots, PASSPHRASE)) {
            assertRefused(RefusalCode.UNREACHABLE, () -> early.join(nowhere, "echo", Duration.ofSeconds(1)));
        }
        try (EchoBot bot = EchoBot.start(bots, PASSPHRASE, invite)) {
            assertThat(bot).isNotNull();
        }
    }

    @Test
    @DisplayName("says what is lacking where there is no invite")
    void noInvite() throws Exception {
        try (Client client = Client.create(folder.resolve("carol"), PASSPHRASE)) {
            @SuppressWarnings("NullAway")
            ThrowingCallable join = () -> client.join(null, "carol", PATIENCE);
            assertThatThrownBy(join)
                    .isInstanceOf(NullPointerException.class)
                    .hasMessageContaining("an operator of the server makes one");
            assertThat(client.whoami()).isEmpty();
        }
    }

    @Test
    @DisplayName("may be called from its own listener, and a listener that throws hurts nobody")
    void callsFromListener() throws ClientException {
        try (Client alice = join("alice");
                Client bob = join("bob")) {
            Client.Channel channel = alice.createChannel("ping", PATIENCE);
            channel.add(user("bob"), PATIENCE);
            bob.listen(event -> {
                throw new IllegalStateException("a bug in an application");
            });
            bob.listen(event -> {
                if (event instanceof ClientEvent.MessageReceived received
                        && received.message().body() instanceof MessageBody.Text) {
                    try {
                        bob.channel(received.message().channel()).send("pong").awaitOrdered(PATIENCE);
                    } catch (ClientException e) {
                        throw new IllegalStateException(e);
                    }
                }
            });
            channel.send("ping").awaitOrdered(PATIENCE);
            await().atMost(PATIENCE).until(() -> texts(channel.history(0, 100)).equals(List.of("ping", "pong")));
        }
    }
}
