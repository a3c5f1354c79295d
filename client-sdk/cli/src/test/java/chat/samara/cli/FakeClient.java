package chat.samara.cli;

import chat.samara.client.Client;
import chat.samara.client.ClientListener;
import chat.samara.client.Sending;
import chat.samara.client.channel.Addition;
import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.KeySighting;
import chat.samara.client.channel.KnownKey;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageAttributes;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.SameName;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.device.Account;
import chat.samara.client.device.Change;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.device.WaitingChange;
import chat.samara.client.evidence.MessageEvidence;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.timeline.ChannelListListener;
import chat.samara.client.timeline.ChannelSummary;
import chat.samara.client.timeline.ItemKey;
import chat.samara.client.timeline.TimelineListener;
import chat.samara.client.timeline.TimelineView;
import chat.samara.client.timeline.Unread;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A client without a server: channels that tests fill, and refusals that tests order. */
public final class FakeClient implements Client {
    private static final Set<RefusalCode> GOES_ON = EnumSet.of(
            RefusalCode.UNREACHABLE, RefusalCode.TIMEOUT, RefusalCode.SERVER_DISK_FULL, RefusalCode.HUB_BEHIND);

    static final long TIME_MILLIS = 1_795_302_180_000L; // 2026-11-21 23:03 UTC

    final List<FakeChannel> channels = new ArrayList<>();
    final List<UserId> known = new ArrayList<>();
    final List<String> calls = new ArrayList<>();
    final List<KnownKey> keys = new ArrayList<>(List.of(knownKey(1, true)));
    private final List<ClientListener> listeners = new CopyOnWriteArrayList<>();
    Optional<Account> account = Optional.empty();

    /** What the device is told at login about the clocks. */
    Optional<ClientEvent> clocksAtLogin = Optional.empty();

    @Nullable
    ClientException refusal;

    @Nullable
    ClientException catchUpRefusal;

    /** What the device is told while it catches up. */
    Optional<ClientEvent> saysAtCatchUp = Optional.empty();

    /** What happens while it tries. */
    Runnable whileCatchingUp = () -> {};

    /** What comes when the device catches up. */
    Runnable onCaughtUp = () -> {};

    /** Whether {@link #calls} say to which channel a text goes. */
    boolean named;

    boolean closed;

    /** Whether the profile has no account and none was asked for. */
    boolean isUnused = true;

    /** Why there is no connection. */
    Optional<Refusal> problem = Optional.empty();

    /** What has ended the engine; what asks then is told so. */
    Optional<Refusal> ended = Optional.empty();

    static UserId user(String id) {
        int at = id.indexOf('@');
        return new UserId(id.substring(0, at), new ServerName(id.substring(at + 1)));
    }

    static Bytes bytes(int size, int value) {
        byte[] bytes = new byte[size];
        java.util.Arrays.fill(bytes, (byte) value);
        return Bytes.of(bytes);
    }

    static Account account(String user) {
        UserId id = user(user);
        return new Account(id, new DeviceId(bytes(16, 0xd1)), bytes(32, 0xaa), id.server(), bytes(32, 0xbb), true);
    }

    FakeChannel addChannel(String name, int id) {
        FakeChannel channel = new FakeChannel(name, new ChannelId(bytes(32, id)));
        channels.add(channel);
        return channel;
    }

    void tell(ClientEvent event) {
        listeners.forEach(listener -> listener.on(event));
    }

    boolean isListenedTo() {
        return !listeners.isEmpty();
    }

    private void record(String call) throws ClientException {
        calls.add(call);
        if (refusal != null) {
            throw refusal;
        }
    }

    @Override
    public Account join(String invite, String name, Duration timeout) throws ClientException {
        record("join " + name);
        clocksAtLogin.ifPresent(this::tell);
        Account joined = account(name + "@berlin.example");
        account = Optional.of(joined);
        return joined;
    }

    @Override
    public Optional<Account> whoami() {
        return account;
    }

    @Override
    public ConnectionState connection() {
        return ConnectionState.ONLINE;
    }

    @Override
    public Optional<Refusal> connectionProblem() {
        return problem;
    }

    @Override
    public List<Channel> channels() {
        ended.ifPresent(why -> {
            throw new ClientClosedException(why);
        });
        return List.copyOf(channels);
    }

    @Override
    public Channel channel(ChannelId id) throws ClientException {
        return channels.stream()
                .filter(channel -> channel.id().equals(id))
                .findFirst()
                .orElseThrow(() -> new ClientException(RefusalCode.UNKNOWN_CHANNEL, "no channel " + id));
    }

    @Override
    public Channel createChannel(String name, ChannelSuite suite, SameName sameName, Duration timeout)
            throws ClientException {
        record("create " + name + (suite.isPostQuantum() ? ", post-quantum" : "")
                + (sameName == SameName.ALLOWED ? ", anyway" : ""));
        FakeChannel made = addChannel(name, 0xc0 + channels.size());
        made.cipherSuite = suite.cipherSuite().code();
        return made;
    }

    /** How long it was to be waited each time. */
    final List<Duration> patience = new CopyOnWriteArrayList<>();

    @Override
    public void awaitCaughtUp(Duration timeout) throws ClientException {
        calls.add("catch up");
        patience.add(timeout);
        saysAtCatchUp.ifPresent(this::tell);
        whileCatchingUp.run();
        if (catchUpRefusal != null) {
            throw catchUpRefusal;
        }
    }

    @Override
    public void awaitCaughtUpOrUnreachable(Duration timeout) throws ClientException {
        awaitCaughtUp(timeout);
        onCaughtUp.run();
    }

    @Override
    public List<UserId> lookAlikes(UserId member) {
        return known.stream().filter(member::looksLike).toList();
    }

    @Override
    public String safetyNumber(UserId member) throws ClientException {
        record("safety number " + member);
        return "12345 67890";
    }

    @Override
    public void takeOver(Duration timeout) throws ClientException {
        throw new ClientException(RefusalCode.NOT_REPLACED, "no other copy of this profile has taken its place");
    }

    @Override
    public void forgetChannel(ChannelId id) throws ClientException {
        record("forgot " + id.toString().substring(0, 4));
        channels.removeIf(channel -> channel.id().equals(id));
    }

    @Override
    public void markVerified(UserId member) throws ClientException {
        record("verified " + member);
    }

    @Override
    public List<KnownKey> identityKeys(UserId member) throws ClientException {
        record("keys of " + member);
        return List.copyOf(keys);
    }

    @Override
    public void acceptKey(UserId member, Bytes identityKey) throws ClientException {
        record("accepted " + identityKey.hex().substring(0, 4) + " of " + member);
        keys.replaceAll(key -> key.identityKey().equals(identityKey)
                ? knownKey(key.identityKey().get(0), true)
                : new KnownKey(
                        key.identityKey(),
                        key.safetyNumber(),
                        TIME_MILLIS,
                        false,
                        key.acceptedMillis(),
                        key.verified(),
                        key.verifiedMillis(),
                        key.deviceRenewedMillis(),
                        key.sightings()));
    }

    static KnownKey knownKey(int fill, boolean current) {
        return new KnownKey(
                bytes(32, fill),
                "number " + fill,
                TIME_MILLIS,
                current,
                current ? OptionalLong.of(TIME_MILLIS) : OptionalLong.empty(),
                false,
                OptionalLong.empty(),
                OptionalLong.empty(),
                List.of());
    }

    /** One that a member has brought into a channel. */
    static KnownKey seenKey(int fill, String through) {
        return new KnownKey(
                bytes(32, fill),
                "number " + fill,
                TIME_MILLIS,
                false,
                OptionalLong.empty(),
                false,
                OptionalLong.empty(),
                OptionalLong.empty(),
                List.of(seenBy(through)));
    }

    static KeySighting seenBy(String through) {
        return new KeySighting.InChannel(new ChannelId(bytes(32, 0xab)), user(through), false, TIME_MILLIS);
    }

    /** How many listen now. */
    int listeners() {
        return listeners.size();
    }

    @Override
    public Subscription listen(ClientListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public Subscription channelList(ChannelListListener listener) {
        throw new UnsupportedOperationException("no command follows the list of channels");
    }

    @Override
    public boolean discard() {
        calls.add("discard");
        closed = true;
        return isUnused;
    }

    @Override
    public void close() {
        closed = true;
    }

    /** A channel whose log a test writes. */
    public final class FakeChannel implements Channel {
        /** How additions of several end; the others are done. */
        final Map<UserId, Addition> additions = new TreeMap<>();

        String name;
        private final ChannelId id;
        final List<Message> log = new CopyOnWriteArrayList<>();
        final List<Message> pending = new CopyOnWriteArrayList<>();
        List<Member> members = List.of();
        Membership membership = Membership.MEMBER;
        Optional<Refusal> heldBy = Optional.empty();
        boolean accepted;
        int cipherSuite = ChannelSuite.STANDARD.cipherSuite().code();

        @Nullable
        ClientException sendOutcome;

        /** How far a message comes. */
        MessageState sendState = MessageState.STORED;

        /** Changes that were asked for and are not in the log. */
        final List<WaitingChange> waiting = new CopyOnWriteArrayList<>();

        /** A change whose answer does not come is in the log all the same. */
        boolean isDoneWhileWaiting;

        /** Whether the server has what waits. */
        boolean isHandedOver;

        /** What happens each time that the history is read. */
        Runnable whileReading = () -> {};

        /** What happens each time that it is asked what waits. */
        Runnable whilePendingIsRead = () -> {};

        /** What happens while a message is on its way. */
        Runnable whileSending = () -> {};

        private FakeChannel(String name, ChannelId id) {
            this.name = name;
            this.id = id;
        }

        /** Appends to the log. */
        Message say(String user, MessageBody body) {
            Message message =
                    message(user, body, OptionalLong.of(log.size() + 1), MessageState.ORDERED, log.size() + 1);
            log.add(message);
            return message;
        }

        Message sayProvisionally(String user, String text, int key) {
            Message message =
                    message(user, new MessageBody.Text(text), OptionalLong.empty(), MessageState.PROVISIONAL, key);
            pending.add(message);
            return message;
        }

        void order(Message message) {
            pending.remove(message);
            log.add(new Message(
                    id,
                    message.id(),
                    OptionalLong.of(log.size() + 1),
                    message.sender(),
                    message.own(),
                    message.sentMillis(),
                    MessageState.ORDERED,
                    Optional.empty(),
                    message.body()));
        }

        private Message message(String user, MessageBody body, OptionalLong seq, MessageState state, int key) {
            boolean own = account.isPresent() && account.get().user().equals(user(user));
            return new Message(
                    id,
                    Optional.of(new MessageId(new DeviceId(bytes(16, 0xd2)), new IdempotencyKey(bytes(16, key)))),
                    seq,
                    Optional.of(user(user)),
                    own,
                    TIME_MILLIS,
                    state,
                    Optional.empty(),
                    body);
        }

        @Override
        public ChannelId id() {
            return id;
        }

        @Override
        public ChannelState state() {
            return new ChannelState(
                    id, name, new ServerName("berlin.example"), cipherSuite, membership, log.size(), 3, 0, heldBy);
        }

        @Override
        public boolean isAccepted() {
            return accepted;
        }

        @Override
        public List<Member> members() {
            return members;
        }

        @Override
        public void add(UserId member, Duration timeout) throws ClientException {
            keepIfHeld(new Change.Add(member));
            record("add " + member);
        }

        @Override
        public List<Addition> add(Collection<UserId> added, Duration timeout) {
            List<Addition> ends = new ArrayList<>();
            for (UserId member : added) {
                calls.add("add " + member);
                Addition end = refusal == null
                        ? new Addition(member, Addition.State.ADDED, Optional.empty())
                        : new Addition(member, Addition.State.REFUSED, Optional.of(refusal.refusal()));
                ends.add(additions.getOrDefault(member, end));
            }
            return ends;
        }

        @Override
        public void remove(UserId member, Duration timeout) throws ClientException {
            keepIfHeld(new Change.Remove(member));
            record("remove " + member);
        }

        /** A change that nobody refuses waits. */
        private void keepIfHeld(Change change) {
            if (refusal != null && GOES_ON.contains(refusal.code()) && !isDoneWhileWaiting) {
                waiting.add(new WaitingChange(change, isHandedOver, Optional.empty()));
            }
        }

        @Override
        public List<WaitingChange> waitingChanges() {
            return List.copyOf(waiting);
        }

        @Override
        public void takeBack(Change change, Duration timeout) throws ClientException {
            calls.add("take back " + change);
            if (isHandedOver) {
                throw new ClientException(RefusalCode.ALREADY_SENT, "the server has it perhaps");
            }
            if (!waiting.removeIf(it -> it.change().equals(change))) {
                throw new ClientException(RefusalCode.UNKNOWN_CHANGE, "no such change waits");
            }
        }

        @Override
        public void updateKeys(Duration timeout) throws ClientException {
            record("update keys");
        }

        @Override
        public Sending send(String text, MessageAttributes attributes) throws ClientException {
            record("send " + text + (named ? " to " + id.toString().substring(0, 4) : ""));
            return new FakeSending(sendOutcome, whileSending, sendState);
        }

        @Override
        public Optional<MessageEvidence> evidence(MessageId message) {
            return Optional.empty();
        }

        @Override
        public List<Message> history(long afterSeq, int countMax) {
            whileReading.run();
            return log.stream()
                    .filter(message -> message.seq().orElse(0) > afterSeq)
                    .limit(countMax)
                    .toList();
        }

        @Override
        public Sending sendAgain(MessageId message) throws ClientException {
            record("send again " + message.key().bytes().get(0));
            return new FakeSending(sendOutcome, whileSending, sendState);
        }

        @Override
        public void dismiss(MessageId message) throws ClientException {
            record("dismiss " + message.key().bytes().get(0));
            if (isHandedOver) {
                throw new ClientException(RefusalCode.ALREADY_SENT, "the server has it already");
            }
            pending.removeIf(it -> it.id().equals(Optional.of(message)));
        }

        /** An own message on its way. */
        Message queue(String text, int key) {
            Message queued = message(
                    "alice@berlin.example", new MessageBody.Text(text), OptionalLong.empty(), MessageState.QUEUED, key);
            pending.add(queued);
            return queued;
        }

        /** Something else stands in the log under its id. */
        Message forge(Message own) {
            Message forged = new Message(
                    id,
                    own.id(),
                    OptionalLong.of(log.size() + 1),
                    Optional.empty(),
                    false,
                    TIME_MILLIS,
                    MessageState.ORDERED,
                    Optional.empty(),
                    new MessageBody.Unreadable(UnreadableReason.OWN_RECORD_FORGED, UnreadableDetail.NONE));
            log.add(forged);
            return forged;
        }

        /** An own message that was refused. */
        Message refuse(String text, int key) {
            Message queued = message(
                    "alice@berlin.example",
                    new MessageBody.Text(text),
                    OptionalLong.empty(),
                    MessageState.REFUSED,
                    key);
            Message refused = new Message(
                    id,
                    queued.id(),
                    queued.seq(),
                    queued.sender(),
                    true,
                    queued.sentMillis(),
                    MessageState.REFUSED,
                    Optional.of(new Refusal(RefusalCode.TOO_LARGE, "the server refused it: TOO_LARGE")),
                    queued.body());
            pending.add(refused);
            return refused;
        }

        /** The channel's name on its way to who was added. */
        void queueName(int key) {
            pending.add(message(
                    "alice@berlin.example",
                    new MessageBody.Profile(name, ""),
                    OptionalLong.empty(),
                    MessageState.QUEUED,
                    key));
        }

        /** What was said and not read. */
        Unread unread = Unread.NONE;

        boolean muted;

        /** Items that were marked as read, one after the other. */
        final List<ItemKey> read = new CopyOnWriteArrayList<>();

        @Override
        public TimelineView timeline(int count, TimelineListener listener) {
            throw new UnsupportedOperationException("no command follows a timeline");
        }

        @Override
        public ChannelSummary summary() {
            return new ChannelSummary(state(), Optional.empty(), unread, muted, accepted, activeMillis);
        }

        /** When something was said last. */
        long activeMillis;

        @Override
        public Optional<Message> message(MessageId message) {
            return Stream.concat(log.stream(), pending.stream())
                    .filter(it -> it.id().equals(Optional.of(message)))
                    .findFirst();
        }

        @Override
        public void markRead(ItemKey item) {
            read.add(item);
        }

        @Override
        public void setMuted(boolean wanted) throws ClientException {
            record((wanted ? "mute " : "unmute ") + name);
            muted = wanted;
        }

        @Override
        public List<Message> pending() {
            whilePendingIsRead.run();
            return List.copyOf(pending);
        }
    }

    private record FakeSending(@Nullable ClientException outcome, Runnable whileSending, MessageState state)
            implements Sending {
        @Override
        public MessageId id() {
            return new MessageId(new DeviceId(bytes(16, 0xd1)), new IdempotencyKey(bytes(16, 7)));
        }

        @Override
        public OptionalLong seq() {
            // It goes on while it is looked at.
            return OptionalLong.of(175);
        }

        @Override
        public void awaitStored(Duration timeout) throws ClientException {
            whileSending.run();
            if (outcome != null) {
                throw outcome;
            }
        }

        @Override
        public long awaitOrdered(Duration timeout) throws ClientException {
            awaitStored(timeout);
            return 4;
        }

        @Override
        public CompletableFuture<Long> ordered() {
            return CompletableFuture.completedFuture(4L);
        }
    }
}
