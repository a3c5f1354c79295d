package chat.samara.mls.schedule;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.extension.Extension;
import java.util.List;

/**
 * {@code GroupContext} (RFC 9420 §8.1) of version mls10: what all members agree on in an epoch.
 *
 * @param cipherSuite a code point, which {@link #suite} resolves
 * @param epoch unsigned
 */
public record GroupContext(
        int cipherSuite,
        Bytes groupId,
        long epoch,
        Bytes treeHash,
        Bytes confirmedTranscriptHash,
        List<Extension> extensions)
        implements TlsEncodable {
    private static final int MLS10 = 1;

    public GroupContext {
        extensions = List.copyOf(extensions);
    }

    public static GroupContext readFrom(TlsReader reader) throws MlsException {
        int version = reader.uint16();
        if (version != MLS10) {
            throw new MlsException(MlsError.UNSUPPORTED_VERSION, "GroupContext of version " + version + ", expected 1");
        }
        return new GroupContext(
                reader.uint16(),
                reader.opaque(),
                reader.uint64(),
                reader.opaque(),
                reader.opaque(),
                Extension.readListFrom(reader));
    }

    /** The group's suite, or {@link MlsError#UNSUPPORTED_CIPHER_SUITE}. */
    public CipherSuite suite() throws MlsException {
        return CipherSuite.of(cipherSuite);
    }

    /** The same with another tree hash. */
    public GroupContext withTreeHash(Bytes newTreeHash) {
        return new GroupContext(cipherSuite, groupId, epoch, newTreeHash, confirmedTranscriptHash, extensions);
    }

    /** The same with another confirmed transcript hash. */
    public GroupContext withConfirmedTranscriptHash(Bytes newConfirmedTranscriptHash) {
        return new GroupContext(cipherSuite, groupId, epoch, treeHash, newConfirmedTranscriptHash, extensions);
    }

    /** The provisional context of the next epoch: with the old transcript hash (RFC 9420 §12.4.1). */
    public GroupContext provisional(Bytes newTreeHash, List<Extension> newExtensions) {
        return new GroupContext(cipherSuite, groupId, epoch + 1, newTreeHash, confirmedTranscriptHash, newExtensions);
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.uint16(MLS10)
                .uint16(cipherSuite)
                .opaque(groupId)
                .uint64(epoch)
                .opaque(treeHash)
                .opaque(confirmedTranscriptHash)
                .vector(extensions);
    }
}
