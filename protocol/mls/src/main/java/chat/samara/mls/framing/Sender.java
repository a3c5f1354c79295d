package chat.samara.mls.framing;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;

/** {@code Sender} (RFC 9420 §6). */
public sealed interface Sender extends TlsEncodable {
    int MEMBER = 1;
    int EXTERNAL = 2;
    int NEW_MEMBER_PROPOSAL = 3;
    int NEW_MEMBER_COMMIT = 4;

    /** A member, by leaf index; negative stands for more than 2^31 - 1. */
    record Member(int leafIndex) implements Sender {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint8(MEMBER).uint32(leafIndex);
        }
    }

    /** A sender of the {@code external_senders} extension, by its place there; negative stands for more than 2^31 - 1. */
    record External(int senderIndex) implements Sender {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint8(EXTERNAL).uint32(senderIndex);
        }
    }

    /** Someone who proposes to be added. */
    record NewMemberProposal() implements Sender {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint8(NEW_MEMBER_PROPOSAL);
        }
    }

    /** Someone who joins by an external commit. */
    record NewMemberCommit() implements Sender {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint8(NEW_MEMBER_COMMIT);
        }
    }

    /** Whether the signature covers the GroupContext (RFC 9420 §6.1). */
    default boolean signsGroupContext() {
        return this instanceof Member || this instanceof NewMemberCommit;
    }

    static Sender readFrom(TlsReader reader) throws MlsException {
        int type = reader.uint8();
        return switch (type) {
            case MEMBER -> new Member(reader.uint32());
            case EXTERNAL -> new External(reader.uint32());
            case NEW_MEMBER_PROPOSAL -> new NewMemberProposal();
            case NEW_MEMBER_COMMIT -> new NewMemberCommit();
            default -> throw new MlsException(MlsError.MALFORMED, "sender type " + type + ", expected 1 to 4");
        };
    }
}
