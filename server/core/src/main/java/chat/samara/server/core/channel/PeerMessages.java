package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.InOrder;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.channel.follower.Follower;
import chat.samara.server.core.channel.follower.GivingBack;
import chat.samara.server.core.channel.provisional.Provisionals;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.submit.Receipts;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.FollowerState;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.Pull;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SharedChannels;
import com.google.protobuf.MessageLite;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What peers say and ask about channels, each as the message of that name in {@code samara.v1}, or what was read of it. */
public final class PeerMessages {
    private static final Logger LOG = LoggerFactory.getLogger(PeerMessages.class);

    private final Channels channels;
    private final AsHub asHub;
    private final Follower follower;
    private final Receipts receipts;
    private final GivingBack givingBack;
    private final Provisionals provisionals;
    private final InOrder<LongWork.Budget> shared;
    private final InOrder<LongWork.Budget> answers;

    /** Peers that have named more at once than waits for its turn, so that when they are done that is not all. */
    private final Set<ServerName> notAllHeard = new TreeSet<>();

    PeerMessages(
            LongWork longWork,
            Channels channels,
            AsHub asHub,
            Follower follower,
            Receipts receipts,
            GivingBack givingBack,
            Provisionals provisionals) {
        this.channels = channels;
        this.asHub = asHub;
        this.follower = follower;
        this.receipts = receipts;
        this.givingBack = givingBack;
        this.provisionals = provisionals;
        this.shared = InOrder.ofParts(longWork, longWork.room(Limits.SHARED_CHANNELS_BYTES_WAITING_MAX));
        this.answers = InOrder.ofParts(longWork, longWork.room(Limits.RECORD_BYTES_WAITING_MAX));
    }

    public void sharedChannels(ServerName peer, SharedChannels frame) {
        Stream<Consumer<LongWork.Budget>> parts =
                frame.getChannelsList().stream().map(it -> budget -> sharedChannel(peer, it, budget));
        Stream<Consumer<LongWork.Budget>> end =
                frame.getComplete() ? Stream.of(budget -> namedAll(peer)) : Stream.empty();
        if (!shared.add(
                peer,
                bytesOf(frame, frame.getChannelsCount()),
                Stream.concat(parts, end).iterator())) {
            notAllHeard.add(peer);
            LOG.debug(
                    "{} names more than waits for its turn: {} channels are for another time",
                    peer,
                    frame.getChannelsCount());
        }
    }

    private static long bytesOf(MessageLite frame, int parts) {
        return frame.getSerializedSize() + (long) Limits.PART_BYTES * parts;
    }

    private void sharedChannel(ServerName peer, SharedChannel channel, LongWork.Budget budget) {
        if (channel.hasHead()) {
            budget.spend(Limits.STEP_BYTES_PER_SIGNATURE);
        }
        ChannelId id = new ChannelId(Protobuf.toBytes(channel.getChannelId()));
        if (channels.isSetAside(id)) {
            return;
        }
        if (channel.getHub().equals(peer.value())) {
            follower.hint(peer, id, channel.getSeq());
        } else if (channel.getHub().equals(channels.ownName().value())) {
            asHub.standsAt(peer, id, channel);
        }
    }

    private void namedAll(ServerName peer) {
        if (!notAllHeard.remove(peer)) {
            asHub.namedAll(peer);
        }
    }

    public void submitRecords(ServerName peer, List<RecordIn> records) {
        asHub.submitted(peer, records);
    }

    public void recordReceipts(ServerName peer, RecordReceipts frame) {
        boolean isTaken = answers.add(
                peer,
                bytesOf(frame, frame.getReceiptsCount()),
                frame.getReceiptsList().stream()
                        .<Consumer<LongWork.Budget>>map(it -> budget -> receipts.received(peer, it))
                        .iterator());
        if (!isTaken) {
            LOG.debug(
                    "{} answers more than waits for its turn: {} receipts are for another time",
                    peer,
                    frame.getReceiptsCount());
        }
    }

    /** Gives what durable entries there are, as an encoded {@code samara.v1.Entries}; may be none. */
    public Bytes pull(ServerName peer, Pull pull) throws RefusedException {
        channels.requireReadable(ChannelId.fromWire("Pull.channel_id", pull.getChannelId()));
        return givingBack.isAskedFor(peer, pull) ? givingBack.pull(peer, pull) : asHub.pull(peer, pull);
    }

    /** Entries may have come beside it. */
    public void headHint(ServerName peer, HeadIn head, List<EntryIn> entries) {
        follower.hint(peer, head, entries);
    }

    public void followerState(ServerName peer, FollowerState state) {
        asHub.reported(peer, state);
    }

    public void provisional(ServerName peer, Provisional provisional) {
        try {
            RecordIn in = RecordIn.of(provisional.getRecord());
            channels.find(in.claimedChannel())
                    .ifPresent(channel -> provisionals.received(peer, channel, in, provisional.getRecord()));
        } catch (RefusedException e) {
            LOG.debug("{} shows what is no record: {}", peer, e.refusal());
        }
    }

    /** The link to the peer is gone: what it has said and waits for its turn is said again. */
    void down(ServerName peer) {
        shared.forget(peer);
        answers.forget(peer);
        notAllHeard.remove(peer);
    }
}
