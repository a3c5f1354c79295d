package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.stored.StoredChannel;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** One fake server and several devices under virtual time, in one thread. */
final class Village {
    static final EngineConfig CONFIG = new EngineConfig(
            List.of(
                    new KeyPackageSupply(ChannelSuite.STANDARD, 3, 2),
                    new KeyPackageSupply(ChannelSuite.POST_QUANTUM, 2, 1)),
            500,
            60_000,
            25_000,
            60_000,
            200,
            5_000,
            6,
            1 << 20);

    private static final int ROUNDS_MAX = 20_000;

    final FakeServer server = new FakeServer();
    final Map<String, Resident> residents = new LinkedHashMap<>();
    /** Where nobody answers. */
    final Set<ServerAddress> unreachable = new HashSet<>();

    /** Where TLS is answered, and nothing is let through behind it. */
    final Set<ServerAddress> frozen = new HashSet<>();

    private final Random seeded;
    private long connections;
    long now = 1_700_000_000_000L;

    Village(long seed) {
        seeded = new Random(seed);
        server.clock = () -> now;
    }

    RandomSource random() {
        return seeded::nextBytes;
    }

    /** A device that has joined. */
    Resident join(String name) {
        Resident resident = new Resident(name);
        residents.put(name, resident);
        resident.start();
        resident.command(new DeviceEvent.Join(resident.nextCommand(), server.invite(), name));
        settle();
        return resident;
    }

    /** A device that has not joined yet. */
    Resident arrive(String name) {
        Resident resident = new Resident(name);
        residents.put(name, resident);
        resident.start();
        return resident;
    }

    Resident resident(String name) {
        Resident resident = residents.get(name);
        if (resident == null) {
            throw new AssertionError("nobody is called " + name);
        }
        return resident;
    }

    /** Lets everything happen that happens without time passing. */
    void settle() {
        for (int round = 0; round < ROUNDS_MAX; round++) {
            boolean moved = false;
            for (Resident resident : residents.values()) {
                moved |= resident.deliver();
            }
            if (!moved) {
                return;
            }
        }
        throw new AssertionError("devices and server talk for ever");
    }

    /** Lets time pass, timers fire, and everything happen that follows. */
    void pass(long millis) {
        long end = now + millis;
        settle();
        while (true) {
            Optional<Resident> next = residents.values().stream()
                    .filter(resident -> resident.timerMillis <= end)
                    .min((one, other) -> Long.compare(one.timerMillis, other.timerMillis));
            if (next.isEmpty()) {
                break;
            }
            now = Math.max(now, next.get().timerMillis);
            next.get().fire();
            settle();
        }
        now = end;
    }

    /** A device with its store; the engine comes and goes. */
    final class Resident {
        final String name;
        MemoryStore store = new MemoryStore();
        final List<ClientEvent> events = new ArrayList<>();
        final Map<Long, Outcome> outcomes = new TreeMap<>();
        long timerMillis = Long.MAX_VALUE;

        /** How often its timer has fired. */
        int fires;

        boolean cutOff;

        /** Characters of all texts that one turn has told, at the most. */
        long largestTellingChars;

        private boolean goesOn;

        /** How many frames that wait it takes in one turn. */
        int framesPerTurn = 1;

        /** The application takes nothing of what it was told. */
        boolean holdGoingOn;

        /** How far its wall clock is ahead of the others. */
        long wallAheadMillis;

        /** Who looks whether what a person is shown changes only where that is said. */
        Optional<ShownWatch> watch = Optional.empty();

        private Optional<DeviceEngine> engine = Optional.empty();
        private long commands;

        /** Engine's number of the connection, and the server's. */
        private long ownConnection;

        private long serverConnection;
        private boolean connectedToNobody;

        /** What it showed each time that it dialled. */
        final List<Bytes> shownTokens = new ArrayList<>();

        Resident(String name) {
            this.name = name;
        }

        private Now time() {
            return new Now(now + wallAheadMillis, now);
        }

        UserId user() {
            return new UserId(name, FakeServer.NAME);
        }

        DeviceEngine engine() {
            return engine.orElseThrow(() -> new AssertionError(name + " is off"));
        }

        long nextCommand() {
            return ++commands;
        }

        void start() {
            DeviceEngine started = new DeviceEngine(store, random(), CONFIG);
            engine = Optional.of(started);
            timerMillis = Long.MAX_VALUE;
            carryOut(started.start(time()));
        }

        /** The process is gone; what is durable is not. */
        void stop() {
            server.disconnect(serverConnection);
            serverConnection = 0;
            engine = Optional.empty();
            timerMillis = Long.MAX_VALUE;
        }

        void cut() {
            cutOff = true;
            dropConnection();
        }

        void reconnect() {
            cutOff = false;
            engine.ifPresent(it -> carryOut(it.handle(new DeviceEvent.GoOnline(), time())));
            settle();
        }

        void dropConnection() {
            server.disconnect(serverConnection);
            serverConnection = 0;
            engine.ifPresent(it -> carryOut(it.handle(new DeviceEvent.Disconnected(ownConnection, "cut"), time())));
        }

        void fire() {
            fires++;
            timerMillis = Long.MAX_VALUE;
            engine.ifPresent(it -> carryOut(it.handle(new DeviceEvent.TimerFired(), time())));
        }

        void command(DeviceEvent.Command command) {
            carryOut(engine().handle(command, time()));
        }

        ChannelId create(String channelName) {
            return create(channelName, ChannelSuite.STANDARD);
        }

        ChannelId create(String channelName, ChannelSuite suite) {
            long command = nextCommand();
            command(new DeviceEvent.CreateChannel(command, channelName, suite));
            settle();
            return ((Outcome.ChannelCreated) outcome(command)).channel();
        }

        Outcome outcome(long command) {
            Outcome outcome = outcomes.get(command);
            if (outcome == null) {
                throw new AssertionError(name + "'s command " + command + " has not ended");
            }
            return outcome;
        }

        long add(ChannelId channel, Resident other) {
            long command = nextCommand();
            command(new DeviceEvent.AddMember(command, channel, other.user()));
            settle();
            return command;
        }

        long remove(ChannelId channel, Resident other) {
            long command = nextCommand();
            command(new DeviceEvent.RemoveMember(command, channel, other.user()));
            settle();
            return command;
        }

        Outcome send(ChannelId channel, String text) {
            long command = nextCommand();
            command(new DeviceEvent.SendText(command, channel, text));
            settle();
            return outcome(command);
        }

        /** Takes one frame of the server's, if there is one. */
        boolean deliver() {
            if (goesOn && !holdGoingOn && engine.isPresent()) {
                goesOn = false;
                carryOut(engine().handle(new DeviceEvent.GoOn(), time()));
                return true;
            }
            if (connectedToNobody && engine.isPresent()) {
                connectedToNobody = false;
                carryOut(engine().handle(new DeviceEvent.Connected(ownConnection, server.presentedSpki), time()));
                return true;
            }
            FakeServer.FakeSession session = server.sessions.get(serverConnection);
            if (engine.isPresent() && session == null && serverConnection != 0) {
                dropConnection();
                return true;
            }
            if (engine.isEmpty() || session == null || session.out.isEmpty()) {
                return false;
            }
            if (framesPerTurn == 1) {
                Bytes frame = session.out.poll();
                carryOut(engine().handle(new DeviceEvent.FrameReceived(ownConnection, frame), time()));
                return true;
            }
            Queue<DeviceEvent> frames = new ArrayDeque<>();
            while (frames.size() < framesPerTurn && !session.out.isEmpty()) {
                frames.add(new DeviceEvent.FrameReceived(ownConnection, session.out.poll()));
            }
            handle(frames);
            return true;
        }

        private void handle(Queue<DeviceEvent> events) {
            while (!events.isEmpty() && engine.isPresent()) {
                carryOut(engine().handle(events, time()));
            }
        }

        /** Says several that wait for the engine at once. */
        void sendTogether(ChannelId channel, List<String> texts) {
            Queue<DeviceEvent> events = new ArrayDeque<>();
            texts.forEach(text -> events.add(new DeviceEvent.SendText(nextCommand(), channel, text)));
            handle(events);
            settle();
        }

        /** A frame that this server would not have sent. */
        void receive(ServerFrame frame) {
            receiveRaw(Bytes.of(frame.toByteArray()));
        }

        void receiveRaw(Bytes frame) {
            carryOut(engine().handle(new DeviceEvent.FrameReceived(ownConnection, frame), time()));
            settle();
        }

        /** Stops, makes its log end in another entry than it does, and starts again. */
        void forgeLastEntryHash(ChannelId channel) {
            stop();
            Bytes key = Keys.channel(channel);
            StoredChannel row = Stored.parse(
                    StoredChannel.parser(), store.get(DeviceTable.CHANNEL, key).orElseThrow());
            store.put(
                    DeviceTable.CHANNEL,
                    key,
                    row.toBuilder()
                            .setEntryHash(ByteString.copyFrom(
                                    new byte[row.getEntryHash().size()]))
                            .build()
                            .toByteArray());
            store.put(DeviceTable.ENTRY_HASH, Keys.numbered(channel, row.getSeq()), new byte[EntryHashes.KEPT_BYTES]);
            start();
        }

        private void carryOut(List<DeviceEffect> effects) {
            watch.ifPresent(it -> it.look(engine(), effects));
            largestTellingChars = Math.max(largestTellingChars, charsTold(effects));
            for (DeviceEffect effect : effects) {
                if (effect instanceof DeviceEffect.Connect connect) {
                    shownTokens.add(connect.returnToken());
                    connect(connect.connection(), connect.addresses());
                } else if (effect instanceof DeviceEffect.SendFrame send) {
                    server.receive(serverConnection, send.frame());
                } else if (effect instanceof DeviceEffect.Disconnect) {
                    server.disconnect(serverConnection);
                    serverConnection = 0;
                } else if (effect instanceof DeviceEffect.SetTimer timer) {
                    timerMillis = timer.atMillis();
                } else if (effect instanceof DeviceEffect.GoOn) {
                    goesOn = true;
                } else if (effect instanceof DeviceEffect.Completed completed) {
                    outcomes.put(completed.command(), completed.outcome());
                } else if (effect instanceof DeviceEffect.Notify notify) {
                    events.add(notify.event());
                }
            }
        }

        private void connect(long connection, List<ServerAddress> addresses) {
            ownConnection = connection;
            Optional<ServerAddress> answering = addresses.stream()
                    .filter(address -> !unreachable.contains(address))
                    .findFirst();
            if (cutOff || answering.isEmpty()) {
                carryOut(engine().handle(new DeviceEvent.Disconnected(connection, "unreachable"), time()));
                return;
            }
            if (frozen.contains(answering.get())) {
                serverConnection = 0;
                // Later: a timer that this sets must not be set back by what else the engine wanted now.
                connectedToNobody = true;
                return;
            }
            serverConnection = ++connections;
            server.connect(serverConnection, random());
            carryOut(engine().handle(new DeviceEvent.Connected(connection, server.presentedSpki), time()));
        }

        private static long charsTold(List<DeviceEffect> effects) {
            return effects.stream()
                    .mapToLong(effect -> effect instanceof DeviceEffect.Notify notify
                                    && notify.event() instanceof ClientEvent.MessageReceived received
                                    && received.message().body() instanceof MessageBody.Text text
                            ? text.text().length()
                            : 0)
                    .sum();
        }

        List<Message> history(ChannelId channel) {
            List<Message> all = new ArrayList<>();
            long afterSeq = 0;
            List<Message> page;
            do {
                page = engine().history(channel, afterSeq, Integer.MAX_VALUE);
                all.addAll(page);
                afterSeq = page.isEmpty() ? 0 : page.get(page.size() - 1).seq().orElseThrow();
            } while (!page.isEmpty());
            return all;
        }

        /** The texts in the log, in its order. */
        List<String> texts(ChannelId channel) {
            return textsOf(history(channel));
        }

        List<String> pendingTexts(ChannelId channel) {
            return textsOf(engine().pending(channel));
        }

        /** The texts of others that the application was told, in the order of telling. */
        List<String> told() {
            return textsOf(events.stream()
                    .filter(ClientEvent.MessageReceived.class::isInstance)
                    .map(event -> ((ClientEvent.MessageReceived) event).message())
                    .toList());
        }

        <E extends ClientEvent> List<E> events(Class<E> type) {
            return events.stream().filter(type::isInstance).map(type::cast).toList();
        }

        private List<String> textsOf(List<Message> messages) {
            return messages.stream()
                    .filter(message -> message.body() instanceof MessageBody.Text)
                    .map(message -> ((MessageBody.Text) message.body()).text())
                    .toList();
        }
    }
}
