package chat.samara.mls.tree;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.HpkeCiphertext;
import java.util.List;

/** {@code UpdatePathNode} (RFC 9420 §7.6): a node's new public key, and its path secret for each key on the copath. */
public record UpdatePathNode(Bytes encryptionKey, List<HpkeCiphertext> encryptedPathSecrets) implements TlsEncodable {
    public UpdatePathNode {
        encryptedPathSecrets = List.copyOf(encryptedPathSecrets);
    }

    public static UpdatePathNode readFrom(TlsReader reader) throws MlsException {
        return new UpdatePathNode(reader.opaque(), reader.vector(HpkeCiphertext::readFrom));
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.opaque(encryptionKey).vector(encryptedPathSecrets);
    }
}
