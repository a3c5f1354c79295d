package chat.samara.server.core.channel;

import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.Welcomes;
import chat.samara.server.core.channel.reader.HandshakeServing;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelRefusal;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.session.Reply;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.AcknowledgeWelcome;
import chat.samara.wire.proto.ControlPayload;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchGroupInfo;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.FetchRatchetTree;
import chat.samara.wire.proto.GroupInfoAndTree;
import chat.samara.wire.proto.RatchetTree;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;

/** What devices fetch to join a channel or to come back to it; each method answers the message of that name in {@code samara.v1}. */
public final class FetchRequests {
    private final Journal journal;
    private final Channels channels;
    private final Welcomes welcomes;
    private final HandshakeServing handshakes;

    FetchRequests(Journal journal, Channels channels, Welcomes welcomes) {
        this.journal = journal;
        this.channels = channels;
        this.welcomes = welcomes;
        this.handshakes = new HandshakeServing(journal, channels);
    }

    public void fetchWelcomes(Reply reply) {
        reply.with(
                ServerFrame.newBuilder().setWelcomes(welcomes.fetch(reply.who().device())));
    }

    public void acknowledgeWelcome(Reply reply, AcknowledgeWelcome request) throws RefusedException {
        ChannelId id = ChannelId.fromWire("AcknowledgeWelcome.channel_id", request.getChannelId());
        channels.requireReadable(id);
        welcomes.acknowledge(reply.who().device(), id, Protobuf.toBytes(request.getKeyPackageRef()), request.getSeq());
        reply.done();
    }

    public void fetchHandshakes(Reply reply, FetchHandshakes request) throws RefusedException {
        reply.with(ServerFrame.newBuilder()
                .setHandshakes(handshakes.fetch(reply.who().device(), request)));
    }

    public void fetchRatchetTree(Reply reply, FetchRatchetTree request) throws RefusedException {
        ChannelId id = ChannelId.fromWire("FetchRatchetTree.channel_id", request.getChannelId());
        channels.requireReadable(id);
        ByteString tree = welcomes.tree(reply.who().device(), id, request.getSeq());
        reply.with(
                ServerFrame.newBuilder().setRatchetTree(RatchetTree.newBuilder().setRatchetTree(tree)));
    }

    public void fetchGroupInfo(Reply reply, FetchGroupInfo request) throws RefusedException {
        ChannelId id = ChannelId.fromWire("FetchGroupInfo.channel_id", request.getChannelId());
        channels.requireReadable(id);
        Channel channel = channels.find(id).orElseThrow(() -> ChannelRefusal.unknown(id));
        if (channel.member(reply.who().device()).isEmpty()) {
            throw ChannelRefusal.unknown(id);
        }
        ByteString tree = ByteString.copyFrom(channel.group().ratchetTree());
        ByteString groupInfo = groupInfo(channel);
        if (tree.size() + groupInfo.size() > chat.samara.wire.Limits.PAYLOAD_BYTES_MAX) {
            throw RefusedException.of(
                    ErrorCode.TOO_LARGE,
                    "GroupInfo and tree have " + (tree.size() + groupInfo.size())
                            + " bytes together, which no frame holds",
                    "group-info-and-tree<=" + chat.samara.wire.Limits.PAYLOAD_BYTES_MAX);
        }
        reply.with(ServerFrame.newBuilder()
                .setGroupInfoAndTree(GroupInfoAndTree.newBuilder()
                        .setGroupInfo(groupInfo)
                        .setRatchetTree(tree)
                        .setSeq(channel.row().getEpochStartSeq())));
    }

    /** The GroupInfo stands in the entry that began the epoch. */
    private ByteString groupInfo(Channel channel) {
        long seq = channel.row().getEpochStartSeq();
        Record record = LogTable.record(channel.id(), LogTable.encodedThere(journal, channel.id(), seq));
        try {
            return seq == 1
                    ? ControlPayload.parseFrom(record.getPayload()).getGenesis().getGroupInfo()
                    : Payload.commit(Protobuf.toBytes(record.getPayload())).getGroupInfo();
        } catch (RefusedException | InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.ENTRY, channel.id(), e);
        }
    }
}
