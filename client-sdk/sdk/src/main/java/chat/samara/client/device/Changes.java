package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Dispatch.LostCommit;
import chat.samara.client.device.LiveChannel.ChangeState;
import chat.samara.client.device.LiveChannel.ClaimState;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.device.LiveChannel.RefusedEpoch;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredIntent;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.group.CommitBuilder;
import chat.samara.mls.group.CommitBundle;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.CommitSignature;
import chat.samara.wire.log.IdempotencyKey;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What this device wants to change in a channel: rows of INTENT, carried out one after the other; what needs no claim, or has its KeyPackages,
 * passes additions that wait for theirs, so that a server that is away holds up only those whom it keeps. Durable is the intent, not only its
 * commit: if another commit wins, the winner is applied, the intent is looked at again, and if it still makes sense a new commit is built for the
 * new epoch, after a jittered wait, so many times at most.
 */
final class Changes {
    private final EngineConfig config;
    private final RandomSource random;
    private final Link link;
    private final GroupVault vault;
    private final Intents intents;
    private final Claims claims;
    private final OutgoingRows outgoing;
    private final Observers observers;
    private final TakingBack takingBack;

    Changes(
            EngineConfig config,
            RandomSource random,
            Link link,
            GroupVault vault,
            Intents intents,
            Claims claims,
            OutgoingRows outgoing,
            Observers observers) {
        this.config = config;
        this.random = random;
        this.link = link;
        this.vault = vault;
        this.intents = intents;
        this.claims = claims;
        this.outgoing = outgoing;
        this.observers = observers;
        this.takingBack = new TakingBack(vault, intents, outgoing);
    }

    /** Takes a new intent, or refuses it at once where it makes no sense now. What waits already is not asked for twice. */
    void ask(Turn turn, LiveChannel channel, OwnIdentity own, Change change, long command) {
        TakingBack.outdo(turn, channel, change);
        Optional<Change> opposite = TakingBack.waitingOpposite(channel, change);
        if (opposite.isPresent()) {
            Optional<Outcome> ended = takingBack.takeBack(turn, channel, own, opposite.get());
            if (ended.isEmpty()) {
                channel.changes().askedAgain.add(new TakingBack.Asked(change, false, command));
                return;
            }
            if (ended.get() instanceof Outcome.Refused) {
                turn.complete(command, ended.get());
                return;
            }
        }
        OptionalLong waiting =
                change instanceof Change.Update ? OptionalLong.empty() : TakingBack.find(channel, change);
        if (waiting.isPresent() && isStillGood(turn, channel, own, waiting.getAsLong())) {
            intents.await(channel, waiting.getAsLong(), command);
            return;
        }
        if (opposite.isPresent() && isSo(turn, channel, own, change)) {
            turn.complete(
                    command, new Outcome.Changed(channel.id(), channel.row().getSeq()));
            return;
        }
        Optional<Refusal> refusal = refusalNow(turn, channel, own, change);
        if (refusal.isPresent()) {
            turn.complete(command, new Outcome.Refused(refusal.get()));
            return;
        }
        intents.add(turn, channel, change, command);
    }

    /** Whether it will make it so, or has and the log has it so still: what was done may have been undone before the hub has vouched for it. */
    private boolean isStillGood(Turn turn, LiveChannel channel, OwnIdentity own, long number) {
        StoredIntent intent = Objects.requireNonNull(channel.intents().get(number));
        return !Intents.isDone(intent) || isSo(turn, channel, own, Intents.changeOf(intent));
    }

    /** Whether the log has it so. */
    private boolean isSo(Turn turn, LiveChannel channel, OwnIdentity own, Change change) {
        Roster roster = roster(turn, channel, own);
        return (change instanceof Change.Add add && roster.hasUser(add.member()))
                || (change instanceof Change.Remove remove && !roster.hasUser(remove.member()));
    }

    /** Drops a change that waits, now or when the server has answered what is on its way to it. */
    void takeBack(Turn turn, LiveChannel channel, OwnIdentity own, Change change, long command) {
        if (TakingBack.takeBackAsked(turn, channel, change)) {
            turn.complete(command, new Outcome.Done());
            return;
        }
        Optional<Outcome> ended = takingBack.takeBack(turn, channel, own, change);
        if (ended.isPresent()) {
            turn.complete(command, ended.get());
        } else {
            channel.changes().askedAgain.add(new TakingBack.Asked(change, true, command));
        }
    }

    /** The channel's rows are about to be erased, and are left as they are: who waits for a change of it is told. */
    void abandon(Turn turn, LiveChannel channel) {
        Refusal refusal = new Refusal(RefusalCode.DROPPED, "the channel was forgotten before it was done");
        intents.abandonAll(turn, channel, refusal);
        channel.changes().askedAgain.forEach(asked -> turn.complete(asked.command(), new Outcome.Refused(refusal)));
        channel.changes().askedAgain.clear();
    }

    /** What had to wait for the server's answer. */
    private void askAgain(Turn turn, LiveChannel channel, OwnIdentity own) {
        List<TakingBack.Asked> again = List.copyOf(channel.changes().askedAgain);
        channel.changes().askedAgain.clear();
        for (TakingBack.Asked asked : again) {
            if (asked.takesBack()) {
                takeBack(turn, channel, own, asked.change(), asked.command());
            } else {
                ask(turn, channel, own, asked.change(), asked.command());
            }
        }
    }

    private Optional<Refusal> refusalNow(Turn turn, LiveChannel channel, OwnIdentity own, Change change) {
        if (!channel.hasGroup()) {
            return Optional.of(Refusals.notAMember(channel));
        }
        long alike = channel.intents().values().stream()
                .map(Intents::changeOf)
                .filter(it -> it.getClass().equals(change.getClass()))
                .count();
        if (alike >= Limits.INTENTS_MAX) {
            return Optional.of(new Refusal(
                    RefusalCode.LIMIT_REACHED,
                    alike + " changes of this kind wait in this channel already; try later, or take one back"));
        }
        if (change instanceof Change.Remove remove) {
            if (remove.member().equals(own.user())) {
                return Optional.of(new Refusal(
                        RefusalCode.CANNOT_REMOVE_SELF, "a device cannot remove its own member; ask another member"));
            }
            if (!roster(turn, channel, own).hasUser(remove.member())) {
                return Optional.of(
                        new Refusal(RefusalCode.NOT_A_MEMBER, remove.member() + " is not a member of the channel"));
            }
        }
        return change instanceof Change.Add add
                ? refusalToAdd(observers.of(turn, channel, own).group(), add.member())
                : Optional.empty();
    }

    private static Optional<Refusal> refusalToAdd(PublicGroup group, UserId member) {
        if (Rosters.of(group).hasUser(member)) {
            return Optional.of(
                    new Refusal(RefusalCode.ALREADY_A_MEMBER, member + " is a member of the channel already"));
        }
        return Rosters.withTwoKeys(group.members())
                .map(twice -> new Refusal(
                        RefusalCode.IDENTITY_KEYS_DIFFER,
                        twice + " stands in the channel with different identity keys, and " + member
                                + " could not join while they do; remove " + twice
                                + " first, and add them anew when you know which key is theirs"));
    }

    /** Who is in the channel by its log, also while this device's group is behind that. */
    private Roster roster(Turn turn, LiveChannel channel, OwnIdentity own) {
        return Rosters.of(observers.of(turn, channel, own).group());
    }

    /** Commits the next change that can be, or claims what the others need, if there is something to do now. */
    void step(Turn turn, LiveChannel channel, OwnIdentity own) {
        intents.settleVouched(turn, channel);
        askAgain(turn, channel, own);
        if (!own.isSound() || !mayCommit(channel)) {
            return;
        }
        makeWay(turn, channel, own);
        if (commitIsUnderWay(channel)) {
            return;
        }
        settleFulfilled(turn, channel, own);
        OptionalLong next = nextToCommit(turn, channel);
        if (next.isEmpty()) {
            beginEpochForWhatWaits(turn, channel, own);
            claimWhatIsDue(turn, channel, own);
        } else {
            long number = next.getAsLong();
            StoredIntent intent = Objects.requireNonNull(channel.intents().get(number));
            if (!settleIfFulfilled(turn, channel, own, number, intent)) {
                commit(turn, channel, own, number, intent);
            }
        }
    }

    /** Of those whose time has come: removals first, then the oldest. What was refused for a while holds up no other. */
    private OptionalLong nextToCommit(Turn turn, LiveChannel channel) {
        return committable(channel).entrySet().stream()
                .filter(intent -> turn.monotonicMillis() >= commitMillis(channel, intent.getKey()))
                .min(Comparator.comparing((Map.Entry<Long, StoredIntent> intent) ->
                                !intent.getValue().hasRemove())
                        .thenComparing(Map.Entry::getKey))
                .map(intent -> OptionalLong.of(intent.getKey()))
                .orElseGet(OptionalLong::empty);
    }

    /** What lacks nothing but its time. An addition waits for what was said before it was asked for: whoever it adds is not to read that. */
    private static NavigableMap<Long, StoredIntent> committable(LiveChannel channel) {
        NavigableMap<Long, StoredIntent> committable = Intents.inTurn(channel);
        committable
                .entrySet()
                .removeIf(intent -> Intents.awaitsClaim(intent.getValue())
                        || (intent.getValue().hasAdd() && isSaidBefore(channel, intent.getKey())));
        return committable;
    }

    /**
     * Whether something was said before this was asked for that is not encrypted yet, or may have to be once more: what is of an older epoch comes back if that
     * is closed before the hub gets it. What is of the newest goes to the hub before the commit that ends it.
     */
    private static boolean isSaidBefore(LiveChannel channel, long intent) {
        return channel.queue()
                        .firstComposed()
                        .filter(head -> head.number < intent)
                        .isPresent()
                || channel.queue().isUndecided(intent, channel.row().getEpoch());
    }

    /**
     * An addition whose commit never left, or that the server has not taken each time, stands in nobody's way: not in that of a removal, nor in that of what was
     * said before it and has to wait for another epoch, in which whoever is added is not to be. Its commit is made anew behind that.
     */
    private void makeWay(Turn turn, LiveChannel channel, OwnIdentity own) {
        Optional<OutgoingHead> addition = additionHere(channel);
        if (addition.isEmpty()) {
            return;
        }
        boolean removalWaits = removalMillis(channel)
                .filter(at -> turn.monotonicMillis() >= at)
                .isPresent();
        if (removalWaits || isSaidBefore(channel, addition.get().intent)) {
            takingBack.drop(turn, channel, own, addition.get());
            if (removalWaits) {
                // What the server did not take was the addition.
                channel.submissions().pausedUntilMillis = 0;
            }
        }
    }

    /** The commit of an addition that can be dropped: it is sure that the log will not show it. */
    private static Optional<OutgoingHead> additionHere(LiveChannel channel) {
        return ownCommit(channel)
                .filter(commit -> TakingBack.isHere(channel, commit))
                .filter(commit -> Objects.requireNonNull(channel.intents().get(commit.intent))
                        .hasAdd());
    }

    /** When the first removal can be committed; empty if none waits. */
    private Optional<Long> removalMillis(LiveChannel channel) {
        return Intents.inTurn(channel).entrySet().stream()
                .filter(intent -> intent.getValue().hasRemove())
                .map(intent -> commitMillis(channel, intent.getKey()))
                .min(Long::compare);
    }

    /**
     * Once for each epoch, whatever else a change waits for. One that the log shows to be done is settled as that is read ({@link #followed}); this is for
     * what an earlier version has left.
     */
    private void settleFulfilled(Turn turn, LiveChannel channel, OwnIdentity own) {
        Optional<Long> epoch = Optional.of(channel.row().getEpoch());
        if (channel.intents().isEmpty() || channel.changes().lookedThroughEpoch.equals(epoch)) {
            return;
        }
        channel.changes().lookedThroughEpoch = epoch;
        Intents.inTurn(channel).forEach((number, intent) -> settleIfFulfilled(turn, channel, own, number, intent));
    }

    private boolean settleIfFulfilled(
            Turn turn, LiveChannel channel, OwnIdentity own, long number, StoredIntent intent) {
        Roster roster = Rosters.of(vault.group(turn, channel, own));
        if (isFulfilled(roster, intent)) {
            settleAsFulfilled(turn, channel, number, channel.row().getSeq(), roster);
            return true;
        }
        return false;
    }

    private void settleAsFulfilled(Turn turn, LiveChannel channel, long number, long seq, Roster roster) {
        StoredIntent intent = Objects.requireNonNull(channel.intents().get(number));
        Optional<Refusal> refusal = fulfilledOtherwise(turn, roster, intent);
        if (refusal.isPresent()) {
            intents.settle(turn, channel, number, OptionalLong.of(seq), refusal);
        } else {
            intents.done(turn, channel, number, seq);
        }
    }

    /**
     * The log shows another's commit: what that has done of what is wanted here is done. Whoever it has removed is not added by what was asked before: it may
     * have been done because of something that this device's member does not know of.
     */
    void followed(Turn turn, LiveChannel channel, Returns.Followed followed) {
        if (channel.intents().isEmpty()) {
            return;
        }
        Roster after = Rosters.of(followed.observed().group());
        new TreeMap<>(channel.intents()).forEach((number, intent) -> {
            Optional<UserId> member = memberOf(intent);
            boolean wasIn = member.filter(followed.before()::hasUser).isPresent();
            boolean isIn = member.filter(after::hasUser).isPresent();
            if (wasIn == isIn || Intents.isDone(intent)) {
                return;
            }
            if (isFulfilled(after, intent)) {
                settleAsFulfilled(turn, channel, number, followed.entry().seq(), after);
            } else if (intent.hasAdd()) {
                intents.settle(
                        turn,
                        channel,
                        number,
                        OptionalLong.empty(),
                        Optional.of(new Refusal(
                                RefusalCode.REMOVED_SINCE,
                                intent.getAdd() + " was removed by "
                                        + followed.commit().author().user()
                                        + " since you asked to add them; ask again if you mean it")));
            }
        });
    }

    private static Optional<UserId> memberOf(StoredIntent intent) {
        return switch (intent.getChangeCase()) {
            case ADD -> Optional.of(HistoryBook.user(intent.getAdd()));
            case REMOVE -> Optional.of(HistoryBook.user(intent.getRemove()));
            case UPDATE, CHANGE_NOT_SET -> Optional.empty();
        };
    }

    /** Of each server one at a time: of one that is away no more is asked for, and nobody else waits for it. */
    private void claimWhatIsDue(Turn turn, LiveChannel channel, OwnIdentity own) {
        Set<ServerName> asked = serversAsked(channel);
        unclaimed(channel).forEach((number, intent) -> {
            ServerName server = HistoryBook.user(intent.getAdd()).server();
            if (turn.monotonicMillis() >= claimMillis(channel, number)
                    && !asked.contains(server)
                    && !settleIfFulfilled(turn, channel, own, number, intent)) {
                claims.claim(turn, channel, number, intent);
                asked.add(server);
            }
        });
    }

    private static Set<ServerName> serversAsked(LiveChannel channel) {
        Set<ServerName> asked = new HashSet<>();
        unclaimed(channel).forEach((number, intent) -> {
            ClaimState claim = channel.changes().claims.get(number);
            if (claim != null && claim.underWay) {
                asked.add(HistoryBook.user(intent.getAdd()).server());
            }
        });
        return asked;
    }

    private static NavigableMap<Long, StoredIntent> unclaimed(LiveChannel channel) {
        NavigableMap<Long, StoredIntent> unclaimed = Intents.inTurn(channel);
        unclaimed.values().removeIf(intent -> !Intents.awaitsClaim(intent));
        return unclaimed;
    }

    private static Optional<Long> nextClaimMillis(LiveChannel channel) {
        Set<ServerName> asked = serversAsked(channel);
        return unclaimed(channel).entrySet().stream()
                .filter(waiting -> !asked.contains(
                        HistoryBook.user(waiting.getValue().getAdd()).server()))
                .map(waiting -> claimMillis(channel, waiting.getKey()))
                .min(Long::compare);
    }

    private static long claimMillis(LiveChannel channel, long number) {
        ClaimState claim = channel.changes().claims.get(number);
        return claim == null ? 0 : claim.notBeforeMillis;
    }

    private long commitMillis(LiveChannel channel, long number) {
        ChangeState state = channel.changes();
        boolean raceOver = state.lostEpoch.isEmpty() || channel.row().getEpoch() > state.lostEpoch.get();
        long afterRace = raceOver ? state.notBeforeMillis : state.notBeforeMillis + config.retryMillisMax();
        return Math.max(afterRace, refusedUntilMillis(channel, number));
    }

    /** Before that a limit keeps it from being tried again; 0 if none does. */
    private static long refusedUntilMillis(LiveChannel channel, long number) {
        return channel.changes().refusedUntilMillis.getOrDefault(number, 0L);
    }

    /**
     * RFC 9420 §12.4: who has seen a proposal sends no application data in its epoch. A commit of one's own that leaves it out begins the next, in
     * which it is void. The same for a message that the server does not take in this epoch any more, where an addition waits behind it.
     */
    private void beginEpochForWhatWaits(Turn turn, LiveChannel channel, OwnIdentity own) {
        Optional<OutgoingHead> waiting = channel.queue().firstComposed();
        if (waiting.isEmpty()) {
            return;
        }
        Group group = vault.group(turn, channel, own);
        List<Long> behind = channel.intents().entrySet().stream()
                .filter(intent -> intent.getValue().getKeyPackagesCount() > 0 && waiting.get().number < intent.getKey())
                .map(Map.Entry::getKey)
                .toList();
        boolean additionWaits = !behind.isEmpty() && SendingOrder.awaitsEpoch(turn, channel, group, waiting.get());
        Optional<Refusal> refused = channel.changes()
                .refusedEpoch
                .filter(it -> it.epoch() == channel.row().getEpoch())
                .map(RefusedEpoch::why);
        if (refused.isPresent() && additionWaits) {
            behind.forEach(number -> intents.settle(turn, channel, number, OptionalLong.empty(), refused));
        } else if (refused.isEmpty() && (additionWaits || group.hasPendingProposals()) && !beginsEpoch(turn, channel)) {
            intents.add(turn, channel, new Change.Update());
        }
    }

    /** Whether a change that waits begins the next epoch as soon as the race is over, or is all that could be asked for to begin it. */
    private static boolean beginsEpoch(Turn turn, LiveChannel channel) {
        return committable(channel).entrySet().stream()
                .anyMatch(intent -> intent.getValue().hasUpdate()
                        || turn.monotonicMillis() >= refusedUntilMillis(channel, intent.getKey()));
    }

    /** When {@link #step} has something to do again; empty if only events can tell. */
    Optional<Long> nextMillis(LiveChannel channel) {
        if (channel.intents().isEmpty() || !mayCommit(channel)) {
            return Optional.empty();
        }
        if (commitIsUnderWay(channel)) {
            return additionHere(channel).isPresent() ? removalMillis(channel) : Optional.empty();
        }
        return Stream.concat(
                        committable(channel).keySet().stream().map(number -> commitMillis(channel, number)),
                        nextClaimMillis(channel).stream())
                .min(Long::compare);
    }

    /** As with messages: nothing is sealed before the hub's word for the log as it is read here has come. */
    private boolean mayCommit(LiveChannel channel) {
        return channel.is(Membership.MEMBER) && link.isOnline() && channel.reading().caughtUp && channel.isVouched();
    }

    private static boolean commitIsUnderWay(LiveChannel channel) {
        return ownCommit(channel).isPresent();
    }

    static Optional<OutgoingHead> ownCommit(LiveChannel channel) {
        return channel.queue().commit();
    }

    private static boolean isFulfilled(Roster roster, StoredIntent intent) {
        return memberOf(intent)
                .filter(member -> roster.hasUser(member) == intent.hasAdd())
                .isPresent();
    }

    /** Somebody else has added a member of that name: whether it is the one that was meant. */
    private static Optional<Refusal> fulfilledOtherwise(Turn turn, Roster roster, StoredIntent intent) {
        if (!intent.hasAdd()) {
            return Optional.empty();
        }
        UserId member = HistoryBook.user(intent.getAdd());
        return Pins.admitOfOthers(
                turn,
                member,
                roster.devicesOf(member).stream()
                        .map(ChannelMember::identityKey)
                        .toList());
    }

    private void commit(Turn turn, LiveChannel channel, OwnIdentity own, long number, StoredIntent intent) {
        Group group = vault.group(turn, channel, own);
        IdempotencyKey key = IdempotencyKey.random(random);
        long epoch = group.epoch();
        CommitBundle bundle;
        try {
            // What others proposed is left out: it would happen in this member's name, past every question that is put
            // to a person, and if the hub takes no commit of it, nobody could change the channel any more.
            CommitBuilder builder = group.commit()
                    .includePendingProposals(false)
                    .authenticatedData(key.bytes().toByteArray());
            Optional<Refusal> refusal = fill(turn, builder, channel, group, intent);
            if (refusal.isPresent()) {
                intents.settle(turn, channel, number, OptionalLong.empty(), refusal);
                return;
            }
            bundle = builder.build();
        } catch (RefusedKeyPackageException e) {
            // It was in order when it was claimed, and has grown too old while the commit waited or lost races.
            claimAnew(turn, channel, number, intent, Claims.refusal(HistoryBook.user(intent.getAdd()), e));
            return;
        } catch (MlsException e) {
            Refusal problem =
                    new Refusal(RefusalCode.INVALID_HANDSHAKE, "the commit could not be built: " + e.getMessage());
            if (intent.getAttempts() > 0) {
                claimAnew(turn, channel, number, intent, problem);
            } else {
                noteIfAnyIsRefused(channel, number, epoch, problem);
                intents.settle(turn, channel, number, OptionalLong.empty(), Optional.of(problem));
            }
            return;
        }
        vault.save(turn, channel, group);
        channel.save(turn);
        Intents.write(
                turn, channel, number, intent.toBuilder().setCommitIsHere(true).build());
        Bytes payload = CommitSignature.sign(
                own.deviceKey(),
                channel.id(),
                key,
                new CommitSignature.Parts(
                        bundle.commit(), bundle.welcome().orElse(Bytes.EMPTY), bundle.groupInfo(), 0));
        outgoing.add(
                turn,
                channel,
                StoredOutgoing.newBuilder()
                        .setKind(StoredOutgoingKind.COMMIT)
                        .setState(StoredOutgoingState.SEALED)
                        .setIdempotencyKey(Stored.bytes(key.bytes()))
                        .setEpoch(epoch)
                        .setPayload(Stored.bytes(payload))
                        .setIntent(number)
                        .build());
    }

    /** An addition may go through with other KeyPackages than those that were claimed; but that is not tried for ever. */
    private void claimAnew(Turn turn, LiveChannel channel, long number, StoredIntent intent, Refusal problem) {
        if (intent.hasAdd() && intent.getAttempts() + 1 < config.changeAttemptsMax()) {
            StoredIntent fresh =
                    intent.toBuilder().clearKeyPackages().clearClaimId().build();
            intents.retryLater(turn, channel, number, fresh, 0);
        } else {
            intents.settle(turn, channel, number, OptionalLong.empty(), Optional.of(problem));
        }
    }

    /** Puts the change into the commit; gives back why it must not be made, if so. */
    private Optional<Refusal> fill(
            Turn turn, CommitBuilder builder, LiveChannel channel, Group group, StoredIntent intent)
            throws RefusedKeyPackageException {
        switch (intent.getChangeCase()) {
            case ADD -> {
                List<Bytes> identityKeys = new ArrayList<>();
                ClaimedDevices devices = new ClaimedDevices(
                        HistoryBook.user(intent.getAdd()),
                        channel.genesis().cipherSuite(),
                        turn.wallMillis(),
                        vault.environment());
                for (ByteString keyPackage : intent.getKeyPackagesList()) {
                    KeyPackage checked = devices.check(keyPackage.toByteArray());
                    identityKeys.add(devices.certificate(checked).identityKey());
                    builder.add(checked);
                }
                return Pins.admit(turn, HistoryBook.user(intent.getAdd()), identityKeys);
            }
            case REMOVE ->
                Rosters.of(group)
                        .devicesOf(HistoryBook.user(intent.getRemove()))
                        .forEach(member -> builder.remove(member.leafIndex()));
            case UPDATE, CHANGE_NOT_SET -> builder.update();
        }
        return Optional.empty();
    }

    /** The log shows the own commit. */
    void won(Turn turn, LiveChannel channel, OutgoingHead commit, long seq) {
        long intent = commit.intent;
        outgoing.remove(turn, channel, commit);
        if (channel.intents().containsKey(intent)) {
            intents.done(turn, channel, intent, seq);
        }
        channel.changes().lostEpoch = Optional.empty();
        channel.changes().notBeforeMillis = 0;
    }

    /** The log shows another commit of the same epoch: the own one can't be in it any more. The group has dropped it. */
    void overtaken(Turn turn, LiveChannel channel, OutgoingHead commit) {
        outgoing.remove(turn, channel, commit);
        intents.lost(
                turn,
                channel,
                commit.intent,
                new Refusal(RefusalCode.STALE_EPOCH, "other commits won every race; try again"),
                0);
        channel.changes().lostEpoch = Optional.empty();
    }

    /** The hub, or the own server, refused the own commit. */
    void rejected(Turn turn, LiveChannel channel, OwnIdentity own, LostCommit commit) {
        outgoing.remove(turn, channel, commit.head());
        if (!channel.hasGroup()) {
            return;
        }
        Group group = vault.group(turn, channel, own);
        group.clearPendingCommit();
        vault.save(turn, channel, group);
        channel.save(turn);
        if (commit.raceLost()) {
            channel.changes().lostEpoch = Optional.of(commit.head().epoch);
            intents.lost(turn, channel, commit.head().intent, commit.refusal(), 0);
        } else if (commit.refusal().code() == RefusalCode.LIMIT_REACHED) {
            intents.lost(turn, channel, commit.head().intent, commit.refusal(), Limits.COMMIT_RETRY_MILLIS);
        } else if (Intents.isOpen(channel, commit.head().intent)) {
            noteIfAnyIsRefused(channel, commit.head().intent, commit.head().epoch, commit.refusal());
            intents.settle(turn, channel, commit.head().intent, OptionalLong.empty(), Optional.of(commit.refusal()));
        }
    }

    /** Where not even a change of nothing but keys is taken, none is in that epoch. */
    private static void noteIfAnyIsRefused(LiveChannel channel, long number, long epoch, Refusal why) {
        if (Objects.requireNonNull(channel.intents().get(number)).hasUpdate()) {
            channel.changes().refusedEpoch = Optional.of(new RefusedEpoch(epoch, why));
        }
    }
}
