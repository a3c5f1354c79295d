package chat.samara.wire.channel;

import chat.samara.mls.credential.Credential;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceCertificateIn;

/** A member's MLS credential (RFC 9420 §5.3): basic, with an encoded device certificate as identity. */
public final class MemberCredential {
    private MemberCredential() {}

    /** The credential of the certified device. */
    public static Credential of(DeviceCertificate certificate) {
        return Credential.basic(certificate.encoded());
    }

    /** The certificate in a credential, not verified. */
    public static DeviceCertificateIn certificate(Credential credential) throws RefusedException {
        if (credential.type() != Credential.BASIC) {
            throw Field.malformed("credential type", Integer.toString(credential.type()), "basic, 1");
        }
        return DeviceCertificateIn.decode(credential.content());
    }
}
