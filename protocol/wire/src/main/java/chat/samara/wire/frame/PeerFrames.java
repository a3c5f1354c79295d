package chat.samara.wire.frame;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerClaim;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.PeerHello;
import chat.samara.wire.proto.RecordReceipt;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SignedRecord;

/** Reads frames between two servers. */
public final class PeerFrames {
    private PeerFrames() {}

    /**
     * Decodes a frame (without its length) and checks each field of its body, as {@link ClientFrames#decode} does. Records,
     * entries and heads in it are known to be well formed, and not to be verified.
     */
    public static PeerFrame decode(byte[] frame) throws MalformedFrameException {
        long requestId = 0;
        try {
            FrameScan.requireFewElements(frame);
            PeerFrame decoded = Protobuf.decodeKnown(
                    "PeerFrame", PeerFrame.parser(), Bytes.wrapUnsafe(frame), Limits.PEER_FRAME_BYTES_MAX);
            long id = Field.atLeast("PeerFrame.request_id", decoded.getRequestId(), decoded.getAnswer() ? 1 : 0);
            // An answer that cannot be read is not answered in turn.
            requestId = decoded.getAnswer() ? 0 : id;
            check(decoded);
            return decoded;
        } catch (RefusedException e) {
            throw new MalformedFrameException(requestId, e);
        }
    }

    private static void check(PeerFrame frame) throws RefusedException {
        switch (frame.getBodyCase()) {
            case HELLO -> hello(frame.getHello());
            case PROOF -> {
                Field.requireFilled("PeerProof.body", frame.getProof().getBody(), Limits.PROOF_BODY_BYTES_MAX);
                FramePart.signature("PeerProof.signature", frame.getProof().getSignature());
            }
            case SHARED_CHANNELS -> {
                Field.requireCount(
                        "SharedChannels.channels",
                        frame.getSharedChannels().getChannelsCount(),
                        Limits.CHANNELS_PER_FRAME_MAX);
                for (SharedChannel channel : frame.getSharedChannels().getChannelsList()) {
                    sharedChannel(channel);
                }
            }
            case SUBMIT_RECORDS -> {
                Field.requireCount(
                        "SubmitRecords.records",
                        frame.getSubmitRecords().getRecordsCount(),
                        Limits.RECORDS_PER_FRAME_MAX);
                for (SignedRecord record : frame.getSubmitRecords().getRecordsList()) {
                    RecordIn.of(record);
                }
            }
            case RECORD_RECEIPTS -> {
                Field.requireCount(
                        "RecordReceipts.receipts",
                        frame.getRecordReceipts().getReceiptsCount(),
                        Limits.RECORDS_PER_FRAME_MAX);
                for (RecordReceipt receipt : frame.getRecordReceipts().getReceiptsList()) {
                    receipt(receipt);
                }
            }
            case PULL -> {
                FramePart.channelId("Pull.channel_id", frame.getPull().getChannelId());
                Field.atLeast("Pull.after_seq", frame.getPull().getAfterSeq(), 0);
                FramePart.credit("Pull.credit_bytes", frame.getPull().getCreditBytes());
            }
            case ENTRIES -> {
                Field.requireCount("Entries.slim", frame.getEntries().getSlimCount(), 0);
                FramePart.entries(frame.getEntries(), EntryIn::of);
            }
            case HEAD_HINT -> HeadIn.of(frame.getHeadHint().getHead());
            case FOLLOWER_STATE -> {
                FramePart.channelId(
                        "FollowerState.channel_id", frame.getFollowerState().getChannelId());
                Field.atLeast("FollowerState.seq", frame.getFollowerState().getSeq(), 0);
                Field.atLeast(
                        "FollowerState.drained_epoch", frame.getFollowerState().getDrainedEpoch(), 0);
            }
            case CLAIM -> claim(frame.getClaim());
            case CLAIMED_KEY_PACKAGES -> FramePart.claimed(frame.getClaimedKeyPackages());
            case PROVISIONAL -> FramePart.provisional(frame.getProvisional());
            case ERROR, PING, PONG, DONE -> {
                // Numbers and texts only; Refusal.of takes an error as it is.
            }
            case BODY_NOT_SET -> throw FramePart.unknownBody();
        }
    }

    private static void hello(PeerHello hello) throws RefusedException {
        FramePart.manifest("PeerHello.manifest", hello.hasManifest(), hello.getManifest());
        Field.requireSize("PeerHello.challenge", hello.getChallenge(), FramePart.CHALLENGE_BYTES);
        if (!hello.getExpectedName().isEmpty()) {
            ServerName.fromWire(hello.getExpectedName());
        }
    }

    private static void sharedChannel(SharedChannel channel) throws RefusedException {
        FramePart.channelId("SharedChannel.channel_id", channel.getChannelId());
        long seq = Field.atLeast("SharedChannel.seq", channel.getSeq(), 0);
        if (seq > 0) {
            Field.atLeast("SharedChannel.term", channel.getTerm(), 1);
        }
        Field.requireSize("SharedChannel.entry_hash", channel.getEntryHash(), seq == 0 ? 0 : Sha256.BYTES);
        ServerName.fromWire(channel.getHub());
        if (channel.hasHead()) {
            HeadIn.of(channel.getHead());
        }
    }

    private static void receipt(RecordReceipt receipt) throws RefusedException {
        FramePart.channelId("RecordReceipt.channel_id", receipt.getChannelId());
        Field.atLeast("RecordReceipt.origin_incarnation", receipt.getOriginIncarnation(), 1);
        Field.atLeast("RecordReceipt.origin_seq", receipt.getOriginSeq(), 1);
        switch (receipt.getStatus()) {
            case ORDERED, STABLE -> Field.atLeast("RecordReceipt.seq", receipt.getSeq(), 1);
            case REJECTED -> {
                if (!receipt.hasError()) {
                    throw Field.malformed("RecordReceipt.error", "missing", "why the record was rejected");
                }
            }
            case UNKNOWN, STORED ->
                throw Field.malformed(
                        "RecordReceipt.status", receipt.getStatus().name(), "ORDERED, STABLE or REJECTED");
            case RECEIPT_STATUS_UNSPECIFIED, UNRECOGNIZED ->
                throw RefusedException.of(
                        ErrorCode.UNSUPPORTED,
                        "RecordReceipt.status is " + receipt.getStatusValue() + ", which is not known here");
        }
    }

    private static void claim(PeerClaim claim) throws RefusedException {
        FramePart.userId("PeerClaim.user_id", claim.getUserId());
        FramePart.cipherSuite("PeerClaim.cipher_suite", claim.getCipherSuite());
        Field.requireSize("PeerClaim.claim_id", claim.getClaimId(), FramePart.CLAIM_ID_BYTES);
        FramePart.userId("PeerClaim.requester", claim.getRequester());
    }
}
