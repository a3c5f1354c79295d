package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ErrorCode;

/** A {@link DeviceCertificate} from outside: well formed, but nobody has checked the signature. */
public final class DeviceCertificateIn {
    private final UserId user;
    private final Bytes identityKey;
    private final Bytes signature;
    private final Bytes encoded;

    private DeviceCertificateIn(UserId user, Bytes identityKey, Bytes signature, Bytes encoded) {
        this.user = user;
        this.identityKey = identityKey;
        this.signature = signature;
        this.encoded = encoded;
    }

    /** Decodes the identity of a leaf's basic credential. Refused unless it is in its one form. */
    public static DeviceCertificateIn decode(Bytes encoded) throws RefusedException {
        return of(
                Protobuf.decode(
                        "device certificate",
                        chat.samara.wire.proto.DeviceCertificate.parser(),
                        encoded,
                        Limits.DEVICE_CERTIFICATE_BYTES_MAX),
                encoded);
    }

    /** As part of another message. */
    public static DeviceCertificateIn of(chat.samara.wire.proto.DeviceCertificate message) throws RefusedException {
        return of(message, Protobuf.encode(message));
    }

    private static DeviceCertificateIn of(chat.samara.wire.proto.DeviceCertificate message, Bytes encoded)
            throws RefusedException {
        Field.requireVersion("DeviceCertificate.version", message.getVersion(), DeviceCertificate.VERSION);
        Field.requireAtMost("DeviceCertificate.user_id", message.getUserId(), Limits.USER_ID_BYTES_MAX);
        UserId user = UserId.fromWire(message.getUserId());
        Bytes identityKey =
                Field.exactly("DeviceCertificate.identity_key", message.getIdentityKey(), Ed25519.KEY_BYTES);
        Bytes signature = Field.exactly(
                "DeviceCertificate.identity_signature", message.getIdentitySignature(), Ed25519.SIGNATURE_BYTES);
        // The signature covers a body rebuilt from the fields; so there must be only one encoding of them.
        if (!DeviceCertificate.encode(user, identityKey, signature).equals(encoded)) {
            throw Field.malformed("DeviceCertificate", "not in its one encoding", "no unknown or repeated fields");
        }
        return new DeviceCertificateIn(user, identityKey, signature, encoded);
    }

    /** The member that it claims. */
    public UserId claimedUser() {
        return user;
    }

    /** The member's identity public key that it claims, 32 bytes. */
    public Bytes claimedIdentityKey() {
        return identityKey;
    }

    /** Whether both claim the same member with the same identity key. */
    public boolean isSameMemberAs(DeviceCertificateIn other) {
        return user.equals(other.user) && identityKey.equals(other.identityKey);
    }

    /**
     * Checks the identity key's signature over the device's MLS signature public key. Whether the identity key is the right one
     * for the member is the caller's to judge (it is pinned at first sight). Refused with {@code INVALID_PROOF}.
     */
    public DeviceCertificate verify(Bytes deviceSignatureKey) throws RefusedException {
        if (deviceSignatureKey.size() != Ed25519.KEY_BYTES) {
            throw Field.malformed(
                    "device_signature_key", deviceSignatureKey.size() + " bytes", Ed25519.KEY_BYTES + " bytes");
        }
        Bytes body = DeviceCertificate.signedBody(user, identityKey, deviceSignatureKey);
        if (!SigningLabel.DEVICE_CERTIFICATE.verify(identityKey, body, signature)) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "the certificate of a device of " + user
                            + " is not signed by the identity key in it for this device",
                    "device-certificate");
        }
        return new DeviceCertificate(user, identityKey, deviceSignatureKey, encoded);
    }
}
