package chat.samara.mls.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Signatures and ciphertexts that mathematics would let pass, and that are refused. */
@DisplayName("A signature or ciphertext in another form than its one is refused:")
class OneFormTest {
    private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.UTF_8);

    private final SeededRandom random = new SeededRandom(5);

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(call)
                .extracting(MlsException::code)
                .isEqualTo(code);
    }

    @ParameterizedTest
    @EnumSource(Aead.class)
    @DisplayName("a ciphertext that is shorter than its tag, like any other that does not open")
    void shortCiphertext(Aead aead) {
        byte[] key = new byte[aead.keyBytes()];
        byte[] nonce = new byte[Aead.NONCE_BYTES];
        for (int length = 0; length <= Aead.TAG_BYTES; length++) {
            byte[] ciphertext = new byte[length];
            assertRefused(() -> aead.open(key, nonce, MESSAGE, ciphertext), MlsError.DECRYPTION_FAILED);
        }
    }

    @Test
    @DisplayName(
            "an Ed25519 signature whose S is not below the order, and any under a key of small order (RFC 8032 §5.1.7)")
    void ed25519() {
        SignatureKeyPair pair = Ed25519.generate(random);
        byte[] signature = pair.sign(MESSAGE).toByteArray();
        assertThat(Ed25519.verify(pair.publicKey(), MESSAGE, Bytes.of(signature)))
                .isTrue();
        BigInteger order = BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
        byte[] malleable = signature.clone();
        BigInteger carry = BigInteger.ZERO;
        for (int i = 0; i < 32; i++) {
            BigInteger sum = BigInteger.valueOf(signature[32 + i] & 0xff)
                    .add(order.shiftRight(8 * i).and(BigInteger.valueOf(0xff)))
                    .add(carry);
            malleable[32 + i] = sum.byteValue();
            carry = sum.shiftRight(8);
        }
        assertThat(Ed25519.verify(pair.publicKey(), MESSAGE, Bytes.of(malleable)))
                .isFalse();
        // R and the key are the neutral element, S is 0: that would verify over any message.
        byte[] neutral = new byte[32];
        neutral[0] = 1;
        byte[] forAll = new byte[64];
        forAll[0] = 1;
        assertThat(Ed25519.verify(Bytes.of(neutral), MESSAGE, Bytes.of(forAll))).isFalse();
    }
}
