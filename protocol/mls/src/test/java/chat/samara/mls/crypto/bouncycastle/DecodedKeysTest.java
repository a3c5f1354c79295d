package chat.samara.mls.crypto.bouncycastle;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.SeededRandom;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Verification with decoded Ed25519 keys")
class DecodedKeysTest {
    private static final JavaCurve25519 CURVE = JavaCurve25519.INSTANCE;

    private final SeededRandom random = new SeededRandom(30);

    /** The neutral element, the point of order two, points of order four and eight, and encodings that are not the shortest. */
    private static final List<String> ODD_KEYS = List.of(
            "0100000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");

    private static boolean direct(byte[] key, byte[] message, byte[] signature) {
        return Ed25519.verify(signature, 0, key, 0, message, 0, message.length);
    }

    @Test
    @DisplayName(
            "answers as verification with encoded keys does: for signers, for other keys, and for bytes that are no key")
    void answersTheSame() {
        for (int i = 0; i < 300; i++) {
            byte[] privateKey = random.bytes(32);
            byte[] publicKey = CURVE.ed25519PublicKey(privateKey);
            byte[] message = random.bytes(i);
            byte[] signature = CURVE.ed25519Signer(privateKey, publicKey).sign(message);
            assertThat(CURVE.ed25519Verify(publicKey, message, signature))
                    .as("%s, key %d", random, i)
                    .isTrue();
            byte[] other = random.bytes(32);
            for (int again = 0; again < 2; again++) {
                assertThat(CURVE.ed25519Verify(other, message, signature))
                        .as("%s, other key %d", random, i)
                        .isEqualTo(direct(other, message, signature));
            }
            signature[random.below(64)] ^= 1;
            assertThat(CURVE.ed25519Verify(publicKey, message, signature))
                    .as("%s, changed signature %d", random, i)
                    .isFalse();
        }
    }

    @Test
    @DisplayName("refuses keys of small order and encodings that are not the shortest, at first and again")
    void refusesOddKeys() {
        List<byte[]> signatures = new ArrayList<>();
        signatures.add(new byte[64]);
        byte[] neutral = new byte[64];
        neutral[0] = 1;
        signatures.add(neutral);
        for (String hex : ODD_KEYS) {
            byte[] key = HexFormat.of().parseHex(hex);
            for (byte[] signature : signatures) {
                for (int again = 0; again < 2; again++) {
                    assertThat(CURVE.ed25519Verify(key, new byte[3], signature))
                            .as("key %s", hex)
                            .isFalse();
                }
                assertThat(direct(key, new byte[3], signature)).isFalse();
            }
        }
    }

    @Test
    @DisplayName("a key that another one has pushed out of its place is decoded again")
    void survivesCrowding() {
        byte[] privateKey = random.bytes(32);
        byte[] publicKey = CURVE.ed25519PublicKey(privateKey);
        byte[] message = {1};
        byte[] signature = CURVE.ed25519Signer(privateKey, publicKey).sign(message);
        for (int i = 0; i < 5_000; i++) {
            CURVE.ed25519Verify(random.bytes(32), message, signature);
            if (i % 100 == 0) {
                assertThat(CURVE.ed25519Verify(publicKey, message, signature))
                        .as("%s, round %d", random, i)
                        .isTrue();
            }
        }
    }
}
