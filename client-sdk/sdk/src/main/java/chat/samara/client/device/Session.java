package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.RefusedException;
import chat.samara.wire.frame.MalformedFrameException;
import chat.samara.wire.frame.ServerFrames;
import chat.samara.wire.identity.Manifest;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.ServerFrame;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * One session after the other with the own server: prove, log in, derive from what is durable everything that is to be done, and bring
 * each frame to the part that it concerns.
 */
final class Session {
    private final RandomSource random;
    private final OwnAccount account;
    private final Link link;
    private final ChannelBook channels;
    private final LogIntake logs;
    private final Claims claims;
    private final Founding founding;
    private final Succession succession;
    private final OwnKeyPackages keyPackages;
    private final Welcomes welcomes;
    private final LostChannels lost;
    private final ReadingCredit reading;
    private final Backlog backlog;
    private final Answers answers;

    private final Readmission readmission = new Readmission();
    private OptionalLong joining = OptionalLong.empty();
    private boolean clocksDiffer;

    Session(
            RandomSource random,
            OwnAccount account,
            Link link,
            ChannelBook channels,
            LogIntake logs,
            Claims claims,
            Founding founding,
            Succession succession,
            OwnKeyPackages keyPackages,
            Welcomes welcomes,
            LostChannels lost,
            ReadingCredit reading,
            Backlog backlog,
            Answers answers) {
        this.random = random;
        this.account = account;
        this.link = link;
        this.channels = channels;
        this.logs = logs;
        this.claims = claims;
        this.founding = founding;
        this.succession = succession;
        this.keyPackages = keyPackages;
        this.welcomes = welcomes;
        this.lost = lost;
        this.reading = reading;
        this.backlog = backlog;
        this.answers = answers;
    }

    void start(Turn turn) {
        account.own()
                .ifPresent(identity -> identity.replacedBy()
                        .ifPresentOrElse(
                                by -> succession.stayAway(turn, identity, by), () -> link.dial(turn, identity)));
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
        if (account.own().isPresent() && account.own().get().isRegistered()) {
            joinAgain(turn, command, account.own().get(), user);
            return;
        }
        supersede(turn, command);
        boolean again =
                account.own().filter(before -> before.user().equals(user)).isPresent();
        account.keep(
                turn,
                again
                        ? account.own().get().invitedAgain(command.invite())
                        : OwnIdentity.make(user, command.invite(), random));
        link.dial(turn, account.own().get());
    }

    /** There is an account: it is the server's word whether it has it, too. */
    private void joinAgain(Turn turn, DeviceEvent.Join command, OwnIdentity before, UserId user) {
        OwnIdentity own = before;
        if (own.user().equals(user) && command.invite().rootKey().equals(own.serverRootKey())) {
            // Also where this device is to stay away, or is online: it may be the last that anybody tells it.
            own = own.withAddressesOf(command.invite());
            account.keep(turn, own);
        }
        if (!own.user().equals(user)) {
            turn.refuse(
                    command.command(),
                    RefusalCode.ALREADY_JOINED,
                    "this profile is that of " + own.user() + ", and no other account can be made in it, as " + user);
        } else if (own.replacedBy().isPresent()) {
            turn.complete(
                    command.command(),
                    new Outcome.Refused(Refusals.deviceReplaced(own.replacedBy().get())));
        } else if (!command.invite().rootKey().equals(own.serverRootKey())) {
            turn.complete(command.command(), new Outcome.Refused(Refusals.otherServersInvite(own)));
        } else if (link.isOnline()) {
            supersede(turn, command);
            endJoinIfOffered(turn);
        } else {
            supersede(turn, command);
            account.keep(turn, own.invitedBack(command.invite()));
            readmission.reset();
            link.dial(turn, account.own().get());
        }
    }

    private void supersede(Turn turn, DeviceEvent.Join command) {
        joining.ifPresent(earlier -> turn.refuse(earlier, RefusalCode.ALREADY_JOINED, "another join took its place"));
        joining = OptionalLong.of(command.command());
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
            account.own()
                    .filter(identity -> identity.replacedBy().isEmpty() && !link.isOnline())
                    .ifPresent(identity -> link.dial(turn, identity));
        } else if (event instanceof DeviceEvent.HoldEntries held) {
            reading.hold(held.hold());
        } else if (event instanceof DeviceEvent.GoOffline) {
            link.goOffline(turn, "going offline", Optional.empty());
        } else if (event instanceof DeviceEvent.GoOn) {
            account.own().ifPresent(identity -> logs.goOn(turn, identity));
        }
        // What is due is looked at in every turn, so a timer needs nothing of its own.
    }

    /** What time brings. */
    void due(Turn turn) {
        link.watch(turn);
        if (link.shouldDial(turn)) {
            account.own().ifPresent(identity -> link.dial(turn, identity));
        }
        if (link.isOnline()) {
            account.own().ifPresent(identity -> keyPackages.renew(turn, identity));
        }
        welcomes.due(turn);
        lost.due(turn);
        logs.leaveContradicted(turn);
        account.own().ifPresent(identity -> logs.goBack(turn, identity));
        logs.lookThrough(turn);
    }

    Optional<Long> nextMillis() {
        return welcomes.nextMillis();
    }

    /** When KeyPackages grow old that the server has; empty without a session. */
    Optional<Long> renewalMillis(Turn turn) {
        return link.isOnline()
                ? account.own().flatMap(identity -> keyPackages.nextMillis(turn, identity))
                : Optional.empty();
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
        if (account.own().isEmpty()) {
            return;
        }
        if (link.awaitsHello()) {
            hello(turn, account.own().get(), frame);
        } else if (frame.getRequestId() == 0) {
            pushed(turn, account.own().get(), frame, encoded.size());
        } else {
            link.answered(frame.getRequestId())
                    .ifPresent(pending -> answered(turn, account.own().get(), pending, frame));
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
                account.keep(turn, identity.withManifest(manifest));
            }
            compareClocks(turn, frame.getServerHello().getServerTimeMillis());
            link.loggingIn(turn);
            link.request(
                    turn,
                    Greeting.answer(frame.getServerHello(), account.own().orElse(identity), readmission),
                    new Pending.OpenSession());
        } catch (Greeting.RefusedServerException e) {
            boolean first = joining.isPresent() && !identity.isRegistered();
            endJoin(turn, new Outcome.Refused(e.refusal()));
            if (first) {
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

    /** Whoever has joined can be added: so not before the server has said of what is on its way to it that it is stored. */
    private void endJoinIfOffered(Turn turn) {
        if (joining.isEmpty() || !link.isOnline() || keyPackages.isPublishing()) {
            return;
        }
        OwnIdentity own = account.own().orElseThrow();
        endJoin(
                turn,
                keyPackages
                        .refusedAll()
                        .<Outcome>map(why -> new Outcome.Refused(Refusals.keysNotTaken(own, why)))
                        .orElseGet(() -> new Outcome.Joined(own.user())));
    }

    private void pushed(Turn turn, OwnIdentity identity, ServerFrame frame, int frameBytes) {
        switch (frame.getBodyCase()) {
            case ENTRIES -> logs.entries(turn, identity, frame.getEntries(), frameBytes);
            case TERSE_ENTRIES -> logs.terseEntries(turn, identity, frame.getTerseEntries(), frameBytes);
            case PROVISIONAL -> logs.provisional(turn, identity, frame.getProvisional());
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
                    succession.replaced(turn, identity, refusal);
                } else if (TwinWatch.isPushedOut(refusal)) {
                    succession.pushedOut(turn, errorOf(frame));
                } else {
                    link.giveUp(turn, "the server ends the session", Optional.of(errorOf(frame)));
                }
            }
            default -> {
                // Nothing that is pushed; a newer server may say more than is known here.
            }
        }
    }

    private void answered(Turn turn, OwnIdentity identity, Pending pending, ServerFrame frame) {
        if (frame.hasError()) {
            failed(turn, identity, pending, chat.samara.wire.Refusal.of(frame.getError()));
        } else if (pending instanceof Pending.Submitted submitted && frame.hasReceipt()) {
            answers.taken(turn, identity, submitted, frame.getReceipt());
        } else if (frame.hasReceipt() && !frame.getReceipt().getChannelId().isEmpty()) {
            answers.receipt(turn, identity, frame.getReceipt());
        } else if (pending instanceof Pending.OpenSession && frame.hasLoggedIn()) {
            loggedIn(turn, identity, frame.getLoggedIn());
        } else if (pending instanceof Pending.Publish publish && frame.hasKeyPackagesStored()) {
            account.keep(turn, identity.withPublished(publish));
            keyPackages.stored(turn, account.own().orElse(identity), publish);
            endJoinIfOffered(turn);
        } else if (pending instanceof Pending.FetchWelcomes && frame.hasWelcomes()) {
            welcomes.fetched();
            welcomes.received(turn, frame.getWelcomes().getWelcomesList(), lost::isSeeking);
            welcomes.fetchIfAnnounced(turn);
        } else if (pending instanceof Pending.FetchHandshakes fetch && frame.hasHandshakes()) {
            (lost.isSeeking(fetch.channel())
                            ? lost.handshakes(turn, identity, fetch.channel(), frame.getHandshakes())
                            : welcomes.handshakes(turn, identity, fetch.channel(), frame.getHandshakes()))
                    .ifPresent(joined -> joined(turn, identity, joined));
        } else if (pending instanceof Pending.IsKnown asked && frame.hasHandshakes()) {
            reading.known(asked.channel());
        } else if (pending instanceof Pending.Claim claim && frame.hasClaimedKeyPackages()) {
            channels.find(claim.channel())
                    .ifPresent(channel ->
                            claims.claimed(turn, channel, identity, claim.intent(), frame.getClaimedKeyPackages()));
        } else if (pending instanceof Pending.Following follow) {
            reading.answered(follow);
        } else if (!(pending instanceof Pending.Unheeded)) {
            link.giveUp(turn, "an answer of the wrong kind", Optional.of(errorOf(frame)));
        }
    }

    /** This device has come into a channel. Whether a later state of it was there before, its server may have said at login already. */
    private void joined(Turn turn, OwnIdentity identity, LiveChannel channel) {
        logs.joined(turn, channel, identity);
        lost.saidAtLogin(channel.id())
                .ifPresent(state -> succession.compareCount(turn, channel, state.getNextDeviceSeq()));
    }

    private void loggedIn(Turn turn, OwnIdentity identity, LoggedIn message) {
        if (!identity.isRegistered() || identity.isInvited() || readmission.isUnderWay()) {
            account.keep(turn, (readmission.isUnderWay() ? identity.readmitted() : identity).registered());
        }
        readmission.reset();
        if (identity.successorKey().isPresent()) {
            succession.renewed(turn, account.own().orElse(identity));
        }
        if (message.getReturnTokensCount() > 0) {
            List<Bytes> tokens =
                    message.getReturnTokensList().stream().map(Stored::bytes).toList();
            account.keep(turn, account.own().orElse(identity).withReturnTokens(tokens));
        }
        OwnIdentity registered = account.own().orElse(identity);
        // Before any group could show another under the own name.
        Pins.pinOwn(turn, registered);
        link.loggedIn(turn);
        // Before anything is submitted: a hub that was restored from an older copy must not order it.
        HubsWord.remind(turn, link, registered, channels, message.getChannelsList());
        welcomes.beginSession(message.getWelcomesWaiting());
        reading.beginSession();
        backlog.clear();
        keyPackages.beginSession(message.getWelcomesWaiting() == 0);
        // Only looked up by key.
        Map<ChannelId, ChannelState> states = new HashMap<>();
        message.getChannelsList()
                .forEach(state -> states.put(new ChannelId(Stored.bytes(state.getChannelId())), state));
        for (LiveChannel channel : channels.all()) {
            Optional<ChannelState> state = Optional.ofNullable(states.get(channel.id()));
            Optional<chat.samara.wire.Refusal> held =
                    state.filter(ChannelState::hasHeld).map(it -> chat.samara.wire.Refusal.of(it.getHeld()));
            if (held.isPresent()) {
                Dispatch.held(turn, channel, held.get());
            } else if (state.isPresent() || !channel.isUnknownToServer()) {
                Dispatch.released(turn, channel);
            }
            // Also where it says nothing: a reason of the last session stands no longer.
            Dispatch.unordered(
                    turn,
                    channel,
                    state.filter(ChannelState::hasUnordered)
                            .map(it -> Refusal.of(chat.samara.wire.Refusal.of(it.getUnordered()))));
            channel.beginSession(state.map(ChannelState::getNextDeviceSeq).orElse(1L), state.map(ChannelState::getSeq));
            state.ifPresent(it -> succession.compareCount(turn, channel, it.getNextDeviceSeq()));
            // It was founded before this state of the device could learn of it.
            channel.reading().founded = channel.is(Membership.FOUNDING) && state.isPresent();
            state.ifPresent(it -> LogIntake.compareEnds(turn, channel, it.getSeq()));
            turn.touch(channel);
        }
        lost.beginSession(states);
        keyPackages.left(turn, registered, message.getKeyPackagesLeft(), message.getKeyPackagesList());
        endJoinIfOffered(turn);
        if (message.getWelcomesWaiting() > 0) {
            welcomes.fetch(turn);
        }
        founding.resume(turn);
    }

    private void failed(Turn turn, OwnIdentity identity, Pending pending, chat.samara.wire.Refusal refusal) {
        if (pending instanceof Pending.OpenSession) {
            loginFailed(turn, identity, refusal);
        } else if (pending instanceof Pending.Publish publish) {
            keyPackages.refused(turn, publish, Refusal.of(refusal));
            endJoinIfOffered(turn);
        } else if (pending instanceof Pending.Following follow) {
            reading.answered(follow);
        } else if (pending instanceof Pending.FetchWelcomes) {
            welcomes.fetched();
            welcomes.fetchLater(turn);
        } else if (pending instanceof Pending.FetchHandshakes fetch) {
            if (lost.isSeeking(fetch.channel())) {
                lost.failed(fetch.channel());
            } else {
                welcomes.handshakesFailed(turn, fetch.channel(), refusal);
            }
        } else if (pending instanceof Pending.IsKnown asked) {
            reading.notKnown(turn, asked.channel(), refusal);
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
                    .ifPresent(channel -> claims.claimFailed(turn, channel, identity, claim.intent(), refusal));
        }
        // Acknowledge, Credit, Ping: the next session says them again.
    }

    private void loginFailed(Turn turn, OwnIdentity identity, chat.samara.wire.Refusal refusal) {
        if (refusal.code() == ErrorCode.DEVICE_REPLACED) {
            // Whatever place was asked for is not to be had; a take-over asks for another.
            readmission.reset();
            succession.replaced(turn, identity, refusal);
            endJoin(turn, new Outcome.Refused(Refusal.of(refusal)));
            return;
        }
        boolean inNobodysPlace = refusal.code() == ErrorCode.LOGIN_FAILED
                && identity.successorKey().isPresent()
                && !identity.successorOf().equals(identity.device());
        if (inNobodysPlace) {
            account.keep(turn, identity.withSuccessorInOwnPlace());
        }
        boolean passing = switch (refusal.code()) {
            case LIMIT_REACHED, DISK_FULL, SHUTTING_DOWN, INTERNAL -> true;
            default -> false;
        };
        if (identity.isRegistered() && !passing && !inNobodysPlace) {
            notLetIn(turn, identity, refusal);
            return;
        }
        Refusal told = Refusal.of(refusal);
        if (identity.isRegistered() || passing) {
            readmission.reset();
            link.giveUp(turn, "login refused", Optional.of(told));
            return;
        }
        // The server answers a repeated registration like the first, so this account was never opened.
        account.forget(turn);
        link.goOffline(turn, "registration refused", Optional.of(told));
        endJoin(turn, new Outcome.Refused(told));
    }

    /** The server has had this device once. */
    private void notLetIn(Turn turn, OwnIdentity identity, chat.samara.wire.Refusal refusal) {
        boolean anew = readmission.isAnew(identity);
        if (refusal.code() == ErrorCode.LOGIN_FAILED && readmission.next(identity)) {
            link.dial(turn, identity);
            return;
        }
        readmission.reset();
        if (anew) {
            account.keep(turn, identity.withoutInvite());
        }
        Refusal told = refusal.code() == ErrorCode.LOGIN_FAILED || refusal.code() == ErrorCode.NAME_TAKEN
                ? Refusals.unknownDevice(identity, refusal)
                : Refusal.of(refusal);
        link.giveUp(turn, "login refused", Optional.of(told));
        endJoin(turn, new Outcome.Refused(told));
    }
}
