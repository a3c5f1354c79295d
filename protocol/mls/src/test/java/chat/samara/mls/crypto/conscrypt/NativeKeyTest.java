package chat.samara.mls.crypto.conscrypt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.SeededRandom;
import chat.samara.mls.crypto.bouncycastle.JavaCurve25519;
import chat.samara.mls.crypto.primitive.Curve25519;
import chat.samara.mls.crypto.primitive.Signer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A key in native memory")
class NativeKeyTest {
    private static final int THREADS = 8;
    private static final int ROUNDS = 400;
    private static final byte[] MESSAGE = {1, 2, 3};

    private static Curve25519 nativeOne = JavaCurve25519.INSTANCE;

    private final SeededRandom random = new SeededRandom(31);
    private final byte[] privateKey = random.bytes(32);
    private final byte[] publicKey = JavaCurve25519.INSTANCE.ed25519PublicKey(privateKey);

    @BeforeAll
    static void load() {
        try {
            nativeOne = NativeCurve25519.load(KnownAnswers.REFUSES);
        } catch (LinkageError notHere) {
            Assumptions.abort("Conscrypt's library cannot be loaded here: " + notHere);
        }
    }

    @Test
    @DisplayName("is freed, and so overwritten, by emptying its room, which may be done again and filled again")
    void emptied() {
        NativeKey key = new NativeKey();
        for (int again = 0; again < 3; again++) {
            key.fillWithPrivate(NativeKey.ED25519, privateKey);
            assertThat(key.isEmpty()).isFalse();
            assertThat(key.rawPublicKey()).isEqualTo(publicKey);
            key.empty();
            key.empty();
            assertThat(key.isEmpty()).isTrue();
        }
    }

    @Test
    @DisplayName("is not there any more after any call that needs it for once, whatever came of it")
    void noneIsLeft() {
        byte[] signature = nativeOne.ed25519Signer(privateKey, publicKey).sign(MESSAGE);
        assertThat(nativeOne.ed25519Verify(publicKey, MESSAGE, signature)).isTrue();
        assertThat(NativeKey.ofThread().isEmpty()).isTrue();
        signature[5] ^= 1;
        assertThat(nativeOne.ed25519Verify(publicKey, MESSAGE, signature)).isFalse();
        assertThat(NativeKey.ofThread().isEmpty()).isTrue();
        assertThat(nativeOne.ed25519PublicKey(privateKey)).isEqualTo(publicKey);
        assertThat(NativeKey.ofThread().isEmpty()).isTrue();
        assertThat(nativeOne.x25519PublicKey(privateKey)).hasSize(32);
        assertThat(NativeKey.ofThread().isEmpty()).isTrue();
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> nativeOne.x25519PublicKey(new byte[31]));
        assertThat(NativeKey.ofThread().isEmpty()).isTrue();
    }

    @Test
    @DisplayName("of a signer stays until it is erased; then it signs no more, and is refused by name")
    void signerErased() {
        NativeSigner signer = new NativeSigner(privateKey);
        assertThat(signer.sign(MESSAGE)).isEqualTo(signer.sign(MESSAGE));
        assertThat(signer.isErased()).isFalse();
        signer.erase();
        signer.erase();
        assertThat(signer.isErased()).isTrue();
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> signer.sign(MESSAGE))
                .withMessageContaining("erased");
    }

    @Test
    @DisplayName(
            "serves many threads at once, each with keys of its own and all with one signer, while signers come and go")
    void manyThreads() throws Exception {
        Signer shared = nativeOne.ed25519Signer(privateKey, publicKey);
        byte[] expected =
                JavaCurve25519.INSTANCE.ed25519Signer(privateKey, publicKey).sign(MESSAGE);
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Integer>> work = new ArrayList<>();
            for (int thread = 0; thread < THREADS; thread++) {
                byte[] own = random.bytes(32);
                work.add(() -> rounds(own, shared, expected));
            }
            for (Future<Integer> done : threads.invokeAll(work)) {
                assertThat(done.get()).isEqualTo(ROUNDS);
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private int rounds(byte[] own, Signer shared, byte[] expected) {
        int right = 0;
        for (int round = 0; round < ROUNDS; round++) {
            own[0] = (byte) round;
            byte[] ownPublic = nativeOne.ed25519PublicKey(own);
            Signer passing = nativeOne.ed25519Signer(own, ownPublic);
            byte[] signature = passing.sign(MESSAGE);
            if (round % 2 == 0) {
                // The others are left to their finalizers.
                passing.erase();
            }
            boolean valid = nativeOne.ed25519Verify(ownPublic, MESSAGE, signature)
                    && !nativeOne.ed25519Verify(publicKey, MESSAGE, signature);
            if (valid && Arrays.equals(shared.sign(MESSAGE), expected)) {
                right++;
            }
            if (round % 100 == 0) {
                System.gc();
            }
        }
        return right;
    }
}
