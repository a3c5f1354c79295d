package chat.samara.mls.tree;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;

/** {@code LeafNodeSource} with what hangs on it (RFC 9420 §7.2): how a leaf came to be. */
public sealed interface LeafNodeSource extends TlsEncodable {
    /** Made for a KeyPackage, before any group was known. */
    record FromKeyPackage(Lifetime lifetime) implements LeafNodeSource {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint8(KEY_PACKAGE).struct(lifetime);
        }
    }

    /** Made for an Update proposal. */
    record FromUpdate() implements LeafNodeSource {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint8(UPDATE);
        }
    }

    /** Made for a commit's path. */
    record FromCommit(Bytes parentHash) implements LeafNodeSource {
        @Override
        public void writeTo(TlsWriter writer) {
            writer.uint8(COMMIT).opaque(parentHash);
        }
    }

    int KEY_PACKAGE = 1;
    int UPDATE = 2;
    int COMMIT = 3;

    static LeafNodeSource readFrom(TlsReader reader) throws MlsException {
        int source = reader.uint8();
        return switch (source) {
            case KEY_PACKAGE -> new FromKeyPackage(Lifetime.readFrom(reader));
            case UPDATE -> new FromUpdate();
            case COMMIT -> new FromCommit(reader.opaque());
            default -> throw new MlsException(MlsError.MALFORMED, "leaf node source " + source + ", expected 1 to 3");
        };
    }
}
