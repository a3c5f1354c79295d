package chat.samara.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.device.DeviceEffect;
import chat.samara.client.device.DeviceEngine;
import chat.samara.client.device.DeviceEvent;
import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.DeviceStoreException;
import chat.samara.client.device.DeviceTable;
import chat.samara.client.device.EngineConfig;
import chat.samara.client.device.FakeTlsServer;
import chat.samara.client.device.MemoryStore;
import chat.samara.client.device.Now;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an application's code can do to the client's threads, and what ends them. */
@DisplayName("The threads of a client")
@Timeout(120)
class ClientThreadsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final long PING_MILLIS = 50;

    /** Impatient, and with little credit. */
    /** Longer than a test may take. */
    private static final Duration FOREVER = Duration.ofDays(1);

    private static final EngineConfig CONFIG = new EngineConfig(
            EngineConfig.standard().keyPackages(), 50, 500, PING_MILLIS, 1_000, 50, 500, 20, 16 * 1024);

    private static final Backlog BACKLOG = new Backlog(20, 1 << 20, 10_000, 1 << 24);

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

    private static Client start(DeviceStore store) {
        return DeviceClient.start(store, () -> {}, Optional.empty(), RandomSource.secure(), CONFIG, BACKLOG);
    }

    private Client join(String name, DeviceStore store) throws ClientException {
        Client client = start(store);
        client.join(server.invite(), name, PATIENCE);
        return client;
    }

    private static UserId user(String name) {
        return new UserId(name, new ServerName("home.example"));
    }

    private static Optional<String> text(ClientEvent event) {
        return event instanceof ClientEvent.MessageReceived received
                        && received.message().body() instanceof MessageBody.Text text
                ? Optional.of(text.text())
                : Optional.empty();
    }

    private static RefusalCode refusalOf(ThrowingCallable call) {
        return catchThrowableOfType(ClientException.class, call).code();
    }

    @Test
    @DisplayName("close, though what depends on a message's future asks the client then")
    void closesWhileFuturesCallBack() throws Exception {
        Client alice = join("alice", new MemoryStore());
        Client.Channel channel = alice.createChannel("notes", PATIENCE);
        server.close();
        CompletableFuture<Throwable> asked = channel.send("never ordered")
                .ordered()
                .handle((seq, refusal) -> {
                    try {
                        channel.history(0, 10);
                        return new AssertionError("a closed client answered");
                    } catch (ClientClosedException closed) {
                        return refusal;
                    }
                });

        alice.close();

        assertThat(asked.get())
                .hasRootCauseInstanceOf(ClientException.class)
                .hasMessageContaining("the message is sent at the next start");
    }

    @Test
    @DisplayName("close, though a listener closes the client")
    void closesFromAListener() throws Exception {
        Client alice = join("alice", new MemoryStore());
        CompletableFuture<Void> closed = new CompletableFuture<>();
        alice.listen(event -> {
            if (event instanceof ClientEvent.ChannelJoined) {
                alice.close();
                closed.complete(null);
            }
        });
        try {
            alice.createChannel("notes", PATIENCE);
        } catch (ClientException raced) {
            assertThat(raced.code()).isEqualTo(RefusalCode.CLOSED);
        }

        closed.join();
        assertThat(alice.connection()).isEqualTo(ConnectionState.CLOSED);
    }

    @Test
    @DisplayName(
            "keep the connection while a listener is slow: messages wait at the server, and come in order, each once")
    void slowListenerHoldsTheServer() throws Exception {
        List<String> said =
                IntStream.range(0, 300).mapToObj(i -> "message " + i).toList();
        CountDownLatch release = new CountDownLatch(1);
        List<String> told = new CopyOnWriteArrayList<>();
        List<ConnectionState> states = new CopyOnWriteArrayList<>();
        try (Client alice = join("alice", new MemoryStore())) {
            Client.Channel atAlice;
            try (Client bob = join("bob", new MemoryStore())) {
                Client.Channel channel = bob.createChannel("news", PATIENCE);
                channel.add(user("alice"), PATIENCE);
                await().atMost(PATIENCE).until(() -> !alice.channels().isEmpty());
                atAlice = alice.channels().get(0);
                alice.listen(event -> {
                    if (event instanceof ClientEvent.ConnectionChanged changed) {
                        states.add(changed.state());
                    }
                    text(event).ifPresent(text -> {
                        awaitQuietly(release);
                        told.add(text);
                    });
                });
                Sending last = channel.send(said.get(0));
                for (String text : said.subList(1, said.size())) {
                    last = channel.send(text);
                }
                last.awaitOrdered(PATIENCE);
            }
            long connections = server.connections();
            long pings = server.pings();

            // Twice as long as a silent connection is kept.
            await().atMost(PATIENCE).until(() -> server.pings() >= pings + 2 * 1_000 / PING_MILLIS);

            assertThat(alice.connection()).isEqualTo(ConnectionState.ONLINE);
            assertThat(server.connections()).as("connections made").isEqualTo(connections);
            assertThat(threads("samara-read")).as("threads that read").hasSize(1);
            assertThat(atAlice.state().seq())
                    .as("read by the device while its application does not keep up")
                    .isLessThan(said.size() / 2);

            release.countDown();
            await().atMost(PATIENCE).until(() -> told.size() >= said.size());
            assertThat(told).isEqualTo(said);
            assertThat(states).as("told of the connection").containsExactly(ConnectionState.ONLINE);
        }
    }

    @Test
    @DisplayName("give a listener that waits for the client what it waits for, however much waits for the listener")
    void waitingListenerGetsItsAnswer() throws Exception {
        List<String> answered = new CopyOnWriteArrayList<>();
        try (Client alice = join("alice", new MemoryStore());
                Client bob = join("bob", new MemoryStore())) {
            Client.Channel channel = bob.createChannel("news", PATIENCE);
            channel.add(user("alice"), PATIENCE);
            await().atMost(PATIENCE).until(() -> !alice.channels().isEmpty());
            CountDownLatch begun = new CountDownLatch(1);
            alice.listen(event -> text(event).ifPresent(text -> {
                awaitQuietly(begun);
                if (text.equals("message 0")) {
                    try {
                        alice.channels().get(0).send("answer").awaitOrdered(PATIENCE);
                        answered.add(text);
                    } catch (ClientException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }));
            Sending last = channel.send("message 0");
            for (int i = 1; i < 200; i++) {
                last = channel.send("message " + i);
            }
            last.awaitOrdered(PATIENCE);

            begun.countDown();

            await().atMost(PATIENCE).until(() -> !answered.isEmpty());
        }
    }

    @Test
    @DisplayName("call listeners on, whatever error one throws and whatever is interrupted")
    void errorsOfListeners() throws Exception {
        try (Client alice = join("alice", new MemoryStore())) {
            List<ClientEvent> heard = new CopyOnWriteArrayList<>();
            alice.listen(event -> {
                Thread.currentThread().interrupt();
                throw new AssertionError("wrong in an application");
            });
            alice.listen(event -> {
                throw new StackOverflowError();
            });
            alice.listen(heard::add);

            alice.createChannel("one", PATIENCE);
            alice.createChannel("two", PATIENCE);

            await().atMost(PATIENCE)
                    .until(() -> heard.stream()
                                    .filter(ClientEvent.ChannelJoined.class::isInstance)
                                    .count()
                            == 2);
        }
    }

    @Test
    @DisplayName("tell everybody who waits, and everybody who asks later, what ended the engine and what helps")
    void engineFailureIsTold() throws Exception {
        FailingStore store = new FailingStore();
        List<ClientEvent> heard = new CopyOnWriteArrayList<>();
        Client alice = join("alice", store);
        alice.listen(heard::add);
        Client.Channel channel = alice.createChannel("notes", PATIENCE);
        server.refuse(ClientFrame.BodyCase.SUBMIT, ErrorCode.INTERNAL, "the server stumbled");
        Sending waiting = channel.send("kept");
        CompletableFuture<RefusalCode> waits =
                CompletableFuture.supplyAsync(() -> refusalOf(() -> waiting.awaitStored(PATIENCE)));

        store.failure.set(
                new DeviceStoreException("writing the profile failed", new IOException("No space left on device")));
        Refusal refusal = catchThrowableOfType(ClientException.class, () -> channel.send("too much"))
                .refusal();

        assertThat(refusal.code()).isEqualTo(RefusalCode.PROFILE_DISK_FULL);
        assertThat(refusal.sentence())
                .contains("is full (4 MiB needed); what was saved is kept; make room and start again");
        assertThat(waits.get()).as("who waited").isEqualTo(RefusalCode.PROFILE_DISK_FULL);
        assertThat(waiting.state()).isEqualTo(MessageState.QUEUED);
        assertThat(refusalOf(() -> channel.send("later"))).isEqualTo(RefusalCode.PROFILE_DISK_FULL);
        assertThat(refusalOf(() -> alice.awaitCaughtUp(PATIENCE))).isEqualTo(RefusalCode.PROFILE_DISK_FULL);
        assertThatThrownBy(alice::channels)
                .isInstanceOfSatisfying(
                        ClientClosedException.class,
                        closed -> assertThat(closed.refusal()).isEqualTo(refusal));
        assertThat(alice.connection()).isEqualTo(ConnectionState.CLOSED);
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(heard)
                        .last()
                        .isEqualTo(new ClientEvent.ConnectionChanged(ConnectionState.CLOSED, Optional.of(refusal))));
        alice.close();
    }

    @Test
    @DisplayName("go on, whatever an application asks, and answer also a thread that is interrupted")
    @SuppressWarnings("NullAway") // what an application without such checks does
    void senselessQuestions() throws Exception {
        try (Client alice = join("alice", new MemoryStore())) {
            Client.Channel channel = alice.createChannel("notes", PATIENCE);
            assertThatThrownBy(() -> alice.channel(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> alice.lookAlikes(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> channel.send(null)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> channel.add((UserId) null, PATIENCE)).isInstanceOf(NullPointerException.class);
            assertThatThrownBy(() -> alice.createChannel(null, PATIENCE)).isInstanceOf(NullPointerException.class);

            Thread.currentThread().interrupt();
            assertThat(alice.channels()).containsExactly(channel);
            assertThat(Thread.interrupted()).isTrue();

            channel.send("goes on").awaitOrdered(PATIENCE);
        }
    }

    @Test
    @DisplayName("own the profile that they were started over, whoever else closes it, and no two own the same")
    void ownTheProfile() throws Exception {
        Client alice;
        try (Profile profile = Profile.create(folder.resolve("profile"), "correct horse".toCharArray())) {
            alice = profile.connect();
            assertThatThrownBy(profile::connect).isInstanceOf(IllegalStateException.class);
        }
        alice.join(server.invite(), "alice", PATIENCE);
        assertThat(alice.createChannel("notes", PATIENCE).history(0, 10)).isNotEmpty();
        alice.close();
        Client.open(folder.resolve("profile"), "correct horse".toCharArray()).close();
    }

    @Test
    @DisplayName("fail a question that cannot be answered, and go on")
    void failingQuestion() {
        MemoryStore store = new MemoryStore();
        EngineThread thread = new EngineThread(
                new DeviceEngine(store, RandomSource.secure(), CONFIG), () -> new Now(1, 1), new NobodyCares());
        thread.start();
        assertThatThrownBy(() -> thread.ask(engine -> {
                    throw new IllegalArgumentException("no such thing");
                }))
                .hasRootCauseInstanceOf(IllegalArgumentException.class);
        assertThat(thread.ask(DeviceEngine::channels)).contains(List.of());
        thread.stop();
    }

    @Test
    @DisplayName("have told their owner of the engine's end before whoever finds no room any more hears so")
    void ownerKnowsFirst() {
        DeviceEngine engine = new DeviceEngine(new MemoryStore(), RandomSource.secure(), CONFIG);
        CompletableFuture<Boolean> ownerKnew = new CompletableFuture<>();
        CompletableFuture<EngineThread> engineThread = new CompletableFuture<>();
        EngineThread thread = new EngineThread(
                engine,
                () -> {
                    throw new IllegalStateException("there is no clock");
                },
                new NobodyCares() {
                    @Override
                    public void ended(Optional<Throwable> failure) {
                        AtomicBoolean knows = new AtomicBoolean();
                        Thread asking = new Thread(() -> {
                            try {
                                engineThread.join().offer(new DeviceEvent.GoOn(), PATIENCE);
                                ownerKnew.complete(knows.get());
                            } catch (InterruptedException e) {
                                ownerKnew.completeExceptionally(e);
                            }
                        });
                        asking.start();
                        await().atMost(PATIENCE)
                                .until(() -> asking.getState() == Thread.State.WAITING || !asking.isAlive());
                        knows.set(true);
                    }
                });
        engineThread.complete(thread);

        thread.start();

        assertThat(ownerKnew.join()).isTrue();
    }

    private static class NobodyCares implements EngineThread.Owner {
        @Override
        public void take(DeviceEffect effect) {}

        @Override
        public void ended(Optional<Throwable> failure) {}
    }

    @Test
    @DisplayName("tell whoever listens what was noticed before anybody could listen")
    void toldAtTheStart() throws Exception {
        MemoryStore store = new MemoryStore();
        try (Client alice = join("alice", store)) {
            alice.createChannel("notes", PATIENCE);
        }
        DeviceId other = new DeviceId(Bytes.of(new byte[16]));
        server.strikeOff(other);
        try (Client alice = start(store)) {
            await().atMost(PATIENCE)
                    .until(() -> alice.connectionProblem()
                            .map(Refusal::code)
                            .equals(Optional.of(RefusalCode.DEVICE_REPLACED)));

            List<ClientEvent> heard = new CopyOnWriteArrayList<>();
            alice.listen(heard::add);

            await().atMost(PATIENCE).until(() -> heard.size() == 2);
            Sending waits = alice.channels().get(0).send("of a copy that stays away");
            assertThat(refusalOf(() -> waits.awaitStored(Duration.ofMillis(10))))
                    .isEqualTo(RefusalCode.DEVICE_REPLACED);
            assertThat(heard.get(0))
                    .isInstanceOfSatisfying(
                            ClientEvent.DeviceReplaced.class,
                            replaced -> assertThat(replaced.by()).isEqualTo(other));
            assertThat(heard.get(1))
                    .isEqualTo(new ClientEvent.ConnectionChanged(ConnectionState.OFFLINE, alice.connectionProblem()));
        }
    }

    @Test
    @DisplayName("take over as the first thing that a copy does, which has not heard yet that another took its place")
    void takesOverFirst() throws Exception {
        MemoryStore store = new MemoryStore();
        try (Client alice = join("alice", store)) {
            assertThat(refusalOf(() -> alice.takeOver(PATIENCE))).isEqualTo(RefusalCode.NOT_REPLACED);
        }
        server.replaceAll();
        try (Client alice = start(store)) {
            alice.takeOver(PATIENCE);
            assertThat(alice.connection()).isEqualTo(ConnectionState.ONLINE);
        }
    }

    @Test
    @DisplayName("let a message's sender know why the server takes none, and that it does again")
    void serverDiskFull() throws Exception {
        try (Client alice = join("alice", new MemoryStore())) {
            List<ClientEvent.SendingHeld> heard = new CopyOnWriteArrayList<>();
            alice.listen(event -> {
                if (event instanceof ClientEvent.SendingHeld held) {
                    heard.add(held);
                }
            });
            Client.Channel channel = alice.createChannel("notes", PATIENCE);
            server.refuse(ClientFrame.BodyCase.SUBMIT, ErrorCode.DISK_FULL, "the disk of home.example is nearly full");
            Sending sending = channel.send("one");
            await().atMost(PATIENCE).until(() -> !heard.isEmpty());

            Refusal late = catchThrowableOfType(ClientException.class, () -> sending.awaitStored(Duration.ofMillis(10)))
                    .refusal();

            assertThat(late.code()).isEqualTo(RefusalCode.SERVER_DISK_FULL);
            assertThat(late.sentence()).contains("the disk of home.example is nearly full");
            assertThat(channel.pending()).last().satisfies(message -> {
                assertThat(message.state()).isEqualTo(MessageState.QUEUED);
                assertThat(message.refusal().map(Refusal::code)).contains(RefusalCode.SERVER_DISK_FULL);
            });

            server.refuseNothing();
            sending.awaitOrdered(PATIENCE);
            await().atMost(PATIENCE).until(() -> channel.pending().isEmpty());
            await().atMost(PATIENCE).until(() -> heard.size() >= 2);
            assertThat(heard)
                    .extracting(held -> held.why().map(Refusal::code))
                    .containsExactly(Optional.of(RefusalCode.SERVER_DISK_FULL), Optional.empty());
        }
    }

    @Test
    @DisplayName("promise nothing of a message whose channel their server does not know, but that it is kept")
    void channelUnknownToTheServer() throws Exception {
        try (Client alice = join("alice", new MemoryStore())) {
            Client.Channel channel = alice.createChannel("notes", PATIENCE);
            server.refuse(ClientFrame.BodyCase.SUBMIT, ErrorCode.UNKNOWN_CHANNEL, "no such channel");
            Sending sending = channel.send("one");
            await().atMost(PATIENCE).until(() -> channel.state().heldBy().isPresent());

            Refusal why = catchThrowableOfType(ClientException.class, () -> sending.awaitStored(Duration.ofMillis(100)))
                    .refusal();

            assertThat(why.sentence())
                    .contains("it does not know this channel", "go on in a new channel")
                    .endsWith("forget this one")
                    .doesNotContain("all the same");
        }
    }

    @Test
    @DisplayName("let a message's sender know at once by which limit it waits, if that is over only after the timeout")
    void limitOfTheServer() throws Exception {
        try (Client alice = join("alice", new MemoryStore())) {
            Client.Channel channel = alice.createChannel("notes", PATIENCE);
            server.limit(ClientFrame.BodyCase.SUBMIT, "each member may send 40 a day", FOREVER.toMillis() * 2);
            Sending sending = channel.send("one");

            Refusal why = catchThrowableOfType(ClientException.class, () -> sending.awaitStored(FOREVER))
                    .refusal();

            assertThat(why.code()).isEqualTo(RefusalCode.LIMIT_REACHED);
            assertThat(why.sentence())
                    .contains("each member may send 40 a day", "in 48 hours", "it will be sent all the same");
            assertThat(channel.pending())
                    .last()
                    .satisfies(message -> assertThat(
                                    message.refusal().orElseThrow().sentence())
                            .contains("each member may send 40 a day", "in 48 hours"));

            server.refuseNothing();
            await().atMost(PATIENCE).until(() -> sending.ordered().isDone());
        }
    }

    @Test
    @DisplayName("let whoever makes a channel or changes its members know the same")
    void limitOfTheServerForChanges() throws Exception {
        try (Client alice = join("alice", new MemoryStore())) {
            Client.Channel channel = alice.createChannel("notes", PATIENCE);
            for (ClientFrame.BodyCase kind :
                    List.of(ClientFrame.BodyCase.SUBMIT, ClientFrame.BodyCase.CREATE_CHANNEL)) {
                server.limit(kind, "each member may do 40 a day", FOREVER.toMillis() * 2);

                Refusal why = catchThrowableOfType(ClientException.class, () -> {
                            if (kind == ClientFrame.BodyCase.SUBMIT) {
                                channel.updateKeys(FOREVER);
                            } else {
                                alice.createChannel("more notes", FOREVER);
                            }
                        })
                        .refusal();

                assertThat(why.code()).as(kind.name()).isEqualTo(RefusalCode.LIMIT_REACHED);
                assertThat(why.sentence()).contains("each member may do 40 a day", "is kept on this device");
            }
        }
    }

    @Test
    @DisplayName(
            "let a message's sender know why the hub elsewhere orders none of what the server has, at once if it never will")
    void unordered() throws Exception {
        try (Client alice = join("alice", new MemoryStore())) {
            CompletableFuture<ClientEvent.OrderingHeld> heard = new CompletableFuture<>();
            alice.listen(event -> {
                if (event instanceof ClientEvent.OrderingHeld held) {
                    heard.complete(held);
                }
            });
            Client.Channel channel = alice.createChannel("notes", PATIENCE);
            server.orderNothing(ErrorCode.HUB_BEHIND, "the hub waits for devices");
            Sending one = channel.send("one");
            one.awaitStored(PATIENCE);
            assertThat(heard.get().why().orElseThrow().code()).isEqualTo(RefusalCode.HUB_BEHIND);

            Refusal late = catchThrowableOfType(ClientException.class, () -> one.awaitOrdered(Duration.ofMillis(10)))
                    .refusal();

            assertThat(late.code()).isEqualTo(RefusalCode.HUB_BEHIND);
            assertThat(late.sentence())
                    .contains("the server has the message", "the hub waits for devices", "will come there by itself");
            server.orderNothing(ErrorCode.CHANNEL_FROZEN, "two entries 11 exist");
            Sending two = channel.send("two");

            Refusal never = catchThrowableOfType(ClientException.class, () -> two.awaitOrdered(PATIENCE))
                    .refusal();

            assertThat(never.code()).isEqualTo(RefusalCode.CHANNEL_FROZEN);
            assertThat(never.sentence()).contains("two entries 11 exist", "it stays at your server");
        }
    }

    @Test
    @DisplayName("let a message's sender know at once that it is not sent, where the server has frozen the channel")
    void frozenAtTheServer() throws Exception {
        try (Client alice = join("alice", new MemoryStore())) {
            Client.Channel channel = alice.createChannel("notes", PATIENCE);
            server.refuse(
                    ClientFrame.BodyCase.SUBMIT, ErrorCode.CHANNEL_FROZEN, "nothing is added to this channel here");
            Sending sending = channel.send("one");

            Refusal refusal = catchThrowableOfType(ClientException.class, () -> sending.awaitStored(PATIENCE))
                    .refusal();

            assertThat(refusal.code()).isEqualTo(RefusalCode.CHANNEL_FROZEN);
            assertThat(refusal.sentence())
                    .isEqualTo(
                            "the message is not sent: nothing is added to this channel here; it stays on this device");
        }
    }

    @Test
    @DisplayName(
            "let whoever makes a channel or changes its members know why the server takes none, and go on when it does")
    void serverDiskFullForChanges() throws Exception {
        try (Client alice = join("alice", new MemoryStore());
                Client bob = join("bob", new MemoryStore())) {
            Set<ChannelId> held = ConcurrentHashMap.newKeySet();
            alice.listen(event -> {
                if (event instanceof ClientEvent.SendingHeld it && it.why().isPresent()) {
                    held.add(it.channel());
                }
            });
            Client.Channel channel = alice.createChannel("notes", PATIENCE);
            UserId member = bob.whoami().orElseThrow().user();
            for (ClientFrame.BodyCase kind :
                    List.of(ClientFrame.BodyCase.CLAIM_KEY_PACKAGES, ClientFrame.BodyCase.SUBMIT)) {
                server.refuse(kind, ErrorCode.DISK_FULL, "the disk of home.example is nearly full");
                ClientException unused =
                        catchThrowableOfType(ClientException.class, () -> channel.add(member, Duration.ofMillis(1)));
                await().atMost(PATIENCE).until(() -> held.contains(channel.id()));

                assertDiskFull(() -> channel.add(member, Duration.ofMillis(10)));
                if (kind == ClientFrame.BodyCase.SUBMIT) {
                    assertDiskFull(() -> channel.updateKeys(Duration.ofMillis(10)));
                }
                server.refuseNothing();
                await().atMost(PATIENCE).until(() -> channel.members().size() == 2);
                channel.remove(member, PATIENCE);
                held.clear();
            }
            server.refuse(
                    ClientFrame.BodyCase.CREATE_CHANNEL,
                    ErrorCode.DISK_FULL,
                    "the disk of home.example is nearly full");
            ClientException unused =
                    catchThrowableOfType(ClientException.class, () -> alice.createChannel("one", Duration.ofMillis(1)));
            await().atMost(PATIENCE).until(() -> !held.isEmpty());

            assertDiskFull(() -> alice.createChannel("two", Duration.ofMillis(10)));
            server.refuseNothing();
            await().atMost(PATIENCE)
                    .until(() ->
                            alice.channels().stream().allMatch(it -> it.state().membership() == Membership.MEMBER));
            assertThat(alice.channels()).hasSize(3);
        }
    }

    @Test
    @DisplayName("let whoever adds a member know which server is away, and change all else meanwhile")
    void serverOfMemberAway() throws Exception {
        try (Client alice = join("alice", new MemoryStore())) {
            Client.Channel channel = alice.createChannel("notes", PATIENCE);
            UserId member = new UserId("sam", new ServerName("addis.example"));
            server.refuse(
                    ClientFrame.BodyCase.CLAIM_KEY_PACKAGES, ErrorCode.PEER_UNREACHABLE, "no link; try again later");
            ClientException unused =
                    catchThrowableOfType(ClientException.class, () -> channel.add(member, Duration.ofMillis(1)));
            await().atMost(PATIENCE)
                    .until(() -> channel.waitingChanges().stream()
                            .anyMatch(it -> it.why().isPresent()));

            Refusal late = catchThrowableOfType(ClientException.class, () -> channel.add(member, Duration.ofMillis(10)))
                    .refusal();

            assertThat(late.code()).isEqualTo(RefusalCode.PEER_UNREACHABLE);
            assertThat(late.sentence()).contains("cannot reach addis.example").doesNotContain("takes nothing");
            channel.updateKeys(PATIENCE);
        }
    }

    private static void assertDiskFull(ThrowingCallable call) {
        ClientException late = catchThrowableOfType(ClientException.class, call);
        assertThat(late.code()).isEqualTo(RefusalCode.SERVER_DISK_FULL);
        assertThat(late)
                .hasMessageContaining("the disk of home.example is nearly full")
                .hasMessageContaining("the server takes nothing now");
    }

    private static List<String> threads(String name) {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name::equals)
                .toList();
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A store whose disk fails when a test says so. */
    private static final class FailingStore implements DeviceStore {
        private final MemoryStore store = new MemoryStore();
        final AtomicReference<RuntimeException> failure = new AtomicReference<>();

        @Override
        public Optional<byte[]> get(DeviceTable table, Bytes key) {
            return store.get(table, key);
        }

        @Override
        public void scan(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
            store.scan(table, fromInclusive, toExclusive, visitor);
        }

        @Override
        public void scanBack(DeviceTable table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
            store.scanBack(table, fromInclusive, toExclusive, visitor);
        }

        @Override
        public void commit(List<Write> writes) {
            RuntimeException wrong = failure.get();
            if (wrong != null) {
                throw wrong;
            }
            store.commit(writes);
        }
    }
}
