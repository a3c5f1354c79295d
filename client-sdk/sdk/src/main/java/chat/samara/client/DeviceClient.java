package chat.samara.client;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.KnownKey;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Account;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.device.DeviceEffect;
import chat.samara.client.device.DeviceEngine;
import chat.samara.client.device.DeviceEvent;
import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.EngineConfig;
import chat.samara.client.device.Now;
import chat.samara.client.device.Outcome;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/** A client over an engine on a thread of its own. */
final class DeviceClient implements Client, EngineThread.Owner {
    /** What is only written to the own disk does not take longer, unless something is broken. */
    private static final Duration LOCAL_TIMEOUT = Duration.ofSeconds(30);

    private final Runnable closeStore;
    private final EngineThread engine;
    private final CallbackThread callbacks = new CallbackThread();
    private final List<ClientListener> listeners = new CopyOnWriteArrayList<>();
    private final AtomicLong commandNumber = new AtomicLong();
    private final Map<Long, CompletableFuture<Outcome>> commands = new ConcurrentHashMap<>();
    private final Map<SendingKey, OwnSending> sendings = new ConcurrentHashMap<>();
    private final ConnectionWatch connection = new ConnectionWatch();
    private final AtomicBoolean closed = new AtomicBoolean();

    private record SendingKey(ChannelId channel, MessageId id) {}

    private DeviceClient(DeviceEngine engine, Runnable closeStore) {
        this.engine = new EngineThread(engine, clocks(), this);
        this.closeStore = closeStore;
    }

    private static Supplier<Now> clocks() {
        long begun = System.nanoTime();
        return () -> new Now(System.currentTimeMillis(), 1 + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
    }

    static DeviceClient start(DeviceStore store, Runnable closeStore, RandomSource random, EngineConfig config) {
        DeviceClient client = new DeviceClient(new DeviceEngine(store, random, config), closeStore);
        client.engine.start();
        return client;
    }

    @Override
    public Account join(String invite, String name, Duration timeout) throws ClientException {
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
        return engine.ask(DeviceEngine::account).filter(Account::registered);
    }

    @Override
    public ConnectionState connection() {
        return connection.state();
    }

    @Override
    public List<Channel> channels() {
        return engine.ask(DeviceEngine::channels).stream()
                .<Channel>map(state -> new Handle(state.id()))
                .toList();
    }

    @Override
    public Channel channel(ChannelId id) throws ClientException {
        if (engine.ask(it -> it.channel(id)).isEmpty()) {
            throw new ClientException(RefusalCode.UNKNOWN_CHANNEL, "no channel " + id + " in this profile");
        }
        return new Handle(id);
    }

    @Override
    public Channel createChannel(String name, ChannelSuite suite, Duration timeout) throws ClientException {
        Outcome outcome = run(command -> new DeviceEvent.CreateChannel(command, name, suite), timeout);
        if (outcome instanceof Outcome.ChannelCreated created) {
            return new Handle(created.channel());
        }
        throw new IllegalStateException("creating a channel ended as " + outcome);
    }

    @Override
    public void awaitCaughtUp(Duration timeout) throws ClientException {
        requireJoined();
        connection.awaitCaughtUp(timeout);
    }

    @Override
    public void awaitCaughtUpOrUnreachable(Duration timeout) throws ClientException {
        requireJoined();
        connection.awaitCaughtUpOrUnreachable(timeout);
    }

    private void requireJoined() throws ClientException {
        if (whoami().isEmpty()) {
            throw new ClientException(
                    RefusalCode.NOT_JOINED, "this profile has no account yet; join a server with an invite first");
        }
    }

    @Override
    public List<UserId> lookAlikes(UserId member) {
        return engine.ask(it -> it.lookAlikes(member));
    }

    @Override
    public String safetyNumber(UserId member) throws ClientException {
        return engine.ask(it -> it.safetyNumber(member))
                .orElseThrow(() -> new ClientException(
                        RefusalCode.UNKNOWN_MEMBER, "no key of " + member + " was seen yet; share a channel first"));
    }

    @Override
    public void markVerified(UserId member) throws ClientException {
        run(command -> new DeviceEvent.MarkVerified(command, member), LOCAL_TIMEOUT);
    }

    @Override
    public List<KnownKey> identityKeys(UserId member) throws ClientException {
        List<KnownKey> keys = engine.ask(it -> it.identityKeys(member));
        if (keys.isEmpty()) {
            throw new ClientException(
                    RefusalCode.UNKNOWN_MEMBER, "no key of " + member + " was seen yet; share a channel first");
        }
        return keys;
    }

    @Override
    public void acceptKey(UserId member, Bytes identityKey) throws ClientException {
        run(command -> new DeviceEvent.AcceptKey(command, member, identityKey), LOCAL_TIMEOUT);
    }

    @Override
    public Subscription listen(ClientListener listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            engine.stop();
            callbacks.close();
        }
    }

    private Outcome run(LongFunction<DeviceEvent.Command> make, Duration timeout) throws ClientException {
        long number = commandNumber.incrementAndGet();
        CompletableFuture<Outcome> answer = new CompletableFuture<>();
        commands.put(number, answer);
        if (closed.get()) {
            commands.remove(number);
            throw new ClientException(closedRefusal());
        }
        engine.post(make.apply(number));
        try {
            Outcome outcome = answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (outcome instanceof Outcome.Refused refused) {
                throw new ClientException(refused.refusal());
            }
            return outcome;
        } catch (TimeoutException e) {
            throw connection.late(timeout, e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("a command's answer failed", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClientException(RefusalCode.TIMEOUT, "interrupted while waiting for an answer", e);
        } finally {
            commands.remove(number);
        }
    }

    @Override
    public void take(DeviceEffect effect) {
        if (effect instanceof DeviceEffect.Completed completed) {
            if (completed.outcome() instanceof Outcome.Queued queued) {
                // Before the caller learns its id and before any event about it.
                sendings.put(new SendingKey(queued.channel(), queued.id()), new OwnSending(queued.id(), callbacks));
            }
            CompletableFuture<Outcome> answer = commands.get(completed.command());
            if (answer != null) {
                answer.complete(completed.outcome());
            }
        } else if (effect instanceof DeviceEffect.Notify notify) {
            tell(notify.event());
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
        }
        if (event instanceof ClientEvent.MessageRenamed renamed) {
            OwnSending sending = sendings.remove(new SendingKey(renamed.channel(), renamed.before()));
            if (sending != null) {
                sending.rename(renamed.now());
                sendings.put(new SendingKey(renamed.channel(), renamed.now()), sending);
            }
        }
        for (ClientListener listener : listeners) {
            callbacks.call(() -> listener.on(event));
        }
    }

    @Override
    public void beforeFrame() throws InterruptedException {
        callbacks.awaitRoom();
    }

    @Override
    public void ended(Optional<Throwable> failure) {
        closed.set(true);
        connection.close();
        commands.values().forEach(answer -> answer.complete(new Outcome.Refused(closedRefusal())));
        sendings.values().forEach(OwnSending::close);
        closeStore.run();
    }

    private static Refusal closedRefusal() {
        return new Refusal(RefusalCode.CLOSED, "the client is closed");
    }

    private final class Handle implements Channel {
        private final ChannelId id;

        Handle(ChannelId id) {
            this.id = id;
        }

        @Override
        public ChannelId id() {
            return id;
        }

        @Override
        public ChannelState state() {
            return engine.ask(it -> it.channel(id))
                    .orElseThrow(() -> new IllegalStateException("channel " + id + " was never founded"));
        }

        @Override
        public boolean isAccepted() {
            return engine.ask(it -> it.isAccepted(id));
        }

        @Override
        public List<Member> members() {
            return engine.ask(it -> it.members(id));
        }

        @Override
        public void add(UserId member, Duration timeout) throws ClientException {
            run(command -> new DeviceEvent.AddMember(command, id, member), timeout);
        }

        @Override
        public void remove(UserId member, Duration timeout) throws ClientException {
            run(command -> new DeviceEvent.RemoveMember(command, id, member), timeout);
        }

        @Override
        public void updateKeys(Duration timeout) throws ClientException {
            run(command -> new DeviceEvent.UpdateKeys(command, id), timeout);
        }

        @Override
        public Sending send(String text) throws ClientException {
            return sending(run(command -> new DeviceEvent.SendText(command, id, text), LOCAL_TIMEOUT));
        }

        @Override
        public Sending sendAgain(MessageId message) throws ClientException {
            return sending(run(command -> new DeviceEvent.SendAgain(command, id, message), LOCAL_TIMEOUT));
        }

        @Override
        public void dismiss(MessageId message) throws ClientException {
            run(command -> new DeviceEvent.DismissMessage(command, id, message), LOCAL_TIMEOUT);
        }

        private Sending sending(Outcome outcome) {
            if (outcome instanceof Outcome.Queued queued) {
                return Optional.ofNullable(sendings.get(new SendingKey(id, queued.id())))
                        .<Sending>map(sending -> sending)
                        .orElseGet(() -> settled(queued.id()));
            }
            throw new IllegalStateException("sending ended as " + outcome);
        }

        /** It went all the way before this thread had its answer. */
        private Sending settled(MessageId message) {
            OwnSending sending = new OwnSending(message, callbacks);
            engine.ask(it -> it.ownMessage(id, message))
                    .ifPresent(it -> sending.move(it.state(), it.seq(), it.refusal()));
            return sending;
        }

        @Override
        public List<Message> history(long afterSeq, int countMax) {
            return engine.ask(it -> it.history(id, afterSeq, countMax));
        }

        @Override
        public List<Message> pending() {
            return engine.ask(it -> it.pending(id));
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
