package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.Dispatch.LostCommit;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.wire.Refusal;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.Receipt;
import java.util.Optional;

/** Brings receipts, and errors that stand for them, to the channel and row that they are about. */
final class Answers {
    private final ChannelBook channels;
    private final Dispatch dispatch;
    private final OwnCommits commits;
    private final Returns returns;
    private final Founding founding;
    private final ReadingCredit reading;

    Answers(
            ChannelBook channels,
            Dispatch dispatch,
            OwnCommits commits,
            Returns returns,
            Founding founding,
            ReadingCredit reading) {
        this.channels = channels;
        this.dispatch = dispatch;
        this.commits = commits;
        this.returns = returns;
        this.founding = founding;
        this.reading = reading;
    }

    /** A receipt says itself what it is about, whether it answers or was pushed. */
    void receipt(Turn turn, OwnIdentity own, Receipt receipt) {
        // The frame's reader has checked the sizes of both.
        Optional<LiveChannel> found = channels.find(new ChannelId(Stored.bytes(receipt.getChannelId())));
        if (found.isEmpty()) {
            return;
        }
        LiveChannel channel = found.get();
        if (receipt.getIdempotencyKey().equals(channel.row().getFoundingKey())) {
            if (founding.answered(turn, channel, receipt)) {
                reading.followAnew();
            }
            return;
        }
        channel.outgoing(new IdempotencyKey(Stored.bytes(receipt.getIdempotencyKey())))
                .flatMap(head -> dispatch.receipt(turn, channel, head, receipt))
                .ifPresent(lost -> rejected(turn, channel, own, lost));
    }

    /** A Submit or QueryStatus was answered with an error. */
    void failed(Turn turn, OwnIdentity own, ChannelId id, long number, Refusal refusal) {
        channels.find(id).ifPresent(channel -> {
            OutgoingHead head = channel.outgoing().get(number);
            if (head != null) {
                Optional<LostCommit> lost = dispatch.failed(turn, channel, head, refusal);
                lost.ifPresent(commit -> rejected(turn, channel, own, commit));
            }
        });
    }

    private void rejected(Turn turn, LiveChannel channel, OwnIdentity own, LostCommit commit) {
        if (channel.is(Membership.RETURNING)) {
            returns.rejected(turn, channel, commit);
        } else {
            commits.rejected(turn, channel, own, commit);
        }
    }

    /** A Submit was answered with a receipt, which names what it is about if the request did. */
    void taken(Turn turn, OwnIdentity own, Pending.Submitted submitted, Receipt receipt) {
        if (isCurrent(submitted)) {
            channels.find(submitted.channel()).ifPresent(channel -> channel.submissions().numbersAgreed = true);
        }
        if (!receipt.getChannelId().isEmpty()) {
            receipt(turn, own, receipt);
            return;
        }
        receipt(
                turn,
                own,
                receipt.toBuilder()
                        .setChannelId(Stored.bytes(submitted.channel().bytes()))
                        .setIdempotencyKey(Stored.bytes(submitted.key().bytes()))
                        .build());
    }

    /** Whether an answer to a Submit still counts: the records were not numbered anew since. */
    boolean isCurrent(Pending.Submitted submitted) {
        return channels.find(submitted.channel())
                .filter(channel -> channel.submissions().numbering == submitted.numbering())
                .isPresent();
    }
}
