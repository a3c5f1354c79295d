package chat.samara.client.device;

import chat.samara.client.channel.MessageState;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.device.LiveChannel.SubmissionState;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredIntent;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.UserId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * What a person says after they have asked for the removal of a member is not for that member. A message keeps the names of those whose removal had been
 * asked for and was not done when it was said, and is encrypted in no group that has one of them: as long as the removal waits, it waits. If the removal is
 * refused, or somebody has added the member again, the message is refused, and is the person's to say again. It is freed by the person alone, who takes the
 * removal back, or sends that message all the same.
 */
final class AwaitedRemovals {
    /** How long a message waits before the person is told: longer than a removal takes that nothing is in the way of, milliseconds. */
    static final long UNTOLD_MILLIS_MAX = 2_000;

    private AwaitedRemovals() {}

    /** Those whose removal was asked for and is not done, in the order of asking. */
    static List<UserId> of(LiveChannel channel) {
        return Stream.concat(
                        channel.intents().values().stream()
                                .filter(StoredIntent::hasRemove)
                                .map(Intents::changeOf),
                        channel.changes().askedAgain.stream()
                                .filter(asked -> !asked.takesBack())
                                .map(TakingBack.Asked::change))
                .filter(Change.Remove.class::isInstance)
                .map(change -> ((Change.Remove) change).member())
                .distinct()
                .toList();
    }

    /** What is said now is not for them. */
    static StoredOutgoing.Builder keep(LiveChannel channel, StoredOutgoing.Builder row) {
        row.clearNotFor();
        of(channel).forEach(member -> row.addNotFor(member.toString()));
        return row;
    }

    /** Those in the group who would read it, though it is not for them. */
    static List<UserId> readers(OutgoingHead head, Roster group) {
        return head.notFor.stream().filter(group::hasUser).toList();
    }

    /** The first of them whom nobody is about to remove; empty if it waits for all of them to be removed. */
    static Optional<UserId> whoStays(LiveChannel channel, List<UserId> readers) {
        List<UserId> leaving = of(channel);
        return readers.stream().filter(member -> !leaving.contains(member)).findFirst();
    }

    /** Why it waits on this device; empty if no removal is the reason. */
    static Optional<Refusal> why(LiveChannel channel, OutgoingHead head) {
        List<UserId> awaited = head.notFor.isEmpty()
                ? List.of()
                : of(channel).stream().filter(head.notFor::contains).toList();
        return awaited.isEmpty() ? Optional.empty() : Optional.of(why(awaited));
    }

    /** For whoever waits for such a message. */
    static Refusal why(List<UserId> awaited) {
        return new Refusal(
                RefusalCode.REMOVAL_NOT_DONE,
                "it was said after you asked to remove " + awaited.get(0)
                        + (awaited.size() > 1 ? " and " + (awaited.size() - 1) + " more" : "")
                        + ", and waits until that is done, since they would read it; it is sent before that only if you take the"
                        + " removal back, or send it all the same");
    }

    /** The person wants the member to stay: what was said is for them, too. */
    static void takenBack(Turn turn, LiveChannel channel, UserId member) {
        for (OutgoingHead head : List.copyOf(channel.outgoing().values())) {
            if (head.notFor.contains(member)) {
                StoredOutgoing row = OutgoingRows.row(turn.store(), channel, head);
                StoredOutgoing.Builder freed = row.toBuilder().clearNotFor();
                row.getNotForList().stream()
                        .filter(name -> !name.equals(member.toString()))
                        .forEach(freed::addNotFor);
                OutgoingRows.write(turn, channel, head, freed.build());
            }
        }
    }

    /** Whether a person can have it sent before the removal is done. */
    static boolean isHeld(LiveChannel channel, OutgoingHead head) {
        return head.kind == StoredOutgoingKind.MESSAGE
                && OutgoingRows.stateOf(head.state) == MessageState.QUEUED
                && why(channel, head).isPresent();
    }

    /** The person has it sent, whoever reads it. */
    static void sendAllTheSame(Turn turn, LiveChannel channel, OutgoingHead head) {
        OutgoingRows.write(
                turn,
                channel,
                head,
                OutgoingRows.row(turn.store(), channel, head).toBuilder()
                        .clearNotFor()
                        .build());
    }

    /** The person is told whose removal keeps the messages here if that lasts, once, and when it does so no more. */
    static void tell(Turn turn, LiveChannel channel, List<UserId> awaited) {
        SubmissionState submissions = channel.submissions();
        if (awaited.isEmpty()) {
            submissions.awaitsRemovalSinceMillis = OptionalLong.empty();
        } else if (submissions.awaitsRemovalSinceMillis.isEmpty()) {
            submissions.awaitsRemovalSinceMillis = OptionalLong.of(turn.monotonicMillis());
        }
        boolean lasts = submissions.awaitsRemovalSinceMillis.isPresent()
                && turn.monotonicMillis() >= submissions.awaitsRemovalSinceMillis.getAsLong() + UNTOLD_MILLIS_MAX;
        if ((awaited.isEmpty() || lasts) && !submissions.awaitedRemovals.equals(awaited)) {
            submissions.awaitedRemovals = awaited;
            turn.tell(new ClientEvent.SendingAwaitsRemoval(channel.id(), awaited));
        }
    }

    /** When {@link #tell} has something to say; 0 if only events can tell. */
    static long nextMillis(LiveChannel channel) {
        SubmissionState submissions = channel.submissions();
        return submissions.awaitedRemovals.isEmpty() && submissions.awaitsRemovalSinceMillis.isPresent()
                ? submissions.awaitsRemovalSinceMillis.getAsLong() + UNTOLD_MILLIS_MAX
                : 0;
    }
}
