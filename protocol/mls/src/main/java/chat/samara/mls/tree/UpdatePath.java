package chat.samara.mls.tree;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import java.util.List;

/** {@code UpdatePath} (RFC 9420 §7.6): the committer's new leaf and the nodes of its filtered direct path, leaf to root. */
public record UpdatePath(LeafNode leafNode, List<UpdatePathNode> nodes) implements TlsEncodable {
    public UpdatePath {
        nodes = List.copyOf(nodes);
    }

    public static UpdatePath readFrom(TlsReader reader) throws MlsException {
        return new UpdatePath(LeafNode.readFrom(reader), reader.vector(UpdatePathNode::readFrom));
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.struct(leafNode).vector(nodes);
    }
}
