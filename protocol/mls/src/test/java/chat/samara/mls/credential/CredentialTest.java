package chat.samara.mls.credential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("A credential (RFC 9420 §5.3)")
class CredentialTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private final TestAuthority root = TestAuthority.root("root");

    static List<CipherSuite> suites() {
        return CipherSuite.all();
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code()).isEqualTo(code));
    }

    private static Credential decode(String hex) throws MlsException {
        return TlsReader.decode(Bytes.ofHex(hex).toByteArray(), Credential::readFrom);
    }

    @Test
    @DisplayName("of every type survives a round trip, known or not")
    void roundTrip() throws MlsException {
        for (Credential credential : List.of(
                Credential.basic(Bytes.ofUtf8("alice")),
                Credential.basic(Bytes.EMPTY),
                new Credential.X509(List.of(Bytes.ofUtf8("one"), Bytes.EMPTY, Bytes.ofUtf8("two"))),
                new Credential.Unknown(0x0a0a, Bytes.ofUtf8("grease")),
                new Credential.Unknown(0xf123, Bytes.EMPTY))) {
            Credential decoded = TlsReader.decode(credential.encode(), Credential::readFrom);
            assertThat(decoded).isEqualTo(credential);
            assertThat(decoded.encode()).isEqualTo(credential.encode());
        }
        assertThat(decode("0002020101")).isEqualTo(new Credential.X509(List.of(Bytes.of((byte) 1))));
    }

    @Test
    @DisplayName("of the reserved type, or of X.509 without a certificate or with a broken list, is malformed")
    void malformed() {
        assertRefused(() -> decode("000000"), MlsError.MALFORMED);
        assertRefused(() -> decode("000200"), MlsError.MALFORMED);
        assertRefused(() -> decode("00020105"), MlsError.MALFORMED);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("suites")
    @DisplayName("of X.509 holds the very key that the suite signs with, as the JDK understands it")
    void keyEncodings(CipherSuite suite) throws Exception {
        SignatureKeyPair signer = SignatureKeyPair.generate(suite, new SeededRandom(suite.code()));
        X509Certificate certificate = root.issue("alice", suite, signer.publicKey());
        X509Chain chain = X509Chain.of(TestAuthority.credential(certificate));
        chain.requireKey(suite, signer.publicKey());

        byte[] message = "signed by MLS, verified by the JDK".getBytes(StandardCharsets.UTF_8);
        Signature verifier = Signature.getInstance(jdkName(certificate));
        verifier.initVerify(certificate.getPublicKey());
        verifier.update(message);
        assertThat(verifier.verify(signer.sign(message).toByteArray())).isTrue();
    }

    private static String jdkName(X509Certificate certificate) {
        if (!certificate.getPublicKey().getAlgorithm().equals("EC")) {
            return certificate.getPublicKey().getAlgorithm();
        }
        int bits = ((java.security.interfaces.ECPublicKey) certificate.getPublicKey())
                .getParams()
                .getOrder()
                .bitLength();
        return "SHA" + (bits == 521 ? 512 : bits) + "withECDSA";
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("suites")
    @DisplayName("of X.509 is refused for another key of the suite, and for one of another algorithm")
    void otherKey(CipherSuite suite) throws MlsException {
        SeededRandom random = new SeededRandom(suite.code());
        Bytes own = SignatureKeyPair.generate(suite, random).publicKey();
        Bytes other = SignatureKeyPair.generate(suite, random).publicKey();
        X509Chain chain = X509Chain.of(TestAuthority.credential(root.issue("alice", suite, own)));
        assertRefused(() -> chain.requireKey(suite, other), MlsError.INVALID_CREDENTIAL);
        X509Chain authority = X509Chain.of(TestAuthority.credential(root.certificate()));
        assertRefused(() -> authority.requireKey(suite, own), MlsError.INVALID_CREDENTIAL);
    }

    @Test
    @DisplayName("of X.509 is refused unless each certificate is one in DER, and they are few")
    void unreadable() {
        Bytes der = TestAuthority.encoded(root.certificate());
        Bytes pem = Bytes.ofUtf8("-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder().encodeToString(der.toByteArray()) + "\n-----END CERTIFICATE-----\n");
        for (Bytes bad : List.of(Bytes.EMPTY, Bytes.ofUtf8("no"), pem, Bytes.concat(der, Bytes.of((byte) 0)))) {
            assertRefused(() -> X509Chain.of(new Credential.X509(List.of(der, bad))), MlsError.INVALID_CREDENTIAL);
        }
        Credential.X509 many = new Credential.X509(Collections.nCopies(Limits.CERTIFICATES_MAX + 1, der));
        assertRefused(() -> X509Chain.of(many), MlsError.INVALID_CREDENTIAL);
    }

    @Test
    @DisplayName("of X.509 with any bit changed is refused or read, and nothing but an MlsException comes out")
    void anyBitChanged() {
        SeededRandom random = new SeededRandom(5309);
        Bytes key = SignatureKeyPair.generate(SUITE, random).publicKey();
        byte[] der = TestAuthority.encoded(root.issue("alice", SUITE, key)).toByteArray();
        for (int at = 0; at < der.length; at++) {
            byte[] changed = der.clone();
            changed[at] ^= (byte) (1 << random.below(8));
            try {
                X509Chain chain = X509Chain.of(new Credential.X509(List.of(Bytes.of(changed))));
                chain.identifiers();
                chain.requireKey(SUITE, key);
            } catch (MlsException e) {
                assertThat(e.code()).as("byte %d, %s", at, random).isEqualTo(MlsError.INVALID_CREDENTIAL);
            }
        }
    }
}
