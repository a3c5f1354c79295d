package chat.samara.mls.proposal;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;

/** {@code ProposalOrRef} (RFC 9420 §12.4): a proposal in the commit itself, or one that was sent before. */
public sealed interface ProposalOrRef extends TlsEncodable {
    int PROPOSAL = 1;
    int REFERENCE = 2;

    /** By value: the committer's own. */
    record ByValue(Proposal proposal) implements ProposalOrRef {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint8(PROPOSAL).struct(proposal);
        }
    }

    /** By reference: the {@code ProposalRef} of what was sent in this epoch (RFC 9420 §5.2). */
    record ByReference(Bytes ref) implements ProposalOrRef {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint8(REFERENCE).opaque(ref);
        }
    }

    static ProposalOrRef readFrom(TlsReader reader) throws MlsException {
        int type = reader.uint8();
        return switch (type) {
            case PROPOSAL -> new ByValue(Proposal.readFrom(reader));
            case REFERENCE -> new ByReference(reader.opaque());
            default -> throw new MlsException(MlsError.MALFORMED, "ProposalOrRef type " + type + ", expected 1 or 2");
        };
    }
}
