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
import chat.samara.wire.proto.SubmitRecords;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads frames between two servers. */
public final class PeerFrames {
    private PeerFrames() {}

    /**
     * Decodes a frame (without its length) and checks each field of its body, as {@link ClientFrames#decode} does. Records,
     * entries and heads in it are known to be well formed, and not to be verified.
     */
    public static PeerFrame decode(byte[] frame) throws MalformedFrameException {
        return read(frame).frame();
    }

    /** As {@link #decode}, with the records, entries and the head as they were read. */
    public static PeerFrameIn read(byte[] frame) throws MalformedFrameException {
        long requestId = 0;
        try {
            FrameScan.requireFewElements(frame);
            PeerFrame decoded = Protobuf.decodeKnown(
                    "PeerFrame", PeerFrame.parser(), Bytes.wrapUnsafe(frame), Limits.PEER_FRAME_BYTES_MAX);
            long id = Field.atLeast("PeerFrame.request_id", decoded.getRequestId(), decoded.getAnswer() ? 1 : 0);
            // An answer that cannot be read is not answered in turn.
            requestId = decoded.getAnswer() ? 0 : id;
            return checked(decoded);
        } catch (RefusedException e) {
            throw new MalformedFrameException(requestId, e);
        }
    }

    /**
     * An encoded answer with entries.
     *
     * @param entries an encoded {@code samara.v1.Entries}
     */
    public static Bytes entriesAnswer(long requestId, Bytes entries) {
        byte[] frame = new byte
                [CodedOutputStream.computeUInt64Size(PeerFrame.REQUEST_ID_FIELD_NUMBER, requestId)
                        + CodedOutputStream.computeBoolSize(PeerFrame.ANSWER_FIELD_NUMBER, true)
                        + CodedOutputStream.computeByteArraySize(
                                PeerFrame.ENTRIES_FIELD_NUMBER, entries.arrayUnsafe())];
        return write(frame, out -> {
            out.writeUInt64(PeerFrame.REQUEST_ID_FIELD_NUMBER, requestId);
            out.writeBool(PeerFrame.ANSWER_FIELD_NUMBER, true);
            out.writeByteArray(PeerFrame.ENTRIES_FIELD_NUMBER, entries.arrayUnsafe());
        });
    }

    /**
     * An encoded push of records.
     *
     * @param records each an encoded {@code samara.v1.SignedRecord}
     */
    public static Bytes submitRecords(List<Bytes> records) {
        int size = 0;
        for (Bytes record : records) {
            size += CodedOutputStream.computeByteArraySize(SubmitRecords.RECORDS_FIELD_NUMBER, record.arrayUnsafe());
        }
        int submitted = size;
        int around = CodedOutputStream.computeTagSize(PeerFrame.SUBMIT_RECORDS_FIELD_NUMBER)
                + CodedOutputStream.computeUInt32SizeNoTag(submitted);
        return write(new byte[around + submitted], out -> {
            out.writeTag(PeerFrame.SUBMIT_RECORDS_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(submitted);
            for (Bytes record : records) {
                out.writeByteArray(SubmitRecords.RECORDS_FIELD_NUMBER, record.arrayUnsafe());
            }
        });
    }

    /** What writes the fields of a message. */
    private interface Fields {
        void writeTo(CodedOutputStream out) throws IOException;
    }

    private static Bytes write(byte[] frame, Fields fields) {
        CodedOutputStream out = CodedOutputStream.newInstance(frame);
        try {
            fields.writeTo(out);
        } catch (IOException e) {
            throw new IllegalStateException("an array in memory failed, expected it never to", e);
        }
        out.checkNoSpaceLeft();
        return Bytes.wrapUnsafe(frame);
    }

    private static PeerFrameIn checked(PeerFrame frame) throws RefusedException {
        List<RecordIn> records = List.of();
        List<EntryIn> entries = List.of();
        Optional<HeadIn> head = Optional.empty();
        switch (frame.getBodyCase()) {
            case SUBMIT_RECORDS -> records = records(frame.getSubmitRecords());
            case ENTRIES -> {
                Field.requireCount("Entries.slim", frame.getEntries().getSlimCount(), 0);
                FramePart.channelId("Entries.channel_id", frame.getEntries().getChannelId());
                entries = FramePart.entries(frame.getEntries().getEntriesList(), "Entries.entries", EntryIn::of);
                head = frame.getEntries().hasHead()
                        ? Optional.of(HeadIn.of(frame.getEntries().getHead()))
                        : Optional.empty();
            }
            case HEAD_HINT -> {
                entries = FramePart.entries(frame.getHeadHint().getEntriesList(), "HeadHint.entries", EntryIn::of);
                head = Optional.of(HeadIn.of(frame.getHeadHint().getHead()));
            }
            default -> check(frame);
        }
        return new PeerFrameIn(frame, records, entries, head);
    }

    private static List<RecordIn> records(SubmitRecords submitted) throws RefusedException {
        Field.requireCount("SubmitRecords.records", submitted.getRecordsCount(), Limits.RECORDS_PER_FRAME_MAX);
        List<RecordIn> records = new ArrayList<>(submitted.getRecordsCount());
        for (SignedRecord record : submitted.getRecordsList()) {
            records.add(RecordIn.of(record));
        }
        return records;
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
            case ERROR, PING, PONG, DONE, SUBMIT_RECORDS, ENTRIES, HEAD_HINT -> {
                // Read before, or numbers and texts only; Refusal.of takes an error as it is.
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
