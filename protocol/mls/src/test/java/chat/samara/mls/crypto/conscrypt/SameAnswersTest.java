package chat.samara.mls.crypto.conscrypt;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.SeededRandom;
import chat.samara.mls.crypto.bouncycastle.JavaCurve25519;
import chat.samara.mls.crypto.primitive.Curve25519;
import chat.samara.mls.crypto.primitive.Signer;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Conscrypt and Bouncy Castle give the same answer")
class SameAnswersTest {
    private static final Curve25519 JAVA = JavaCurve25519.INSTANCE;
    private static final byte[] MESSAGE = {1, 2, 3};

    private final SeededRandom random = new SeededRandom(2032);

    private static Curve25519 nativeOne = JAVA;

    /** BoringSSL's own answers, nobody asked beside. */
    private static Curve25519 boringSsl = JAVA;

    @BeforeAll
    static void load() {
        try {
            nativeOne = NativeCurve25519.load(JAVA);
            boringSsl = NativeCurve25519.load(KnownAnswers.REFUSES);
        } catch (LinkageError notHere) {
            Assumptions.abort("Conscrypt's library cannot be loaded here: " + notHere);
        }
    }

    private static boolean both(byte[] publicKey, byte[] message, byte[] signature, String what) {
        boolean expected = JAVA.ed25519Verify(publicKey, message, signature);
        for (int again = 0; again < 2; again++) {
            assertThat(nativeOne.ed25519Verify(publicKey, message, signature))
                    .as(
                            "%s: key %s, signature %s",
                            what,
                            HexFormat.of().formatHex(publicKey),
                            HexFormat.of().formatHex(signature))
                    .isEqualTo(expected);
        }
        return expected;
    }

    private static boolean both(CraftedSignature crafted, String what) {
        return both(crafted.publicKey(), crafted.message(), crafted.signature(), what);
    }

    private BigInteger scalar() {
        return EdwardsPoint.littleEndian(random.bytes(32)).mod(EdwardsPoint.ORDER);
    }

    @Test
    @DisplayName("to honest signers: the same keys and signatures, of messages of any length")
    void honestSigners() {
        for (int i = 0; i < 300; i++) {
            byte[] privateKey = random.bytes(32);
            byte[] publicKey = JAVA.ed25519PublicKey(privateKey);
            assertThat(nativeOne.ed25519PublicKey(privateKey)).isEqualTo(publicKey);
            Signer signer = nativeOne.ed25519Signer(privateKey, publicKey);
            for (int length : new int[] {0, i, 100_000}) {
                byte[] message = random.bytes(length);
                byte[] signature = JAVA.ed25519Signer(privateKey, publicKey).sign(message);
                assertThat(signer.sign(message)).as("%s, key %d", random, i).isEqualTo(signature);
                assertThat(both(publicKey, message, signature, "honest")).isTrue();
                assertThat(boringSsl.ed25519Verify(publicKey, message, signature))
                        .isTrue();
            }
        }
    }

    @Test
    @DisplayName("to a signature with any one bit changed, a key with any one bit changed, and to noise")
    void changedBits() {
        byte[] privateKey = random.bytes(32);
        byte[] publicKey = JAVA.ed25519PublicKey(privateKey);
        byte[] signature = JAVA.ed25519Signer(privateKey, publicKey).sign(MESSAGE);
        for (int bit = 0; bit < 512; bit++) {
            byte[] changed = signature.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(both(publicKey, MESSAGE, changed, "bit " + bit)).isFalse();
        }
        for (int bit = 0; bit < 256; bit++) {
            byte[] changed = publicKey.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(both(changed, MESSAGE, signature, "bit " + bit)).isFalse();
        }
        for (int i = 0; i < 500; i++) {
            both(random.bytes(32), MESSAGE, random.bytes(64), random + ", noise");
        }
    }

    @Test
    @DisplayName("to keys and signatures of another length: no")
    void otherLengths() {
        byte[] privateKey = random.bytes(32);
        byte[] publicKey = JAVA.ed25519PublicKey(privateKey);
        byte[] signature = JAVA.ed25519Signer(privateKey, publicKey).sign(MESSAGE);
        for (int length = 0; length <= 130; length++) {
            byte[] key = Arrays.copyOf(publicKey, length);
            byte[] cut = Arrays.copyOf(signature, length);
            assertThat(both(key, MESSAGE, signature, "length")).isEqualTo(length == 32);
            assertThat(both(publicKey, MESSAGE, cut, "length")).isEqualTo(length == 64);
        }
    }

    @Test
    @DisplayName("to keys and nonces with a part of small order: yes, although BoringSSL alone says yes to some only")
    void partsOfSmallOrder() {
        List<EdwardsPoint> small = EdwardsPoint.ofSmallOrder();
        assertThat(small).doesNotHaveDuplicates().hasSize(8);
        int refusedByBoringSsl = 0;
        for (EdwardsPoint inKey : small) {
            for (EdwardsPoint inNonce : small) {
                BigInteger a = scalar();
                BigInteger r = scalar();
                byte[] publicKey = EdwardsPoint.BASE.times(a).plus(inKey).encoded();
                byte[] nonce = EdwardsPoint.BASE.times(r).plus(inNonce).encoded();
                CraftedSignature crafted = CraftedSignature.of(a, publicKey, r, nonce, MESSAGE);
                assertThat(both(crafted, random + ", small order beside")).isTrue();
                if (!boringSsl.ed25519Verify(publicKey, MESSAGE, crafted.signature())) {
                    refusedByBoringSsl++;
                }
                assertThat(both(crafted.withS(crafted.s().add(BigInteger.ONE)), "another S"))
                        .isFalse();
            }
        }
        // Without this, nobody knows any more why the other one is asked.
        assertThat(refusedByBoringSsl).isGreaterThan(30);
    }

    @Test
    @DisplayName("to keys of small order, in any encoding: no, although BoringSSL takes them for keys")
    void keysOfSmallOrder() {
        List<byte[]> keys = new ArrayList<>();
        for (EdwardsPoint point : EdwardsPoint.ofSmallOrder()) {
            for (boolean sign : new boolean[] {false, true}) {
                keys.add(EdwardsPoint.encoding(point.y(), sign));
                if (point.y().bitLength() < 5) {
                    keys.add(EdwardsPoint.encoding(point.y().add(EdwardsPoint.P), sign));
                }
            }
        }
        for (byte[] key : keys) {
            for (int nonce = 0; nonce < 16; nonce++) {
                BigInteger s = scalar();
                byte[] encodedR = EdwardsPoint.BASE.times(s).encoded();
                // With S * B as R it holds for the neutral element always, for others once in their order.
                assertThat(both(CraftedSignature.of(key, encodedR, s, new byte[] {(byte) nonce}), "small key"))
                        .isFalse();
            }
        }
    }

    @Test
    @DisplayName(
            "to nonces that are the neutral element or of small order, and to encodings of them that are not the shortest")
    void oddNonces() {
        BigInteger a = scalar();
        byte[] publicKey = EdwardsPoint.BASE.times(a).encoded();
        int accepted = 0;
        for (EdwardsPoint point : EdwardsPoint.ofSmallOrder()) {
            for (boolean sign : new boolean[] {false, true}) {
                byte[] shortest = EdwardsPoint.encoding(point.y(), sign);
                if (both(CraftedSignature.of(a, publicKey, BigInteger.ZERO, shortest, MESSAGE), "small nonce")) {
                    accepted++;
                }
                if (point.y().bitLength() < 5) {
                    byte[] longer = EdwardsPoint.encoding(point.y().add(EdwardsPoint.P), sign);
                    assertThat(both(CraftedSignature.of(a, publicKey, BigInteger.ZERO, longer, MESSAGE), "longer"))
                            .isFalse();
                }
            }
        }
        assertThat(accepted).isPositive();
    }

    @Test
    @DisplayName("to an S that is not below the order: no")
    void largeS() {
        BigInteger a = scalar();
        BigInteger r = scalar();
        byte[] publicKey = EdwardsPoint.BASE.times(a).encoded();
        CraftedSignature valid =
                CraftedSignature.of(a, publicKey, r, EdwardsPoint.BASE.times(r).encoded(), MESSAGE);
        assertThat(both(valid, "valid")).isTrue();
        for (int times = 1; times <= 15; times++) {
            BigInteger more = valid.s().add(EdwardsPoint.ORDER.multiply(BigInteger.valueOf(times)));
            assertThat(both(valid.withS(more), "S + " + times + " L")).isFalse();
        }
        BigInteger all = BigInteger.TWO.pow(256).subtract(BigInteger.ONE);
        for (BigInteger s :
                List.of(BigInteger.ZERO, EdwardsPoint.ORDER, EdwardsPoint.ORDER.subtract(BigInteger.ONE), all)) {
            assertThat(both(valid.withS(s), "S = " + s)).isFalse();
        }
    }

    @Test
    @DisplayName("to every key whose y-coordinate is near 0 or p, reduced or not, on the curve or not")
    void keysAtTheEdge() {
        for (int offset = -40; offset < 40; offset++) {
            for (BigInteger near : List.of(BigInteger.ZERO, EdwardsPoint.P, EdwardsPoint.P.shiftLeft(1))) {
                BigInteger y = near.add(BigInteger.valueOf(offset)).mod(BigInteger.TWO.pow(255));
                for (boolean sign : new boolean[] {false, true}) {
                    byte[] key = EdwardsPoint.encoding(y, sign);
                    both(key, MESSAGE, random.bytes(64), "edge");
                    both(CraftedSignature.of(key, EdwardsPoint.NEUTRAL.encoded(), BigInteger.ZERO, MESSAGE), "edge");
                    both(CraftedSignature.of(key, key, BigInteger.ZERO, MESSAGE), "edge");
                }
            }
        }
    }

    @Test
    @DisplayName("to X25519 with keys of any bytes")
    void x25519() {
        for (int i = 0; i < 500; i++) {
            byte[] privateKey = random.bytes(32);
            byte[] publicKey = random.bytes(32);
            assertThat(nativeOne.x25519PublicKey(privateKey))
                    .as("%s", random)
                    .isEqualTo(JAVA.x25519PublicKey(privateKey));
            assertSameSecret(privateKey, publicKey);
        }
    }

    @Test
    @DisplayName("to X25519 with points of small order, coordinates that are not reduced, and a set top bit")
    void x25519AtTheEdge() {
        Set<BigInteger> coordinates = new LinkedHashSet<>(List.of(
                new BigInteger("325606250916557431795983626356110631294008115727848805560023387167927233504"),
                new BigInteger("39382357235489614581723060781553021112529911719440698176882885853963445705823")));
        for (int offset = -20; offset < 20; offset++) {
            coordinates.add(BigInteger.valueOf(offset).mod(BigInteger.TWO.pow(255)));
            coordinates.add(EdwardsPoint.P.add(BigInteger.valueOf(offset)).mod(BigInteger.TWO.pow(255)));
        }
        int zeros = 0;
        for (BigInteger u : coordinates) {
            for (boolean top : new boolean[] {false, true}) {
                if (assertSameSecret(random.bytes(32), EdwardsPoint.encoding(u, top))
                        .isEmpty()) {
                    zeros++;
                }
            }
        }
        // 0, 1, p - 1, p, p + 1 and the two above, each with and without the top bit.
        assertThat(zeros).isEqualTo(2 * 7);
    }

    private static Optional<byte[]> assertSameSecret(byte[] privateKey, byte[] publicKey) {
        Optional<byte[]> expected = JAVA.x25519(privateKey, publicKey);
        Optional<byte[]> actual = nativeOne.x25519(privateKey, publicKey);
        assertThat(actual.isPresent())
                .as("u = %s", HexFormat.of().formatHex(publicKey))
                .isEqualTo(expected.isPresent());
        actual.ifPresent(shared -> assertThat(shared).isEqualTo(expected.orElseThrow()));
        return actual;
    }
}
