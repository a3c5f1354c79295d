package chat.samara.mls.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.Vectors;
import chat.samara.mls.codec.Bytes;
import com.google.gson.JsonObject;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The official vectors crypto-basics.json")
class CryptoBasicsVectorsTest {
    @Test
    @DisplayName("RefHash")
    void refHash() {
        for (JsonObject vector : Vectors.loadSupported("crypto-basics")) {
            JsonObject it = vector.getAsJsonObject("ref_hash");
            assertThat(Vectors.suite(vector).refHash(it.get("label").getAsString(), Vectors.bytes(it, "value")))
                    .isEqualTo(Vectors.hex(it, "out"));
        }
    }

    @Test
    @DisplayName("ExpandWithLabel, DeriveSecret and DeriveTreeSecret")
    void derivation() {
        for (JsonObject vector : Vectors.loadSupported("crypto-basics")) {
            CipherSuite suite = Vectors.suite(vector);
            JsonObject expand = vector.getAsJsonObject("expand_with_label");
            assertThat(suite.expandWithLabel(
                                    secret(expand),
                                    expand.get("label").getAsString(),
                                    Vectors.bytes(expand, "context"),
                                    expand.get("length").getAsInt())
                            .reveal())
                    .isEqualTo(Vectors.bytes(expand, "out"));
            JsonObject derive = vector.getAsJsonObject("derive_secret");
            assertThat(suite.deriveSecret(secret(derive), derive.get("label").getAsString())
                            .reveal())
                    .isEqualTo(Vectors.bytes(derive, "out"));
            JsonObject tree = vector.getAsJsonObject("derive_tree_secret");
            assertThat(suite.deriveTreeSecret(
                                    secret(tree),
                                    tree.get("label").getAsString(),
                                    tree.get("generation").getAsInt(),
                                    tree.get("length").getAsInt())
                            .reveal())
                    .isEqualTo(Vectors.bytes(tree, "out"));
        }
    }

    @Test
    @DisplayName("SignWithLabel")
    void signing() {
        for (JsonObject vector : Vectors.loadSupported("crypto-basics")) {
            CipherSuite suite = Vectors.suite(vector);
            JsonObject it = vector.getAsJsonObject("sign_with_label");
            String label = it.get("label").getAsString();
            byte[] content = Vectors.bytes(it, "content");
            Bytes publicKey = Vectors.hex(it, "pub");
            SignatureKeyPair pair = SignatureKeyPair.of(suite, Vectors.bytes(it, "priv"));
            assertThat(pair.publicKey()).isEqualTo(publicKey);
            assertThat(suite.verifyWithLabel(publicKey, label, content, Vectors.hex(it, "signature")))
                    .isTrue();
            assertThat(suite.verifyWithLabel(publicKey, label, content, suite.signWithLabel(pair, label, content)))
                    .isTrue();
            assertThat(suite.verifyWithLabel(publicKey, label + "x", content, Vectors.hex(it, "signature")))
                    .isFalse();
        }
    }

    @Test
    @DisplayName("EncryptWithLabel")
    void encryption() throws MlsException {
        for (JsonObject vector : Vectors.loadSupported("crypto-basics")) {
            CipherSuite suite = Vectors.suite(vector);
            JsonObject it = vector.getAsJsonObject("encrypt_with_label");
            String label = it.get("label").getAsString();
            byte[] context = Vectors.bytes(it, "context");
            byte[] plaintext = Vectors.bytes(it, "plaintext");
            HpkeKeyPair pair = suite.keyPairOf(Vectors.bytes(it, "priv"));
            assertThat(pair.publicKey()).isEqualTo(Vectors.hex(it, "pub"));
            HpkeCiphertext given = new HpkeCiphertext(Vectors.hex(it, "kem_output"), Vectors.hex(it, "ciphertext"));
            assertThat(suite.decryptWithLabel(pair, label, context, given)).isEqualTo(plaintext);
            HpkeCiphertext made =
                    suite.encryptWithLabel(pair.publicKey(), label, context, plaintext, RandomSource.secure());
            assertThat(suite.decryptWithLabel(pair, label, context, made)).isEqualTo(plaintext);
        }
    }

    private static Secret secret(JsonObject it) {
        return Secret.take(Vectors.bytes(it, "secret"));
    }
}
