package chat.samara.mls.framing;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.proposal.Commit;
import chat.samara.mls.proposal.Proposal;

/** What a message carries, by {@code ContentType} (RFC 9420 §6). */
public sealed interface Content {
    int APPLICATION = 1;
    int PROPOSAL = 2;
    int COMMIT = 3;

    /** Opaque data of the application. */
    record OfApplication(Bytes data) implements Content {
        @Override
        public int type() {
            return APPLICATION;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.opaque(data);
        }

        /** Not the data: it is what the group keeps secret. */
        @Override
        public String toString() {
            return "OfApplication(" + data.size() + " bytes)";
        }
    }

    /** A proposal. */
    record OfProposal(Proposal proposal) implements Content {
        @Override
        public int type() {
            return PROPOSAL;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.struct(proposal);
        }
    }

    /** A commit. */
    record OfCommit(Commit commit) implements Content {
        @Override
        public int type() {
            return COMMIT;
        }

        @Override
        public void writeBodyTo(TlsWriter writer) {
            writer.struct(commit);
        }
    }

    /** The {@code ContentType}. */
    int type();

    /** Appends what follows the type. */
    void writeBodyTo(TlsWriter writer);

    /** Reads content of a type that is known already. */
    static Content readBodyFrom(TlsReader reader, int type) throws MlsException {
        return switch (type) {
            case APPLICATION -> new OfApplication(reader.opaque());
            case PROPOSAL -> new OfProposal(Proposal.readFrom(reader));
            case COMMIT -> new OfCommit(Commit.readFrom(reader));
            default -> throw new MlsException(MlsError.MALFORMED, "content type " + type + ", expected 1 to 3");
        };
    }
}
