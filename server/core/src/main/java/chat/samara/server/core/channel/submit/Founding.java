package chat.samara.server.core.channel.submit;

import chat.samara.server.core.Disk;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.hub.Hub;
import chat.samara.server.core.channel.member.Quotas;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.rule.HandshakeSizes;
import chat.samara.server.core.channel.rule.HubPolicy;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.UserDevice;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.CreateChannel;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;

/** Founds channels with this server as their hub. */
public final class Founding {
    private final ServerIdentity identity;
    private final Journal journal;
    private final Channels channels;
    private final Disk disk;
    private final Hub hub;
    private final Outbox outbox;
    private final Quotas quotas;

    public Founding(
            ServerIdentity identity,
            Journal journal,
            Channels channels,
            Disk disk,
            Hub hub,
            Outbox outbox,
            Quotas quotas) {
        this.identity = identity;
        this.journal = journal;
        this.channels = channels;
        this.disk = disk;
        this.hub = hub;
        this.outbox = outbox;
        this.quotas = quotas;
    }

    /** Founds a channel; asked again with the same genesis, it is answered the same. */
    public Receipt create(UserDevice who, CreateChannel request) throws RefusedException {
        Payload.requireForm(request.getGenesis());
        GenesisIn claimed =
                GenesisIn.decode(Protobuf.toBytes(request.getGenesis().getSignedGenesis()));
        if (!claimed.claimedCreator().equals(who)) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "the genesis is by " + claimed.claimedCreator() + ", but came from " + who,
                    "genesis");
        }
        if (!claimed.claimedHub().equals(identity.name())
                || !claimed.claimedHubRootKey().equals(identity.rootPublicKey())) {
            throw RefusedException.of(
                    ErrorCode.NOT_THE_HUB,
                    "the genesis names " + claimed.claimedHub()
                            + " as hub; a channel is founded on its creator's server, " + identity.name());
        }
        IdempotencyKey key = IdempotencyKey.fromWire("CreateChannel.idempotency_key", request.getIdempotencyKey());
        channels.requireReadable(claimed.claimedChannel());
        // The id is the hash of the whole genesis: a channel that is here was founded by this very request.
        if (channels.find(claimed.claimedChannel()).isEmpty()) {
            if (!disk.acceptsSubmissions()) {
                throw disk.refusal().asException();
            }
            requireRoom(who, request);
            // Verifies signatures: what is refused costs its device as much of its rate as what is not.
            HandshakeSizes.requireGenesis(request.getGenesis());
            HandshakeRules.Birth birth = HandshakeRules.judgeGenesis(request.getGenesis());
            HandshakeSizes.requireGenesis(birth);
            HubPolicy.requireGenesis(birth);
            found(who, request, key, birth);
        }
        return founded(claimed.claimedChannel(), key);
    }

    private void found(UserDevice who, CreateChannel request, IdempotencyKey key, HandshakeRules.Birth birth) {
        Channel channel = channels.begin(birth.genesis());
        Record record = outbox.next(
                channel, RecordKind.CONTROL, 0, key, Optional.of(who.device()), Payload.genesis(request.getGenesis()));
        hub.append(channel, record, Optional.empty(), birth.change());
        outbox.used(channel, record);
        channels.save(channel);
    }

    /** Or one member's channels would cost all others: each login lists them, and what is open in each is looked at again and again. */
    private void requireRoom(UserDevice who, CreateChannel request) throws RefusedException {
        if (ReaderTable.countOfOpen(journal, who.device(), identity.name()) >= Limits.CHANNELS_PER_DEVICE_MAX) {
            throw RefusedException.of(
                    ErrorCode.TOO_LARGE,
                    who + " is in as many channels of this server as one device can be; leave one first",
                    "channels-per-device<=" + Limits.CHANNELS_PER_DEVICE_MAX);
        }
        quotas.channel(who.user(), request.getSerializedSize());
    }

    private static Receipt founded(ChannelId channel, IdempotencyKey key) {
        return Receipt.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.bytes()))
                .setIdempotencyKey(Protobuf.toByteString(key.bytes()))
                .setStatus(ReceiptStatus.ORDERED)
                .setSeq(1)
                .build();
    }
}
