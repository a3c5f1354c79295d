package chat.samara.wire.frame;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.SigningLabel;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.MerkleTree;
import chat.samara.wire.proto.Proof;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.TerseHead;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A head by what it says beside its last entry. Where the hub is the origin, too, and nothing else was going on, all that it has signed together are the
 * records of the last entries and their head: then the proof's path follows from these records.
 */
final class TerseHeads {
    /** Where nothing else was signed together with one record and its head. */
    private static final int BEHIND_ITS_RECORD_INDEX = 1;

    private static final int BEHIND_ITS_RECORD_COUNT = 2;

    private TerseHeads() {}

    /**
     * Empty for a head that would not come back byte for byte.
     *
     * @param last the last entry
     * @param records the encoded records of the entries before the head, the last one last
     */
    static Optional<TerseHead> of(SignedHead signed, LogPosition last, List<ByteString> records)
            throws RefusedException {
        long stableSeq = HeadIn.of(signed).trustStored().head().stableSeq();
        Proof proof = signed.getProof();
        TerseHead.Builder builder =
                TerseHead.newBuilder().setSignature(proof.getSignature()).setUnstable(last.seq() - stableSeq);
        if (proof.getLeafIndex() != BEHIND_ITS_RECORD_INDEX || proof.getLeafCount() != BEHIND_ITS_RECORD_COUNT) {
            builder.setLeafIndex(proof.getLeafIndex()).setLeafCount(proof.getLeafCount());
        }
        TerseHead terse = builder.build();
        Optional<SignedHead> withoutPath =
                Optional.of(whole(terse, last, records)).filter(signed::equals);
        if (withoutPath.isPresent()) {
            return Optional.of(terse);
        }
        TerseHead withPath = terse.toBuilder().addAllPath(proof.getPathList()).build();
        return whole(withPath, last, records).equals(signed) ? Optional.of(withPath) : Optional.empty();
    }

    /** The head that it stands for. Its proof is not verified. */
    static SignedHead whole(TerseHead terse, LogPosition last, List<ByteString> records) throws RefusedException {
        long stableSeq = last.seq() - terse.getUnstable();
        if (terse.getUnstable() < 0 || stableSeq < 0) {
            throw Field.malformed(
                    "TerseHead.unstable", Long.toUnsignedString(terse.getUnstable()), "0 to " + last.seq());
        }
        Head head = Head.of(last, stableSeq);
        boolean isBehindItsRecord = terse.getLeafCount() == 0;
        int index = isBehindItsRecord ? BEHIND_ITS_RECORD_INDEX : terse.getLeafIndex();
        int count = isBehindItsRecord ? BEHIND_ITS_RECORD_COUNT : terse.getLeafCount();
        Proof.Builder proof = Proof.newBuilder()
                .setSignature(terse.getSignature())
                .setLeafIndex(index)
                .setLeafCount(count)
                .addAllPath(terse.getPathList());
        if (terse.getPathCount() == 0) {
            pathAmong(records, head, index, count).forEach(hash -> proof.addPath(Protobuf.toByteString(hash)));
        }
        return SignedHead.newBuilder()
                .setHead(Protobuf.toByteString(head.encoded()))
                .setProof(proof)
                .build();
    }

    /** The path from the head if all other leaves are the last records; none if there are not as many. */
    private static List<Bytes> pathAmong(List<ByteString> records, Head head, int place, int count) {
        int others = count - 1;
        if (others < 1 || others > records.size() || place < 0 || place > others) {
            return List.of();
        }
        List<Bytes> leaves = new ArrayList<>(others + 1);
        for (ByteString record : records.subList(records.size() - others, records.size())) {
            leaves.add(MerkleTree.leafHash(SigningLabel.RECORD, Protobuf.toBytes(record)));
        }
        leaves.add(place, head.leafHash());
        return MerkleTree.of(leaves).path(place);
    }
}
