package chat.samara.client;

import chat.samara.client.channel.Addition;
import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.KnownKey;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageAttributes;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.SameName;
import chat.samara.client.device.Account;
import chat.samara.client.device.Change;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.device.DeviceEffect;
import chat.samara.client.device.DeviceEngine;
import chat.samara.client.device.DeviceEvent;
import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.EngineConfig;
import chat.samara.client.device.Now;
import chat.samara.client.device.Outcome;
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
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** A client over an engine on a thread of its own. */
final class DeviceClient implements Client, EngineThread.Owner {
    /** What is only written to the own disk does not take longer, unless something is broken. */
    private static final Duration LOCAL_TIMEOUT = Duration.ofSeconds(30);

    private static final Refusal CLOSED = new Refusal(RefusalCode.CLOSED, "the client is closed");
    private static final Refusal SENT_LATER =
            new Refusal(RefusalCode.CLOSED, "the client was closed; the message is sent at the next start");

    private final Ending storeEnding;
    private final Optional<Path> folder;
    private final EngineThread engine;
    private final CallbackThread callbacks;
    private final AtomicLong commandNumber = new AtomicLong();
    private final Map<Long, CompletableFuture<Outcome>> commands = new ConcurrentHashMap<>();
    private final Map<SendingKey, OwnSending> sendings = new ConcurrentHashMap<>();
    private final ConnectionWatch connection = new ConnectionWatch();
    private final Map<ChannelId, Hold> heldBy = new ConcurrentHashMap<>();
    private final Map<ChannelId, Hold> awaitedRemovals = new ConcurrentHashMap<>();
    private final Map<ChannelId, Hold> unorderedBy = new ConcurrentHashMap<>();
    private final Feeds feeds = new Feeds();
    private final AtomicBoolean closing = new AtomicBoolean();
    private volatile Optional<Refusal> ended = Optional.empty();

    private volatile boolean discards;

    /** What becomes of the store at the end. */
    @FunctionalInterface
    interface Ending {
        void close();

        /** Closes it, and takes it away. */
        default void discard() {
            close();
        }
    }

    private record SendingKey(ChannelId channel, MessageId id) {}

    private DeviceClient(DeviceEngine engine, Ending storeEnding, Optional<Path> folder, Backlog backlog) {
        this.engine = new EngineThread(engine, clocks(), this);
        this.callbacks = new CallbackThread(backlog, hold -> this.engine.post(new DeviceEvent.HoldEntries(hold)));
        this.storeEnding = storeEnding;
        this.folder = folder;
    }

    private static Supplier<Now> clocks() {
        long begun = System.nanoTime();
        return () -> new Now(System.currentTimeMillis(), 1 + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
    }

    /**
     * Starts a device over a store.
     *
     * @param folder where the store is, if it is on a disk: for what is said when the disk fails
     */
    static DeviceClient start(
            DeviceStore store,
            Ending storeEnding,
            Optional<Path> folder,
            RandomSource random,
            EngineConfig config,
            Backlog backlog) {
        DeviceClient client = new DeviceClient(new DeviceEngine(store, random, config), storeEnding, folder, backlog);
        client.callbacks.start();
        client.engine.start();
        return client;
    }

    @Override
    public Account join(String invite, String name, Duration timeout) throws ClientException {
        Objects.requireNonNull(
                invite, "join needs an invite, samara://…/join#…, and got none; an operator of the server makes one");
        Objects.requireNonNull(name, "name");
        InviteLink link;
        try {
            link = InviteLink.parse(invite);
        } catch (RefusedException e) {
            throw new ClientException(Refusal.of(e.refusal()));
        }
        run(command -> new DeviceEvent.Join(command, link, name), timeout);
        return whoami().orElseThrow(() -> new IllegalStateException("joined without an account"));
    }

    @Override
    public Optional<Account> whoami() {
        return ask(DeviceEngine::account).filter(Account::registered);
    }

    @Override
    public ConnectionState connection() {
        return connection.state();
    }

    @Override
    public Optional<Refusal> connectionProblem() {
        return connection.problem();
    }

    @Override
    public List<Channel> channels() {
        return ask(DeviceEngine::channels).stream().<Channel>map(Handle::new).toList();
    }

    @Override
    public Channel channel(ChannelId id) throws ClientException {
        Objects.requireNonNull(id, "id");
        return askOrRefuse(it -> it.channel(id))
                .map(Handle::new)
                .orElseThrow(() ->
                        new ClientException(RefusalCode.UNKNOWN_CHANNEL, "no channel " + id + " in this profile"));
    }

    @Override
    public Channel createChannel(String name, ChannelSuite suite, SameName sameName, Duration timeout)
            throws ClientException {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(suite, "suite");
        Objects.requireNonNull(sameName, "sameName");
        Outcome outcome = run(
                command -> new DeviceEvent.CreateChannel(command, name, suite, sameName), timeout, this::foundingHeld);
        if (outcome instanceof Outcome.ChannelCreated created) {
            return channel(created.channel());
        }
        throw new IllegalStateException("creating a channel ended as " + outcome);
    }

    @Override
    public void forgetChannel(ChannelId id) throws ClientException {
        Objects.requireNonNull(id, "id");
        run(command -> new DeviceEvent.ForgetChannel(command, id), LOCAL_TIMEOUT);
    }

    @Override
    public void awaitCaughtUp(Duration timeout) throws ClientException {
        requireJoined();
        callbacks.beginWaiting();
        try {
            connection.awaitCaughtUp(timeout);
        } finally {
            callbacks.endWaiting();
        }
    }

    @Override
    public void awaitCaughtUpOrUnreachable(Duration timeout) throws ClientException {
        requireJoined();
        callbacks.beginWaiting();
        try {
            connection.awaitCaughtUpOrUnreachable(timeout);
        } finally {
            callbacks.endWaiting();
        }
    }

    private void requireJoined() throws ClientException {
        if (ended.isEmpty()
                && askOrRefuse(DeviceEngine::account)
                        .filter(Account::registered)
                        .isEmpty()) {
            throw new ClientException(
                    RefusalCode.NOT_JOINED, "this profile has no account yet; join a server with an invite first");
        }
    }

    @Override
    public List<UserId> lookAlikes(UserId member) {
        Objects.requireNonNull(member, "member");
        return ask(it -> it.lookAlikes(member));
    }

    @Override
    public String safetyNumber(UserId member) throws ClientException {
        Objects.requireNonNull(member, "member");
        Optional<String> number = askOrRefuse(it -> it.safetyNumber(member));
        if (number.isPresent()) {
            return number.get();
        }
        int seen = identityKeys(member).size();
        throw new ClientException(
                RefusalCode.IDENTITY_KEY_UNDECIDED,
                member + " was seen with " + seen
                        + " different identity keys, each with a number of its own; accept one first");
    }

    @Override
    public void takeOver(Duration timeout) throws ClientException {
        try {
            // This device may not have heard of the other yet.
            awaitCaughtUp(timeout);
        } catch (ClientException refused) {
            if (refused.code() != RefusalCode.DEVICE_REPLACED) {
                throw refused;
            }
        }
        run(DeviceEvent.TakeOver::new, LOCAL_TIMEOUT);
        awaitCaughtUp(timeout);
    }

    @Override
    public void markVerified(UserId member) throws ClientException {
        Objects.requireNonNull(member, "member");
        run(command -> new DeviceEvent.MarkVerified(command, member), LOCAL_TIMEOUT);
    }

    @Override
    public List<KnownKey> identityKeys(UserId member) throws ClientException {
        Objects.requireNonNull(member, "member");
        List<KnownKey> keys = askOrRefuse(it -> it.identityKeys(member));
        if (keys.isEmpty()) {
            throw new ClientException(
                    RefusalCode.UNKNOWN_MEMBER, "no key of " + member + " was seen yet; share a channel first");
        }
        return keys;
    }

    @Override
    public void acceptKey(UserId member, Bytes identityKey) throws ClientException {
        Objects.requireNonNull(member, "member");
        Objects.requireNonNull(identityKey, "identityKey");
        run(command -> new DeviceEvent.AcceptKey(command, member, identityKey), LOCAL_TIMEOUT);
    }

    @Override
    public Subscription listen(ClientListener listener) {
        return callbacks.listen(listener);
    }

    @Override
    public Subscription channelList(ChannelListListener listener) {
        Objects.requireNonNull(listener, "listener");
        ChannelListFeed feed = new ChannelListFeed(
                new ChannelListFeed.Source() {
                    @Override
                    public List<ChannelId> channels() {
                        return ask(DeviceEngine::channels).stream()
                                .map(ChannelState::id)
                                .toList();
                    }

                    @Override
                    public Optional<ChannelSummary> summary(ChannelId channel) {
                        return ask(it -> it.summary(channel));
                    }
                },
                callbacks::call,
                listener,
                feeds::remove);
        feeds.add(feed);
        return feed;
    }

    @Override
    public boolean discard() {
        boolean isUnused = ask(DeviceEngine::account).isEmpty();
        discards = isUnused;
        close();
        return isUnused;
    }

    @Override
    public void close() {
        if (closing.compareAndSet(false, true)) {
            engine.stop();
            callbacks.close();
        }
    }

    /** Asks the engine something; {@link ClientClosedException} once it has ended. */
    private <T> T ask(Function<DeviceEngine, T> question) {
        return engine.ask(question).orElseThrow(() -> new ClientClosedException(whyEnded()));
    }

    /** As {@link #ask}, for calls that declare their refusals. */
    private <T> T askOrRefuse(Function<DeviceEngine, T> question) throws ClientException {
        try {
            return ask(question);
        } catch (ClientClosedException closed) {
            throw new ClientException(closed.refusal());
        }
    }

    private Outcome run(LongFunction<DeviceEvent.Command> make, Duration timeout) throws ClientException {
        return run(make, timeout, Optional::empty);
    }

    /** The server's disk is full for all channels alike; how many a member may found is said of those that it founds. */
    private Optional<Hold> foundingHeld() {
        return heldBy.entrySet().stream()
                .filter(it -> switch (it.getValue().why().code()) {
                    case SERVER_DISK_FULL -> true;
                    case LIMIT_REACHED ->
                        ask(engine -> engine.channel(it.getKey()))
                                .filter(state -> state.membership() == Membership.FOUNDING)
                                .isPresent();
                    default -> false;
                })
                .map(Map.Entry::getValue)
                .findFirst();
    }

    /** @param heldBy why the server takes nothing of what is asked for, if the answer is late, or known to come too late */
    private Outcome run(LongFunction<DeviceEvent.Command> make, Duration timeout, Supplier<Optional<Hold>> heldBy)
            throws ClientException {
        long number = commandNumber.incrementAndGet();
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        commands.put(number, answer);
        callbacks.beginWaiting();
        try {
            long end = System.nanoTime() + timeout.toNanos();
            if (closing.get() || !engine.offer(make.apply(number), timeout)) {
                throw new ClientException(
                        closing.get() || ended.isPresent()
                                ? whyEnded()
                                : new Refusal(
                                        RefusalCode.LIMIT_REACHED,
                                        Limits.ENGINE_WORKS_MAX + " things wait to be done before this; try later"));
            }
            Outcome outcome = answerOf(answer, end, heldBy);
            if (outcome instanceof Outcome.Refused refused) {
                throw new ClientException(refused.refusal());
            }
            return outcome;
        } catch (TimeoutException e) {
            throw connection.late(heldBy.get(), e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a command's answer failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClientException(RefusalCode.TIMEOUT, "interrupted while waiting for an answer", e);
        } finally {
            callbacks.endWaiting();
            commands.remove(number);
        }
    }

    /** It is late at the end of the timeout, and before that once nothing is known to come until then. */
    private static Outcome answerOf(CompletableFuture<Outcome> answer, long endNanos, Supplier<Optional<Hold>> heldBy)
            throws TimeoutException, ExecutionException, InterruptedException {
        while (true) {
            long leftNanos = Math.max(0, endNanos - System.nanoTime());
            try {
                return answer.get(
                        Math.min(leftNanos, TimeUnit.MILLISECONDS.toNanos(Limits.HELD_LOOK_MILLIS)),
                        TimeUnit.NANOSECONDS);
            } catch (TimeoutException notYet) {
                if (leftNanos <= TimeUnit.MILLISECONDS.toNanos(Limits.HELD_LOOK_MILLIS)
                        || heldBy.get().filter(it -> it.outlasts(endNanos)).isPresent()) {
                    throw notYet;
                }
            }
        }
    }

    @Override
    public void take(DeviceEffect effect) {
        if (effect instanceof DeviceEffect.Completed completed) {
            if (completed.outcome() instanceof Outcome.Queued queued) {
                // Before the caller learns its id and before any event about it.
                sendings.put(new SendingKey(queued.channel(), queued.id()), newSending(queued.channel(), queued.id()));
            }
            CompletableFuture<Outcome> answer = commands.get(completed.command());
            if (answer != null) {
                answer.complete(completed.outcome());
            }
        } else if (effect instanceof DeviceEffect.Notify notify) {
            tell(notify.event());
        } else if (effect instanceof DeviceEffect.ChannelsChanged changed) {
            feeds.changed(changed.channels());
        } else if (effect instanceof DeviceEffect.GoOn) {
            // Behind everything that the listeners were told so far.
            callbacks.call(() -> engine.post(new DeviceEvent.GoOn()));
        }
    }

    private void tell(ClientEvent event) {
        connection.observe(event);
        if (event instanceof ClientEvent.MessageStateChanged changed && changed.own()) {
            SendingKey key = new SendingKey(changed.channel(), changed.id());
            OwnSending sending = sendings.get(key);
            if (sending != null) {
                sending.move(changed.state(), changed.seq(), changed.refusal());
                if (changed.state() == MessageState.STABLE || changed.state() == MessageState.REFUSED) {
                    sendings.remove(key);
                }
            }
        } else if (event instanceof ClientEvent.ChannelForgotten forgotten) {
            sendings.keySet().removeIf(key -> key.channel().equals(forgotten.channel()));
            heldBy.remove(forgotten.channel());
            awaitedRemovals.remove(forgotten.channel());
            unorderedBy.remove(forgotten.channel());
        } else if (event instanceof ClientEvent.SendingHeld held) {
            held(
                    heldBy,
                    held.channel(),
                    held.why().map(why -> new Hold(why, endsNanos(held.retryAfterMillis()), true)));
        } else if (event instanceof ClientEvent.SendingAwaitsRemoval held) {
            held(awaitedRemovals, held.channel(), held.why().map(Hold::ofOneChange));
        } else if (event instanceof ClientEvent.OrderingHeld held) {
            held(unorderedBy, held.channel(), held.why().map(Hold::of));
        }
        if (event instanceof ClientEvent.MessageRenamed renamed) {
            OwnSending sending = sendings.remove(new SendingKey(renamed.channel(), renamed.before()));
            if (sending != null) {
                sending.rename(renamed.now());
                sendings.put(new SendingKey(renamed.channel(), renamed.now()), sending);
            }
        }
        feeds.told(event);
        callbacks.tell(event);
    }

    private static OptionalLong endsNanos(OptionalLong afterMillis) {
        return afterMillis.isPresent()
                ? OptionalLong.of(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(afterMillis.getAsLong()))
                : afterMillis;
    }

    private void held(Map<ChannelId, Hold> by, ChannelId channel, Optional<Hold> why) {
        why.ifPresentOrElse(it -> by.put(channel, it), () -> by.remove(channel));
        sendings.forEach((key, sending) -> {
            if (key.channel().equals(channel)) {
                sending.heldAnew();
            }
        });
    }

    private OwnSending newSending(ChannelId channel, MessageId id) {
        return new OwnSending(
                id,
                callbacks,
                () -> connection
                        .replaced()
                        .map(Hold::of)
                        .or(() -> Optional.ofNullable(heldBy.get(channel)))
                        .or(() -> Optional.ofNullable(awaitedRemovals.get(channel))),
                () -> Optional.ofNullable(unorderedBy.get(channel)));
    }

    @Override
    public void ended(Optional<Throwable> failure) {
        Optional<Refusal> failed = failure.map(it -> EngineFailure.of(it, folder));
        Refusal why = failed.orElse(CLOSED);
        ended = Optional.of(why);
        connection.end(why);
        commands.values().forEach(answer -> answer.complete(new Outcome.Refused(why)));
        Refusal ofSendings = failed.orElse(SENT_LATER);
        sendings.values().forEach(sending -> sending.end(ofSendings));
        feeds.end(why);
        try {
            if (discards) {
                storeEnding.discard();
            } else {
                storeEnding.close();
            }
        } finally {
            callbacks.tellLast(new ClientEvent.ConnectionChanged(ConnectionState.CLOSED, failed));
        }
    }

    private Refusal whyEnded() {
        return ended.orElse(CLOSED);
    }

    private final class Handle implements Channel {
        private final ChannelId id;
        private volatile ChannelState lastSeen;

        Handle(ChannelState state) {
            this.id = state.id();
            this.lastSeen = state;
        }

        /** Of a channel that is gone from the device: nobody is in it. */
        private static ChannelState without(ChannelState last) {
            return new ChannelState(
                    last.id(),
                    last.name(),
                    last.hub(),
                    last.cipherSuite(),
                    Membership.REMOVED,
                    last.seq(),
                    last.epoch(),
                    0,
                    Optional.empty());
        }

        @Override
        public ChannelId id() {
            return id;
        }

        @Override
        public ChannelState state() {
            Optional<ChannelState> now = ask(it -> it.channel(id));
            now.ifPresent(state -> lastSeen = state);
            return now.orElseGet(() -> without(lastSeen));
        }

        @Override
        public boolean isAccepted() {
            return ask(it -> it.isAccepted(id));
        }

        @Override
        public List<Member> members() {
            return ask(it -> it.members(id));
        }

        @Override
        public void add(UserId member, Duration timeout) throws ClientException {
            Objects.requireNonNull(member, "member");
            run(
                    command -> new DeviceEvent.AddMember(command, id, member),
                    timeout,
                    () -> held().or(() -> awayForNow(new Change.Add(member))));
        }

        @Override
        public List<Addition> add(Collection<UserId> members, Duration timeout) throws ClientException {
            long end = System.nanoTime() + timeout.toNanos();
            Map<UserId, CompletableFuture<Outcome>> ends = new LinkedHashMap<>();
            List<DeviceEvent.OneOfMany> additions = new ArrayList<>();
            for (UserId member : new LinkedHashSet<>(members)) {
                CompletableFuture<Outcome> answer = new CompletableFuture<>();
                long number = commandNumber.incrementAndGet();
                commands.put(number, answer);
                ends.put(member, answer);
                additions.add(new DeviceEvent.OneOfMany(number, member));
            }
            callbacks.beginWaiting();
            try {
                Outcome unused =
                        run(command -> new DeviceEvent.AddMembers(command, id, additions), timeout, this::held);
                return new ManyAdditions(ends, this::held, this::waitingChanges, connection).await(end);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new ClientException(RefusalCode.TIMEOUT, "interrupted while waiting for an answer", e);
            } finally {
                callbacks.endWaiting();
                additions.forEach(addition -> commands.remove(addition.command()));
            }
        }

        @Override
        public void remove(UserId member, Duration timeout) throws ClientException {
            Objects.requireNonNull(member, "member");
            run(command -> new DeviceEvent.RemoveMember(command, id, member), timeout, this::held);
        }

        @Override
        public void updateKeys(Duration timeout) throws ClientException {
            run(command -> new DeviceEvent.UpdateKeys(command, id), timeout, this::held);
        }

        @Override
        public List<WaitingChange> waitingChanges() {
            return ask(it -> it.waitingChanges(id));
        }

        @Override
        public void takeBack(Change change, Duration timeout) throws ClientException {
            Objects.requireNonNull(change, "change");
            // How much it may send is no limit of what is asked here: that has its answer all the same.
            run(
                    command -> new DeviceEvent.TakeBackChange(command, id, change),
                    timeout,
                    () -> held().map(Hold::why).map(Hold::of));
        }

        @Override
        public Sending send(String text, MessageAttributes attributes) throws ClientException {
            Objects.requireNonNull(text, "text");
            Objects.requireNonNull(attributes, "attributes");
            return sending(run(command -> new DeviceEvent.SendText(command, id, text, attributes), LOCAL_TIMEOUT));
        }

        @Override
        public Sending sendAgain(MessageId message) throws ClientException {
            Objects.requireNonNull(message, "message");
            return sending(run(command -> new DeviceEvent.SendAgain(command, id, message), LOCAL_TIMEOUT));
        }

        @Override
        public void dismiss(MessageId message) throws ClientException {
            Objects.requireNonNull(message, "message");
            run(command -> new DeviceEvent.DismissMessage(command, id, message), LOCAL_TIMEOUT);
        }

        private Optional<Hold> held() {
            return Optional.ofNullable(heldBy.get(id)).or(() -> Optional.ofNullable(unorderedBy.get(id)));
        }

        /** Why a change waits that others pass, though the server takes changes. */
        private Optional<Hold> awayForNow(Change change) {
            return waitingChanges().stream()
                    .filter(it -> it.change().equals(change))
                    .flatMap(it -> it.why().stream())
                    .map(Hold::ofOneChange)
                    .findFirst();
        }

        private Sending sending(Outcome outcome) throws ClientException {
            if (outcome instanceof Outcome.Queued queued) {
                Sending sending = sendings.get(new SendingKey(id, queued.id()));
                return sending != null ? sending : settled(queued.id());
            }
            throw new IllegalStateException("sending ended as " + outcome);
        }

        /** It went all the way before this thread had its answer. */
        private Sending settled(MessageId message) throws ClientException {
            OwnSending sending = newSending(id, message);
            askOrRefuse(it -> it.message(id, message))
                    .ifPresent(it -> sending.move(it.state(), it.seq(), it.refusal()));
            return sending;
        }

        @Override
        public TimelineView timeline(int count, TimelineListener listener) {
            Objects.requireNonNull(listener, "listener");
            TimelineFeed feed = new TimelineFeed(
                    id,
                    TimelineFeed.checked(count),
                    (channel, window, move) -> ask(it -> it.timeline(channel, window, move)),
                    callbacks::call,
                    listener,
                    feeds::remove);
            feeds.add(feed);
            return feed;
        }

        @Override
        public ChannelSummary summary() {
            return ask(it -> it.summary(id))
                    .orElseGet(() -> new ChannelSummary(state(), Optional.empty(), Unread.NONE, false, false, 0));
        }

        @Override
        public Optional<Message> message(MessageId message) {
            Objects.requireNonNull(message, "message");
            return ask(it -> it.message(id, message));
        }

        @Override
        public void markRead(ItemKey item) throws ClientException {
            Objects.requireNonNull(item, "item");
            run(command -> new DeviceEvent.MarkRead(command, id, item), LOCAL_TIMEOUT);
        }

        @Override
        public void setMuted(boolean muted) throws ClientException {
            run(command -> new DeviceEvent.MuteChannel(command, id, muted), LOCAL_TIMEOUT);
        }

        @Override
        public Optional<MessageEvidence> evidence(MessageId message) {
            Objects.requireNonNull(message, "message");
            return ask(it -> it.evidence(id, message));
        }

        @Override
        public List<Message> history(long afterSeq, int countMax) {
            return ask(it -> it.history(id, afterSeq, countMax));
        }

        @Override
        public List<Message> pending() {
            return ask(it -> it.pending(id));
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Handle that && id.equals(that.id);
        }

        @Override
        public int hashCode() {
            return id.hashCode();
        }

        @Override
        public String toString() {
            return "Channel(" + id + ")";
        }
    }
}
