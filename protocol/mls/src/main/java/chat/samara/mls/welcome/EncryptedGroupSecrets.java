package chat.samara.mls.welcome;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.HpkeCiphertext;

/**
 * {@code EncryptedGroupSecrets} (RFC 9420 §12.4.3.1).
 *
 * @param newMember the KeyPackageRef of the new member's KeyPackage
 */
public record EncryptedGroupSecrets(Bytes newMember, HpkeCiphertext encryptedGroupSecrets) implements TlsEncodable {
    public static EncryptedGroupSecrets readFrom(TlsReader reader) throws MlsException {
        return new EncryptedGroupSecrets(reader.opaque(), HpkeCiphertext.readFrom(reader));
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.opaque(newMember).struct(encryptedGroupSecrets);
    }
}
