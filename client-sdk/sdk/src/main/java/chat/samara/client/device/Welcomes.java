package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.UnprovenWelcomes.Claim;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredOpenedWelcome;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.AcknowledgeWelcome;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchWelcomes;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.WaitingWelcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Being added to channels. A Welcome is its server's word, and that is worth nothing (I11): it is taken only for a channel that this
 * device does not know, or knows itself to have been removed from, and only after a replay of the log's handshakes has led to a
 * commit by which a member adds this very KeyPackage.
 *
 * <p>A Welcome waits at the server until it is acknowledged, and that happens only when the hub's own word covers its place in the log, and
 * the deletion of the KeyPackage is durable; so a crash anywhere means that it is simply fetched again. One that nothing proves, or
 * that names a place which the hub has given to another entry, is not acknowledged: what waits behind a lie may be the truth.
 */
final class Welcomes {
    /** How long after a Welcome could not be used its server is asked for it again. */
    private static final long LOOK_AGAIN_MILLIS = 5_000;

    /** Refused and acknowledged Welcomes that are remembered, so that each is told once a session; more than that, and they are told again. */
    private static final int REFUSED_REMEMBERED_MAX = 1_000;

    private static final Refusal REFUTED = new Refusal(
            RefusalCode.UNPROVEN_WELCOME,
            "the server gave a Welcome that names another entry than the hub has ordered at that place");

    private final Link link;
    private final OwnKeyPackages keyPackages;
    private final ChannelBook channels;
    private final Replays replays;
    private final Joining joining;
    private final Entrance entrance;

    /** Welcomes whose log is being replayed. */
    private final Map<ChannelId, Proving> proving = new TreeMap<>();

    // These are only looked up by key.
    private final Set<Claim> refused = new HashSet<>();
    private final Set<Claim> outdated = new HashSet<>();
    private final Map<Claim, Long> waitingSinceMillis = new LinkedHashMap<>();

    private final UnprovenWelcomes unproven = new UnprovenWelcomes();
    private final AwaitedWelcomes awaited = new AwaitedWelcomes();

    /** Channels of which a Welcome came while another one was being proved: it is looked at if that one leads nowhere. */
    private final Set<ChannelId> passedOver = new HashSet<>();

    /** Channels whose handshakes were being looked at when a Welcome into them came: it is looked at afterwards. */
    private final Set<ChannelId> putOff = new HashSet<>();

    private boolean fetching;

    /** Some that wait at the server were not looked at, since too many were being proved. */
    private boolean leftOut;

    private Optional<LogPosition> lastTaken = Optional.empty();

    private boolean announced;
    private long fetchAtMillis;

    Welcomes(
            Link link,
            OwnKeyPackages keyPackages,
            ChannelBook channels,
            Replays replays,
            Joining joining,
            Entrance entrance) {
        this.link = link;
        this.keyPackages = keyPackages;
        this.channels = channels;
        this.replays = replays;
        this.joining = joining;
        this.entrance = entrance;
    }

    private static final class Proving {
        private final WelcomeIn welcome;
        private long heardMillis;

        Proving(WelcomeIn welcome, long nowMillis) {
            this.welcome = welcome;
            this.heardMillis = nowMillis;
        }
    }

    void beginSession(long waitingAtServer) {
        awaited.beginSession(waitingAtServer);
        putOff.clear();
        passedOver.clear();
        unproven.beginSession();
        proving.clear();
        replays.beginSession();
        waitingSinceMillis.clear();
        leftOut = false;
        refused.clear();
        fetching = false;
        announced = false;
        fetchAtMillis = 0;
    }

    /** Whether all that came was dealt with. */
    boolean isIdle() {
        return !fetching && proving.isEmpty();
    }

    /** Whether a Welcome into the channel may wait at the server that it has not given as it is: there may be no need for another way in. */
    boolean mayWait(ChannelId channel) {
        return awaited.hasMore() || leftOut || unproven.mayHide(channel) || putOff.contains(channel);
    }

    void fetch(Turn turn) {
        if (!fetching && link.isOnline()) {
            fetching = true;
            fetchAtMillis = 0;
            link.request(
                    turn,
                    ClientFrame.newBuilder().setFetchWelcomes(FetchWelcomes.getDefaultInstance()),
                    new Pending.FetchWelcomes());
        }
    }

    void fetched() {
        fetching = false;
    }

    /** Asks again after a while. */
    void fetchLater(Turn turn) {
        fetchAtMillis = turn.monotonicMillis() + LOOK_AGAIN_MILLIS;
    }

    /** What time brings. */
    void due(Turn turn) {
        if (link.isOnline() && unproven.begin(turn)) {
            announced(turn);
        }
        if (fetchAtMillis > 0 && turn.monotonicMillis() >= fetchAtMillis) {
            fetchAtMillis = 0;
            fetch(turn);
        }
    }

    /** When {@link #due} has something to do; empty if only events can tell. */
    Optional<Long> nextMillis() {
        if (!link.isOnline()) {
            return Optional.empty();
        }
        Optional<Long> fetch = fetchAtMillis > 0 ? Optional.of(fetchAtMillis) : Optional.empty();
        return Stream.of(fetch, unproven.nextMillis()).flatMap(Optional::stream).min(Long::compare);
    }

    /**
     * A Welcome was pushed: a hint. Older ones may wait, and who skipped them would never read the stretch of the log that lies
     * between a removal and the next addition (I5); so all that waits is fetched, oldest first.
     */
    void announced(Turn turn) {
        if (fetching) {
            announced = true;
        } else {
            fetch(turn);
        }
    }

    /** Fetches once more what was announced while an answer was under way. */
    void fetchIfAnnounced(Turn turn) {
        if (announced) {
            announced = false;
            fetch(turn);
        }
    }

    /** Its log has shown that this device was removed: what was refused while it was in it may lead in now. */
    void removed(LiveChannel channel) {
        refused.removeIf(claim -> claim.position().channel().equals(channel.id()));
        unproven.removed(channel.id());
        waitingSinceMillis.keySet().removeIf(claim -> claim.position().channel().equals(channel.id()));
    }

    /**
     * What waits, oldest first.
     *
     * @param isSought whether a channel's handshakes are being looked at for another reason: one replay of a channel at a time
     */
    void received(Turn turn, List<WaitingWelcome> waiting, Predicate<ChannelId> isSought) {
        boolean goesOn = leftOut;
        leftOut = false;
        putOff.clear();
        passedOver.clear();
        unproven.answered();
        awaited.given(waiting);
        if (awaited.hasMore()) {
            unproven.askAgain(turn);
        }
        for (WaitingWelcome message : goesOn ? behindLastTaken(waiting) : waiting) {
            if (leftOut) {
                return;
            }
            try {
                WelcomeIn welcome = WelcomeIn.of(message);
                if (isSought.test(welcome.channel())) {
                    remember(putOff, welcome.channel());
                    fetchLater(turn);
                } else {
                    received(turn, welcome);
                }
            } catch (RefusedException e) {
                // Nobody can ever join by it; but if the server bent it, the one that waits there is another.
                ChannelId channel = new ChannelId(Stored.bytes(message.getChannelId()));
                if (unproven.unreadable(turn, channel, Sha256.of(message.toByteArray()))) {
                    turn.tell(new ClientEvent.WelcomeRefused(channel, Refusal.of(e.refusal())));
                }
            }
        }
    }

    /** Those that were left out come before those that had their turn. */
    private List<WaitingWelcome> behindLastTaken(List<WaitingWelcome> waiting) {
        List<WaitingWelcome> order = new ArrayList<>(waiting);
        for (int i = 0; i < waiting.size(); i++) {
            WaitingWelcome message = waiting.get(i);
            boolean last = lastTaken
                    .filter(it -> it.seq() == message.getSeq()
                            && it.channel().bytes().equals(Stored.bytes(message.getChannelId())))
                    .isPresent();
            if (last) {
                Collections.rotate(order, -(i + 1));
                return order;
            }
        }
        return order;
    }

    private void received(Turn turn, WelcomeIn welcome) {
        Optional<ForgottenChannels.Remembered> forgotten =
                ForgottenChannels.remembered(turn.store(), welcome.channel());
        if (channels.isBeingForgotten(welcome.channel())) {
            fetchLater(turn);
            return;
        } else if (forgotten.isPresent() && forgotten.get().frozen()) {
            refuseOfFrozen(turn, welcome);
            return;
        } else if (forgotten.isPresent() && welcome.seq() <= forgotten.get().seq()) {
            // Of a membership that was over when the channel was forgotten.
            acknowledge(turn, welcome);
            return;
        }
        Optional<LiveChannel> known = channels.find(welcome.channel());
        if (known.isPresent()) {
            LiveChannel channel = known.get();
            if (isSettled(channel, welcome)) {
                acknowledge(turn, welcome);
                return;
            }
            if (isJoinedBy(channel, welcome)) {
                return;
            }
            if (channel.row().getGoingBack()) {
                // What its log says of this membership is being settled, perhaps its very removal. Then this is asked
                // for again.
                fetchLater(turn);
                return;
            }
            if (!channel.is(Membership.REMOVED)) {
                waitOrRefuse(turn, channel, welcome);
                return;
            }
            if (channel.isRefuted(welcome.position())) {
                // Not acknowledged: the server would delete the true one with it.
                refuseUnproven(turn, welcome, REFUTED);
                return;
            }
        }
        if (channels.isFull(0)) {
            refuseOneTooMany(turn, welcome);
            return;
        }
        if (channels.isFull(proving.size()) && !proving.containsKey(welcome.channel())) {
            // There is room for this one only if another comes to nothing.
            fetchLater(turn);
        } else if (unproven.isPutAside(welcome)) {
            unproven.askAgain(turn, welcome.channel());
        } else if (proving.containsKey(welcome.channel())) {
            passOver(welcome);
        } else if (!refused.contains(Claim.of(welcome))) {
            prove(turn, welcome);
        }
    }

    /**
     * Whether the device joined by this very Welcome and the hub has vouched for that, or a member's removal has ended it; or whether the hub
     * vouches for what came after it. Nothing less is enough to let the server delete it: what no head covers may stand elsewhere in the log.
     */
    private static boolean isSettled(LiveChannel channel, WelcomeIn welcome) {
        return !channel.row().getJoinUnvouched()
                && ((isJoinedBy(channel, welcome) && !channel.hasGroup())
                        || welcome.seq() <= channel.row().getVouchedSeq());
    }

    private static boolean isJoinedBy(LiveChannel channel, WelcomeIn welcome) {
        return channel.row().getWelcomeSeq() == welcome.seq()
                && Stored.bytes(channel.row().getWelcomeRef()).equals(welcome.keyPackageRef());
    }

    /**
     * Welcomes by which this device has gone on may be settled: the hub has vouched for their places, or a member's removal has ended that membership. The private keys
     * of each are erased in the same transaction; if the acknowledgement is lost, or there is no session, the Welcome is recognised when it comes again.
     */
    void settle(Turn turn, LiveChannel channel) {
        List<StoredOpenedWelcome> settled = UnsettledWelcomes.takeSettled(channel);
        for (StoredOpenedWelcome welcome : settled) {
            Bytes ref = Stored.bytes(welcome.getKeyPackageRef());
            keyPackages.find(turn, ref).ifPresent(bundle -> keyPackages.used(turn, bundle));
            if (link.isOnline()) {
                acknowledge(turn, channel.id(), ref, welcome.getSeq());
            }
        }
        if (!settled.isEmpty()) {
            channel.save(turn);
        }
    }

    /** Its own server shows another log than the one in which this device has joined; by that place it does not join again in this session. */
    void contradicted(Turn turn, LiveChannel channel) {
        unproven.contradicted(
                turn, new Claim(channel.vouched(), Stored.bytes(channel.row().getWelcomeRef())));
    }

    /** A server can make up any number of Welcomes: so many at once are looked at, and one that leads nowhere does not keep the others out. */
    private void prove(Turn turn, WelcomeIn welcome) {
        if (proving.size() >= Limits.WELCOMES_PROVED_AT_ONCE_MAX) {
            long patientSince = turn.monotonicMillis() - Limits.WELCOME_PATIENCE_MILLIS;
            List<ChannelId> unanswered = proving.entrySet().stream()
                    .filter(entry -> entry.getValue().heardMillis <= patientSince)
                    .map(Map.Entry::getKey)
                    .toList();
            unanswered.forEach(channel -> {
                replays.failed(channel);
                proving.remove(channel);
            });
        }
        if (proving.size() >= Limits.WELCOMES_PROVED_AT_ONCE_MAX) {
            leftOut = true;
            fetchLater(turn);
            return;
        }
        lastTaken = Optional.of(welcome.position());
        proving.put(welcome.channel(), new Proving(welcome, turn.monotonicMillis()));
        replays.begin(
                turn,
                Replays.Goal.of(
                        turn,
                        channels.find(welcome.channel()),
                        welcome.genesis(),
                        welcome.seq(),
                        Optional.of(welcome.position().entryHash())));
    }

    /** One is not being proved any more: there is room for those that were left out. */
    private Optional<WelcomeIn> proved(Turn turn, ChannelId channel) {
        Proving ended = proving.remove(channel);
        if (leftOut && ended != null) {
            announced(turn);
        }
        return Optional.ofNullable(ended).map(it -> it.welcome);
    }

    /**
     * A Welcome into a channel that this device is in. If it was removed and added again while it was away, its log shows the removal,
     * and then the Welcome is looked at again. If the log shows none, somebody wants it to leave its group for another (I11).
     */
    private void waitOrRefuse(Turn turn, LiveChannel channel, WelcomeIn welcome) {
        Claim claim = Claim.of(welcome);
        if (unproven.isPutAside(welcome)) {
            unproven.askAgain(turn, welcome.channel());
            return;
        }
        long since = waitingSinceMillis.computeIfAbsent(claim, it -> turn.monotonicMillis());
        if (waitingSinceMillis.size() > Limits.WELCOMES_WAITING_MAX) {
            waitingSinceMillis.remove(waitingSinceMillis.keySet().iterator().next());
        }
        boolean waitedLong = turn.monotonicMillis() - since >= LOOK_AGAIN_MILLIS;
        if (channel.isFollowed() && !(waitedLong && channel.reading().isRead())) {
            fetchLater(turn);
            return;
        }
        refuseUnproven(turn, welcome, new Refusal(RefusalCode.UNPROVEN_WELCOME, whyNoWelcomeLeadsInto(channel)));
    }

    private static String whyNoWelcomeLeadsInto(LiveChannel channel) {
        return switch (channel.membership()) {
            case FOUNDING ->
                "the server gave a Welcome into a channel that this device is making, and has not said that it was made;"
                        + " nobody else can be in it yet";
            case FROZEN ->
                "the server gave a Welcome into a channel that is frozen, since its hub has signed what contradicts itself"
                        + " or breaks a rule; no log of that hub's is believed any more. A new channel can be made";
            case MEMBER, RETURNING, REMOVED, NOT_FOUNDED, OF_NEWER_VERSION ->
                "the server gave a Welcome into a channel that this device is in already, and no entry of the"
                        + " log has removed it; the channel is left as it is";
        };
    }

    /** Its hub has signed two logs, and this device was made to forget what it had of one of them. */
    private void refuseOfFrozen(Turn turn, WelcomeIn welcome) {
        refuseUnproven(
                turn,
                welcome,
                new Refusal(
                        RefusalCode.UNPROVEN_WELCOME,
                        "the server gave a Welcome into a channel that was frozen, since its hub had signed two logs, and was"
                                + " forgotten; no log of that hub's is believed any more. A new channel can be made"));
    }

    /** The own server cannot give the log's handshakes; the Welcome waits. */
    void handshakesFailed(Turn turn, ChannelId channel, chat.samara.wire.Refusal why) {
        replays.failed(channel);
        Proving ended = proving.remove(channel);
        if (ended == null) {
            return;
        }
        WelcomeIn welcome = ended.welcome;
        if (why.code() != ErrorCode.UNSUPPORTED) {
            fetchLater(turn);
            return;
        }
        // Only what it cannot do for good says that it is of an older version.
        unproven.askAgain(turn, channel);
        if (remember(outdated, Claim.of(welcome))) {
            turn.tell(new ClientEvent.WelcomeRefused(
                    channel,
                    new Refusal(
                            RefusalCode.SERVER_OUTDATED,
                            "this device was added to a channel, but its server cannot show it the log's handshakes,"
                                    + " so nothing proves it; the server has to be updated by its operator, the Welcome"
                                    + " waits there")));
        }
    }

    /** Handshakes came. Returns the channel if it was joined. */
    Optional<LiveChannel> handshakes(Turn turn, OwnIdentity own, ChannelId channel, Handshakes message) {
        Replays.Result result = replays.received(turn, channel, message);
        if (result instanceof Replays.Result.Going) {
            Optional.ofNullable(proving.get(channel)).ifPresent(it -> it.heardMillis = turn.monotonicMillis());
            return Optional.empty();
        }
        Optional<WelcomeIn> ended = proved(turn, channel);
        if (ended.isEmpty()) {
            return Optional.empty();
        }
        WelcomeIn welcome = ended.get();
        if (result instanceof Replays.Result.Arrived arrived) {
            return join(turn, own, welcome, arrived);
        }
        refuseUnproven(turn, welcome, ((Replays.Result.Refused) result).refusal());
        return Optional.empty();
    }

    private Optional<LiveChannel> join(Turn turn, OwnIdentity own, WelcomeIn welcome, Replays.Result.Arrived arrived) {
        boolean wanted = channels.find(welcome.channel())
                .map(known -> known.is(Membership.REMOVED) && !isSettled(known, welcome))
                .orElse(true);
        if (channels.isBeingForgotten(welcome.channel())) {
            fetchLater(turn);
            return Optional.empty();
        }
        if (!wanted) {
            // Another one for this channel may have waited behind it.
            announced(turn);
            return Optional.empty();
        }
        if (channels.isFull(0)) {
            // A channel was founded while this one was being proven.
            refuseOneTooMany(turn, welcome);
            return Optional.empty();
        }
        try {
            return Optional.of(enter(turn, own, welcome, arrived));
        } catch (Joining.RefusedWelcomeException e) {
            if (e.refusal().code() == RefusalCode.UNPROVEN_WELCOME) {
                refuseUnproven(turn, welcome, e.refusal());
            } else {
                refuse(turn, welcome, e.refusal().code(), e.refusal().sentence());
            }
            return Optional.empty();
        }
    }

    /**
     * The log shows that this device was added. Where the Welcome does not lead in, since its author has spoilt it, or since the private keys
     * that it is for are of another state of this device, the leaf stands all the same: everybody takes the device for a member, and
     * nobody can add it. So it enters out of its place. Either way the Welcome stays at the server until the hub vouches for its place: if
     * the hub's log is another than this one, what waits may still lead in.
     */
    private LiveChannel enter(Turn turn, OwnIdentity own, WelcomeIn welcome, Replays.Result.Arrived arrived)
            throws Joining.RefusedWelcomeException {
        Joining.requireAdding(welcome, arrived.replay());
        Optional<LiveChannel> earlier = arrived.addition()
                .filter(addition -> addition.end().filter(this::isContradicted).isEmpty())
                .flatMap(addition -> entrance.whereAdded(turn, own, addition));
        if (earlier.isPresent()) {
            // It was added before, and nothing has come of that. This Welcome is looked at behind the removal that
            // follows.
            fetchLater(turn);
            return earlier.get();
        }
        LiveChannel channel = joined(turn, own, welcome, arrived.replay());
        WelcomeInLog.opened(channel, welcome.seq(), welcome.keyPackageRef());
        channel.save(turn);
        return channel;
    }

    /** Whether the hub's word is another for that place, or its own server's, in this session. */
    private boolean isContradicted(LogPosition place) {
        return channels.find(place.channel())
                        .filter(known -> known.isRefuted(place))
                        .isPresent()
                || unproven.isContradicted(place);
    }

    private LiveChannel joined(Turn turn, OwnIdentity own, WelcomeIn welcome, HandshakeReplay replay)
            throws Joining.RefusedWelcomeException {
        Optional<KeyPackageBundle> bundle = keyPackages.find(turn, welcome.keyPackageRef());
        if (bundle.isPresent()) {
            try {
                return joining.join(turn, own, welcome, bundle.get(), replay);
            } catch (Joining.RefusedWelcomeException e) {
                if (e.refusal().code() != RefusalCode.INVALID_HANDSHAKE) {
                    throw e;
                }
            } finally {
                bundle.get().destroy();
            }
        }
        return joining.enterOutOfPlace(turn, own, welcome.genesis(), replay);
    }

    /**
     * Told once, not acknowledged; what waits behind it is looked at. It is tried again when its server is asked again: perhaps the Welcome was genuine, and
     * what its server gave to prove it was not.
     */
    private void refuseUnproven(Turn turn, WelcomeIn welcome, Refusal refusal) {
        if (unproven.putAside(turn, welcome)) {
            turn.tell(new ClientEvent.WelcomeRefused(welcome.channel(), refusal));
        }
        lookBehind(turn, welcome.channel());
    }

    private void passOver(WelcomeIn welcome) {
        Claim inTurn =
                Claim.of(Optional.ofNullable(proving.get(welcome.channel())).orElseThrow().welcome);
        if (!inTurn.equals(Claim.of(welcome))) {
            passedOver.add(welcome.channel());
        }
    }

    private void lookBehind(Turn turn, ChannelId channel) {
        if (passedOver.remove(channel)) {
            announced(turn);
        }
    }

    private static <T> boolean remember(Set<T> known, T welcome) {
        if (known.size() >= REFUSED_REMEMBERED_MAX) {
            known.clear();
        }
        return known.add(welcome);
    }

    private void refuseOneTooMany(Turn turn, WelcomeIn welcome) {
        refuse(
                turn,
                welcome,
                RefusalCode.LIMIT_REACHED,
                "this device is in " + Limits.CHANNELS_MAX + " channels, the limit");
    }

    /** Told once a session, and acknowledged; what waits behind it is looked at. */
    private void refuse(Turn turn, WelcomeIn welcome, RefusalCode code, String sentence) {
        acknowledge(turn, welcome);
        if (remember(refused, Claim.of(welcome))) {
            turn.tell(new ClientEvent.WelcomeRefused(welcome.channel(), new Refusal(code, sentence)));
        }
        lookBehind(turn, welcome.channel());
    }

    private void acknowledge(Turn turn, WelcomeIn welcome) {
        acknowledge(turn, welcome.channel(), welcome.keyPackageRef(), welcome.seq());
    }

    private void acknowledge(Turn turn, ChannelId channel, Bytes keyPackageRef, long seq) {
        link.request(
                turn,
                ClientFrame.newBuilder()
                        .setAcknowledgeWelcome(AcknowledgeWelcome.newBuilder()
                                .setChannelId(Stored.bytes(channel.bytes()))
                                .setKeyPackageRef(Stored.bytes(keyPackageRef))
                                .setSeq(seq)),
                new Pending.Unheeded());
        // What did not fit into the frame moves up.
        if (awaited.hasMore() && awaited.hasBroughtNew()) {
            announced(turn);
        } else if (awaited.hasMore()) {
            fetchLater(turn);
        }
    }
}
