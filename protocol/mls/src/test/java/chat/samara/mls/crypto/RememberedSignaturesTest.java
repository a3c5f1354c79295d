package chat.samara.mls.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.bouncycastle.JavaCurve25519;
import chat.samara.mls.crypto.primitive.Curve25519;
import chat.samara.mls.crypto.primitive.Signer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A signature that was found good")
class RememberedSignaturesTest {
    private static final int KEPT = 1 << 10;

    private final Counting counting = new Counting();
    private final RememberedSignatures remembered = new RememberedSignatures(counting, KEPT);

    /**
     * Counts, and takes what is quick to make for a signature: the key's first byte, the message's last byte and 62 zeros.
     */
    private static final class Counting implements Curve25519 {
        final AtomicInteger verified = new AtomicInteger();

        @Override
        public boolean ed25519Verify(byte[] publicKey, byte[] message, byte[] signature) {
            verified.incrementAndGet();
            return publicKey.length == KEY_BYTES
                    && message.length > 0
                    && Bytes.of(signature).equals(Bytes.of(signature(publicKey, message)));
        }

        @Override
        public byte[] x25519PublicKey(byte[] privateKey) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<byte[]> x25519(byte[] privateKey, byte[] publicKey) {
            throw new UnsupportedOperationException();
        }

        @Override
        public byte[] ed25519PublicKey(byte[] privateKey) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Signer ed25519Signer(byte[] privateKey, byte[] publicKey) {
            throw new UnsupportedOperationException();
        }
    }

    private static byte[] signature(byte[] publicKey, byte[] message) {
        byte[] signature = new byte[Curve25519.SIGNATURE_BYTES];
        signature[0] = publicKey[0];
        signature[1] = message[message.length - 1];
        return signature;
    }

    private static byte[] key(int first) {
        byte[] key = new byte[Curve25519.KEY_BYTES];
        key[0] = (byte) first;
        return key;
    }

    private static byte[] message(int number) {
        return new byte[] {(byte) (number >> 24), (byte) (number >> 16), (byte) (number >> 8), (byte) number};
    }

    @Test
    @DisplayName("is verified once")
    void once() {
        byte[] signature = signature(key(7), message(1));
        assertThat(remembered.ed25519Verify(key(7), message(1), signature)).isTrue();
        assertThat(remembered.ed25519Verify(key(7), message(1), signature)).isTrue();
        assertThat(counting.verified).hasValue(1);
        assertThat(remembered.remembered()).isEqualTo(1);
    }

    @Test
    @DisplayName("says nothing of the same bytes under another key, over another message, or divided otherwise")
    void elsewhere() {
        byte[] signature = signature(key(7), message(1));
        assertThat(remembered.ed25519Verify(key(7), message(1), signature)).isTrue();
        assertThat(remembered.ed25519Verify(key(8), message(1), signature)).isFalse();
        assertThat(remembered.ed25519Verify(key(7), message(2), signature)).isFalse();
        byte[] changed = signature.clone();
        changed[63] = 1;
        assertThat(remembered.ed25519Verify(key(7), message(1), changed)).isFalse();
        // The hash of what was good is over these same bytes, one after the other.
        byte[] all = Bytes.concat(Bytes.of(key(7)), Bytes.of(signature), Bytes.of(message(1)))
                .toByteArray();
        for (int keyBytes = 0; keyBytes <= all.length; keyBytes++) {
            for (int signatureBytes = 0; keyBytes + signatureBytes <= all.length; signatureBytes++) {
                if (keyBytes != Curve25519.KEY_BYTES || signatureBytes != Curve25519.SIGNATURE_BYTES) {
                    assertThat(remembered.ed25519Verify(
                                    part(all, 0, keyBytes),
                                    part(all, keyBytes + signatureBytes, all.length),
                                    part(all, keyBytes, keyBytes + signatureBytes)))
                            .as("a key of %s bytes and a signature of %s", keyBytes, signatureBytes)
                            .isFalse();
                }
            }
        }
        assertThat(remembered.remembered()).isZero();
    }

    private static byte[] part(byte[] all, int from, int to) {
        return Bytes.of(all).slice(from, to).toByteArray();
    }

    @Test
    @DisplayName("is not one that was refused: that is refused again, by a look at it")
    void refused() {
        byte[] none = new byte[Curve25519.SIGNATURE_BYTES];
        for (int i = 0; i < 3; i++) {
            assertThat(remembered.ed25519Verify(key(7), message(1), none)).isFalse();
        }
        assertThat(counting.verified).hasValue(3);
    }

    @Test
    @DisplayName("is forgotten for others when there are more than have room, and then verified again")
    void forgets() {
        int many = 16 * KEPT;
        for (int i = 0; i < many; i++) {
            assertThat(remembered.ed25519Verify(key(i), message(i), signature(key(i), message(i))))
                    .isTrue();
        }
        assertThat(counting.verified).hasValue(many);
        for (int i = many - 1; i >= 0; i--) {
            assertThat(remembered.ed25519Verify(key(i), message(i), signature(key(i), message(i))))
                    .isTrue();
            assertThat(remembered.ed25519Verify(key(i), message(i + 1), signature(key(i), message(i))))
                    .isFalse();
        }
        assertThat(remembered.remembered()).isBetween(1L, (long) KEPT);
    }

    @Test
    @DisplayName("is seldom forgotten while there are no more than a quarter of those that have room")
    void keeps() {
        int few = KEPT / 4;
        for (int round = 0; round < 2; round++) {
            for (int i = 0; i < few; i++) {
                remembered.ed25519Verify(key(i), message(i), signature(key(i), message(i)));
            }
        }
        assertThat(remembered.remembered()).isGreaterThan(few * 9 / 10);
    }

    @Test
    @DisplayName("is the same for many threads, and none of them takes a forged one for it")
    void threads() throws InterruptedException {
        long seed = new Random().nextLong();
        AtomicInteger wrong = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Random random = new Random(seed + t);
            Thread thread = new Thread(() -> {
                for (int i = 0; i < 20_000; i++) {
                    int number = random.nextInt(2 * KEPT);
                    boolean isForged = random.nextBoolean();
                    byte[] signature = signature(key(number), message(isForged ? number + 1 : number));
                    if (remembered.ed25519Verify(key(number), message(number), signature) == isForged) {
                        wrong.incrementAndGet();
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).as("seed %s", seed).hasValue(0);
        assertThat(remembered.remembered()).as("seed %s", seed).isPositive();
    }

    @Test
    @DisplayName("of Ed25519 is what Ed25519 says, the first time and the second")
    void real() {
        RememberedSignatures real = new RememberedSignatures(JavaCurve25519.INSTANCE, KEPT);
        byte[] privateKey = key(3);
        byte[] publicKey = real.ed25519PublicKey(privateKey);
        Signer signer = real.ed25519Signer(privateKey, publicKey);
        byte[] signature = signer.sign(message(5));
        for (int i = 0; i < 2; i++) {
            assertThat(real.ed25519Verify(publicKey, message(5), signature)).isTrue();
            assertThat(real.ed25519Verify(publicKey, message(6), signature)).isFalse();
        }
        assertThat(real.x25519PublicKey(privateKey)).isEqualTo(JavaCurve25519.INSTANCE.x25519PublicKey(privateKey));
        assertThat(real.x25519(privateKey, real.x25519PublicKey(key(9))).orElseThrow())
                .isEqualTo(JavaCurve25519.INSTANCE
                        .x25519(privateKey, real.x25519PublicKey(key(9)))
                        .orElseThrow());
        signer.erase();
    }

    @Test
    @DisplayName("has room only in a power of two")
    void room() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new RememberedSignatures(counting, 1_000))
                .withMessageContaining("1000 signatures");
    }
}
