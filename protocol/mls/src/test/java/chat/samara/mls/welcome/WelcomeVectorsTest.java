package chat.samara.mls.welcome;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.Vectors;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.KeySchedule;
import com.google.gson.JsonObject;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The official vectors welcome.json")
class WelcomeVectorsTest {
    @Test
    @DisplayName("a Welcome opens with the init key, and its GroupInfo's signature and confirmation tag verify")
    void welcomes() throws MlsException {
        for (JsonObject vector : Vectors.loadSupported("welcome")) {
            CipherSuite suite = Vectors.suite(vector);
            KeyPackageIn keyPackage =
                    MlsMessage.decode(Vectors.bytes(vector, "key_package")).requireKeyPackage();
            Welcome welcome =
                    MlsMessage.decode(Vectors.bytes(vector, "welcome")).requireWelcome();
            assertThat(Welcome.keyPackageRefs(Vectors.bytes(vector, "welcome"))).contains(keyPackage.ref());
            HpkeKeyPair init = suite.keyPairOf(Vectors.bytes(vector, "init_priv"));
            byte[] opened = suite.decryptWithLabel(
                    init,
                    "Welcome",
                    welcome.encryptedGroupInfo().toByteArray(),
                    welcome.secretsFor(keyPackage.ref()).orElseThrow().encryptedGroupSecrets());
            GroupSecrets secrets = TlsReader.decode(opened, GroupSecrets::readFrom);
            Secret noPsk = Secret.zeros(suite.hashBytes());
            GroupInfo groupInfo = TlsReader.decode(
                            KeySchedule.openGroupInfo(
                                    suite, secrets.joinerSecret(), noPsk, welcome.encryptedGroupInfo()),
                            GroupInfoIn::readFrom)
                    .verify(Vectors.hex(vector, "signer_pub"));
            EpochSecrets epoch =
                    KeySchedule.epochSecrets(suite, secrets.joinerSecret(), noPsk, groupInfo.groupContext());
            assertThat(epoch.verifyConfirmationTag(
                            groupInfo.groupContext().confirmedTranscriptHash(), groupInfo.confirmationTag()))
                    .isTrue();
        }
    }
}
