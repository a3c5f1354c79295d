package chat.samara.client.device;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.KeyStanding;
import chat.samara.client.channel.KnownKey;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.evidence.MessageEvidence;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredPin;
import chat.samara.client.timeline.ChannelSummary;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.PublicGroup;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A device. Confined to one thread; every change is committed to the {@link DeviceStore} before any effect that depends on it is
 * returned. Deterministic: the same store, random bytes, events and times give the same effects.
 *
 * <p>Bytes from the server never cause an exception. If the store or a bug throws, the engine must be dropped: a new one over the
 * same store goes on from what is durable. Closing is dropping too.
 *
 * <p>How a call runs: one event, or several that wait, is taken by the part it concerns, which changes rows and memory together; then every channel that was
 * touched is asked what it can send now; then the turn's rows become durable in one transaction; then its effects are returned.
 */
public final class DeviceEngine {
    private final DeviceStore store;
    private final Link link;
    private final ChannelBook channels = new ChannelBook();
    private final TerseFrames terse = new TerseFrames(channels);
    private final GroupVault vault;
    private final Dispatch dispatch;
    private final Changes changes;
    private final Renewals renewals;
    private final Observers observers;
    private final Returns returns;
    private final EntryReader entries;
    private final Founding founding;
    private final ForgottenChannels forgotten;
    private final ReadingCredit reading;
    private final OwnAccount account = new OwnAccount();
    private final Succession succession;
    private final Session session;
    private final Commands commands;
    private final Timelines timelines;

    private final LookAlikes lookAlikes;
    private Now now = Now.NONE;
    private long timerMillis;
    private boolean started;

    /** Makes the engine of a device; it reads the store in {@link #start}. */
    public DeviceEngine(DeviceStore store, RandomSource random, EngineConfig config) {
        this.store = store;
        Jitter jitter = new Jitter(random);
        link = new Link(config, jitter, account);
        timelines = new Timelines(store, link);
        vault = new GroupVault(new GroupEnvironment(new DeviceAuthentication(), random, this::wallTime));
        OutgoingRows outgoing = new OutgoingRows(random);
        Speech speech = new Speech(random, account, channels, outgoing);
        dispatch = new Dispatch(config, jitter, link, outgoing, new OutgoingSealer(link, vault, outgoing), terse);
        observers = new Observers(vault);
        Intents intents = new Intents(config, jitter);
        Claims claims = new Claims(config, random, link, vault, intents);
        FulfilledChanges fulfilled = new FulfilledChanges(vault, intents);
        OwnCommits commits = new OwnCommits(config, random, vault, intents, outgoing);
        changes = new Changes(config, link, vault, intents, claims, outgoing, observers, fulfilled, commits);
        renewals = new Renewals(jitter, intents, changes);
        founding = new Founding(config, random, link, vault, outgoing, intents, channels);
        OwnKeyPackages keyPackages = new OwnKeyPackages(config, random, link);
        lookAlikes = new LookAlikes(store);
        Replays replays = new Replays(link, keyPackages);
        Joining joining = new Joining(vault, observers, channels);
        WelcomeInLog inLog = new WelcomeInLog(keyPackages, joining);
        Backlog backlog = new Backlog(config);
        Listening listening = new Listening(vault);
        returns = new Returns(
                config, random, jitter, link, vault, observers, listening, inLog, outgoing, fulfilled, commits);
        Entrance entrance = new Entrance(keyPackages, joining, inLog, returns);
        Welcomes welcomes = new Welcomes(link, keyPackages, channels, replays, joining, entrance);
        LostChannels lost = new LostChannels(link, channels, welcomes, replays, entrance);
        reading = new ReadingCredit(config, link, channels, welcomes, lost, backlog, terse);
        HandshakeReader handshakes = new HandshakeReader(
                vault, observers, listening, fulfilled, commits, returns, inLog, speech::sendProfile);
        MessageReader messages = new MessageReader(vault, outgoing, observers);
        KeysUsedTwice usedTwice = new KeysUsedTwice(vault, observers, outgoing);
        entries = new EntryReader(vault, usedTwice, messages, outgoing, intents, observers, handshakes);
        forgotten = new ForgottenChannels(channels, observers, outgoing, changes);
        LogReader reader = new LogReader(entries);
        WayBack back = new WayBack(vault, observers, returns, entries);
        LogIntake logs =
                new LogIntake(link, channels, reader, back, returns, messages, welcomes, lost, reading, backlog);
        succession = new Succession(random, account, link, channels, returns);
        session = new Session(
                random,
                account,
                link,
                channels,
                logs,
                claims,
                founding,
                succession,
                keyPackages,
                welcomes,
                lost,
                reading,
                backlog,
                new Answers(channels, dispatch, commits, returns, founding, reading));
        RefusedMessages refused = new RefusedMessages(channels, outgoing);
        commands = new Commands(account, channels, session, succession, founding, changes, speech, refused, forgotten);
    }

    private Instant wallTime() {
        return Instant.ofEpochMilli(now.wallMillis());
    }

    /** To be called once, first. With an account in the store it asks for a connection. */
    public List<DeviceEffect> start(Now at) {
        if (started) {
            throw new IllegalStateException("start was called before, expected once");
        }
        started = true;
        TableVersions.bringUpToDate(store);
        Turn turn = begin(at);
        account.load(store);
        channels.load(store);
        entries.eraseOfFrozen(turn, channels.all());
        forgotten.goOn(turn);
        session.start(turn);
        return finish(turn);
    }

    /** Takes one event. */
    public List<DeviceEffect> handle(DeviceEvent event, Now at) {
        if (!started) {
            throw new IllegalStateException("handle was called before start");
        }
        Turn turn = begin(at);
        take(turn, event);
        return finish(turn);
    }

    private void take(Turn turn, DeviceEvent event) {
        if (event instanceof DeviceEvent.Command command) {
            commands.take(turn, command);
        } else {
            if (event instanceof DeviceEvent.GoOn) {
                forgotten.goOn(turn);
            }
            session.handle(turn, event);
        }
    }

    /**
     * Takes what has come meanwhile, in order, and removes it from the queue: one event, and those behind it that can share its turn, which are texts to be
     * sent and frames of a session. So many have one transaction, and what follows from all of them is done once. To be called again until the queue is
     * empty.
     */
    public List<DeviceEffect> handle(Queue<DeviceEvent> waiting, Now at) {
        DeviceEvent first = waiting.remove();
        if (!isShared(first)) {
            return handle(first, at);
        }
        if (!started) {
            throw new IllegalStateException("handle was called before start");
        }
        Turn turn = begin(at);
        take(turn, first);
        while (!waiting.isEmpty() && isShared(waiting.element()) && !turn.isFull()) {
            take(turn, waiting.remove());
        }
        return finish(turn);
    }

    private boolean isShared(DeviceEvent event) {
        return event instanceof DeviceEvent.SendText || (event instanceof DeviceEvent.FrameReceived && link.isOnline());
    }

    private Turn begin(Now at) {
        boolean awoke = now.hasSleptUntil(at);
        now = at.after(now);
        Turn turn = new Turn(store, now, lookAlikes);
        if (awoke) {
            link.awoke(turn);
        }
        return turn;
    }

    private List<DeviceEffect> finish(Turn turn) {
        session.due(turn);
        for (LiveChannel channel : channels.all()) {
            dispatch.resume(turn, channel);
            boolean due = Stream.of(
                            changes.nextMillis(channel),
                            returns.nextMillis(channel),
                            renewals.nextMillis(turn, channel))
                    .flatMap(Optional::stream)
                    .anyMatch(at -> at <= turn.monotonicMillis());
            if (due) {
                turn.touch(channel);
            }
        }
        founding.retry(turn);
        turn.oldState().ifPresent(sign -> succession.noticed(turn, sign));
        account.own().ifPresent(own -> settle(turn, own));
        reading.flush(turn);
        setTimer(turn);
        return turn.finish();
    }

    /** What one channel does may touch it again (a lost intent makes room for the next), but each time something is used up. */
    private void settle(Turn turn, OwnIdentity own) {
        List<LiveChannel> touched = turn.takeTouched();
        while (!touched.isEmpty()) {
            for (LiveChannel channel : touched) {
                founding.settle(turn, channel);
                renewals.step(turn, channel, own);
                changes.step(turn, channel, own);
                returns.step(turn, channel, own);
                dispatch.pump(turn, channel, own);
            }
            touched = turn.takeTouched();
        }
    }

    private void setTimer(Turn turn) {
        List<Optional<Long>> times = new ArrayList<>();
        times.add(link.nextMillis());
        times.add(founding.nextMillis());
        times.add(reading.nextMillis(turn));
        times.add(session.nextMillis());
        times.add(session.renewalMillis(turn));
        for (LiveChannel channel : channels.all()) {
            times.add(dispatch.nextMillis(channel));
            times.add(changes.nextMillis(channel));
            times.add(returns.nextMillis(channel));
            times.add(renewals.nextMillis(turn, channel));
        }
        // What was due before this turn was looked at in it: if it is due still, time alone changes nothing about it.
        Optional<Long> next = times.stream()
                .flatMap(Optional::stream)
                .filter(time -> time >= turn.monotonicMillis())
                .min(Long::compare);
        long at = next.map(time -> Math.max(time, turn.monotonicMillis() + 1)).orElse(0L);
        if (at != 0 && at != timerMillis) {
            turn.effect(new DeviceEffect.SetTimer(at));
        }
        timerMillis = at;
    }

    /** Who this device is; empty before the first join. */
    public Optional<Account> account() {
        return account.own().map(OwnIdentity::account);
    }

    /** Where the connection stands. */
    public ConnectionState connection() {
        return link.state();
    }

    /** All channels that this device was ever in, and was not made to forget, in the order of their ids. */
    public List<ChannelState> channels() {
        return channels.all().stream().map(LiveChannel::state).toList();
    }

    /** One of them. */
    public Optional<ChannelState> channel(ChannelId channel) {
        return channels.find(channel).map(LiveChannel::state);
    }

    /** Whether this member has made the channel, said something in it, or changed who is in it, on this device. */
    public boolean isAccepted(ChannelId channel) {
        return channels.find(channel).filter(this::isAccepted).isPresent();
    }

    private boolean isAccepted(LiveChannel channel) {
        return channel.row().getSpokenIn()
                || channel.outgoing().values().stream().anyMatch(head -> head.kind == StoredOutgoingKind.MESSAGE)
                || channel.ownActs().isThere(store, channel);
    }

    /**
     * Moves a window along a channel's log, and reads what it shows then. Empty if the channel is not known, or the item around which it is to be does not stand
     * there.
     */
    public Optional<WindowedTimeline> timeline(ChannelId channel, TimelineWindow window, TimelineMove move) {
        return channels.find(channel).flatMap(found -> timelines.moved(found, window, move));
    }

    /** A channel as a list shows it; empty if it is not known. */
    public Optional<ChannelSummary> summary(ChannelId channel) {
        return channels.find(channel).map(found -> timelines.summary(found, isAccepted(found)));
    }

    /** The channel's members in the order of their ids; empty where this device is none. */
    public List<Member> members(ChannelId channel) {
        Optional<LiveChannel> found = channels.find(channel).filter(LiveChannel::hasGroup);
        if (found.isEmpty() || account.own().isEmpty()) {
            return List.of();
        }
        StoreTransaction reader = new StoreTransaction(store);
        Map<UserId, List<Member.Device>> devices = new TreeMap<>();
        Turn turn = new Turn(store, now, lookAlikes);
        PublicGroup group = observers.of(turn, found.get(), account.own().get()).group();
        Set<Integer> lacking = OwnLeaf.lacking(group);
        for (ChannelMember member : Rosters.of(group).members()) {
            devices.computeIfAbsent(member.user(), user -> new ArrayList<>())
                    .add(new Member.Device(
                            member.device(), member.identityKey(), !lacking.contains(member.leafIndex())));
        }
        List<Member> members = new ArrayList<>();
        devices.forEach((user, list) -> members.add(member(user, list, Pins.find(reader, user))));
        return members;
    }

    /** No leaf's key decides for the others. */
    private static Member member(UserId user, List<Member.Device> devices, Optional<StoredPin> pin) {
        KeyStanding worst = devices.stream()
                .map(device -> pin.map(known -> Pins.standing(known, device.identityKey()))
                        .orElse(KeyStanding.SEEN))
                .max(Comparator.naturalOrder())
                .orElse(KeyStanding.SEEN);
        List<Bytes> keys = devices.stream().map(Member.Device::identityKey).toList();
        return new Member(
                user,
                devices,
                worst,
                pin.map(known -> Pins.deviceRenewedMillis(known, keys)).orElse(OptionalLong.empty()));
    }

    /**
     * A page of what is in the log, in its order. It ends at a bound of its bytes, too: only an empty one says that nothing more is there.
     *
     * @param afterSeq start after this place; 0 for the beginning
     * @param countMax at most so many
     */
    public List<Message> history(ChannelId channel, long afterSeq, int countMax) {
        return channels.find(channel)
                .map(found -> HistoryBook.read(store, found, afterSeq, countMax))
                .orElse(List.of());
    }

    /**
     * What the hub has not ordered yet: provisional messages in the order of arrival, as many as a page holds, then own ones in the order of
     * sending.
     */
    public List<Message> pending(ChannelId channel) {
        Optional<LiveChannel> found = channels.find(channel);
        if (found.isEmpty()) {
            return List.of();
        }
        List<Message> pending = new ArrayList<>(ProvisionalRows.pending(store, found.get()));
        pending.addAll(OutgoingRows.pending(new StoreTransaction(store), found.get()));
        return pending;
    }

    /** What was asked to be changed in it and is not in the log as far as it was read, in the order of asking. */
    public List<WaitingChange> waitingChanges(ChannelId channel) {
        return channels.find(channel).map(TakingBack::waiting).orElse(List.of());
    }

    /** For tests that count what work on it costs. */
    OutgoingQueue queue(ChannelId channel) {
        return channels.find(channel).orElseThrow().queue();
    }

    /** As {@link #queue}: how often this device has looked through all members for a change. */
    long rosters(ChannelId channel) {
        return channels.find(channel).orElseThrow().changes().rosters;
    }

    /** A message by its name, wherever it stands: in the log, or on its way there; empty if it is not known. */
    public Optional<Message> message(ChannelId channel, MessageId id) {
        StoreTransaction reader = new StoreTransaction(store);
        return HistoryBook.place(reader, channel, id).flatMap(place -> {
            if (place.hasSeq()) {
                return history(channel, place.getSeq() - 1, 1).stream()
                        .filter(message -> message.id().equals(Optional.of(id))
                                && message.seq().equals(OptionalLong.of(place.getSeq())))
                        .findFirst();
            }
            return pending(channel).stream()
                    .filter(message -> message.id().equals(Optional.of(id)))
                    .findFirst();
        });
    }

    /** What proves to others who said a message that stands in the log; empty for one that does not, or that a version before this has read. */
    public Optional<MessageEvidence> evidence(ChannelId channel, MessageId id) {
        StoreTransaction reader = new StoreTransaction(store);
        // Of one that is being forgotten some rows may be gone.
        return channels.find(channel)
                .flatMap(known -> HistoryBook.find(reader, channel, id))
                .filter(StoredMessage::hasSaid)
                .flatMap(row -> ProofRows.evidence(reader, channel, id.device(), row.getSaid()));
    }

    /** Members that this device knows, and who can be taken for this one; empty if this one's key was compared. */
    public List<UserId> lookAlikes(UserId member) {
        return lookAlikes.ofDoubtful(new StoreTransaction(store), member);
    }

    /**
     * The safety number to compare with a member, as groups of digits: of the key that this device goes by, or of the only one that was seen.
     * Empty if no key of theirs was seen yet, or several were and none of them is gone by.
     */
    public Optional<String> safetyNumber(UserId member) {
        List<KnownKey> keys = identityKeys(member);
        return keys.stream()
                .filter(key -> key.current() || keys.size() == 1)
                .findFirst()
                .map(KnownKey::safetyNumber);
    }

    /** All identity keys of a member that this device has seen, in the order of first sight; empty if none was. */
    public List<KnownKey> identityKeys(UserId member) {
        return account.own()
                .map(own -> Pins.known(new StoreTransaction(store), own, member))
                .orElse(List.of());
    }

    /** The hash of the entry that this device holds at a place (first 16 bytes), for tests and bug reports. */
    public Optional<Bytes> entryHash(ChannelId channel, long seq) {
        return EntryHashes.at(new StoreTransaction(store), channel, seq);
    }
}
