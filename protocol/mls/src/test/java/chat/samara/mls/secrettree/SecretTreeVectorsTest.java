package chat.samara.mls.secrettree;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.Vectors;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The official vectors secret-tree.json")
class SecretTreeVectorsTest {
    @Test
    @DisplayName("every generation of every leaf has the keys and nonces of the vector, looked at and consumed")
    void ratchets() throws MlsException {
        for (JsonObject vector : Vectors.loadSupported("secret-tree")) {
            CipherSuite suite = Vectors.suite(vector);
            JsonArray leaves = vector.getAsJsonArray("leaves");
            SecretTree tree = SecretTree.of(
                    suite,
                    Integer.highestOneBit(2 * leaves.size() - 1),
                    Secret.take(Vectors.bytes(vector, "encryption_secret")));
            for (int leaf = 0; leaf < leaves.size(); leaf++) {
                for (JsonElement element : leaves.get(leaf).getAsJsonArray()) {
                    JsonObject it = element.getAsJsonObject();
                    assertKey(tree, new RatchetId(leaf, RatchetId.Kind.HANDSHAKE), it, "handshake");
                    assertKey(tree, new RatchetId(leaf, RatchetId.Kind.APPLICATION), it, "application");
                }
            }
        }
    }

    private static void assertKey(SecretTree tree, RatchetId id, JsonObject it, String kind) throws MlsException {
        int generation = it.get("generation").getAsInt();
        MessageKey key = tree.peek(id, generation);
        assertThat(key.key().reveal()).isEqualTo(Vectors.bytes(it, kind + "_key"));
        assertThat(key.nonce().reveal()).isEqualTo(Vectors.bytes(it, kind + "_nonce"));
        tree.consume(id, generation);
    }
}
