package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.channel.follower.Follower;
import chat.samara.server.core.channel.follower.GivingBack;
import chat.samara.server.core.channel.provisional.Provisionals;
import chat.samara.server.core.channel.state.Channel;
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
import java.util.List;
import java.util.Optional;

/** What peers say and ask about channels, each as the message of that name in {@code samara.v1}, or what was read of it. */
public final class PeerMessages {
    private final Channels channels;
    private final AsHub asHub;
    private final Follower follower;
    private final Receipts receipts;
    private final GivingBack givingBack;
    private final Provisionals provisionals;

    PeerMessages(
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
    }

    public void sharedChannels(ServerName peer, SharedChannels frame) {
        for (SharedChannel shared : frame.getChannelsList()) {
            ChannelId channel = new ChannelId(Protobuf.toBytes(shared.getChannelId()));
            if (channels.isSetAside(channel)) {
                continue;
            }
            if (shared.getHub().equals(peer.value())) {
                follower.hint(peer, channel, shared.getSeq());
            } else if (shared.getHub().equals(channels.ownName().value())) {
                asHub.standsAt(peer, channel, shared);
            }
        }
        if (frame.getComplete()) {
            asHub.namedAll(peer);
        }
    }

    public void submitRecords(ServerName peer, List<RecordIn> records) {
        asHub.submitted(peer, records);
    }

    public void recordReceipts(ServerName peer, RecordReceipts frame) {
        receipts.received(peer, frame);
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
        Optional<Channel> channel = channelOf(provisional);
        provisionals.received(peer, channel, provisional.getRecord());
    }

    private Optional<Channel> channelOf(Provisional provisional) {
        try {
            return channels.find(RecordIn.of(provisional.getRecord()).claimedChannel());
        } catch (RefusedException e) {
            return Optional.empty();
        }
    }
}
