package chat.samara.wire.frame;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.proto.AcknowledgeWelcome;
import chat.samara.wire.proto.ChannelCursor;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.PublishKeyPackages;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Register;
import chat.samara.wire.proto.ReplaceDevice;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import java.util.List;

/** Reads frames that a device sent. Called by the server. */
public final class ClientFrames {
    private ClientFrames() {}

    /**
     * Decodes a frame (without its length) and checks each field of its body: ids and keys have their size, lists and numbers
     * their bounds, names their form. Signatures, certificates and MLS objects are not verified.
     */
    public static ClientFrame decode(byte[] frame) throws MalformedFrameException {
        long requestId = 0;
        try {
            FrameScan.requireFewElements(frame);
            ClientFrame decoded = Protobuf.decodeKnown(
                    "ClientFrame", ClientFrame.parser(), Bytes.wrapUnsafe(frame), Limits.CLIENT_FRAME_BYTES_MAX);
            requestId = Field.atLeast("ClientFrame.request_id", decoded.getRequestId(), 1);
            check(decoded);
            return decoded;
        } catch (RefusedException e) {
            throw new MalformedFrameException(requestId, e);
        }
    }

    private static void check(ClientFrame frame) throws RefusedException {
        switch (frame.getBodyCase()) {
            case REGISTER -> register(frame.getRegister());
            case LOGIN -> {
                Field.requireFilled("Login.login_body", frame.getLogin().getLoginBody(), Limits.PROOF_BODY_BYTES_MAX);
                FramePart.signature("Login.signature", frame.getLogin().getSignature());
            }
            case REPLACE_DEVICE -> replaceDevice(frame.getReplaceDevice());
            case PUBLISH_KEY_PACKAGES -> publish(frame.getPublishKeyPackages());
            case CLAIM_KEY_PACKAGES -> {
                FramePart.userId(
                        "ClaimKeyPackages.user_id", frame.getClaimKeyPackages().getUserId());
                FramePart.cipherSuite(
                        "ClaimKeyPackages.cipher_suite",
                        frame.getClaimKeyPackages().getCipherSuite());
                Field.requireSize(
                        "ClaimKeyPackages.claim_id",
                        frame.getClaimKeyPackages().getClaimId(),
                        FramePart.CLAIM_ID_BYTES);
            }
            case CREATE_CHANNEL -> {
                FramePart.idempotencyKey(
                        "CreateChannel.idempotency_key",
                        frame.getCreateChannel().getIdempotencyKey());
                FramePart.genesis(
                        "CreateChannel.genesis",
                        frame.getCreateChannel().hasGenesis(),
                        frame.getCreateChannel().getGenesis());
            }
            case SUBMIT -> submit(frame.getSubmit());
            case QUERY_STATUS -> {
                FramePart.channelId(
                        "QueryStatus.channel_id", frame.getQueryStatus().getChannelId());
                FramePart.idempotencyKey(
                        "QueryStatus.idempotency_key", frame.getQueryStatus().getIdempotencyKey());
            }
            case FOLLOW -> {
                cursors("Follow.cursors", frame.getFollow().getCursorsList());
                FramePart.credit("Follow.credit_bytes", frame.getFollow().getCreditBytes());
            }
            case SHOW_HEADS -> heads(frame.getShowHeads().getHeadsList());
            case CREDIT ->
                FramePart.credit("Credit.credit_bytes", frame.getCredit().getCreditBytes());
            case ACKNOWLEDGE ->
                cursors("Acknowledge.cursors", frame.getAcknowledge().getCursorsList());
            case ACKNOWLEDGE_WELCOME -> acknowledgeWelcome(frame.getAcknowledgeWelcome());
            case FETCH_RATCHET_TREE -> {
                FramePart.channelId(
                        "FetchRatchetTree.channel_id",
                        frame.getFetchRatchetTree().getChannelId());
                Field.atLeast(
                        "FetchRatchetTree.seq", frame.getFetchRatchetTree().getSeq(), 1);
            }
            case FETCH_HANDSHAKES -> handshakes(frame.getFetchHandshakes());
            case FETCH_GROUP_INFO ->
                FramePart.channelId(
                        "FetchGroupInfo.channel_id", frame.getFetchGroupInfo().getChannelId());
            case LIST_DEVICES ->
                FramePart.userId("ListDevices.user_id", frame.getListDevices().getUserId());
            case FETCH_WELCOMES, PING -> {
                // Nothing inside.
            }
            case BODY_NOT_SET -> throw FramePart.unknownBody();
        }
    }

    private static void acknowledgeWelcome(AcknowledgeWelcome message) throws RefusedException {
        FramePart.channelId("AcknowledgeWelcome.channel_id", message.getChannelId());
        Field.requireFilled(
                "AcknowledgeWelcome.key_package_ref", message.getKeyPackageRef(), Limits.KEY_PACKAGE_REF_BYTES_MAX);
        Field.atLeast("AcknowledgeWelcome.seq", message.getSeq(), 1);
    }

    private static void handshakes(FetchHandshakes message) throws RefusedException {
        FramePart.channelId("FetchHandshakes.channel_id", message.getChannelId());
        Field.atLeast("FetchHandshakes.after_seq", message.getAfterSeq(), 0);
        Field.atLeast("FetchHandshakes.through_seq", message.getThroughSeq(), 1);
    }

    private static void register(Register register) throws RefusedException {
        Field.requireSize("Register.invite_token", register.getInviteToken(), InviteLink.TOKEN_BYTES);
        FramePart.certificate("Register.certificate", register.hasCertificate(), register.getCertificate());
        FramePart.signatureKey("Register.device_signature_key", register.getDeviceSignatureKey());
        Field.requireFilled("Register.login_body", register.getLoginBody(), Limits.PROOF_BODY_BYTES_MAX);
        FramePart.signature("Register.signature", register.getSignature());
    }

    private static void replaceDevice(ReplaceDevice replace) throws RefusedException {
        Field.requireSize("ReplaceDevice.replaced_device_id", replace.getReplacedDeviceId(), DeviceId.SIZE_BYTES);
        FramePart.certificate("ReplaceDevice.certificate", replace.hasCertificate(), replace.getCertificate());
        FramePart.signatureKey("ReplaceDevice.device_signature_key", replace.getDeviceSignatureKey());
        Field.requireFilled("ReplaceDevice.login_body", replace.getLoginBody(), Limits.PROOF_BODY_BYTES_MAX);
        FramePart.signature("ReplaceDevice.signature", replace.getSignature());
    }

    private static void publish(PublishKeyPackages publish) throws RefusedException {
        Field.requireCount(
                "PublishKeyPackages.key_packages", publish.getKeyPackagesCount(), Limits.KEY_PACKAGES_PER_PUBLISH_MAX);
        for (ByteString keyPackage : publish.getKeyPackagesList()) {
            Field.requireFilled("PublishKeyPackages.key_packages", keyPackage, Limits.KEY_PACKAGE_BYTES_MAX);
        }
        Field.requireAtMost("PublishKeyPackages.last_resort", publish.getLastResort(), Limits.KEY_PACKAGE_BYTES_MAX);
    }

    private static void submit(Submit submit) throws RefusedException {
        if (TerseSubmit.isTerse(submit)) {
            Field.requireSize("Submit.channel_start", submit.getChannelStart(), Limits.CHANNEL_START_BYTES);
            Field.requireSize("Submit.channel_id", submit.getChannelId(), 0);
        } else {
            FramePart.channelId("Submit.channel_id", submit.getChannelId());
        }
        switch (submit.getKind()) {
            case APPLICATION, COMMIT, PROPOSAL -> payload(submit);
            case CONTROL ->
                throw Field.malformed(
                        "Submit.kind", "CONTROL", "APPLICATION, COMMIT or PROPOSAL: only servers control");
            case RECORD_KIND_UNSPECIFIED, UNRECOGNIZED ->
                throw RefusedException.of(
                        ErrorCode.UNSUPPORTED, "Submit.kind is " + submit.getKindValue() + ", which is not known here");
        }
        Field.atLeast("Submit.epoch", submit.getEpoch(), 0);
        FramePart.idempotencyKey("Submit.idempotency_key", submit.getIdempotencyKey());
        Field.atLeast("Submit.device_seq", submit.getDeviceSeq(), 1);
    }

    private static void payload(Submit submit) throws RefusedException {
        boolean isMessage = TerseSubmit.isTerse(submit) && submit.getKind() == RecordKind.APPLICATION;
        if (isMessage && !submit.getMessage().isEmpty()) {
            Field.requireSize("Submit.payload", submit.getPayload(), 0);
            TerseForm.message("Submit.message", submit.getMessage(), Limits.APPLICATION_PAYLOAD_BYTES_MAX);
            Field.requireFilled("Submit.last_seen", submit.getLastSeen(), TerseMessage.LAST_SEEN_BYTES_MAX);
            return;
        }
        int payloadMax = submit.getKind() == RecordKind.APPLICATION
                ? Limits.APPLICATION_PAYLOAD_BYTES_MAX
                : Limits.PAYLOAD_BYTES_MAX;
        Field.requireFilled("Submit.payload", submit.getPayload(), payloadMax);
        Field.requireSize("Submit.message", submit.getMessage(), 0);
    }

    private static void heads(List<SignedHead> heads) throws RefusedException {
        Field.requireCount("ShowHeads.heads", heads.size(), Limits.HEADS_PER_FRAME_MAX);
        for (SignedHead head : heads) {
            HeadIn.of(head);
        }
    }

    private static void cursors(String name, List<ChannelCursor> cursors) throws RefusedException {
        Field.requireCount(name, cursors.size(), Limits.CHANNELS_PER_FRAME_MAX);
        for (ChannelCursor cursor : cursors) {
            FramePart.channelId("ChannelCursor.channel_id", cursor.getChannelId());
            Field.atLeast("ChannelCursor.after_seq", cursor.getAfterSeq(), 0);
        }
    }
}
