package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.device.LiveChannel.SubmissionState;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.wire.frame.TerseSubmit;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.QueryStatus;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/**
 * Hands over to the own server what waits in OUTGOING, in order, and takes its receipts: stored there, ordered by the hub, sent back to be
 * sealed again, or refused for good. Numbers submissions for the session, and pauses where the server takes nothing.
 */
final class Dispatch {
    private static final int RETRY_ATTEMPT_MAX = 8;

    private final EngineConfig config;
    private final Jitter jitter;
    private final Link link;
    private final OutgoingRows outgoing;
    private final OutgoingSealer sealer;
    private final TerseFrames terse;

    Dispatch(
            EngineConfig config,
            Jitter jitter,
            Link link,
            OutgoingRows outgoing,
            OutgoingSealer sealer,
            TerseFrames terse) {
        this.terse = terse;
        this.config = config;
        this.jitter = jitter;
        this.link = link;
        this.outgoing = outgoing;
        this.sealer = sealer;
    }

    /** Seals what can be sealed and submits what can be submitted, in order. */
    void pump(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (!own.isSound()) {
            return;
        }
        SubmissionState submissions = channel.submissions();
        if (!link.isOnline() || turn.monotonicMillis() < submissions.pausedUntilMillis) {
            return;
        }
        submissions.waitsUntilMillis = 0;
        OutgoingSealer.Sealed sealed = sealer.sealWhatCanBe(turn, channel, own);
        sealed.awaitsRemoval().ifPresent(awaited -> AwaitedRemovals.tell(turn, channel, awaited));
        Predicate<OutgoingHead> mayGo = head ->
                mayBeSaid(channel, head) && (head.number < sealed.before() || head.kind == StoredOutgoingKind.COMMIT);
        for (OutgoingHead head : channel.queue()
                .ready(sealed.awaitsEpoch() ? Long.MAX_VALUE : sealed.before(), submissions.room(), mayGo)) {
            if (head.state == StoredOutgoingState.AT_SERVER) {
                ask(turn, channel, head);
            } else {
                submit(turn, channel, head);
            }
        }
    }

    /** Of a device that returns, nothing is handed over but the commit by which it does. */
    private static boolean mayBeSaid(LiveChannel channel, OutgoingHead head) {
        return head.state == StoredOutgoingState.AT_SERVER
                || channel.is(Membership.MEMBER)
                || (channel.is(Membership.RETURNING) && head.kind == StoredOutgoingKind.COMMIT);
    }

    /** When {@link #pump} has something to do again; empty if only events can tell. */
    Optional<Long> nextMillis(LiveChannel channel) {
        SubmissionState submissions = channel.submissions();
        return LongStream.of(
                        submissions.pausedUntilMillis,
                        submissions.waitsUntilMillis,
                        AwaitedRemovals.nextMillis(channel))
                .filter(at -> at > 0 && link.isOnline())
                .boxed()
                .min(Long::compare);
    }

    void resume(Turn turn, LiveChannel channel) {
        SubmissionState submissions = channel.submissions();
        if (submissions.pausedUntilMillis > 0 && turn.monotonicMillis() >= submissions.pausedUntilMillis) {
            submissions.pausedUntilMillis = 0;
            turn.touch(channel);
        }
        if (submissions.waitsUntilMillis > 0 && turn.monotonicMillis() >= submissions.waitsUntilMillis) {
            submissions.waitsUntilMillis = 0;
            turn.touch(channel);
        }
        long tellMillis = AwaitedRemovals.nextMillis(channel);
        if (tellMillis > 0 && link.isOnline() && turn.monotonicMillis() >= tellMillis) {
            turn.touch(channel);
        }
    }

    private void submit(Turn turn, LiveChannel channel, OutgoingHead head) {
        StoredOutgoing row = OutgoingRows.row(turn.store(), channel, head);
        SubmissionState submissions = channel.submissions();
        long deviceSeq = submissions.nextDeviceSeq++;
        // One that does not count yet begins when it is told how far its server has come, or it would seem to be behind
        // that.
        Optional<OwnCount> next = OwnCount.of(channel.row()).map(OwnCount::withNext);
        if (next.isPresent() && next.get().all() == deviceSeq) {
            // Durable before it leaves: a server that has counted further than this knows more of this device than it
            // does. A number that is further ahead is the server's word, and no true count comes to it; would it be
            // noted here, one false number would outdo every true count there will be.
            next.get().keep(channel.row());
            channel.save(turn);
        }
        Submit submit = Submit.newBuilder()
                .setChannelId(Stored.bytes(channel.id().bytes()))
                .setKind(head.kind == StoredOutgoingKind.COMMIT ? RecordKind.COMMIT : RecordKind.APPLICATION)
                .setEpoch(row.getEpoch())
                .setIdempotencyKey(row.getIdempotencyKey())
                .setPayload(row.getPayload())
                .setDeviceSeq(deviceSeq)
                .build();
        TakingBack.leaves(turn, channel, head);
        channel.launched(head);
        link.request(
                turn,
                ClientFrame.newBuilder().setSubmit(terse.isNamedByStart(channel) ? TerseSubmit.of(submit) : submit),
                new Pending.Submitted(channel.id(), head.number, head.key, submissions.numbering));
    }

    private void ask(Turn turn, LiveChannel channel, OutgoingHead head) {
        channel.launched(head);
        link.request(
                turn,
                ClientFrame.newBuilder()
                        .setQueryStatus(QueryStatus.newBuilder()
                                .setChannelId(Stored.bytes(channel.id().bytes()))
                                .setIdempotencyKey(Stored.bytes(head.key.bytes()))),
                new Pending.Queried(channel.id(), head.number));
    }

    /**
     * A receipt, as an answer or pushed. Returns a refused or lost commit for whoever carries out its intent.
     */
    Optional<LostCommit> receipt(Turn turn, LiveChannel channel, OutgoingHead head, Receipt receipt) {
        channel.landed(head);
        channel.submissions().failures = 0;
        channel.submissions().heardMillis = turn.monotonicMillis();
        if (head.state != StoredOutgoingState.AT_SERVER || !isHeldByLimit(channel)) {
            // How far one has come that it took before does not say that it takes another.
            released(turn, channel);
        }
        if (receipt.getStatus() != ReceiptStatus.UNKNOWN) {
            unordered(
                    turn,
                    channel,
                    receipt.hasUnordered()
                            ? Optional.of(Refusal.of(chat.samara.wire.Refusal.of(receipt.getUnordered())))
                            : Optional.empty());
        }
        turn.touch(channel);
        head.ordered = receipt.getStatus() == ReceiptStatus.ORDERED || receipt.getStatus() == ReceiptStatus.STABLE;
        channel.queue().changed(head);
        if (!wasSubmitted(head)) {
            // Of what is not at the server nothing that it says is true.
            return Optional.empty();
        }
        switch (receipt.getStatus()) {
            case STORED -> outgoing.setAtServer(turn, channel, head);
            case ORDERED, STABLE -> {
                if (isReadNoFurther(channel) && head.kind == StoredOutgoingKind.MESSAGE) {
                    // What was in the log as far as it was read is not here any more, and that it came behind that is
                    // the server's word alone. If this device is added again and reads it there after all, it is.
                    outgoing.refuseUnread(turn, channel, head);
                } else {
                    outgoing.setAtServer(turn, channel, head);
                }
            }
            case UNKNOWN -> {
                if (isReadNoFurther(channel)) {
                    outgoing.refuseUnread(turn, channel, head);
                } else if (head.state == StoredOutgoingState.AT_SERVER) {
                    // The server was restored from a backup: hand it over again.
                    OutgoingRows.write(
                            turn,
                            channel,
                            head,
                            OutgoingRows.row(turn.store(), channel, head).toBuilder()
                                    .setState(StoredOutgoingState.SEALED)
                                    .build());
                }
            }
            case REJECTED -> {
                return rejected(turn, channel, head, chat.samara.wire.Refusal.of(receipt.getError()));
            }
            case RECEIPT_STATUS_UNSPECIFIED, UNRECOGNIZED -> {
                // The frame's reader refuses these.
            }
        }
        return Optional.empty();
    }

    /** Whether the log will show no own message any more: this device was removed, or the log is frozen. */
    private static boolean isReadNoFurther(LiveChannel channel) {
        return !channel.hasGroup();
    }

    private static boolean wasSubmitted(OutgoingHead head) {
        return head.state == StoredOutgoingState.SEALED || head.state == StoredOutgoingState.AT_SERVER;
    }

    /** An own commit that will not be in the log. */
    record LostCommit(OutgoingHead head, Refusal refusal, boolean raceLost) {}

    private Optional<LostCommit> rejected(
            Turn turn, LiveChannel channel, OutgoingHead head, chat.samara.wire.Refusal refusal) {
        boolean outdated = refusal.code() == ErrorCode.EPOCH_EXPIRED || refusal.code() == ErrorCode.STALE_EPOCH;
        if (head.kind == StoredOutgoingKind.COMMIT) {
            return Optional.of(new LostCommit(head, Refusal.of(refusal), outdated));
        }
        if (isReadNoFurther(channel)) {
            outgoing.refuseUnread(turn, channel, head);
            return Optional.empty();
        }
        StoredOutgoing row = OutgoingRows.row(turn.store(), channel, head);
        if (outdated && row.getRenewals() < Limits.RENEWALS_MAX) {
            head.expired = true;
            OutgoingRows.write(
                    turn,
                    channel,
                    head,
                    row.toBuilder()
                            .setState(StoredOutgoingState.COMPOSED)
                            .clearPayload()
                            .setRenewals(row.getRenewals() + 1)
                            .build());
        } else {
            outgoing.refuse(turn, channel, head, RefusalCause.of(refusal));
        }
        return Optional.empty();
    }

    /** A Submit or QueryStatus of the present numbering was answered with an error: nothing was stored. */
    Optional<LostCommit> failed(Turn turn, LiveChannel channel, OutgoingHead head, chat.samara.wire.Refusal refusal) {
        channel.landed(head);
        TakingBack.notTaken(turn, channel, head, refusal.code());
        SubmissionState submissions = channel.submissions();
        submissions.heardMillis = turn.monotonicMillis();
        turn.touch(channel);
        switch (refusal.code()) {
            case GAP -> {
                renumber(channel, refusal.expected());
                pauseIfRepeated(turn, submissions);
            }
            case TOO_LARGE, MALFORMED, UNSUPPORTED, INVALID_HANDSHAKE, STALE_EPOCH, EPOCH_EXPIRED -> {
                // It consumed no number, so what was numbered behind it comes back as a GAP and is numbered afresh.
                return wasSubmitted(head) ? rejected(turn, channel, head, refusal) : Optional.empty();
            }
            default -> {
                submissions.failures++;
                held(turn, channel, refusal);
                pause(turn, submissions, refusal.retryAfterMillis());
            }
        }
        return Optional.empty();
    }

    /** The person is told what keeps the messages here, once; but not of what passes in a moment. */
    static void held(Turn turn, LiveChannel channel, chat.samara.wire.Refusal refusal) {
        switch (refusal.code()) {
            case SHUTTING_DOWN, HUB_ASKING -> {}
            case LIMIT_REACHED -> {
                if (refusal.retryAfterMillis() > Limits.HOLD_UNTOLD_MILLIS_MAX) {
                    hold(turn, channel, Refusal.of(refusal), OptionalLong.of(refusal.retryAfterMillis()));
                }
            }
            case UNKNOWN_CHANNEL -> hold(turn, channel, Refusals.channelUnknownToServer());
            default -> hold(turn, channel, Refusal.of(refusal));
        }
    }

    /** The person is told what keeps the messages here, once. */
    static void hold(Turn turn, LiveChannel channel, Refusal refusal) {
        hold(turn, channel, refusal, OptionalLong.empty());
    }

    /** The same reason is not told again because it ends sooner by now; but whoever looks reads when it ends as said last. */
    private static void hold(Turn turn, LiveChannel channel, Refusal reason, OptionalLong retryAfterMillis) {
        SubmissionState submissions = channel.submissions();
        Refusal why = retryAfterMillis.isPresent()
                ? new Refusal(
                        reason.code(),
                        reason.sentence() + " (it goes on by itself, in "
                                + WaitingTime.words(retryAfterMillis.getAsLong()) + ")")
                : reason;
        boolean isNews = submissions.heldBy.isEmpty() || !submissions.holdingReason.equals(Optional.of(reason));
        submissions.heldBy = Optional.of(why);
        submissions.holdingReason = Optional.of(reason);
        if (isNews) {
            turn.tell(new ClientEvent.SendingHeld(channel.id(), Optional.of(why), retryAfterMillis));
        }
    }

    private static boolean isHeldByLimit(LiveChannel channel) {
        return channel.submissions()
                .heldBy
                .filter(why -> why.code() == RefusalCode.LIMIT_REACHED)
                .isPresent();
    }

    /** The server takes messages again, or there is another session, which begins anew. */
    static void released(Turn turn, LiveChannel channel) {
        if (channel.submissions().heldBy.isPresent()) {
            channel.submissions().heldBy = Optional.empty();
            turn.tell(new ClientEvent.SendingHeld(channel.id(), Optional.empty()));
        }
    }

    /** The server does again what it does not while its disk is full; any other reason for which it takes no messages is not over by that. */
    static void diskHasRoom(Turn turn, LiveChannel channel) {
        boolean heldByDisk = channel.submissions()
                .heldBy
                .filter(why -> why.code() == RefusalCode.SERVER_DISK_FULL)
                .isPresent();
        if (heldByDisk) {
            released(turn, channel);
        }
    }

    /** The person is told why the hub orders nothing of what the server has, once, and that it does again. */
    static void unordered(Turn turn, LiveChannel channel, Optional<Refusal> why) {
        if (!channel.submissions().unorderedBy.equals(why)) {
            channel.submissions().unorderedBy = why;
            turn.tell(new ClientEvent.OrderingHeld(channel.id(), why));
        }
    }

    private static void renumber(LiveChannel channel, long nextDeviceSeq) {
        SubmissionState submissions = channel.submissions();
        submissions.numbering++;
        submissions.numbersAgreed = false;
        submissions.nextDeviceSeq = Math.max(1, nextDeviceSeq);
        for (OutgoingHead head : channel.queue().inFlight()) {
            if (head.state == StoredOutgoingState.SEALED) {
                channel.landed(head);
            }
        }
    }

    private void pauseIfRepeated(Turn turn, SubmissionState submissions) {
        // One renumbering is normal; a second one without any receipt in between means that the two sides disagree.
        if (++submissions.failures > 1) {
            pause(turn, submissions, 0);
        }
    }

    private void pause(Turn turn, SubmissionState submissions, long wantedMillis) {
        long backOff = jitter.backOffMillis(
                Math.min(submissions.failures, RETRY_ATTEMPT_MAX), config.retryMillisMin(), config.retryMillisMax());
        submissions.pausedUntilMillis =
                turn.monotonicMillis() + Math.max(backOff, Math.min(wantedMillis, config.retryMillisMax()));
    }
}
