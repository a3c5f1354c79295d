package chat.samara.mls.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.Vectors;
import chat.samara.mls.codec.Bytes;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Base mode of RFC 9180, Appendix A, with the first message of each, and X-Wing from draft-ietf-hpke-pq. For P-384 and X448, which
 * have none in the RFC, the DHKEM values of that draft's vectors; their key schedule is of another KDF.
 */
@DisplayName("The published vectors of HPKE")
class HpkeVectorsTest {
    private static final Map<Integer, Kem> KEMS = Map.of(
            0x0010, new DhKem(NistGroup.P256),
            0x0011, new DhKem(NistGroup.P384),
            0x0012, new DhKem(NistGroup.P521),
            0x0020, new DhKem(MontgomeryGroup.X25519),
            0x0021, new DhKem(MontgomeryGroup.X448),
            0x647a, XWingKem.INSTANCE);

    static Stream<JsonObject> vectors() throws IOException {
        try (InputStream file =
                Objects.requireNonNull(HpkeVectorsTest.class.getResourceAsStream("/hpke-vectors.json"))) {
            List<JsonElement> all = JsonParser.parseReader(new InputStreamReader(file, StandardCharsets.UTF_8))
                    .getAsJsonArray()
                    .asList();
            return all.stream().map(JsonElement::getAsJsonObject);
        }
    }

    static Stream<JsonObject> wholeVectors() throws IOException {
        return vectors().filter(it -> it.has("ct"));
    }

    @ParameterizedTest
    @MethodSource("vectors")
    @DisplayName("DeriveKeyPair, Encap and Decap")
    void kem(JsonObject it) throws MlsException {
        Kem kem = kem(it.get("kem_id").getAsInt());
        HpkeKeyPair receiver = kem.deriveKeyPair(Vectors.bytes(it, "ikmR"));
        assertThat(receiver.publicKey()).isEqualTo(Vectors.hex(it, "pkRm"));
        assertThat(stored(it, receiver)).isEqualTo(Vectors.hex(it, "skRm"));
        assertThat(kem.keyPairOf(Vectors.bytes(it, "skRm")).publicKey()).isEqualTo(receiver.publicKey());
        Kem.Encapsulated made = kem.encapsulate(receiver.publicKey(), recorded(it));
        assertThat(made.encapsulation()).isEqualTo(Vectors.hex(it, "enc"));
        assertThat(made.sharedSecret().reveal()).isEqualTo(Vectors.bytes(it, "shared_secret"));
        assertThat(kem.decapsulate(made.encapsulation(), receiver)).isEqualTo(Vectors.bytes(it, "shared_secret"));
    }

    @ParameterizedTest
    @MethodSource("wholeVectors")
    @DisplayName("single-shot encryption and export")
    void hpke(JsonObject it) throws MlsException {
        Kem kem = kem(it.get("kem_id").getAsInt());
        Hpke hpke = new Hpke(kem, hash(it), aead(it));
        HpkeKeyPair receiver = kem.keyPairOf(Vectors.bytes(it, "skRm"));
        byte[] info = Vectors.bytes(it, "info");
        byte[] aad = Vectors.bytes(it, "aad");
        byte[] plaintext = Vectors.bytes(it, "pt");
        HpkeCiphertext sealed = hpke.seal(receiver.publicKey(), info, aad, plaintext, recorded(it));
        assertThat(sealed).isEqualTo(new HpkeCiphertext(Vectors.hex(it, "enc"), Vectors.hex(it, "ct")));
        assertThat(hpke.open(sealed, receiver, info, aad)).isEqualTo(plaintext);
        for (JsonObject export : Vectors.objects(it, "exports")) {
            byte[] context = Vectors.bytes(export, "context");
            Bytes value = Vectors.hex(export, "value");
            ExportedSecret sent = hpke.sendExport(receiver.publicKey(), info, context, value.size(), recorded(it));
            assertThat(sent.kemOutput()).isEqualTo(Vectors.hex(it, "enc"));
            assertThat(Bytes.of(sent.secret().reveal())).isEqualTo(value);
            assertThat(hpke.receiveExport(sent.kemOutput(), receiver, info, context, value.size()))
                    .isEqualTo(sent.secret());
        }
    }

    /** The private key; X448's are clamped in these vectors, X25519's are not (RFC 7748 §5: either is the same key). */
    private static Bytes stored(JsonObject it, HpkeKeyPair pair) {
        byte[] privateKey = pair.privateKey().reveal().clone();
        if (it.get("kem_id").getAsInt() == MontgomeryGroup.X448.kemId()) {
            privateKey[0] &= (byte) 0xfc;
            privateKey[privateKey.length - 1] |= (byte) 0x80;
        }
        return Bytes.of(privateKey);
    }

    /** Gives the vector's ephemeral input, which must be asked for in one piece. */
    private static RandomSource recorded(JsonObject it) {
        byte[] seed = Vectors.bytes(it, "ikmE");
        return out -> {
            assertThat(out).hasSameSizeAs(seed);
            System.arraycopy(seed, 0, out, 0, seed.length);
        };
    }

    private static Kem kem(int id) {
        return Objects.requireNonNull(KEMS.get(id), () -> "no KEM " + id);
    }

    private static Hash hash(JsonObject it) {
        int id = it.get("kdf_id").getAsInt();
        return Arrays.stream(Hash.values())
                .filter(hash -> hash.kdfId() == id)
                .findFirst()
                .orElseThrow();
    }

    private static Aead aead(JsonObject it) {
        int id = it.get("aead_id").getAsInt();
        return Arrays.stream(Aead.values())
                .filter(aead -> aead.id() == id)
                .findFirst()
                .orElseThrow();
    }
}
