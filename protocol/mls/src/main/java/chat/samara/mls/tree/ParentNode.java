package chat.samara.mls.tree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;

/**
 * A non-blank intermediate node (RFC 9420 §7.1).
 *
 * @param encryptionKey the HPKE public key, whose private key the members below hold, unmerged ones excepted
 * @param parentHash the parent hash of the next non-blank node above, empty at the top (RFC 9420 §7.9)
 * @param unmergedLeaves the leaves below that do not hold the private key
 */
public record ParentNode(Bytes encryptionKey, Bytes parentHash, LeafSet unmergedLeaves) implements TlsEncodable {
    /** Reads one node. Entries of {@code unmerged_leaves} that are not strictly increasing are malformed. */
    public static ParentNode readFrom(TlsReader reader) throws MlsException {
        Bytes encryptionKey = reader.opaque();
        Bytes parentHash = reader.opaque();
        int[] unmerged = readIndices(reader.nested());
        if (!LeafSet.isStrictlyIncreasing(unmerged)) {
            throw new MlsException(
                    MlsError.MALFORMED, "unmerged_leaves out of order, expected increasing indices (RFC 9420 §7.1)");
        }
        return new ParentNode(encryptionKey, parentHash, LeafSet.of(unmerged));
    }

    private static int[] readIndices(TlsReader reader) throws MlsException {
        int[] indices = new int[reader.remaining() / Integer.BYTES];
        for (int i = 0; i < indices.length; i++) {
            indices[i] = reader.index32();
        }
        reader.requireEnd();
        return indices;
    }

    @Override
    public void writeTo(TlsWriter writer) {
        unmergedLeaves.writeTo(writer.opaque(encryptionKey).opaque(parentHash));
    }

    ParentNode withUnmergedLeaves(LeafSet leaves) {
        return leaves.equals(unmergedLeaves) ? this : new ParentNode(encryptionKey, parentHash, leaves);
    }
}
