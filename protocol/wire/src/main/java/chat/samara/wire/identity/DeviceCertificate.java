package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.DeviceCertificateBody;
import java.util.Objects;

/**
 * Says, with a member's identity key, that a device is the member's. Verified: it was issued here, or came out of
 * {@link DeviceCertificateIn#verify}. It is the content of the leaf's basic credential, so every byte of it travels in each
 * KeyPackage and leaf: the device's key is not repeated inside but stands beside it, and what is signed is rebuilt from both.
 */
public final class DeviceCertificate {
    static final int VERSION = 1;

    private final UserId user;
    private final Bytes identityKey;
    private final Bytes deviceSignatureKey;
    private final Bytes encoded;

    DeviceCertificate(UserId user, Bytes identityKey, Bytes deviceSignatureKey, Bytes encoded) {
        this.user = user;
        this.identityKey = identityKey;
        this.deviceSignatureKey = deviceSignatureKey;
        this.encoded = encoded;
    }

    /** Certifies that the device with this MLS signature public key is the member's. */
    public static DeviceCertificate issue(SignatureKeyPair identityKey, UserId user, Bytes deviceSignatureKey) {
        if (deviceSignatureKey.size() != Ed25519.KEY_BYTES) {
            throw new IllegalArgumentException(
                    "device signature key of " + deviceSignatureKey.size() + " bytes, expected " + Ed25519.KEY_BYTES);
        }
        Bytes signature = SigningLabel.DEVICE_CERTIFICATE.sign(
                identityKey, signedBody(user, identityKey.publicKey(), deviceSignatureKey));
        Bytes encoded = encode(user, identityKey.publicKey(), signature);
        return new DeviceCertificate(user, identityKey.publicKey(), deviceSignatureKey, encoded);
    }

    static Bytes encode(UserId user, Bytes identityKey, Bytes signature) {
        return Protobuf.encode(chat.samara.wire.proto.DeviceCertificate.newBuilder()
                .setVersion(VERSION)
                .setUserId(user.toString())
                .setIdentityKey(Protobuf.toByteString(identityKey))
                .setIdentitySignature(Protobuf.toByteString(signature))
                .build());
    }

    static Bytes signedBody(UserId user, Bytes identityKey, Bytes deviceSignatureKey) {
        return Protobuf.encode(DeviceCertificateBody.newBuilder()
                .setVersion(VERSION)
                .setUserId(user.toString())
                .setIdentityKey(Protobuf.toByteString(identityKey))
                .setDeviceSignatureKey(Protobuf.toByteString(deviceSignatureKey))
                .build());
    }

    /** The member that owns the device. */
    public UserId user() {
        return user;
    }

    /** The member's Ed25519 identity public key, 32 bytes; devices pin it at first sight. */
    public Bytes identityKey() {
        return identityKey;
    }

    /** The device's MLS signature public key, 32 bytes. */
    public Bytes deviceSignatureKey() {
        return deviceSignatureKey;
    }

    /** The device. */
    public DeviceId device() {
        return DeviceId.ofSignatureKey(deviceSignatureKey);
    }

    /** The member and the device. */
    public UserDevice userDevice() {
        return new UserDevice(user, device());
    }

    /** An encoded {@code samara.v1.DeviceCertificate}: the identity in the leaf's basic credential. */
    public Bytes encoded() {
        return encoded;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DeviceCertificate that
                && encoded.equals(that.encoded)
                && deviceSignatureKey.equals(that.deviceSignatureKey);
    }

    @Override
    public int hashCode() {
        return Objects.hash(encoded, deviceSignatureKey);
    }

    @Override
    public String toString() {
        return "DeviceCertificate(" + userDevice() + ", identity key " + identityKey + ")";
    }
}
