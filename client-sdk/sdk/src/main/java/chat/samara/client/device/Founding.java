package chat.samara.client.device;

import chat.samara.client.channel.ChannelName;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.SameName;
import chat.samara.client.content.ComposedContent;
import chat.samara.client.content.ContentCodec;
import chat.samara.client.content.ContentException;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredMembership;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupConfig;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.CreateChannel;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.Receipt;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Founding channels. The genesis, the group and the channel's name are durable here first; then the server is told, as often as it takes
 * (the same key, the same genesis), and the channel is one when its log begins with that genesis.
 */
final class Founding {
    private final EngineConfig config;
    private final RandomSource random;
    private final Link link;
    private final GroupVault vault;
    private final OutgoingRows outgoing;
    private final Intents intents;
    private final ChannelBook channels;
    private final Map<ChannelId, Long> commands = new TreeMap<>();
    private long retryAtMillis;

    Founding(
            EngineConfig config,
            RandomSource random,
            Link link,
            GroupVault vault,
            OutgoingRows outgoing,
            Intents intents,
            ChannelBook channels) {
        this.config = config;
        this.random = random;
        this.link = link;
        this.vault = vault;
        this.outgoing = outgoing;
        this.intents = intents;
        this.channels = channels;
    }

    void create(Turn turn, OwnIdentity own, DeviceEvent.CreateChannel command) {
        if (channels.isFull(0)) {
            turn.refuse(
                    command.command(),
                    RefusalCode.LIMIT_REACHED,
                    "this device is in " + Limits.CHANNELS_MAX + " channels, the limit");
            return;
        }
        Optional<String> problem = ChannelName.problemOf(command.name());
        if (problem.isPresent()) {
            turn.refuse(command.command(), RefusalCode.NAME_INVALID, problem.get());
            return;
        }
        Optional<LiveChannel> calledSo = calledSo(command.name());
        if (command.sameName() == SameName.REFUSED && calledSo.isPresent()) {
            turn.refuse(
                    command.command(),
                    RefusalCode.CHANNEL_CALLED_SO,
                    "you are in a channel called \"" + calledSo.get().row().getName() + "\" already ("
                            + calledSo.get().id() + "), which is the same name to a reader; take that one, or choose"
                            + " another name");
            return;
        }
        try {
            ComposedContent profile = ContentCodec.profile(command.name(), "", turn.wallMillis(), random);
            LiveChannel channel = found(turn, own, command.suite().cipherSuite());
            commands.put(channel.id(), command.command());
            outgoing.compose(turn, channel, own, profile, true);
            channel.row().setName(command.name()).setSpokenIn(true);
            channel.save(turn);
            send(turn, channel);
        } catch (ContentException e) {
            turn.refuse(command.command(), RefusalCode.NAME_INVALID, String.valueOf(e.getMessage()));
        } catch (MlsException e) {
            throw new IllegalStateException("a group of one could not be made", e);
        }
    }

    private Optional<LiveChannel> calledSo(String name) {
        return channels.all().stream()
                .filter(channel -> !channel.is(Membership.REMOVED))
                .filter(channel -> ChannelName.isSame(channel.row().getName(), name))
                .findFirst();
    }

    private LiveChannel found(Turn turn, OwnIdentity own, CipherSuite suite) throws MlsException {
        Genesis genesis = Genesis.sign(
                own.deviceKey(),
                new Genesis.Content(
                        own.user(),
                        own.server(),
                        own.serverRootKey(),
                        suite.code(),
                        Bytes.wrapUnsafe(random.bytes(GenesisIn.NONCE_BYTES)),
                        turn.wallMillis(),
                        Genesis.RULES));
        Group group = Group.create(
                new GroupConfig(
                        suite,
                        genesis.channel().mlsGroupId(),
                        List.of(),
                        OwnLeaf.capabilities(),
                        Optional.of(OwnKeyPackages.lifetime(turn.wallMillis())),
                        OwnLeaf.extensions()),
                own.credential(),
                own.deviceKey(),
                vault.environment());
        GenesisControl control = GenesisControl.newBuilder()
                .setSignedGenesis(Stored.bytes(genesis.encoded()))
                .setGroupInfo(ByteString.copyFrom(group.groupInfo()))
                .setRatchetTree(ByteString.copyFrom(group.ratchetTree()))
                .build();
        LiveChannel channel = channels.add(StoredChannel.newBuilder()
                .setSignedGenesis(Stored.bytes(genesis.encoded()))
                .setHandedOverClaimed(0)
                .setMembership(StoredMembership.FOUNDING)
                .setEntryHash(Stored.bytes(LogPosition.NO_HASH))
                .setTerm(1)
                .setFoundingGenesis(control.toByteString())
                .setFoundingKey(Stored.bytes(IdempotencyKey.random(random).bytes()))
                .build());
        channel.setGroup(Optional.of(group));
        vault.save(turn, channel, group);
        Pins.pinOwn(turn, own);
        return channel;
    }

    /** Tells the server of every channel that it has not confirmed. */
    void resume(Turn turn) {
        retryAtMillis = 0;
        channels.all().forEach(channel -> send(turn, channel));
    }

    Optional<Long> nextMillis() {
        return retryAtMillis > 0 && link.isOnline() ? Optional.of(retryAtMillis) : Optional.empty();
    }

    void retry(Turn turn) {
        if (retryAtMillis > 0 && turn.monotonicMillis() >= retryAtMillis) {
            resume(turn);
        }
    }

    private void send(Turn turn, LiveChannel channel) {
        if (!link.isOnline() || !channel.is(Membership.FOUNDING) || channel.reading().founded) {
            return;
        }
        try {
            link.request(
                    turn,
                    ClientFrame.newBuilder()
                            .setCreateChannel(CreateChannel.newBuilder()
                                    .setIdempotencyKey(channel.row().getFoundingKey())
                                    .setGenesis(GenesisControl.parseFrom(
                                            channel.row().getFoundingGenesis()))),
                    new Pending.Found(channel.id()));
            channel.reading().foundingAsked = true;
        } catch (InvalidProtocolBufferException e) {
            throw new DeviceStoreException("a genesis that this engine cannot have written", e);
        }
    }

    /** The server's answer. Returns whether the channel's log can be followed now. */
    boolean answered(Turn turn, LiveChannel channel, Receipt receipt) {
        channel.reading().foundingAsked = false;
        switch (receipt.getStatus()) {
            case ORDERED, STABLE -> {
                Dispatch.released(turn, channel);
                channel.reading().founded = true;
                return true;
            }
            case REJECTED -> refused(turn, channel, chat.samara.wire.Refusal.of(receipt.getError()));
            case STORED, UNKNOWN, RECEIPT_STATUS_UNSPECIFIED, UNRECOGNIZED ->
                retryAtMillis = turn.monotonicMillis() + config.retryMillisMax();
        }
        return false;
    }

    /** An error as answer: a passing one is tried again, any other ends it. */
    void failed(Turn turn, LiveChannel channel, chat.samara.wire.Refusal refusal) {
        channel.reading().foundingAsked = false;
        switch (refusal.code()) {
            case LIMIT_REACHED, DISK_FULL, HUB_BEHIND, SHUTTING_DOWN, INTERNAL, UNAUTHENTICATED -> {
                Dispatch.held(turn, channel, refusal);
                retryAtMillis = turn.monotonicMillis() + Math.max(config.retryMillisMax(), refusal.retryAfterMillis());
            }
            default -> refused(turn, channel, refusal);
        }
    }

    /**
     * The server says that the channel will never be. What was said and wanted in it meanwhile is refused, so that nobody waits for it. If
     * nothing was said there it leaves no trace, since nobody else knows of it. Texts stay until a person drops them: that server may have founded it all the
     * same, and its word must not erase what somebody wrote.
     */
    private void refused(Turn turn, LiveChannel channel, chat.samara.wire.Refusal why) {
        if (!channel.is(Membership.FOUNDING)) {
            return;
        }
        Dispatch.released(turn, channel);
        Refusal refusal = Refusal.of(why);
        intents.refuseAll(turn, channel, refusal);
        for (OutgoingHead head : List.copyOf(channel.outgoing().values())) {
            if (head.state != StoredOutgoingState.REFUSED) {
                outgoing.refuse(turn, channel, head, RefusalCause.of(why));
            }
        }
        vault.erase(turn, channel);
        if (isWrittenIn(turn, channel)) {
            channel.setMembership(StoredMembership.REMOVED);
            channel.save(turn);
        } else {
            leaveNoTrace(turn, channel);
        }
        Long command = commands.remove(channel.id());
        if (command != null) {
            turn.complete(command, new Outcome.Refused(refusal));
        }
        turn.tell(new ClientEvent.ChannelNotFounded(channel.id(), channel.row().getName(), refusal));
    }

    /** Whether it holds more than the name that it was to have. */
    private static boolean isWrittenIn(Turn turn, LiveChannel channel) {
        return channel.outgoing().values().stream()
                .map(head -> OutgoingRows.row(turn.store(), channel, head))
                .anyMatch(row -> SaidRows.profile(row.getMessage()).isEmpty());
    }

    private void leaveNoTrace(Turn turn, LiveChannel channel) {
        List.copyOf(channel.outgoing().values()).forEach(head -> outgoing.forget(turn, channel, head));
        turn.erase(channel.id());
        channels.remove(channel);
    }

    /** Nobody waits any more for a channel that a person has had forgotten before it was made. */
    void forgotten(Turn turn, ChannelId channel) {
        if (channels.find(channel).isEmpty()) {
            Long command = commands.remove(channel);
            if (command != null) {
                turn.refuse(command, RefusalCode.DROPPED, "the channel was given up before the server had made it");
            }
        }
    }

    /** Answers the command once the log shows the genesis. */
    void settle(Turn turn, LiveChannel channel) {
        if (channel.is(Membership.MEMBER)) {
            Long command = commands.remove(channel.id());
            if (command != null) {
                turn.complete(command, new Outcome.ChannelCreated(channel.id()));
            }
        }
    }
}
