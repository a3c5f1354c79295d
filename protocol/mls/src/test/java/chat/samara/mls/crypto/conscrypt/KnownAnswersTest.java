package chat.samara.mls.crypto.conscrypt;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import chat.samara.mls.crypto.bouncycastle.JavaCurve25519;
import chat.samara.mls.crypto.primitive.Curve25519;
import chat.samara.mls.crypto.primitive.Signer;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The known answers")
class KnownAnswersTest {
    /** Right in everything, until a test overrides something. */
    private static class Flawed implements Curve25519 {
        private final Curve25519 right = JavaCurve25519.INSTANCE;

        @Override
        public byte[] x25519PublicKey(byte[] privateKey) {
            return right.x25519PublicKey(privateKey);
        }

        @Override
        public Optional<byte[]> x25519(byte[] privateKey, byte[] publicKey) {
            return right.x25519(privateKey, publicKey);
        }

        @Override
        public byte[] ed25519PublicKey(byte[] privateKey) {
            return right.ed25519PublicKey(privateKey);
        }

        @Override
        public Signer ed25519Signer(byte[] privateKey, byte[] publicKey) {
            return right.ed25519Signer(privateKey, publicKey);
        }

        @Override
        public boolean ed25519Verify(byte[] publicKey, byte[] message, byte[] signature) {
            return right.ed25519Verify(publicKey, message, signature);
        }
    }

    private static byte[] changed(byte[] right) {
        right[7] ^= 1;
        return right;
    }

    private static void assertFound(Curve25519 flawed, String what) {
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> KnownAnswers.require(flawed))
                .withMessageContaining(what);
    }

    @Test
    @DisplayName("are those of Bouncy Castle")
    void areRight() {
        assertThatNoException().isThrownBy(() -> KnownAnswers.require(new Flawed()));
    }

    @Test
    @DisplayName("find a wrong public key, of X25519 and of Ed25519")
    void findWrongPublicKeys() {
        assertFound(
                new Flawed() {
                    @Override
                    public byte[] x25519PublicKey(byte[] privateKey) {
                        return changed(super.x25519PublicKey(privateKey));
                    }
                },
                "an X25519 public key");
        assertFound(
                new Flawed() {
                    @Override
                    public byte[] ed25519PublicKey(byte[] privateKey) {
                        return changed(super.ed25519PublicKey(privateKey));
                    }
                },
                "an Ed25519 public key");
    }

    @Test
    @DisplayName("find a wrong shared secret, and one that is all zeros")
    void findWrongSecrets() {
        assertFound(
                new Flawed() {
                    @Override
                    public Optional<byte[]> x25519(byte[] privateKey, byte[] publicKey) {
                        return super.x25519(privateKey, publicKey).map(KnownAnswersTest::changed);
                    }
                },
                "an X25519 shared secret");
        assertFound(
                new Flawed() {
                    @Override
                    public Optional<byte[]> x25519(byte[] privateKey, byte[] publicKey) {
                        return Optional.of(super.x25519(privateKey, publicKey).orElseGet(() -> new byte[KEY_BYTES]));
                    }
                },
                "small order");
    }

    @Test
    @DisplayName("find a wrong signature, one that is refused, and one that should be")
    void findWrongSignatures() {
        assertFound(
                new Flawed() {
                    @Override
                    public Signer ed25519Signer(byte[] privateKey, byte[] publicKey) {
                        Signer right = super.ed25519Signer(privateKey, publicKey);
                        return message -> changed(right.sign(message));
                    }
                },
                "an Ed25519 signature");
        assertFound(
                new Flawed() {
                    @Override
                    public boolean ed25519Verify(byte[] publicKey, byte[] message, byte[] signature) {
                        return false;
                    }
                },
                "a valid Ed25519 signature");
        assertFound(
                new Flawed() {
                    @Override
                    public boolean ed25519Verify(byte[] publicKey, byte[] message, byte[] signature) {
                        return true;
                    }
                },
                "an invalid Ed25519 signature");
    }

    @Test
    @DisplayName("find a library that answers nothing")
    void findSilence() {
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> KnownAnswers.require(KnownAnswers.REFUSES));
    }
}
