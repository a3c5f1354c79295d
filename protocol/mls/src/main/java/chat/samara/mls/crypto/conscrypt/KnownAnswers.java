package chat.samara.mls.crypto.conscrypt;

import chat.samara.mls.crypto.primitive.Curve25519;
import chat.samara.mls.crypto.primitive.Signer;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/** What a library must answer before it is trusted: RFC 8032 §7.1 (test 3), RFC 7748 §6.1, and what must be refused. A tenth of a millisecond. */
final class KnownAnswers {
    private static final byte[] SIGNER = hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
    private static final byte[] SIGNER_PUBLIC = hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
    private static final byte[] MESSAGE = hex("af82");
    private static final byte[] SIGNATURE = hex("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
            + "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a");

    private static final byte[] BOB = hex("5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb");
    private static final byte[] BOB_PUBLIC = hex("de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f");
    private static final byte[] ALICE_PUBLIC = hex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a");
    private static final byte[] SHARED = hex("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");

    private static final byte[] ZEROS = new byte[Curve25519.KEY_BYTES];

    /** Refuses all that can be refused, and fails at the rest. */
    static final Curve25519 REFUSES = new Curve25519() {
        @Override
        public byte[] x25519PublicKey(byte[] privateKey) {
            throw new IllegalStateException("no X25519 public key");
        }

        @Override
        public Optional<byte[]> x25519(byte[] privateKey, byte[] publicKey) {
            return Optional.empty();
        }

        @Override
        public byte[] ed25519PublicKey(byte[] privateKey) {
            throw new IllegalStateException("no Ed25519 public key");
        }

        @Override
        public Signer ed25519Signer(byte[] privateKey, byte[] publicKey) {
            throw new IllegalStateException("no Ed25519 signature");
        }

        @Override
        public boolean ed25519Verify(byte[] publicKey, byte[] message, byte[] signature) {
            return false;
        }
    };

    private KnownAnswers() {}

    /**
     * Asks for each known answer, twice where something is kept from the first time.
     *
     * @throws IllegalStateException if one is another; it says which
     */
    static void require(Curve25519 tested) {
        require(Arrays.equals(tested.x25519PublicKey(BOB), BOB_PUBLIC), "an X25519 public key");
        require(
                tested.x25519(BOB, ALICE_PUBLIC)
                        .filter(shared -> Arrays.equals(shared, SHARED))
                        .isPresent(),
                "an X25519 shared secret");
        require(tested.x25519(BOB, ZEROS).isEmpty(), "X25519 with a point of small order");
        require(Arrays.equals(tested.ed25519PublicKey(SIGNER), SIGNER_PUBLIC), "an Ed25519 public key");
        Signer signer = tested.ed25519Signer(SIGNER, SIGNER_PUBLIC);
        for (int again = 0; again < 2; again++) {
            require(Arrays.equals(signer.sign(MESSAGE), SIGNATURE), "an Ed25519 signature");
            require(tested.ed25519Verify(SIGNER_PUBLIC, MESSAGE, SIGNATURE), "a valid Ed25519 signature");
            for (int changed = 0; changed < Curve25519.SIGNATURE_BYTES; changed += Curve25519.KEY_BYTES) {
                byte[] wrong = SIGNATURE.clone();
                wrong[changed] ^= 1;
                require(!tested.ed25519Verify(SIGNER_PUBLIC, MESSAGE, wrong), "an invalid Ed25519 signature");
            }
        }
        require(!tested.ed25519Verify(ZEROS, MESSAGE, SIGNATURE), "Ed25519 with a key of small order");
    }

    private static void require(boolean right, String what) {
        if (!right) {
            throw new IllegalStateException("a wrong answer to " + what);
        }
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }
}
