package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.SigningLabel;
import chat.samara.wire.proto.SignedHead;

/**
 * The end of a log as its hub vouches for it, without the proof. Made by the hub, or verified by {@link HeadIn#verify}.
 *
 * @param position the last entry
 * @param stableSeq everything up to here is durable on a majority of the succession set
 * @param encoded an encoded {@code samara.v1.Head}
 */
public record Head(LogPosition position, long stableSeq, Bytes encoded) {
    static final int VERSION = 1;

    /** The hub's head at this position. */
    public static Head of(LogPosition position, long stableSeq) {
        if (position.isStart() || stableSeq < 0 || stableSeq > position.seq()) {
            throw new IllegalArgumentException("head at " + position.seq() + " with stable_seq " + stableSeq
                    + ", expected at least one entry and 0 <= stable_seq <= seq");
        }
        Bytes encoded = Protobuf.encode(chat.samara.wire.proto.Head.newBuilder()
                .setVersion(VERSION)
                .setChannelId(Protobuf.toByteString(position.channel().bytes()))
                .setTerm(position.term())
                .setSeq(position.seq())
                .setEntryHash(Protobuf.toByteString(position.entryHash()))
                .setStableSeq(stableSeq)
                .build());
        return new Head(position, stableSeq, encoded);
    }

    /** The channel. */
    public ChannelId channel() {
        return position.channel();
    }

    /** The last entry's place. */
    public long seq() {
        return position.seq();
    }

    /** Its leaf in the hub's batch. */
    public Bytes leafHash() {
        return MerkleTree.leafHash(SigningLabel.HEAD, encoded);
    }

    /** As it travels and is stored, with a proof of it. */
    SignedHead toProto(Proof proof) {
        return SignedHead.newBuilder()
                .setHead(Protobuf.toByteString(encoded))
                .setProof(proof.toProto())
                .build();
    }

    /**
     * Whether this and the other cannot both be of an honest hub: the same place of the same channel in the same term, but
     * another hash. Two such heads with their proofs are evidence (design §5).
     */
    public boolean contradicts(LogPosition other) {
        return position.channel().equals(other.channel())
                && position.term() == other.term()
                && position.seq() == other.seq()
                && !position.entryHash().equals(other.entryHash());
    }
}
