package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.Vectors;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Scenarios that other implementations recorded: a client joins and follows. Those that use what is not built yet (pre-shared
 * keys, external commits, external senders) must be refused with just those codes; every other one must go through.
 */
@DisplayName("The official vectors of a passive client")
class PassiveClientVectorsTest {
    private static final Set<MlsError> NOT_BUILT_YET =
            EnumSet.of(MlsError.PSK_UNAVAILABLE, MlsError.UNSUPPORTED_PROPOSAL, MlsError.UNSUPPORTED_SENDER);

    /** The recorded KeyPackages are valid for ever. */
    private static final AuthenticationService ANYONE = new AuthenticationService() {
        @Override
        public boolean accepts(Credential credential, Bytes signatureKey) {
            return true;
        }

        @Override
        public long leafLifetimeSecondsMax() {
            return -1L;
        }
    };

    @ParameterizedTest(name = "{0}: at least {1} scenarios to their end")
    @DisplayName("joins, follows every commit, and agrees on every epoch authenticator")
    @CsvSource({"passive-client-welcome, 8", "passive-client-handling-commit, 0"})
    void follows(String file, int expected) throws MlsException {
        List<JsonObject> vectors = Vectors.loadSupported(file);
        int done = 0;
        for (JsonObject vector : vectors) {
            try {
                follow(vector);
                done++;
            } catch (MlsException e) {
                assertThat(NOT_BUILT_YET).as(e.getMessage()).contains(e.code());
            }
        }
        System.out.println(file + ": " + done + " of " + vectors.size() + " scenarios of supported suites");
        assertThat(done).isGreaterThanOrEqualTo(expected);
    }

    private static void follow(JsonObject vector) throws MlsException {
        CipherSuite suite = Vectors.suite(vector);
        GroupEnvironment environment =
                new GroupEnvironment(ANYONE, RandomSource.secure(), InstantSource.fixed(Instant.ofEpochSecond(0)));
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
                group.process(java.util.HexFormat.of().parseHex(proposal.getAsString()));
            }
            StagedCommit staged = TestClient.staged(group, Vectors.hex(epoch, "commit"));
            group.merge(staged);
            assertThat(group.epochAuthenticator()).isEqualTo(Vectors.hex(epoch, "epoch_authenticator"));
        }
    }
}
