package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredIntent;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.mls.group.Group;
import chat.samara.wire.proto.ErrorCode;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Which changes wait, and how a person is rid of one: it is taken back as long as it is sure that the log will not show it. That is so while it has no
 * commit, or one that never left, or one of which the server has said each time that it has not taken it. What left without an answer may be in the log.
 */
final class TakingBack {
    private final GroupVault vault;
    private final Intents intents;
    private final OutgoingRows outgoing;

    TakingBack(GroupVault vault, Intents intents, OutgoingRows outgoing) {
        this.vault = vault;
        this.intents = intents;
        this.outgoing = outgoing;
    }

    /**
     * What is asked for again once the server has answered what is on its way to it.
     *
     * @param takesBack whether {@code change} is to be taken back; else it is wanted, and its opposite waits
     * @param awaitsKeys of an addition: whether it waits where its member has no KeyPackages now
     */
    record Asked(Change change, boolean takesBack, boolean awaitsKeys, long command) {}

    static List<WaitingChange> waiting(LiveChannel channel) {
        return channel.intents().entrySet().stream()
                .map(intent -> new WaitingChange(
                        Intents.changeOf(intent.getValue()),
                        Intents.isDone(intent.getValue())
                                || commitOf(channel, intent.getKey())
                                        .filter(commit -> !isHere(channel, commit))
                                        .isPresent(),
                        Optional.ofNullable(channel.changes().claims.get(intent.getKey()))
                                .flatMap(claim -> claim.failure)))
                .toList();
    }

    /** The number of the intent that wants this: of one that is not done, if there is one; empty if none does. */
    static OptionalLong find(LiveChannel channel, Change change) {
        return channel.intents().entrySet().stream()
                .filter(intent -> Intents.wants(intent.getValue(), change))
                .min(Comparator.comparing((Map.Entry<Long, StoredIntent> intent) -> Intents.isDone(intent.getValue()))
                        .thenComparing(Map.Entry::getKey))
                .map(intent -> OptionalLong.of(intent.getKey()))
                .orElseGet(OptionalLong::empty);
    }

    /** What is taken back where this is wanted; empty where nothing like that waits. */
    static Optional<Change> waitingOpposite(LiveChannel channel, Change change) {
        return opposite(change)
                .filter(it -> channel.intents().values().stream()
                        .anyMatch(intent -> !Intents.isDone(intent) && Intents.wants(intent, it)));
    }

    private static Optional<Change> opposite(Change change) {
        if (change instanceof Change.Add add) {
            return Optional.of(new Change.Remove(add.member()));
        }
        return change instanceof Change.Remove remove ? Optional.of(new Change.Add(remove.member())) : Optional.empty();
    }

    /** Whether it was to be asked for again only once the server has answered; then it is not any more. */
    static boolean takeBackAsked(Turn turn, LiveChannel channel, Change change) {
        List<Asked> asked = channel.changes().askedAgain.stream()
                .filter(it -> !it.takesBack() && it.change().equals(change))
                .toList();
        if (asked.isEmpty()) {
            return false;
        }
        channel.changes().askedAgain.removeAll(asked);
        asked.forEach(it -> turn.complete(it.command(), new Outcome.Refused(takenBack())));
        if (change instanceof Change.Remove remove) {
            AwaitedRemovals.takenBack(turn, channel, remove.member());
        }
        turn.touch(channel);
        return true;
    }

    /** What is asked for now counts, and no more that its opposite, or that it be taken back, was to be asked for again once the server has answered. */
    static void outdo(Turn turn, LiveChannel channel, Change change) {
        opposite(change).ifPresent(it -> takeBackAsked(turn, channel, it));
        List<Asked> outdone = channel.changes().askedAgain.stream()
                .filter(it -> it.takesBack() && it.change().equals(change))
                .toList();
        channel.changes().askedAgain.removeAll(outdone);
        outdone.forEach(it -> turn.complete(
                it.command(),
                new Outcome.Refused(
                        new Refusal(RefusalCode.DROPPED, "it was asked for again before it could be taken back"))));
    }

    private static Refusal takenBack() {
        return new Refusal(RefusalCode.DROPPED, "it was taken back before it was done");
    }

    /** How it ended; empty if it is on its way to the server, whose answer decides. */
    Optional<Outcome> takeBack(Turn turn, LiveChannel channel, OwnIdentity own, Change change) {
        OptionalLong found = find(channel, change);
        if (found.isEmpty()) {
            return refused(
                    RefusalCode.UNKNOWN_CHANGE,
                    "no such change waits in the channel: it was done, or refused, or never asked for");
        }
        long number = found.getAsLong();
        if (Intents.isDone(Objects.requireNonNull(channel.intents().get(number)))) {
            return refused(
                    RefusalCode.ALREADY_SENT,
                    "the server shows it in the log already; it cannot be taken back any more");
        }
        Optional<OutgoingHead> commit = commitOf(channel, number);
        if (commit.isPresent()) {
            if (commit.get().inFlight && commit.get().state == StoredOutgoingState.SEALED) {
                return Optional.empty();
            }
            if (mayBeTaken(channel, commit.get()) || !channel.is(Membership.MEMBER)) {
                return refused(
                        RefusalCode.ALREADY_SENT,
                        commit.get().state == StoredOutgoingState.AT_SERVER
                                ? "the server has it already; it cannot be taken back any more"
                                : "it was sent, and the server has it perhaps; it cannot be taken back any more");
            }
            drop(turn, channel, own, commit.get());
        }
        intents.settle(turn, channel, number, OptionalLong.empty(), Optional.of(takenBack()));
        if (change instanceof Change.Remove remove) {
            AwaitedRemovals.takenBack(turn, channel, remove.member());
        }
        return Optional.of(new Outcome.Done());
    }

    /** A commit that the log will not show is as if it had never been made. */
    void drop(Turn turn, LiveChannel channel, OwnIdentity own, OutgoingHead commit) {
        outgoing.remove(turn, channel, commit);
        Group group = vault.group(turn, channel, own);
        group.clearPendingCommit();
        vault.save(turn, channel, group);
        channel.save(turn);
    }

    /** Whether it is sure that the log will not show it if it is dropped now. */
    static boolean isHere(LiveChannel channel, OutgoingHead commit) {
        return !commit.inFlight && !mayBeTaken(channel, commit);
    }

    private static Optional<Outcome> refused(RefusalCode code, String sentence) {
        return Optional.of(new Outcome.Refused(new Refusal(code, sentence)));
    }

    private static Optional<OutgoingHead> commitOf(LiveChannel channel, long intent) {
        return channel.queue().commit().filter(commit -> commit.intents.contains(intent));
    }

    private static boolean mayBeTaken(LiveChannel channel, OutgoingHead commit) {
        StoredIntent intent = intentOf(channel, commit);
        return commit.state != StoredOutgoingState.SEALED || intent == null || !intent.getCommitIsHere();
    }

    /** A row is about to be handed over. If it is a commit, it may be in the log from now on, until the server says that it is not. */
    static void leaves(Turn turn, LiveChannel channel, OutgoingHead head) {
        StoredIntent intent = intentOf(channel, head);
        if (intent != null) {
            head.leftBefore = !intent.getCommitIsHere();
            if (intent.getCommitIsHere()) {
                Intents.write(
                        turn,
                        channel,
                        head.intent,
                        intent.toBuilder().clearCommitIsHere().build());
            }
        }
    }

    /**
     * The server has answered that it has stored nothing. Of what left before and had no answer that says something only where it looks at what it has
     * before it says so, and has not lost any of it.
     */
    static void notTaken(Turn turn, LiveChannel channel, OutgoingHead head, ErrorCode code) {
        StoredIntent intent = intentOf(channel, head);
        boolean ofAll = code == ErrorCode.DISK_FULL || code == ErrorCode.LIMIT_REACHED;
        if (intent != null && head.state == StoredOutgoingState.SEALED && (ofAll || !head.leftBefore)) {
            Intents.write(
                    turn,
                    channel,
                    head.intent,
                    intent.toBuilder().setCommitIsHere(true).build());
        }
    }

    /** Of several, the first says of all where their commit is. */
    private static @Nullable StoredIntent intentOf(LiveChannel channel, OutgoingHead head) {
        return head.kind == StoredOutgoingKind.COMMIT ? channel.intents().get(head.intent) : null;
    }
}
