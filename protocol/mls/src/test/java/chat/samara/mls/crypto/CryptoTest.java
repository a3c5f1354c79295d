package chat.samara.mls.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Cryptographic objects (RFC 9420 §5)")
class CryptoTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.UTF_8);

    private final SeededRandom random = new SeededRandom(1);

    @ParameterizedTest
    @ValueSource(ints = {0, 8, 0x0a0a, 0xffff})
    @DisplayName("a suite that is not implemented is refused by name")
    void unknownSuite(int code) {
        assertRefused(() -> CipherSuite.of(code), MlsError.UNSUPPORTED_CIPHER_SUITE);
    }

    @Test
    @DisplayName("Ed25519 gives the signature of RFC 8032 §7.1, test 2")
    void ed25519() {
        Bytes seed = Bytes.ofHex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
        SignatureKeyPair pair = Ed25519.keyPair(seed.toByteArray());
        assertThat(pair.publicKey())
                .isEqualTo(Bytes.ofHex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"));
        Bytes signature = Bytes.ofHex("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
        assertThat(pair.sign(new byte[] {0x72})).isEqualTo(signature);
        assertThat(Ed25519.verify(pair.publicKey(), new byte[] {0x72}, signature))
                .isTrue();
        assertThat(Ed25519.verify(pair.publicKey(), new byte[] {0x73}, signature))
                .isFalse();
    }

    @Test
    @DisplayName("signatures and keys of wrong lengths never verify, and never throw")
    void malformedSignatures() {
        SignatureKeyPair pair = Ed25519.generate(random);
        Bytes signature = pair.sign(MESSAGE);
        assertThat(Ed25519.verify(pair.publicKey(), MESSAGE, signature.slice(0, 63)))
                .isFalse();
        assertThat(Ed25519.verify(pair.publicKey(), MESSAGE, Bytes.EMPTY)).isFalse();
        assertThat(Ed25519.verify(pair.publicKey().slice(0, 31), MESSAGE, signature))
                .isFalse();
        assertThat(Ed25519.verify(Bytes.of(new byte[32]), MESSAGE, Bytes.of(new byte[64])))
                .isFalse();
    }

    static Stream<CipherSuite> suites() {
        return CipherSuite.all().stream();
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("an HPKE ciphertext opens with its key, label and context only")
    void hpkeBinds(CipherSuite suite) throws MlsException {
        HpkeKeyPair pair = suite.generateKeyPair(random);
        HpkeKeyPair other = suite.generateKeyPair(random);
        HpkeCiphertext sealed = suite.encryptWithLabel(pair.publicKey(), "label", MESSAGE, MESSAGE, random);
        assertThat(suite.decryptWithLabel(pair, "label", MESSAGE, sealed)).isEqualTo(MESSAGE);
        assertRefused(() -> suite.decryptWithLabel(other, "label", MESSAGE, sealed), MlsError.DECRYPTION_FAILED);
        assertRefused(() -> suite.decryptWithLabel(pair, "other", MESSAGE, sealed), MlsError.DECRYPTION_FAILED);
        assertRefused(() -> suite.decryptWithLabel(pair, "label", new byte[0], sealed), MlsError.DECRYPTION_FAILED);
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("an HPKE key or KEM output of a wrong length is refused")
    void hpkeLengths(CipherSuite suite) throws MlsException {
        HpkeKeyPair pair = suite.generateKeyPair(random);
        HpkeCiphertext sealed = suite.encryptWithLabel(pair.publicKey(), "label", MESSAGE, MESSAGE, random);
        for (Bytes wrong : wrongLengths(pair.publicKey())) {
            assertRefused(() -> suite.requireValidHpkeKey(wrong), MlsError.INVALID_PUBLIC_KEY);
            assertRefused(
                    () -> suite.encryptWithLabel(wrong, "label", MESSAGE, MESSAGE, random),
                    MlsError.INVALID_PUBLIC_KEY);
        }
        for (Bytes wrong : wrongLengths(sealed.kemOutput())) {
            assertRefused(
                    () -> suite.decryptWithLabel(
                            pair, "label", MESSAGE, new HpkeCiphertext(wrong, sealed.ciphertext())),
                    MlsError.DECRYPTION_FAILED);
            assertRefused(() -> suite.receiveExport(wrong, pair, "label"), MlsError.DECRYPTION_FAILED);
        }
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("a signature is its key's and its label's; keys and signatures of a wrong length never verify")
    void signatures(CipherSuite suite) throws MlsException {
        SignatureKeyPair pair = SignatureKeyPair.generate(suite, random);
        SignatureKeyPair other = SignatureKeyPair.of(
                suite, SignatureKeyPair.generate(suite, random).privateKey());
        Bytes signature = suite.signWithLabel(pair, "label", MESSAGE);
        suite.requireValidSignatureKey(pair.publicKey());
        assertThat(suite.verifyWithLabel(pair.publicKey(), "label", MESSAGE, signature))
                .isTrue();
        assertThat(suite.verifyWithLabel(other.publicKey(), "label", MESSAGE, signature))
                .isFalse();
        assertThat(suite.verifyWithLabel(pair.publicKey(), "other", MESSAGE, signature))
                .isFalse();
        for (Bytes wrong : wrongLengths(pair.publicKey())) {
            assertRefused(() -> suite.requireValidSignatureKey(wrong), MlsError.INVALID_PUBLIC_KEY);
            assertThat(suite.verifyWithLabel(wrong, "label", MESSAGE, signature))
                    .isFalse();
        }
        for (Bytes wrong : wrongLengths(signature)) {
            assertThat(suite.verifyWithLabel(pair.publicKey(), "label", MESSAGE, wrong))
                    .isFalse();
        }
    }

    private static List<Bytes> wrongLengths(Bytes right) {
        return List.of(Bytes.EMPTY, right.slice(0, right.size() - 1), Bytes.concat(right, Bytes.of(new byte[1])));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000000",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
            })
    @DisplayName("an HPKE key of small order is refused (RFC 9180 §7.1.4)")
    void smallOrder(String key) {
        assertRefused(() -> SUITE.requireValidHpkeKey(Bytes.ofHex(key)), MlsError.INVALID_PUBLIC_KEY);
        HpkeCiphertext sealed = new HpkeCiphertext(Bytes.ofHex(key), Bytes.of(new byte[16]));
        assertRefused(
                () -> SUITE.decryptWithLabel(SUITE.generateKeyPair(random), "label", MESSAGE, sealed),
                MlsError.INVALID_PUBLIC_KEY);
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("the secret that is exported to an external key is the one that its holder receives (RFC 9420 §8.3)")
    void export(CipherSuite suite) throws MlsException {
        HpkeKeyPair pair = suite.generateKeyPair(random);
        ExportedSecret sent = suite.sendExport(pair.publicKey(), "external init secret", random);
        assertThat(suite.receiveExport(sent.kemOutput(), pair, "external init secret"))
                .isEqualTo(sent.secret());
        assertThat(suite.receiveExport(sent.kemOutput(), pair, "another")).isNotEqualTo(sent.secret());
    }

    @Test
    @DisplayName("a secret shows nothing, is overwritten when erased, and cannot be used after that")
    void secrets() {
        byte[] content = {1, 2, 3};
        Secret secret = Secret.take(content);
        assertThat(secret).hasToString("Secret(3 bytes)").isEqualTo(Secret.copyOf(new byte[] {1, 2, 3}));
        secret.erase();
        assertThat(content).containsExactly(0, 0, 0);
        assertThat(secret).isNotEqualTo(Secret.take(new byte[3]));
        assertThatIllegalStateException().isThrownBy(secret::reveal);
    }

    @ParameterizedTest
    @MethodSource("suites")
    @DisplayName("the same seed gives the same keys and ciphertexts")
    void deterministic(CipherSuite suite) throws MlsException {
        SeededRandom one = new SeededRandom(7);
        SeededRandom two = new SeededRandom(7);
        HpkeKeyPair pair = suite.generateKeyPair(one);
        assertThat(suite.generateKeyPair(two).publicKey()).isEqualTo(pair.publicKey());
        assertThat(suite.encryptWithLabel(pair.publicKey(), "label", MESSAGE, MESSAGE, two))
                .isEqualTo(suite.encryptWithLabel(pair.publicKey(), "label", MESSAGE, MESSAGE, one));
        SignatureKeyPair signer = SignatureKeyPair.generate(suite, one);
        assertThat(SignatureKeyPair.generate(suite, two).sign(MESSAGE)).isEqualTo(signer.sign(MESSAGE));
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(call)
                .extracting(MlsException::code)
                .isEqualTo(code);
    }

    @Test
    @DisplayName("an erased signature key signs no more, also when it has signed before")
    void erasedSigner() {
        for (CipherSuite suite : CipherSuite.all()) {
            SignatureKeyPair signer = SignatureKeyPair.generate(suite, new SeededRandom(8));
            assertThat(suite.verifyWithLabel(
                            signer.publicKey(), "label", MESSAGE, suite.signWithLabel(signer, "label", MESSAGE)))
                    .isTrue();
            signer.erase();
            assertThatExceptionOfType(IllegalStateException.class)
                    .as("%s", suite)
                    .isThrownBy(() -> signer.sign(MESSAGE));
        }
    }
}
