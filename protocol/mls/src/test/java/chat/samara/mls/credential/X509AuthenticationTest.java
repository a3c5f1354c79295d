package chat.samara.mls.credential;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.SignatureKeyPair;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The X.509 authentication service")
class X509AuthenticationTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final long DAY_SECONDS = 24 * 3600;

    private final Bytes key =
            SignatureKeyPair.generate(SUITE, new SeededRandom(509)).publicKey();
    private final TestAuthority root = TestAuthority.root("root");
    private final TestAuthority intermediate = root.intermediate("intermediate", true);
    private final X509Authentication service =
            X509Authentication.of(List.of(root.certificate()), InstantSource.fixed(TestAuthority.NOW));

    private boolean accepts(X509Certificate... chain) {
        return service.accepts(TestAuthority.credential(chain), key);
    }

    @Test
    @DisplayName("accepts a chain to a trust anchor, whether or not that is part of it")
    void accepted() {
        X509Certificate alice = intermediate.issue("alice", SUITE, key);
        assertThat(accepts(root.issue("alice", SUITE, key))).isTrue();
        assertThat(accepts(alice, intermediate.certificate())).isTrue();
        assertThat(accepts(alice, intermediate.certificate(), root.certificate()))
                .isTrue();
    }

    @Test
    @DisplayName("accepts a chain that leaves out what is known already (RFC 9420 §5.3)")
    void knownIntermediates() {
        X509Certificate alice = intermediate.issue("alice", SUITE, key);
        assertThat(accepts(alice)).isFalse();
        X509Authentication knowing = service.withIntermediates(List.of(intermediate.certificate()));
        assertThat(knowing.accepts(TestAuthority.credential(alice), key)).isTrue();
    }

    @Test
    @DisplayName("refuses what an authority has issued that nobody trusts, or that is none")
    void otherIssuers() {
        TestAuthority stranger = TestAuthority.root("root");
        assertThat(accepts(stranger.issue("alice", SUITE, key))).isFalse();
        assertThat(accepts(stranger.issue("alice", SUITE, key), stranger.certificate()))
                .isFalse();
        TestAuthority endEntity = root.intermediate("bob", false);
        assertThat(accepts(endEntity.issue("alice", SUITE, key), endEntity.certificate()))
                .isFalse();
    }

    @Test
    @DisplayName("refuses what has expired or is not valid yet, by the clock that it was given")
    void otherTimes() {
        assertThat(accepts(root.issue("alice", SUITE, key, -2 * DAY_SECONDS, -DAY_SECONDS)))
                .isFalse();
        assertThat(accepts(root.issue("alice", SUITE, key, DAY_SECONDS, 2 * DAY_SECONDS)))
                .isFalse();
        assertThat(accepts(root.issue("alice", SUITE, key, -DAY_SECONDS, DAY_SECONDS)))
                .isTrue();
    }

    @Test
    @DisplayName("refuses a certificate that is not for signatures")
    void otherUsage() {
        assertThat(accepts(root.issueForAgreement("alice", SUITE, key))).isFalse();
    }

    @Test
    @DisplayName("refuses what a revocation list names, and what no list is about once there are lists")
    void revoked() {
        X509Certificate alice = root.issue("alice", SUITE, key);
        X509Certificate bob = root.issue("bob", SUITE, key);
        X509Authentication checking = service.withRevocationLists(List.of(root.revoke(alice)));
        assertThat(checking.accepts(TestAuthority.credential(alice), key)).isFalse();
        assertThat(checking.accepts(TestAuthority.credential(bob), key)).isTrue();
        X509Certificate carol = intermediate.issue("carol", SUITE, key);
        assertThat(checking.accepts(TestAuthority.credential(carol, intermediate.certificate()), key))
                .isFalse();
    }

    @Test
    @DisplayName("refuses other credentials, and certificates that are none")
    void otherCredentials() throws MlsException {
        assertThat(service.accepts(Credential.basic(Bytes.ofUtf8("alice")), key))
                .isFalse();
        Credential garbage = new Credential.X509(List.of(Bytes.ofUtf8("alice")));
        assertThat(service.accepts(garbage, key)).isFalse();
        assertThat(service.identityOf(garbage)).isEqualTo(Bytes.of(garbage.encode()));
    }

    @Test
    @DisplayName("asks the application whether it wants what the certificate presents")
    void wanted() throws MlsException {
        X509Certificate alice = root.issue("alice", SUITE, key);
        assertThat(X509Chain.of(TestAuthority.credential(alice)).identifiers()).containsExactly("dns:alice.example");
        X509Certificate plain = root.issueToSubject("alice", SUITE, key);
        assertThat(X509Chain.of(TestAuthority.credential(plain)).identifiers()).containsExactly("dn:CN=alice");
        X509Authentication choosy = service.accepting(
                chain -> chain.endEntity().getSubjectX500Principal().getName().equals("CN=alice"));
        assertThat(choosy.accepts(TestAuthority.credential(alice), key)).isTrue();
        assertThat(choosy.accepts(TestAuthority.credential(root.issue("bob", SUITE, key)), key))
                .isFalse();
    }

    @Test
    @DisplayName("takes two certificates with the same names for the same member, and lets one follow the other")
    void successors() {
        Credential first = TestAuthority.credential(root.issue("alice", SUITE, key));
        Credential renewed =
                TestAuthority.credential(intermediate.issue("alice", SUITE, key), intermediate.certificate());
        Credential other = TestAuthority.credential(root.issue("bob", SUITE, key));
        assertThat(service.acceptsSuccessor(first, renewed)).isTrue();
        assertThat(service.identityOf(first)).isEqualTo(service.identityOf(renewed));
        assertThat(service.acceptsSuccessor(first, other)).isFalse();
        assertThat(service.acceptsSuccessor(first, Credential.basic(Bytes.ofUtf8("alice"))))
                .isFalse();
    }
}
