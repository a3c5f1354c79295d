package chat.samara.systemtests.sim.adversary;

import chat.samara.systemtests.sim.oracle.Chronicle;
import chat.samara.systemtests.sim.oracle.Happening;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Optional;

/** What a device sends, changed before its server's better half sees it. */
final class UploadLies {
    /** A membership tag or an author's signature is within these last bytes of what it belongs to. */
    private static final int TAG_BYTES = 32;

    private final Chronicle chronicle;

    UploadLies(Chronicle chronicle) {
        this.chronicle = chronicle;
    }

    /** What may be done to a request. */
    enum Change {
        WITHHELD,
        MESSAGE_CHANGED,
        MESSAGE_RELABELLED,
        COMMIT_TAG_CHANGED
    }

    /** The request as it arrives; empty if it does not. */
    Optional<ClientFrame> change(Victim victim, ClientFrame request) {
        if (victim.changes().isEmpty() || request.hasLogin() || request.hasRegister()) {
            return Optional.of(request);
        }
        Change picked = victim.seed().pick(victim.changes().stream().sorted().toList());
        boolean message = request.hasSubmit() && request.getSubmit().getKind() == RecordKind.APPLICATION;
        boolean commit = request.hasSubmit() && request.getSubmit().getKind() == RecordKind.COMMIT;
        // Commits are few: whoever changes any changes this one.
        Change change =
                commit && victim.changes().contains(Change.COMMIT_TAG_CHANGED) ? Change.COMMIT_TAG_CHANGED : picked;
        if (change == Change.WITHHELD) {
            chronicle.count(Happening.REQUEST_WITHHELD);
            return Optional.empty();
        }
        if (change == Change.COMMIT_TAG_CHANGED && commit) {
            chronicle.count(Happening.COMMIT_CHANGED_ON_THE_WAY);
            return Optional.of(request.toBuilder()
                    .setSubmit(withOtherTag(victim, request.getSubmit()))
                    .build());
        }
        if (change == Change.MESSAGE_CHANGED && message) {
            chronicle.count(Happening.MESSAGE_CHANGED_ON_THE_WAY);
            ByteString payload = Bits.flipped(request.getSubmit().getPayload(), victim.seed());
            return Optional.of(request.toBuilder()
                    .setSubmit(request.getSubmit().toBuilder().setPayload(payload))
                    .build());
        }
        if (change == Change.MESSAGE_RELABELLED && message) {
            chronicle.count(Happening.MESSAGE_CHANGED_ON_THE_WAY);
            ByteString key = Bits.flipped(request.getSubmit().getIdempotencyKey(), victim.seed());
            return Optional.of(request.toBuilder()
                    .setSubmit(request.getSubmit().toBuilder().setIdempotencyKey(key))
                    .build());
        }
        return Optional.of(request);
    }

    private static Submit.Builder withOtherTag(Victim victim, Submit submit) {
        try {
            CommitPayload payload = CommitPayload.parseFrom(submit.getPayload());
            ByteString commit = Bits.flippedNearEnd(payload.getCommit(), TAG_BYTES, victim.seed());
            return submit.toBuilder()
                    .setPayload(payload.toBuilder().setCommit(commit).build().toByteString());
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a device sends a commit that cannot be parsed", e);
        }
    }
}
