package chat.samara.mls.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.Vectors;
import chat.samara.mls.codec.Bytes;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("X-Wing (draft-connolly-cfrg-xwing-kem-10)")
class XWingTest {
    private static final CipherSuite SUITE = CipherSuite.MLKEM768X25519_AES128GCM_SHA256_ED25519;
    private static final Kem KEM = XWingKem.INSTANCE;
    private static final byte[] MESSAGE = "message".getBytes(StandardCharsets.UTF_8);
    private static final int ML_KEM_BYTES = 1184;

    private final SeededRandom random = new SeededRandom(1);

    static Stream<JsonObject> vectors() throws IOException {
        try (InputStream file = Objects.requireNonNull(XWingTest.class.getResourceAsStream("/xwing-vectors.json"))) {
            return JsonParser.parseReader(new InputStreamReader(file, StandardCharsets.UTF_8))
                    .getAsJsonArray()
                    .asList()
                    .stream()
                    .map(JsonElement::getAsJsonObject);
        }
    }

    @ParameterizedTest
    @MethodSource("vectors")
    @DisplayName("gives the keys, ciphertexts and secrets of the draft's appendix C")
    void published(JsonObject it) throws MlsException {
        HpkeKeyPair pair = KEM.keyPairOf(Vectors.bytes(it, "seed"));
        assertThat(pair.publicKey()).isEqualTo(Vectors.hex(it, "pk"));
        byte[] seed = Vectors.bytes(it, "eseed");
        Kem.Encapsulated made = KEM.encapsulate(pair.publicKey(), out -> {
            assertThat(out).hasSameSizeAs(seed);
            System.arraycopy(seed, 0, out, 0, seed.length);
        });
        assertThat(made.encapsulation()).isEqualTo(Vectors.hex(it, "ct"));
        assertThat(made.sharedSecret().reveal()).isEqualTo(Vectors.bytes(it, "ss"));
        assertThat(KEM.decapsulate(made.encapsulation(), pair)).isEqualTo(Vectors.bytes(it, "ss"));
    }

    @ParameterizedTest(name = "byte {0}")
    @ValueSource(ints = {0, 1087, 1088, 1119})
    @DisplayName(
            "a changed ciphertext gives another secret and no error, so it is the AEAD that refuses (FIPS 203 §6.3)")
    void implicitRejection(int position) throws MlsException {
        HpkeKeyPair pair = SUITE.generateKeyPair(random);
        HpkeCiphertext sealed = SUITE.encryptWithLabel(pair.publicKey(), "label", MESSAGE, MESSAGE, random);
        byte[] changed = sealed.kemOutput().toByteArray();
        changed[position] ^= 1;
        byte[] secret = KEM.decapsulate(Bytes.of(changed), pair);
        assertThat(secret).hasSize(32).isNotEqualTo(KEM.decapsulate(sealed.kemOutput(), pair));
        assertThat(KEM.decapsulate(Bytes.of(changed), pair)).isEqualTo(secret);
        assertRefused(
                () -> SUITE.decryptWithLabel(
                        pair, "label", MESSAGE, new HpkeCiphertext(Bytes.of(changed), sealed.ciphertext())),
                MlsError.DECRYPTION_FAILED);
    }

    @ParameterizedTest(name = "coefficient {0}")
    @ValueSource(ints = {0, 1, 766, 767})
    @DisplayName("a public key with a coefficient that is not reduced is refused (FIPS 203 §7.2)")
    void encapsulationKeyCheck(int coefficient) throws MlsException {
        byte[] key = SUITE.generateKeyPair(random).publicKey().toByteArray();
        int at = coefficient / 2 * 3;
        int modulus = 3329;
        set(key, at, coefficient, modulus);
        assertRefused(() -> SUITE.requireValidHpkeKey(Bytes.of(key)), MlsError.INVALID_PUBLIC_KEY);
        assertRefused(
                () -> SUITE.encryptWithLabel(Bytes.of(key), "label", MESSAGE, MESSAGE, random),
                MlsError.INVALID_PUBLIC_KEY);
        set(key, at, coefficient, modulus - 1);
        SUITE.requireValidHpkeKey(Bytes.of(key));
    }

    private static void set(byte[] key, int at, int coefficient, int value) {
        if (coefficient % 2 == 0) {
            key[at] = (byte) value;
            key[at + 1] = (byte) ((key[at + 1] & 0xf0) | value >>> 8);
        } else {
            key[at + 1] = (byte) ((key[at + 1] & 0x0f) | value << 4);
            key[at + 2] = (byte) (value >>> 4);
        }
    }

    @Test
    @DisplayName("an X25519 part of small order leaves the protection to ML-KEM, as the draft has it")
    void smallOrder() throws MlsException {
        HpkeKeyPair pair = SUITE.generateKeyPair(random);
        Bytes weak = Bytes.concat(pair.publicKey().slice(0, ML_KEM_BYTES), Bytes.of(new byte[32]));
        HpkeKeyPair receiver = new HpkeKeyPair(weak, pair.privateKey());
        Kem.Encapsulated made = KEM.encapsulate(weak, random);
        assertThat(made.sharedSecret().reveal()).isNotEqualTo(new byte[32]).hasSize(32);
        assertThat(KEM.decapsulate(made.encapsulation(), receiver)).hasSize(32);
    }

    @Test
    @DisplayName("sizes are those of the draft, and a stored key of another is refused")
    void sizes() throws MlsException {
        HpkeKeyPair pair = SUITE.generateKeyPair(random);
        assertThat(pair.publicKey().size()).isEqualTo(1216);
        assertThat(pair.privateKey().size()).isEqualTo(32);
        assertThat(KEM.encapsulate(pair.publicKey(), random).encapsulation().size())
                .isEqualTo(1120);
        assertRefused(() -> SUITE.keyPairOf(new byte[31]), MlsError.INVALID_STATE);
        assertRefused(() -> SUITE.keyPairOf(new byte[2400]), MlsError.INVALID_STATE);
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(call)
                .extracting(MlsException::code)
                .isEqualTo(code);
    }
}
