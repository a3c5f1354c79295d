package chat.samara.mls.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.bouncycastle.NistCurve;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The NIST curves")
class NistCurvesTest {
    private static final byte[] MESSAGE = "sample".getBytes(StandardCharsets.UTF_8);
    private static final BigInteger P256_ORDER =
            new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

    static Stream<CipherSuite> suites() {
        return Stream.of(
                CipherSuite.P256_AES128GCM_SHA256_P256,
                CipherSuite.P384_AES256GCM_SHA384_P384,
                CipherSuite.P521_AES256GCM_SHA512_P521);
    }

    /** What a process does that is in no channel of such a suite. */
    static final class Names {
        public static void main(String[] none) {
            System.out.println("knows " + CipherSuite.P256_AES128GCM_SHA256_P256);
        }
    }

    @Test
    @DisplayName("cost nothing before they are used: no class of Bouncy Castle is loaded for them")
    void lazy() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xlog:class+load",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Names.class.getName())
                .redirectErrorStream(true)
                .start();
        String loaded = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(loaded).contains("knows").contains(NistCurve.class.getName());
        assertThat(loaded.lines()).noneMatch(line -> line.contains("org.bouncycastle"));
    }

    @Test
    @DisplayName("ECDSA gives the signature of RFC 6979 §A.2.5")
    void deterministicSignature() {
        SignatureKeyPair pair = SignatureKeyPair.of(
                CipherSuite.P256_AES128GCM_SHA256_P256,
                hex("c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
        assertThat(pair.publicKey().hex())
                .isEqualTo("0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
                        + "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299");
        assertThat(EcdsaSignature.decode(pair.sign(MESSAGE).toByteArray()))
                .contains(new EcdsaSignature(
                        new BigInteger("efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716", 16),
                        new BigInteger("f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8", 16)));
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName(
            "a public key that is no uncompressed point of the curve is refused wherever it comes (RFC 9180 §7.1.4)")
    void invalidPoints(CipherSuite suite) throws MlsException {
        SeededRandom random = new SeededRandom(1);
        HpkeKeyPair pair = suite.generateKeyPair(random);
        SignatureKeyPair signer = SignatureKeyPair.generate(suite, random);
        Bytes signature = signer.sign(MESSAGE);
        for (Bytes point : invalid(pair.publicKey())) {
            assertRefused(() -> suite.requireValidHpkeKey(point), MlsError.INVALID_PUBLIC_KEY);
            assertRefused(() -> suite.requireValidSignatureKey(point), MlsError.INVALID_PUBLIC_KEY);
            assertRefused(
                    () -> suite.encryptWithLabel(point, "label", MESSAGE, MESSAGE, random),
                    MlsError.INVALID_PUBLIC_KEY);
            HpkeCiphertext sealed = new HpkeCiphertext(point, Bytes.of(new byte[32]));
            assertRefused(
                    () -> suite.decryptWithLabel(pair, "label", MESSAGE, sealed),
                    point.size() == pair.publicKey().size() ? MlsError.INVALID_PUBLIC_KEY : MlsError.DECRYPTION_FAILED);
            assertThat(suite.verifyWithLabel(point, "label", MESSAGE, signature))
                    .isFalse();
        }
        suite.requireValidHpkeKey(pair.publicKey());
    }

    /** Infinity, the compressed and the hybrid form, a point beside the curve, coordinates beyond the prime, other lengths. */
    private static List<Bytes> invalid(Bytes point) {
        byte[] compressed = point.slice(0, 1 + point.size() / 2).toByteArray();
        compressed[0] = 2;
        byte[] hybrid = point.toByteArray();
        hybrid[0] = 6;
        byte[] beside = point.toByteArray();
        beside[beside.length - 1] ^= 1;
        byte[] beyond = new byte[point.size()];
        Arrays.fill(beyond, (byte) 0xff);
        beyond[0] = 4;
        byte[] zeros = new byte[point.size()];
        zeros[0] = 4;
        return List.of(
                Bytes.of(new byte[1]),
                Bytes.of(new byte[point.size()]),
                Bytes.of(compressed),
                Bytes.of(hybrid),
                Bytes.of(beside),
                Bytes.of(beyond),
                Bytes.of(zeros),
                Bytes.EMPTY,
                point.slice(0, point.size() - 1),
                Bytes.concat(point, Bytes.of(new byte[1])));
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("a private key is a number from 1 to n - 1; leading zeros may be missing")
    void privateKeys(CipherSuite suite) throws MlsException {
        byte[] one = {1};
        HpkeKeyPair pair = suite.keyPairOf(one);
        assertThat(suite.keyPairOf(pair.privateKey().reveal())).isEqualTo(pair);
        assertThat(SignatureKeyPair.of(suite, one).publicKey()).isEqualTo(pair.publicKey());
        byte[] tooLarge = new byte[pair.privateKey().size()];
        Arrays.fill(tooLarge, (byte) 0xff);
        for (byte[] none : List.of(new byte[0], new byte[pair.privateKey().size()], tooLarge, new byte[67])) {
            assertRefused(() -> suite.keyPairOf(none), MlsError.INVALID_STATE);
            assertThatIllegalArgumentException().isThrownBy(() -> SignatureKeyPair.of(suite, none));
        }
    }

    @Test
    @DisplayName("a random candidate out of range is drawn again, never reduced")
    void rejectionSampling() {
        byte[] order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        byte[][] drawn = {new byte[32], order, MESSAGE};
        int[] draws = {0};
        byte[] key = NistKeys.generate(NistCurve.P256, out -> {
            byte[] next = drawn[draws[0]++];
            System.arraycopy(next, 0, out, out.length - next.length, next.length);
        });
        assertThat(draws[0]).isEqualTo(3);
        assertThat(new BigInteger(1, key)).isEqualTo(new BigInteger(1, MESSAGE));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "30",
                "3000",
                "300602010102",
                "30060201010201",
                "3106020101020101",
                "3006030101020101",
                "3006020101030101",
                "300602010102010100",
                "3007020101020101",
                "3005020101020101",
                "308106020101020101",
                "30820006020101020101",
                "3080020101020101000000",
                "30070202000102010100",
                "300702020001020101",
                "300702010102020001",
                "3006020181020101",
                "3006020101020181",
                "30050200020101",
                "3005020101" + "0200",
                "30070281010102" + "0101",
                "300902010102010102" + "0101",
                "30ff020101020101"
            })
    @DisplayName("a signature that is not DER is no signature, and never throws")
    void malformedDer(String signature) {
        assertThat(EcdsaSignature.decode(hex(signature))).isEmpty();
        SignatureKeyPair pair = SignatureKeyPair.generate(CipherSuite.P256_AES128GCM_SHA256_P256, new SeededRandom(1));
        assertThat(Ecdsa.P256_SHA256.verify(pair.publicKey(), MESSAGE, Bytes.ofHex(signature)))
                .isFalse();
    }

    @Test
    @DisplayName("numbers of a signature are from 1 to n - 1")
    void numbersOutOfRange() {
        SignatureKeyPair pair = SignatureKeyPair.generate(CipherSuite.P256_AES128GCM_SHA256_P256, new SeededRandom(1));
        EcdsaSignature genuine =
                EcdsaSignature.decode(pair.sign(MESSAGE).toByteArray()).orElseThrow();
        for (BigInteger number :
                List.of(BigInteger.ZERO, P256_ORDER, genuine.r().add(P256_ORDER), BigInteger.TWO.pow(500))) {
            for (EcdsaSignature wrong :
                    List.of(new EcdsaSignature(number, genuine.s()), new EcdsaSignature(genuine.r(), number))) {
                assertThat(EcdsaSignature.decode(wrong.encode())).contains(wrong);
                assertThat(Ecdsa.P256_SHA256.verify(pair.publicKey(), MESSAGE, Bytes.of(wrong.encode())))
                        .isFalse();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("a signature verifies as it was made, and with no byte changed, missing or added")
    void changedSignatures(CipherSuite suite) {
        SeededRandom random = new SeededRandom(3);
        SignatureKeyPair pair = SignatureKeyPair.generate(suite, random);
        byte[] signature = suite.signWithLabel(pair, "label", MESSAGE).toByteArray();
        assertThat(verifies(suite, pair, signature)).isTrue();
        for (int i = 0; i < signature.length; i++) {
            byte[] changed = signature.clone();
            changed[i] ^= (byte) (1 + random.below(255));
            assertThat(verifies(suite, pair, changed))
                    .as("%s, byte %d", random, i)
                    .isFalse();
            assertThat(verifies(suite, pair, Arrays.copyOf(signature, i))).isFalse();
        }
        assertThat(verifies(suite, pair, Arrays.copyOf(signature, signature.length + 1)))
                .isFalse();
    }

    private static boolean verifies(CipherSuite suite, SignatureKeyPair pair, byte[] signature) {
        return suite.verifyWithLabel(pair.publicKey(), "label", MESSAGE, Bytes.of(signature));
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(call)
                .extracting(MlsException::code)
                .isEqualTo(code);
    }
}
