package chat.samara.server.node.ahead;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.FramedContent;
import chat.samara.mls.framing.FramedContentAuthData;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.framing.PublicMessageIn;
import chat.samara.mls.framing.Sender;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedRecord;
import chat.samara.wire.proto.Submit;
import chat.samara.wire.proto.SubmitRecords;
import java.util.Collections;
import java.util.Optional;

/** Frames with commits that add as many as one likes, forged: whoever verifies ahead reads these, and looks at no signature of theirs. */
public final class Commits {
    private static final Bytes SIGNATURE = Bytes.wrapUnsafe(new byte[64]);
    private static final Bytes TAG = Bytes.wrapUnsafe(new byte[32]);

    private Commits() {}

    /** A device's frame. */
    static byte[] ofMember(KeyPackageIn added, int count) {
        return ClientFrame.newBuilder()
                .setRequestId(1)
                .setSubmit(Submit.newBuilder()
                        .setChannelId(Protobuf.toByteString(TAG))
                        .setKind(RecordKind.COMMIT)
                        .setIdempotencyKey(Protobuf.toByteString(Bytes.wrapUnsafe(new byte[16])))
                        .setPayload(Protobuf.toByteString(payload(added, count)))
                        .setDeviceSeq(1))
                .build()
                .toByteArray();
    }

    /** Another server's, with as many such commits. */
    public static byte[] ofPeer(KeyPackageIn added, int count, int commits) {
        Record record = Record.of(new Record.Content(
                new ChannelId(TAG),
                new ServerName("tunis.example"),
                1,
                1,
                RecordKind.COMMIT,
                0,
                new IdempotencyKey(Bytes.wrapUnsafe(new byte[16])),
                Optional.of(DeviceId.ofSignatureKey(added.leafNode().signatureKey())),
                payload(added, count),
                1));
        BatchSigner signer = new BatchSigner();
        int place = signer.add(record);
        SignedRecord signed = SignedRecord.newBuilder()
                .setRecord(Protobuf.toByteString(record.encoded()))
                .setProof(signer.sign(Ed25519.generate(RandomSource.secure()))
                        .proof(place)
                        .toProto())
                .build();
        return PeerFrame.newBuilder()
                .setSubmitRecords(SubmitRecords.newBuilder().addAllRecords(Collections.nCopies(commits, signed)))
                .build()
                .toByteArray();
    }

    private static Bytes payload(KeyPackageIn added, int count) {
        ProposalOrRef add = new ProposalOrRef.ByValue(new Proposal.Add(added));
        FramedContent content = new FramedContent(
                TAG,
                0,
                new Sender.Member(0),
                Bytes.EMPTY,
                new Content.OfCommit(new Commit(Collections.nCopies(count, add), Optional.empty())));
        Bytes message = Bytes.of(new MlsMessage.OfPublicMessage(new PublicMessageIn(
                        content, new FramedContentAuthData(SIGNATURE, Optional.of(TAG)), Optional.of(TAG)))
                .encode());
        return Payload.commit(message, Bytes.EMPTY, TAG);
    }
}
