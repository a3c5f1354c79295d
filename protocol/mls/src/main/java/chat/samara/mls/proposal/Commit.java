package chat.samara.mls.proposal;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.tree.UpdatePath;
import java.util.List;
import java.util.Optional;

/** {@code Commit} (RFC 9420 §12.4). */
public record Commit(List<ProposalOrRef> proposals, Optional<UpdatePath> path) implements TlsEncodable {
    public Commit {
        proposals = List.copyOf(proposals);
    }

    public static Commit readFrom(TlsReader reader) throws MlsException {
        return new Commit(reader.vector(ProposalOrRef::readFrom), reader.optional(UpdatePath::readFrom));
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.vector(proposals).optional(path);
    }
}
