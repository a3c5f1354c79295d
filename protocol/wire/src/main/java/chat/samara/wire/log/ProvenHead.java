package chat.samara.wire.log;

import chat.samara.wire.proto.SignedHead;

/** A head with its hub's proof: made by the hub when it sealed the batch, or verified by {@link HeadIn#verify}. */
public record ProvenHead(Head head, Proof proof) {
    /** As it travels and is stored. */
    public SignedHead toProto() {
        return head.toProto(proof);
    }
}
