package chat.samara.mls.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.Vectors;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Secret;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The official vectors key-schedule.json and psk_secret.json")
class KeyScheduleVectorsTest {
    @Test
    @DisplayName("every epoch's context and secrets follow from the one before")
    void epochs() {
        for (JsonObject vector : Vectors.loadSupported("key-schedule")) {
            CipherSuite suite = Vectors.suite(vector);
            Secret init = secret(vector, "initial_init_secret");
            long epoch = 0;
            for (JsonObject it : Vectors.objects(vector, "epochs")) {
                GroupContext context = new GroupContext(
                        suite.code(),
                        Vectors.hex(vector, "group_id"),
                        epoch++,
                        Vectors.hex(it, "tree_hash"),
                        Vectors.hex(it, "confirmed_transcript_hash"),
                        List.of());
                assertThat(context.encode()).isEqualTo(Vectors.bytes(it, "group_context"));
                Secret joiner = KeySchedule.joinerSecret(suite, init, secret(it, "commit_secret"), context);
                assertThat(joiner).isEqualTo(secret(it, "joiner_secret"));
                Secret psk = secret(it, "psk_secret");
                assertThat(KeySchedule.welcomeSecret(suite, joiner, psk)).isEqualTo(secret(it, "welcome_secret"));
                EpochSecrets secrets = KeySchedule.epochSecrets(suite, joiner, psk, context);
                assertSecrets(it, secrets);
                init = secrets.init();
            }
        }
    }

    private static void assertSecrets(JsonObject it, EpochSecrets secrets) {
        assertThat(secrets.init()).isEqualTo(secret(it, "init_secret"));
        assertThat(secrets.senderData()).isEqualTo(secret(it, "sender_data_secret"));
        assertThat(secrets.encryption()).isEqualTo(secret(it, "encryption_secret"));
        assertThat(secrets.exporter()).isEqualTo(secret(it, "exporter_secret"));
        assertThat(secrets.authenticator()).isEqualTo(Vectors.hex(it, "epoch_authenticator"));
        assertThat(secrets.external()).isEqualTo(secret(it, "external_secret"));
        assertThat(secrets.confirmation()).isEqualTo(secret(it, "confirmation_key"));
        assertThat(secrets.membership()).isEqualTo(secret(it, "membership_key"));
        assertThat(secrets.resumption()).isEqualTo(secret(it, "resumption_psk"));
        assertThat(secrets.externalKeyPair().publicKey()).isEqualTo(Vectors.hex(it, "external_pub"));
        JsonObject exporter = it.getAsJsonObject("exporter");
        assertThat(secrets.export(
                        exporter.get("label").getAsString(),
                        Vectors.bytes(exporter, "context"),
                        exporter.get("length").getAsInt()))
                .isEqualTo(secret(exporter, "secret"));
    }

    @Test
    @DisplayName("pre-shared keys combine to the psk_secret")
    void preSharedKeys() {
        for (JsonObject vector : Vectors.loadSupported("psk_secret")) {
            List<Psk> psks = new ArrayList<>();
            for (JsonObject it : Vectors.objects(vector, "psks")) {
                PreSharedKeyId id =
                        new PreSharedKeyId.External(Vectors.hex(it, "psk_id"), Vectors.hex(it, "psk_nonce"));
                psks.add(new Psk(id, secret(it, "psk")));
            }
            assertThat(Psk.combine(Vectors.suite(vector), psks)).isEqualTo(secret(vector, "psk_secret"));
        }
    }

    private static Secret secret(JsonObject it, String field) {
        Bytes bytes = Vectors.hex(it, field);
        return Secret.take(bytes.toByteArray());
    }
}
