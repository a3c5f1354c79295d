package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.Vectors;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.OutsideRequest;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Scenarios that other implementations recorded: a client joins and follows. Every {@code passive-client-….json} in the folder is
 * played, and each scenario of an implemented suite must go through to its end.
 */
@DisplayName("The official vectors of a passive client")
class PassiveClientVectorsTest {
    /** The recorded KeyPackages are valid for ever, and credentials are what they are. */
    private static final AuthenticationService ANYONE = new AuthenticationService() {
        @Override
        public boolean accepts(Credential credential, Bytes signatureKey) {
            return true;
        }

        @Override
        public boolean admits(OutsideRequest request, Credential credential, Bytes signatureKey) {
            return true;
        }

        @Override
        public boolean acceptsSuccessor(Credential old, Credential fresh) {
            return true;
        }

        @Override
        public long leafLifetimeSecondsMax() {
            return -1L;
        }
    };

    static List<String> files() {
        return Vectors.names("passive-client-");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("files")
    @DisplayName("joins, follows every commit, and agrees on every epoch authenticator")
    void follows(String file) throws MlsException {
        List<JsonObject> vectors = Vectors.loadSupported(file);
        for (int i = 0; i < vectors.size(); i++) {
            try {
                follow(vectors.get(i));
            } catch (MlsException | RuntimeException e) {
                throw new AssertionError(file + ", scenario " + i + " of the supported suites", e);
            }
        }
    }

    private static void follow(JsonObject vector) throws MlsException {
        CipherSuite suite = Vectors.suite(vector);
        GroupEnvironment environment = new GroupEnvironment(
                        ANYONE, RandomSource.secure(), InstantSource.fixed(Instant.ofEpochSecond(0)))
                .withPreSharedKeys(preSharedKeys(vector));
        KeyPackage keyPackage = MlsMessage.decode(Vectors.bytes(vector, "key_package"))
                .requireKeyPackage()
                .verify(environment.authentication());
        KeyPackageBundle bundle = KeyPackageBundle.of(
                keyPackage,
                suite.keyPairOf(Vectors.bytes(vector, "init_priv")),
                suite.keyPairOf(Vectors.bytes(vector, "encryption_priv")));
        SignatureKeyPair signer = SignatureKeyPair.of(suite, Vectors.bytes(vector, "signature_priv"));
        JsonElement tree = vector.get("ratchet_tree");
        Group group = Group.join(
                Vectors.bytes(vector, "welcome"),
                bundle,
                signer,
                tree.isJsonNull() ? Optional.empty() : Optional.of(Vectors.bytes(vector, "ratchet_tree")),
                environment);
        assertThat(group.epochAuthenticator()).isEqualTo(Vectors.hex(vector, "initial_epoch_authenticator"));
        for (JsonObject epoch : Vectors.objects(vector, "epochs")) {
            for (JsonElement proposal : epoch.getAsJsonArray("proposals")) {
                group.process(HexFormat.of().parseHex(proposal.getAsString()));
            }
            StagedCommit staged = TestClient.staged(group, Vectors.hex(epoch, "commit"));
            group.merge(staged);
            assertThat(group.epochAuthenticator()).isEqualTo(Vectors.hex(epoch, "epoch_authenticator"));
        }
    }

    private static PreSharedKeys preSharedKeys(JsonObject vector) {
        Map<Bytes, Bytes> keys = new HashMap<>();
        for (JsonObject psk : Vectors.objects(vector, "external_psks")) {
            keys.put(Vectors.hex(psk, "psk_id"), Vectors.hex(psk, "psk"));
        }
        return pskId -> Optional.ofNullable(keys.get(pskId)).map(key -> Secret.copyOf(key.toByteArray()));
    }
}
