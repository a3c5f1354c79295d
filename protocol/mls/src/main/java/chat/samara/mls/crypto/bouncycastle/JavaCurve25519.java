package chat.samara.mls.crypto.bouncycastle;

import chat.samara.mls.crypto.primitive.Curve25519;
import chat.samara.mls.crypto.primitive.Signer;
import java.util.Optional;
import org.bouncycastle.math.ec.rfc7748.X25519;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/** Curve25519 in Java alone: what there is on every platform, and what decides which signatures are valid. */
public enum JavaCurve25519 implements Curve25519 {
    INSTANCE;

    @Override
    public byte[] x25519PublicKey(byte[] privateKey) {
        byte[] publicKey = new byte[KEY_BYTES];
        X25519.generatePublicKey(privateKey, 0, publicKey, 0);
        return publicKey;
    }

    @Override
    public Optional<byte[]> x25519(byte[] privateKey, byte[] publicKey) {
        byte[] shared = new byte[KEY_BYTES];
        return X25519.calculateAgreement(privateKey, 0, publicKey, 0, shared, 0)
                ? Optional.of(shared)
                : Optional.empty();
    }

    @Override
    public byte[] ed25519PublicKey(byte[] privateKey) {
        byte[] publicKey = new byte[KEY_BYTES];
        Ed25519.generatePublicKey(privateKey, 0, publicKey, 0);
        return publicKey;
    }

    @Override
    public Signer ed25519Signer(byte[] privateKey, byte[] publicKey) {
        return message -> {
            byte[] signature = new byte[SIGNATURE_BYTES];
            Ed25519.sign(privateKey, 0, publicKey, 0, message, 0, message.length, signature, 0);
            return signature;
        };
    }

    @Override
    public boolean ed25519Verify(byte[] publicKey, byte[] message, byte[] signature) {
        if (publicKey.length != KEY_BYTES || signature.length != SIGNATURE_BYTES) {
            return false;
        }
        Ed25519.PublicPoint point = DecodedKeys.decode(publicKey);
        return point != null && Ed25519.verify(signature, 0, point, message, 0, message.length);
    }
}
