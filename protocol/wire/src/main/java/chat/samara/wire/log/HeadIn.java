package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.SignedHead;

/** A head from outside: well formed, but nobody has checked the hub's proof. */
public final class HeadIn {
    private final Head head;
    private final Proof proof;

    private HeadIn(Head head, Proof proof) {
        this.head = head;
        this.proof = proof;
    }

    /** A head as it came over a link. */
    public static HeadIn of(SignedHead message) throws RefusedException {
        Head head = parse(Field.upTo("SignedHead.head", message.getHead(), Limits.HEAD_BYTES_MAX));
        if (!message.hasProof()) {
            throw Field.malformed("SignedHead.proof", "missing", "the hub's proof");
        }
        return new HeadIn(head, Proof.of(message.getProof()));
    }

    /** Decodes an encoded {@code samara.v1.SignedHead}, such as one from the own store. */
    public static HeadIn decode(Bytes encodedSignedHead) throws RefusedException {
        return of(Protobuf.decode("signed head", SignedHead.parser(), encodedSignedHead, Limits.SIGNED_HEAD_BYTES_MAX));
    }

    /** The channel that it claims: look up the hub's root key by this. */
    public ChannelId claimedChannel() {
        return head.channel();
    }

    /** The place that it claims. */
    public long claimedSeq() {
        return head.seq();
    }

    /** The entry that it claims to stand for. */
    public LogPosition claimedPosition() {
        return head.position();
    }

    /** As it travels and is stored; the head's bytes are those that came. */
    public SignedHead toProto() {
        return head.toProto(proof);
    }

    /** Checks the hub's proof. Refused with {@code INVALID_PROOF}. */
    public ProvenHead verify(Bytes hubRootKey) throws RefusedException {
        return verify(hubRootKey, new VerifiedBatches());
    }

    /** As {@link #verify(Bytes)}; the signature of a batch that was verified before is not verified again. */
    ProvenHead verify(Bytes hubRootKey, VerifiedBatches verified) throws RefusedException {
        if (!proof.proves(head.leafHash(), hubRootKey, verified)) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "the head at " + head.seq() + " of " + head.channel() + " is not proven by the hub's root key",
                    "head-proof");
        }
        return new ProvenHead(head, proof);
    }

    /** For a head from the own store, which was verified before it was written there. */
    public ProvenHead trustStored() {
        return new ProvenHead(head, proof);
    }

    private static Head parse(Bytes encoded) throws RefusedException {
        chat.samara.wire.proto.Head message =
                Protobuf.decode("Head", chat.samara.wire.proto.Head.parser(), encoded, Limits.HEAD_BYTES_MAX);
        Field.requireVersion("Head.version", message.getVersion(), Head.VERSION);
        LogPosition position = new LogPosition(
                ChannelId.fromWire("Head.channel_id", message.getChannelId()),
                Field.atLeast("Head.term", message.getTerm(), 1),
                Field.atLeast("Head.seq", message.getSeq(), 1),
                Field.exactly("Head.entry_hash", message.getEntryHash(), Sha256.BYTES));
        long stableSeq = Field.atLeast("Head.stable_seq", message.getStableSeq(), 0);
        if (stableSeq > position.seq()) {
            throw Field.malformed("Head.stable_seq", Long.toString(stableSeq), "at most seq, " + position.seq());
        }
        return new Head(position, stableSeq, encoded);
    }
}
