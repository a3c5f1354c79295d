package chat.samara.mls.welcome;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import java.util.List;
import java.util.Optional;

/** {@code Welcome} (RFC 9420 §12.4.3.1). */
public record Welcome(int cipherSuite, List<EncryptedGroupSecrets> secrets, Bytes encryptedGroupInfo)
        implements TlsEncodable {
    private static final int MLS10 = 1;
    private static final int WIRE_FORMAT = 3;

    public Welcome {
        secrets = List.copyOf(secrets);
    }

    public static Welcome readFrom(TlsReader reader) throws MlsException {
        return new Welcome(reader.uint16(), reader.vector(EncryptedGroupSecrets::readFrom), reader.opaque());
    }

    /** Whom a Welcome is for, which a server routes it by: the KeyPackageRefs in an MLSMessage with a Welcome. */
    public static List<Bytes> keyPackageRefs(byte[] welcomeMlsMessage) throws MlsException {
        return TlsReader.decode(welcomeMlsMessage, reader -> {
            if (reader.uint16() != MLS10) {
                throw new MlsException(MlsError.UNSUPPORTED_VERSION, "an MLSMessage of another version than mls10");
            }
            if (reader.uint16() != WIRE_FORMAT) {
                throw new MlsException(MlsError.WRONG_MESSAGE_KIND, "an MLSMessage that holds no Welcome");
            }
            return readFrom(reader).secrets.stream()
                    .map(EncryptedGroupSecrets::newMember)
                    .toList();
        });
    }

    /** The secrets that are encrypted for the KeyPackage. */
    public Optional<EncryptedGroupSecrets> secretsFor(Bytes keyPackageRef) {
        return secrets.stream()
                .filter(entry -> entry.newMember().equals(keyPackageRef))
                .findFirst();
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.uint16(cipherSuite).vector(secrets).opaque(encryptedGroupInfo);
    }
}
