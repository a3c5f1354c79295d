package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.RefusedException;
import chat.samara.wire.frame.MalformedFrameException;
import chat.samara.wire.frame.ServerFrames;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.ServerFrame;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One session after the other with the own server: prove, log in, derive from what is durable everything that is to be done, and bring
 * each frame to the part that it concerns.
 */
final class Session {
    private final RandomSource random;
    private final Link link;
    private final ChannelBook channels;
    private final LogReader logs;
    private final WayBack wayBack;
    private final MessageReader messages;
    private final Changes changes;
    private final Founding founding;
    private final Returns returns;
    private final OwnKeyPackages keyPackages;
    private final Welcomes welcomes;
    private final ReadingCredit reading;
    private final Backlog backlog;
    private final Answers answers;

    private final TwinWatch twin = new TwinWatch();

    private Optional<OwnIdentity> own = Optional.empty();
    private OptionalLong joining = OptionalLong.empty();
    private boolean stayOffline;
    private boolean clocksDiffer;

    Session(
            RandomSource random,
            Link link,
            ChannelBook channels,
            LogReader logs,
            WayBack wayBack,
            MessageReader messages,
            Changes changes,
            Founding founding,
            Returns returns,
            OwnKeyPackages keyPackages,
            Welcomes welcomes,
            ReadingCredit reading,
            Backlog backlog,
            Answers answers) {
        this.backlog = backlog;
        this.random = random;
        this.link = link;
        this.channels = channels;
        this.logs = logs;
        this.wayBack = wayBack;
        this.messages = messages;
        this.changes = changes;
        this.founding = founding;
        this.returns = returns;
        this.keyPackages = keyPackages;
        this.welcomes = welcomes;
        this.reading = reading;
        this.answers = answers;
    }

    Optional<OwnIdentity> own() {
        return own;
    }

    void load(DeviceStore store) {
        own = store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).map(OwnIdentity::of);
    }

    void start(Turn turn) {
        own.ifPresent(identity ->
                identity.replacedBy().ifPresentOrElse(by -> stayAway(turn, by), () -> link.dial(turn, identity)));
    }

    // ---- of a state that is older than what was sent ----

    /** Something has shown it in this turn: nothing more is sent, and the next session begins under a new device key. */
    void oldState(Turn turn, OldState sign) {
        if (own.isEmpty() || !own.get().isSound()) {
            return;
        }
        keep(turn, own.get().withSuccessor(random));
        turn.tell(new ClientEvent.OldStateNoticed(sign));
        link.giveUp(turn, "going on under a new device key", Optional.empty());
    }

    /** The server has put the successor in this device's place: it returns to its channels under the new key. */
    private void renewed(Turn turn, OwnIdentity before) {
        OwnIdentity now = before.succeeded(turn.wallMillis());
        keep(turn, now);
        turn.tell(new ClientEvent.DeviceRenewed(before.device(), now.device()));
        for (LiveChannel channel : channels.all()) {
            channel.row().setDeviceSeqUsed(0);
            returns.renewed(turn, channel, now);
            channel.save(turn);
        }
    }

    /** Another copy of this profile goes on in this device's place. */
    private void replaced(Turn turn, OwnIdentity identity, chat.samara.wire.Refusal refusal) {
        DeviceId by = successorNamed(refusal).orElse(identity.successorOf());
        keep(turn, identity.replaced(by));
        stayAway(turn, by);
    }

    private static Optional<DeviceId> successorNamed(chat.samara.wire.Refusal refusal) {
        try {
            return Optional.of(new DeviceId(Bytes.ofHex(refusal.detail())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private void stayAway(Turn turn, DeviceId by) {
        stayOffline = true;
        turn.tell(new ClientEvent.DeviceReplaced(by));
        link.stayAway(turn, "another copy goes on", Refusals.deviceReplaced(by));
    }

    /** A person wants this copy to go on, and not the other. */
    void takeOver(Turn turn, long command) {
        if (own.flatMap(OwnIdentity::replacedBy).isEmpty()) {
            turn.refuse(
                    command,
                    RefusalCode.NOT_REPLACED,
                    "no other copy of this profile has taken this device's place; there is nothing to take over");
            return;
        }
        keep(turn, own.get().withSuccessor(random));
        stayOffline = false;
        link.forgetProblem();
        link.dial(turn, own.get());
        turn.complete(command, new Outcome.Done());
    }

    private void keep(Turn turn, OwnIdentity changed) {
        own = Optional.of(changed);
        turn.store().put(DeviceTable.ACCOUNT, Keys.ACCOUNT, changed.row());
    }

    void join(Turn turn, DeviceEvent.Join command) {
        UserId user;
        try {
            user = new UserId(
                    UserId.parseLocal(command.localName()), command.invite().server());
        } catch (RefusedException e) {
            turn.complete(command.command(), new Outcome.Refused(Refusal.of(e.refusal())));
            return;
        }
        if (own.isPresent() && own.get().isRegistered()) {
            if (own.get().user().equals(user)) {
                turn.complete(command.command(), new Outcome.Joined(user));
            } else {
                turn.refuse(
                        command.command(),
                        RefusalCode.ALREADY_JOINED,
                        "this profile is that of " + own.get().user() + "; use another folder for " + user);
            }
            return;
        }
        joining.ifPresent(earlier -> turn.refuse(earlier, RefusalCode.ALREADY_JOINED, "another join took its place"));
        boolean again = own.filter(before -> before.user().equals(user)).isPresent();
        keep(turn, again ? own.get().invitedAgain(command.invite()) : OwnIdentity.make(user, command.invite(), random));
        joining = OptionalLong.of(command.command());
        stayOffline = false;
        link.dial(turn, own.get());
    }

    void handle(Turn turn, DeviceEvent event) {
        if (event instanceof DeviceEvent.FrameReceived received) {
            if (link.isCurrent(received.connection())) {
                link.heard(turn);
                frame(turn, received.frame());
            }
        } else if (event instanceof DeviceEvent.Connected connected) {
            if (link.isCurrent(connected.connection())) {
                link.connected(turn, connected.tlsSpkiSha256());
            }
        } else if (event instanceof DeviceEvent.Disconnected disconnected) {
            if (link.isCurrent(disconnected.connection())) {
                link.lost(turn, disconnected.reason());
            }
        } else if (event instanceof DeviceEvent.GoOnline) {
            stayOffline = own.flatMap(OwnIdentity::replacedBy).isPresent();
            own.filter(identity -> !stayOffline && !link.isOnline()).ifPresent(identity -> link.dial(turn, identity));
        } else if (event instanceof DeviceEvent.HoldEntries held) {
            reading.hold(held.hold());
        } else if (event instanceof DeviceEvent.GoOffline) {
            stayOffline = true;
            link.goOffline(turn, "going offline", Optional.empty());
        } else if (event instanceof DeviceEvent.GoOn) {
            goOn(turn);
        }
        // What is due is looked at in every turn, so a timer needs nothing of its own.
    }

    /** What time brings. */
    void due(Turn turn) {
        link.watch(turn);
        if (link.shouldDial(turn) && !stayOffline) {
            own.ifPresent(identity -> link.dial(turn, identity));
        }
        if (link.isOnline()) {
            own.ifPresent(identity -> keyPackages.renew(turn, identity));
        }
        welcomes.due(turn);
        own.ifPresent(identity -> goBack(turn, identity));
    }

    /** Channels in which the own server's word is being taken back; their logs are followed as soon as that is done. */
    private void goBack(Turn turn, OwnIdentity identity) {
        for (LiveChannel channel : channels.all()) {
            if (channel.row().getGoingBack() && !turn.isFull() && wayBack.step(turn, channel, identity)) {
                reading.followAnew();
            }
        }
    }

    Optional<Long> nextMillis() {
        return welcomes.nextMillis();
    }

    /** When KeyPackages grow old that the server has; empty without a session. */
    Optional<Long> renewalMillis(Turn turn) {
        return link.isOnline() ? own.flatMap(identity -> keyPackages.nextMillis(turn, identity)) : Optional.empty();
    }

    private void frame(Turn turn, Bytes encoded) {
        ServerFrame frame;
        try {
            frame = ServerFrames.decode(encoded.toByteArray());
        } catch (MalformedFrameException e) {
            if (e.refusal().code() != ErrorCode.UNSUPPORTED) {
                link.giveUp(turn, "a malformed frame", Optional.of(Refusal.of(e.refusal())));
            }
            return;
        }
        if (own.isEmpty()) {
            return;
        }
        if (link.awaitsHello()) {
            hello(turn, own.get(), frame);
        } else if (frame.getRequestId() == 0) {
            pushed(turn, own.get(), frame, encoded.size());
        } else {
            link.answered(frame.getRequestId()).ifPresent(pending -> answered(turn, own.get(), pending, frame));
        }
    }

    private void hello(Turn turn, OwnIdentity identity, ServerFrame frame) {
        if (!frame.hasServerHello()) {
            link.giveUp(turn, "no ServerHello", Optional.of(errorOf(frame)));
            return;
        }
        try {
            Manifest manifest = Greeting.check(frame.getServerHello(), identity, link.tlsSpkiSha256());
            if (manifest.sequence() > identity.row().getManifestSequence()) {
                keep(turn, identity.withManifest(manifest));
            }
            compareClocks(turn, frame.getServerHello().getServerTimeMillis());
            link.loggingIn(turn);
            link.request(
                    turn, Greeting.answer(frame.getServerHello(), own.orElse(identity)), new Pending.OpenSession());
        } catch (Greeting.RefusedServerException e) {
            if (joining.isPresent()) {
                endJoin(turn, new Outcome.Refused(e.refusal()));
                link.goOffline(turn, "not the server of the invite", Optional.of(e.refusal()));
            } else {
                link.giveUp(turn, "not the own server", Optional.of(e.refusal()));
            }
        }
    }

    /** Told to the person, and used for nothing: a server that lies about the time changes no more than a sentence. */
    private void compareClocks(Turn turn, long serverMillis) {
        boolean before = clocksDiffer;
        long ownMillis = turn.wallMillis();
        clocksDiffer = serverMillis < ownMillis - Limits.CLOCK_DIFFERENCE_MILLIS_MAX
                || serverMillis > ownMillis + Limits.CLOCK_DIFFERENCE_MILLIS_MAX;
        if (clocksDiffer && !before) {
            turn.tell(new ClientEvent.ClocksDiffer(ownMillis, serverMillis));
        }
    }

    private static Refusal errorOf(ServerFrame frame) {
        return frame.hasError()
                ? Refusal.of(chat.samara.wire.Refusal.of(frame.getError()))
                : new Refusal(RefusalCode.PROTOCOL, "the server sent " + frame.getBodyCase() + " unasked");
    }

    private void endJoin(Turn turn, Outcome outcome) {
        joining.ifPresent(command -> turn.complete(command, outcome));
        joining = OptionalLong.empty();
    }

    private void pushed(Turn turn, OwnIdentity identity, ServerFrame frame, int frameBytes) {
        switch (frame.getBodyCase()) {
            case ENTRIES -> entries(turn, identity, frame.getEntries(), frameBytes);
            case PROVISIONAL -> provisional(turn, identity, frame.getProvisional());
            case RECEIPT -> answers.receipt(turn, identity, frame.getReceipt());
            case WELCOMES -> welcomes.announced(turn);
            case KEY_PACKAGES_LOW ->
                keyPackages.left(
                        turn,
                        identity,
                        frame.getKeyPackagesLow().getKeyPackagesLeft(),
                        frame.getKeyPackagesLow().getKeyPackagesList());
            case ERROR -> {
                chat.samara.wire.Refusal refusal = chat.samara.wire.Refusal.of(frame.getError());
                if (refusal.code() == ErrorCode.DEVICE_REPLACED) {
                    replaced(turn, identity, refusal);
                } else if (TwinWatch.isPushedOut(refusal)) {
                    pushedOut(turn, errorOf(frame));
                } else {
                    link.giveUp(turn, "the server ends the session", Optional.of(errorOf(frame)));
                }
            }
            default -> {
                // Nothing that is pushed; a newer server may say more than is known here.
            }
        }
    }

    /** A copy of this profile and this one must not push each other out for ever: one of the two goes on, under a key of its own. */
    private void pushedOut(Turn turn, Refusal why) {
        boolean byACopy = twin.pushedOut(turn.monotonicMillis());
        if (!byACopy) {
            link.giveUp(turn, "the server keeps another connection", Optional.of(why));
        } else if (wasRenewedLately(turn)) {
            link.giveUpForLong(turn, "the server keeps another connection", why);
        } else {
            turn.noticeOldState(OldState.CONNECTED_TWICE);
        }
    }

    private void answered(Turn turn, OwnIdentity identity, Pending pending, ServerFrame frame) {
        if (frame.hasError()) {
            failed(turn, identity, pending, chat.samara.wire.Refusal.of(frame.getError()));
        } else if (frame.hasReceipt()) {
            answers.receipt(turn, identity, frame.getReceipt());
        } else if (pending instanceof Pending.OpenSession && frame.hasLoggedIn()) {
            loggedIn(turn, identity, frame.getLoggedIn());
        } else if (pending instanceof Pending.Publish publish && frame.hasKeyPackagesStored()) {
            keep(turn, identity.withPublished(publish));
            keyPackages.stored(turn, own.orElse(identity), publish);
        } else if (pending instanceof Pending.FetchWelcomes && frame.hasWelcomes()) {
            welcomes.fetched();
            welcomes.received(turn, frame.getWelcomes().getWelcomesList());
            welcomes.fetchIfAnnounced(turn);
        } else if (pending instanceof Pending.FetchHandshakes fetch && frame.hasHandshakes()) {
            welcomes.handshakes(turn, identity, fetch.channel(), frame.getHandshakes())
                    .ifPresent(joined -> {
                        returns.underPresentKey(turn, joined, identity);
                        reading.followAnew();
                    });
        } else if (pending instanceof Pending.Claim claim && frame.hasClaimedKeyPackages()) {
            channels.find(claim.channel())
                    .ifPresent(
                            channel -> changes.claimed(turn, channel, claim.intent(), frame.getClaimedKeyPackages()));
        } else if (pending instanceof Pending.Following follow) {
            reading.answered(follow);
        } else if (!(pending instanceof Pending.Unheeded)) {
            link.giveUp(turn, "an answer of the wrong kind", Optional.of(errorOf(frame)));
        }
    }

    private void loggedIn(Turn turn, OwnIdentity identity, LoggedIn message) {
        if (!identity.isRegistered()) {
            keep(turn, identity.registered());
        }
        if (identity.successorKey().isPresent()) {
            renewed(turn, identity);
        }
        OwnIdentity registered = own.orElse(identity);
        // Before any group could show another under the own name.
        Pins.observe(turn, registered.user(), registered.identityPublicKey());
        link.loggedIn(turn);
        endJoin(turn, new Outcome.Joined(registered.user()));
        welcomes.beginSession();
        reading.beginSession();
        backlog.clear();
        keyPackages.beginSession(message.getWelcomesWaiting() == 0);
        if (message.getWelcomesWaiting() == 0) {
            keyPackages.forgetFormer(turn, registered);
        }
        // Only looked up by key.
        Map<ChannelId, ChannelState> states = new HashMap<>();
        message.getChannelsList()
                .forEach(state -> states.put(new ChannelId(Stored.bytes(state.getChannelId())), state));
        for (LiveChannel channel : channels.all()) {
            Optional<ChannelState> state = Optional.ofNullable(states.get(channel.id()));
            Dispatch.released(turn, channel);
            channel.beginSession(state.map(ChannelState::getNextDeviceSeq).orElse(1L), state.map(ChannelState::getSeq));
            state.ifPresent(it -> compareCount(turn, channel, it.getNextDeviceSeq()));
            // It was founded before this state of the device could learn of it.
            channel.reading().founded = channel.is(Membership.FOUNDING) && state.isPresent();
            state.ifPresent(it -> compareEnds(turn, channel, it.getSeq()));
            turn.touch(channel);
        }
        keyPackages.left(turn, registered, message.getKeyPackagesLeft(), message.getKeyPackagesList());
        if (message.getWelcomesWaiting() > 0) {
            welcomes.fetch(turn);
        }
        founding.resume(turn);
    }

    /** The server has counted this device's records: what it has more than is known here was sent by a later state of this device. */
    private void compareCount(Turn turn, LiveChannel channel, long nextDeviceSeq) {
        if (!channel.row().hasDeviceSeqUsed()) {
            // Written by a version that did not count.
            channel.row().setDeviceSeqUsed(Math.max(0, nextDeviceSeq - 1));
            channel.save(turn);
        } else if (nextDeviceSeq - 1 > channel.row().getDeviceSeqUsed() && !wasRenewedLately(turn)) {
            turn.noticeOldState(OldState.SERVER_COUNTS_MORE);
        }
    }

    /** A server that has less of a log than was read here, and than the hub vouches for, knows nothing of the rest: it would never go on. */
    private static void compareEnds(Turn turn, LiveChannel channel, long seqAtServer) {
        if (channel.isFollowed()
                && channel.isAhead()
                && seqAtServer < channel.row().getSeq()) {
            WayBack.begin(turn, channel);
        }
    }

    /** The count is the server's word alone: one that lies must not make this device change its key again and again. */
    private boolean wasRenewedLately(Turn turn) {
        // Where the clock was set back since, that lies ahead, and is lately too.
        return own.map(identity -> identity.row().getRenewedMillis())
                .filter(renewedMillis -> renewedMillis > 0)
                .filter(renewedMillis -> turn.wallMillis() - renewedMillis < Limits.RENEWAL_BY_COUNT_MILLIS)
                .isPresent();
    }

    private void failed(Turn turn, OwnIdentity identity, Pending pending, chat.samara.wire.Refusal refusal) {
        if (pending instanceof Pending.OpenSession) {
            loginFailed(turn, identity, refusal);
        } else if (pending instanceof Pending.Publish publish) {
            keyPackages.refused(turn, publish);
        } else if (pending instanceof Pending.Following follow) {
            reading.answered(follow);
        } else if (pending instanceof Pending.FetchWelcomes) {
            welcomes.fetched();
            welcomes.fetchLater(turn);
        } else if (pending instanceof Pending.FetchHandshakes fetch) {
            welcomes.handshakesFailed(turn, fetch.channel(), refusal);
        } else if (pending instanceof Pending.Found found) {
            channels.find(found.channel()).ifPresent(channel -> founding.failed(turn, channel, refusal));
        } else if (pending instanceof Pending.Submitted submitted) {
            if (answers.isCurrent(submitted)) {
                answers.failed(turn, identity, submitted.channel(), submitted.number(), refusal);
            }
        } else if (pending instanceof Pending.Queried queried) {
            answers.failed(turn, identity, queried.channel(), queried.number(), refusal);
        } else if (pending instanceof Pending.Claim claim) {
            channels.find(claim.channel())
                    .ifPresent(channel -> changes.claimFailed(turn, channel, claim.intent(), refusal));
        }
        // Acknowledge, Credit, Ping: the next session says them again.
    }

    private void loginFailed(Turn turn, OwnIdentity identity, chat.samara.wire.Refusal refusal) {
        if (refusal.code() == ErrorCode.DEVICE_REPLACED) {
            replaced(turn, identity, refusal);
            return;
        }
        boolean inNobodysPlace = refusal.code() == ErrorCode.LOGIN_FAILED
                && identity.successorKey().isPresent()
                && !identity.successorOf().equals(identity.device());
        if (inNobodysPlace) {
            keep(turn, identity.withSuccessorInOwnPlace());
        }
        Refusal told = Refusal.of(refusal);
        boolean passing = switch (refusal.code()) {
            case LIMIT_REACHED, DISK_FULL, SHUTTING_DOWN, INTERNAL -> true;
            default -> false;
        };
        if (identity.isRegistered() || passing) {
            link.giveUp(turn, "login refused", Optional.of(told));
            return;
        }
        // The server answers a repeated registration like the first, so this account was never opened.
        own = Optional.empty();
        turn.store().delete(DeviceTable.ACCOUNT, Keys.ACCOUNT);
        link.goOffline(turn, "registration refused", Optional.of(told));
        endJoin(turn, new Outcome.Refused(told));
    }

    private void entries(Turn turn, OwnIdentity identity, Entries message, int frameBytes) {
        Optional<LiveChannel> found = channels.find(new ChannelId(Stored.bytes(message.getChannelId())));
        if (found.isEmpty()) {
            return;
        }
        Backlog.Unread frame = new Backlog.Unread(found.get().id(), message, frameBytes);
        if (!backlog.holds(frame.channel())) {
            apply(turn, identity, found.get(), frame);
        } else if (!backlog.add(frame)) {
            backlog.clear();
            link.giveUp(
                    turn,
                    "more entries than it was given credit for",
                    Optional.of(
                            new Refusal(RefusalCode.PROTOCOL, "the server sent more than it was given credit for")));
        }
    }

    /** What one turn could not hold, in the next. */
    private void goOn(Turn turn) {
        backlog.next()
                .ifPresent(frame -> own.ifPresent(identity ->
                        channels.find(frame.channel()).ifPresent(channel -> apply(turn, identity, channel, frame))));
        if (!backlog.isEmpty()) {
            turn.goOn();
        }
        channels.all().stream()
                .filter(channel -> channel.queue().firstComposed().isPresent())
                .forEach(turn::touch);
    }

    private void apply(Turn turn, OwnIdentity identity, LiveChannel channel, Backlog.Unread frame) {
        boolean wasMember = channel.hasGroup();
        boolean wasFounding = channel.is(Membership.FOUNDING);
        LogReader.Result result = logs.read(turn, channel, identity, frame.entries());
        if (result == LogReader.Result.PARTLY) {
            backlog.putBack(frame);
            reading.moved(channel);
            turn.goOn();
            return;
        }
        reading.consumed(channel, frame.frameBytes());
        if (wasFounding) {
            returns.underPresentKey(turn, channel, identity);
        }
        if (result != LogReader.Result.APPLIED || !channel.hasGroup()) {
            backlog.drop(channel.id());
        }
        switch (result) {
            case PARTLY, APPLIED -> {
                if (wasMember && !channel.hasGroup()) {
                    reading.followAnew();
                    // Perhaps this device was added again meanwhile: that Welcome had to wait for the log.
                    welcomes.fetch(turn);
                }
            }
            case GAP -> gap(turn, channel);
            case BROKEN ->
                link.giveUp(
                        turn,
                        "entries that no server may send",
                        Optional.of(new Refusal(
                                RefusalCode.PROTOCOL,
                                "the server sent entries of " + channel.id() + " that are not valid")));
        }
    }

    /**
     * Entries that are on their way when the log is followed anew overlap; twice the same gap does not go away by asking. That what
     * lies between is missing proves nothing, least of all that this device was removed: it reads no further, and says so.
     */
    private void gap(Turn turn, LiveChannel channel) {
        Optional<Long> at = Optional.of(channel.row().getSeq());
        if (!channel.reading().gapAtSeq.equals(at)) {
            channel.reading().gapAtSeq = at;
            reading.followAnew();
        } else if (!channel.reading().withheld) {
            channel.reading().withheld = true;
            channel.reading().caughtUp = false;
            turn.tell(new ClientEvent.LogWithheld(channel.id(), channel.row().getSeq() + 1));
        }
    }

    private void provisional(Turn turn, OwnIdentity identity, Provisional message) {
        try {
            RecordIn record = RecordIn.of(message.getRecord());
            Optional<LiveChannel> channel =
                    channels.find(record.claimedChannel()).filter(LiveChannel::isFollowed);
            if (channel.isPresent()) {
                // The origin's key is not known here in general; what is inside is authenticated by MLS.
                messages.provisional(
                        turn, channel.get(), identity, record.trustStored().record());
            }
        } catch (RefusedException e) {
            link.giveUp(turn, "a malformed provisional record", Optional.of(Refusal.of(e.refusal())));
        }
    }
}
