package chat.samara.server.core.channel.submit;

import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.channel.follower.Follower;
import chat.samara.server.core.channel.hub.HubIntake;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.outbox.OutboxTable.Place;
import chat.samara.server.core.channel.outbox.Rejections;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.HubDecision;
import chat.samara.wire.proto.RecordReceipt;
import java.util.EnumSet;
import java.util.Set;

/**
 * What the hub says of the outbox's records. That one was ordered is only a hint to pull: the device is told when the entry is in
 * the verified log here. That one was rejected for good is told at once, so that its device can make another.
 */
public final class Receipts {
    /** What a hub of an older version, which does not say whether it has decided, says of a record that it has decided about. */
    private static final Set<ErrorCode> FINAL_OF_OLDER_HUBS = EnumSet.of(
            ErrorCode.STALE_EPOCH,
            ErrorCode.EPOCH_EXPIRED,
            ErrorCode.NOT_A_MEMBER,
            ErrorCode.INVALID_HANDSHAKE,
            ErrorCode.MALFORMED,
            ErrorCode.TOO_LARGE,
            ErrorCode.LIMIT_REACHED,
            ErrorCode.UNSUPPORTED,
            ErrorCode.NOT_A_PEER,
            ErrorCode.UNKNOWN_MEMBER);

    private final Channels channels;
    private final Outbox outbox;
    private final Follower follower;
    private final Rejections rejections;
    private final Standstill standstill;
    private final RefusedByHubs refused;
    private final LongWork longWork;

    public Receipts(
            Channels channels,
            Outbox outbox,
            Follower follower,
            Rejections rejections,
            Standstill standstill,
            RefusedByHubs refused,
            LongWork longWork) {
        this.longWork = longWork;
        this.refused = refused;
        this.channels = channels;
        this.outbox = outbox;
        this.follower = follower;
        this.rejections = rejections;
        this.standstill = standstill;
    }

    /** A receipt came from a hub. */
    public void received(ServerName hub, RecordReceipt receipt) {
        ChannelId id = new ChannelId(Protobuf.toBytes(receipt.getChannelId()));
        channels.find(id).filter(it -> it.hub().equals(hub)).ifPresent(it -> received(it, receipt));
    }

    private void received(Channel channel, RecordReceipt receipt) {
        Place place = new Place(receipt.getOriginIncarnation(), receipt.getOriginSeq());
        if (!outbox.has(channel.id(), place)) {
            return;
        }
        if (!receipt.hasError()) {
            standstill.isOver(channel.id());
            outbox.orderedThrough(channel, place);
            follower.hint(channel.hub(), channel.id(), receipt.getSeq());
            return;
        }
        Refusal why = Refusal.of(receipt.getError());
        if (isForGood(receipt.getDecision(), why)) {
            standstill.isOver(channel.id());
            outbox.find(channel.id(), place).ifPresent(record -> refused.refused(channel, record, why));
            rejections.reject(channel, place, why);
        } else if (why.code() == ErrorCode.GAP && why.expected() > 0 && why.expected() < place.originSeq()) {
            missing(channel, new Place(place.incarnation(), why.expected()));
        } else if (why.code() == ErrorCode.IDEMPOTENCY_CONFLICT && why.detail().equals(HubIntake.NUMBER_REUSED)) {
            renumber(channel, place);
        } else {
            // Not for ever: the outbox tries again after a while.
            outbox.notTaken(channel);
            standstill.notTaken(channel.id(), why);
        }
    }

    private static boolean isForGood(HubDecision decision, Refusal why) {
        return switch (decision) {
            case DECIDED_FOR_GOOD -> true;
            case NOT_TAKEN -> false;
            case HUB_DECISION_UNSPECIFIED, UNRECOGNIZED -> FINAL_OF_OLDER_HUBS.contains(why.code());
        };
    }

    /**
     * The hub wants a record first. If it is still here, it was lost on the way. If not, the hub had it before and has forgotten it,
     * since it was restored from a backup: what waits would wait for ever, so it gets numbers that lead on from nothing.
     */
    private void missing(Channel channel, Place expected) {
        if (outbox.has(channel.id(), expected)) {
            outbox.lacks(channel, expected);
        } else {
            renumber(channel, expected);
        }
    }

    /** All that waits is written anew: of one channel a turn, and not for the same reason twice. */
    private void renumber(Channel channel, Place from) {
        ServerName hub = channel.hub();
        ChannelId id = channel.id();
        longWork.later(
                hub,
                id,
                () -> channels.find(id)
                        .filter(it -> it.hub().equals(hub) && outbox.hub(id).isPresent())
                        .ifPresent(it -> {
                            outbox.renumberForHub(it, from);
                            channels.save(it);
                        }));
    }
}
