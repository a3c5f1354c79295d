package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.device.LiveChannel.RefusedEpoch;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredIntent;
import chat.samara.mls.group.Group;
import chat.samara.wire.channel.ObservedChannel;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.UserId;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What this device wants to change in a channel: rows of INTENT, carried out in turn, many of one kind by one commit; what needs no claim, or has its
 * KeyPackages, passes additions that wait for theirs, so that a server that is away holds up only those whom it keeps. Durable is the intent, not only its
 * commit: if another commit wins, the winner is applied, the intent is looked at again, and if it still makes sense a new commit is built for the
 * new epoch, after a jittered wait, so many times at most.
 */
final class Changes {
    private final Link link;
    private final GroupVault vault;
    private final Intents intents;
    private final Observers observers;
    private final ChangeOrder order;
    private final FulfilledChanges fulfilled;
    private final DueClaims claims;
    private final OwnCommits commits;
    private final TakingBack takingBack;

    /** Of the channel that was asked about last: to ask for a thousand members takes one look at those who are there. */
    private Optional<Seen> lastSeen = Optional.empty();

    /**
     * Who is in a channel by its log.
     *
     * @param withTwoKeys the first member that stands there with different identity keys
     */
    private record Seen(ObservedChannel observed, long epoch, Roster roster, Optional<UserId> withTwoKeys) {}

    Changes(
            EngineConfig config,
            Link link,
            GroupVault vault,
            Intents intents,
            Claims claims,
            OutgoingRows outgoing,
            Observers observers,
            FulfilledChanges fulfilled,
            OwnCommits commits) {
        this.link = link;
        this.vault = vault;
        this.intents = intents;
        this.observers = observers;
        this.order = new ChangeOrder(config);
        this.fulfilled = fulfilled;
        this.claims = new DueClaims(claims, fulfilled);
        this.commits = commits;
        this.takingBack = new TakingBack(vault, intents, outgoing);
    }

    /** Takes a new intent, or refuses it at once where it makes no sense now. What waits already is not asked for twice. */
    void ask(Turn turn, LiveChannel channel, OwnIdentity own, Change change, long command) {
        ask(turn, channel, own, new TakingBack.Asked(change, false, false, command));
    }

    /** As {@link #ask}, of many who are to be added: whoever has no KeyPackages now is waited for. */
    void askForAll(Turn turn, LiveChannel channel, OwnIdentity own, List<DeviceEvent.OneOfMany> additions) {
        additions.forEach(addition -> ask(
                turn,
                channel,
                own,
                new TakingBack.Asked(new Change.Add(addition.member()), false, true, addition.command())));
    }

    private void ask(Turn turn, LiveChannel channel, OwnIdentity own, TakingBack.Asked asked) {
        Change change = asked.change();
        long command = asked.command();
        TakingBack.outdo(turn, channel, change);
        Optional<Change> opposite = TakingBack.waitingOpposite(channel, change);
        if (opposite.isPresent()) {
            Optional<Outcome> ended = takingBack.takeBack(turn, channel, own, opposite.get());
            if (ended.isEmpty()) {
                channel.changes().askedAgain.add(asked);
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
        intents.add(turn, channel, change, asked.awaitsKeys(), command);
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
            channel.changes().askedAgain.add(new TakingBack.Asked(change, true, false, command));
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
                ask(turn, channel, own, asked);
            }
        }
    }

    private Optional<Refusal> refusalNow(Turn turn, LiveChannel channel, OwnIdentity own, Change change) {
        if (!channel.hasGroup()) {
            return Optional.of(Refusals.notAMember(channel));
        }
        long alike = channel.intents().values().stream()
                .filter(intent -> Intents.isOfKind(intent, change))
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
                ? refusalToAdd(seen(turn, channel, own), add.member())
                : Optional.empty();
    }

    private static Optional<Refusal> refusalToAdd(Seen seen, UserId member) {
        if (seen.roster().hasUser(member)) {
            return Optional.of(
                    new Refusal(RefusalCode.ALREADY_A_MEMBER, member + " is a member of the channel already"));
        }
        return seen.withTwoKeys()
                .map(twice -> new Refusal(
                        RefusalCode.IDENTITY_KEYS_DIFFER,
                        twice + " stands in the channel with different identity keys, and " + member
                                + " could not join while they do; remove " + twice
                                + " first, and add them anew when you know which key is theirs"));
    }

    /** Who is in the channel by its log, also while this device's group is behind that. */
    private Roster roster(Turn turn, LiveChannel channel, OwnIdentity own) {
        return seen(turn, channel, own).roster();
    }

    private Seen seen(Turn turn, LiveChannel channel, OwnIdentity own) {
        ObservedChannel observed = observers.of(turn, channel, own);
        if (lastSeen.filter(it -> it.observed() == observed && it.epoch() == observed.epoch())
                .isEmpty()) {
            lastSeen = Optional.of(new Seen(
                    observed,
                    observed.epoch(),
                    Rosters.of(observed.group()),
                    Rosters.withTwoKeys(observed.group().members())));
        }
        return lastSeen.orElseThrow();
    }

    /** Claims what additions need, and commits the next changes that can be, if there is something to do now. */
    void step(Turn turn, LiveChannel channel, OwnIdentity own) {
        intents.settleVouched(turn, channel);
        askAgain(turn, channel, own);
        if (!own.isSound() || !mayCommit(channel)) {
            return;
        }
        makeWay(turn, channel, own);
        if (OwnCommits.underWay(channel).isPresent()) {
            return;
        }
        fulfilled.settleOnceAnEpoch(turn, channel, own);
        claims.claimWhatIsDue(turn, channel, own);
        NavigableMap<Long, StoredIntent> next = order.next(turn, channel);
        if (next.isEmpty()) {
            beginEpochForWhatWaits(turn, channel, own);
            return;
        }
        Roster roster = fulfilled.roster(turn, channel, own);
        List.copyOf(next.entrySet()).forEach(intent -> {
            if (fulfilled.settleIf(turn, channel, roster, intent.getKey(), intent.getValue())) {
                next.remove(intent.getKey());
            }
        });
        if (!next.isEmpty()) {
            commits.commit(turn, channel, own, next);
        }
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
        boolean removalWaits = order.removalMillis(channel)
                .filter(at -> turn.monotonicMillis() >= at)
                .isPresent();
        if (removalWaits
                || ChangeOrder.isSaidBefore(channel, addition.get().intents.last())) {
            takingBack.drop(turn, channel, own, addition.get());
            if (removalWaits) {
                // What the server did not take was the addition.
                channel.submissions().pausedUntilMillis = 0;
            }
        }
    }

    /** The commit of an addition that can be dropped: it is sure that the log will not show it. */
    private static Optional<OutgoingHead> additionHere(LiveChannel channel) {
        return OwnCommits.underWay(channel)
                .filter(commit -> TakingBack.isHere(channel, commit))
                .filter(commit -> Objects.requireNonNull(channel.intents().get(commit.intent))
                        .hasAdd());
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
        } else if (refused.isEmpty()
                && (additionWaits || group.hasPendingProposals())
                && !ChangeOrder.beginsEpoch(turn, channel)) {
            intents.addUpdate(turn, channel);
        }
    }

    /** When {@link #step} has something to do again; empty if only events can tell. */
    Optional<Long> nextMillis(LiveChannel channel) {
        if (channel.intents().isEmpty() || !mayCommit(channel)) {
            return Optional.empty();
        }
        if (OwnCommits.underWay(channel).isPresent()) {
            return additionHere(channel).isPresent() ? order.removalMillis(channel) : Optional.empty();
        }
        return Stream.of(order.nextMillis(channel), DueClaims.nextMillis(channel))
                .flatMap(Optional::stream)
                .min(Long::compare);
    }

    /** As with messages: nothing is sealed before the hub's word for the log as it is read here has come. */
    boolean mayCommit(LiveChannel channel) {
        return channel.is(Membership.MEMBER) && link.isOnline() && channel.reading().caughtUp && channel.isVouched();
    }
}
