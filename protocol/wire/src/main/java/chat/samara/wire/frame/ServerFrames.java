package chat.samara.wire.frame;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GroupInfoAndTree;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.RegisteredDevice;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.ServerHello;
import chat.samara.wire.proto.WaitingWelcome;
import com.google.protobuf.ByteString;

/** Reads frames that a server sent to a device. Called by the SDK. */
public final class ServerFrames {
    private ServerFrames() {}

    /**
     * Decodes a frame (without its length) and checks each field of its body, as {@link ClientFrames#decode} does. A body that is
     * not known is refused with {@code UNSUPPORTED}; a device ignores such a push. Slim entries come out as whole ones, without proofs; terse ones as they
     * are, for {@link KnownLog}.
     */
    public static ServerFrame decode(byte[] frame) throws MalformedFrameException {
        long requestId = 0;
        try {
            FrameScan.requireFewElements(frame);
            ServerFrame decoded = Protobuf.decodeKnown(
                    "ServerFrame", ServerFrame.parser(), Bytes.wrapUnsafe(frame), Limits.CLIENT_FRAME_BYTES_MAX);
            requestId = Field.atLeast("ServerFrame.request_id", decoded.getRequestId(), 0);
            ServerFrame whole = whole(decoded);
            check(whole);
            return whole;
        } catch (RefusedException e) {
            throw new MalformedFrameException(requestId, e);
        }
    }

    /** Entries are read in one form, whichever they came in. */
    private static ServerFrame whole(ServerFrame frame) throws RefusedException {
        if (frame.getEntries().getSlimCount() == 0) {
            return frame;
        }
        return frame.toBuilder()
                .setEntries(SlimEntries.whole(frame.getEntries()))
                .build();
    }

    private static void check(ServerFrame frame) throws RefusedException {
        switch (frame.getBodyCase()) {
            case SERVER_HELLO -> hello(frame.getServerHello());
            case LOGGED_IN -> loggedIn(frame.getLoggedIn());
            case CLAIMED_KEY_PACKAGES -> FramePart.claimed(frame.getClaimedKeyPackages());
            case RECEIPT -> receipt(frame.getReceipt(), frame.getRequestId() != 0);
            case ENTRIES -> FramePart.entries(frame.getEntries(), EntryIn::shown);
            case TERSE_ENTRIES -> TerseForm.require(frame.getTerseEntries());
            case PROVISIONAL -> FramePart.provisional(frame.getProvisional());
            case WELCOMES -> {
                Field.requireCount(
                        "Welcomes.welcomes", frame.getWelcomes().getWelcomesCount(), Limits.WELCOMES_PER_FRAME_MAX);
                for (WaitingWelcome welcome : frame.getWelcomes().getWelcomesList()) {
                    welcome(welcome);
                }
            }
            case HANDSHAKES -> FramePart.handshakes(frame.getHandshakes());
            case RATCHET_TREE ->
                Field.requireFilled(
                        "RatchetTree.ratchet_tree", frame.getRatchetTree().getRatchetTree(), Limits.PAYLOAD_BYTES_MAX);
            case GROUP_INFO_AND_TREE -> groupInfo(frame.getGroupInfoAndTree());
            case DEVICES -> {
                Field.requireCount(
                        "Devices.devices", frame.getDevices().getDevicesCount(), Limits.DEVICES_PER_MEMBER_MAX);
                for (RegisteredDevice device : frame.getDevices().getDevicesList()) {
                    FramePart.deviceId("RegisteredDevice.device_id", device.getDeviceId());
                    FramePart.signatureKey("RegisteredDevice.device_signature_key", device.getDeviceSignatureKey());
                    FramePart.certificate(
                            "RegisteredDevice.certificate", device.hasCertificate(), device.getCertificate());
                }
            }
            case KEY_PACKAGES_STORED ->
                FramePart.keyPackageCounts(
                        "KeyPackagesStored.key_packages",
                        frame.getKeyPackagesStored().getKeyPackagesList());
            case KEY_PACKAGES_LOW ->
                FramePart.keyPackageCounts(
                        "KeyPackagesLow.key_packages", frame.getKeyPackagesLow().getKeyPackagesList());
            case ERROR, DONE, PONG -> {
                // Numbers and texts only; Refusal.of takes an error as it is.
            }
            case BODY_NOT_SET -> throw FramePart.unknownBody();
        }
    }

    private static void hello(ServerHello hello) throws RefusedException {
        FramePart.manifest("ServerHello.manifest", hello.hasManifest(), hello.getManifest());
        Field.requireSize("ServerHello.challenge", hello.getChallenge(), FramePart.CHALLENGE_BYTES);
        Field.atLeast("ServerHello.server_time_millis", hello.getServerTimeMillis(), 0);
    }

    private static void loggedIn(LoggedIn loggedIn) throws RefusedException {
        FramePart.keyPackageCounts("LoggedIn.key_packages", loggedIn.getKeyPackagesList());
        Field.requireCount("LoggedIn.return_tokens", loggedIn.getReturnTokensCount(), Limits.RETURN_TOKENS_MAX);
        for (ByteString token : loggedIn.getReturnTokensList()) {
            Field.requireFilled("LoggedIn.return_tokens", token, Limits.RETURN_TOKEN_BYTES_MAX);
        }
        Field.requireCount("LoggedIn.channels", loggedIn.getChannelsCount(), Limits.CHANNELS_PER_FRAME_MAX);
        for (ChannelState channel : loggedIn.getChannelsList()) {
            FramePart.channelId("ChannelState.channel_id", channel.getChannelId());
            Field.atLeast("ChannelState.seq", channel.getSeq(), 0);
            Field.atLeast("ChannelState.acknowledged_seq", channel.getAcknowledgedSeq(), 0);
            Field.atLeast("ChannelState.next_device_seq", channel.getNextDeviceSeq(), 1);
        }
    }

    private static void receipt(Receipt receipt, boolean isAnswer) throws RefusedException {
        boolean isNamedByRequest = isAnswer
                && receipt.getChannelId().isEmpty()
                && receipt.getIdempotencyKey().isEmpty();
        if (!isNamedByRequest) {
            FramePart.channelId("Receipt.channel_id", receipt.getChannelId());
            FramePart.idempotencyKey("Receipt.idempotency_key", receipt.getIdempotencyKey());
        }
        switch (receipt.getStatus()) {
            case ORDERED, STABLE -> Field.atLeast("Receipt.seq", receipt.getSeq(), 1);
            case REJECTED -> {
                if (!receipt.hasError()) {
                    throw Field.malformed("Receipt.error", "missing", "why the record was rejected");
                }
            }
            case UNKNOWN, STORED -> {
                // No more to say.
            }
            case RECEIPT_STATUS_UNSPECIFIED, UNRECOGNIZED ->
                throw RefusedException.of(
                        ErrorCode.UNSUPPORTED,
                        "Receipt.status is " + receipt.getStatusValue() + ", which is not known here");
        }
    }

    private static void welcome(WaitingWelcome welcome) throws RefusedException {
        FramePart.channelId("WaitingWelcome.channel_id", welcome.getChannelId());
        Field.requireFilled("WaitingWelcome.signed_genesis", welcome.getSignedGenesis(), Limits.GENESIS_BYTES_MAX);
        Field.atLeast("WaitingWelcome.seq", welcome.getSeq(), 1);
        FramePart.hash("WaitingWelcome.entry_hash", welcome.getEntryHash());
        Field.requireFilled(
                "WaitingWelcome.key_package_ref", welcome.getKeyPackageRef(), Limits.KEY_PACKAGE_REF_BYTES_MAX);
        Field.requireFilled("WaitingWelcome.welcome", welcome.getWelcome(), Limits.PAYLOAD_BYTES_MAX);
    }

    private static void groupInfo(GroupInfoAndTree info) throws RefusedException {
        Field.requireFilled("GroupInfoAndTree.group_info", info.getGroupInfo(), Limits.PAYLOAD_BYTES_MAX);
        Field.requireFilled("GroupInfoAndTree.ratchet_tree", info.getRatchetTree(), Limits.PAYLOAD_BYTES_MAX);
        Field.atLeast("GroupInfoAndTree.seq", info.getSeq(), 1);
    }
}
