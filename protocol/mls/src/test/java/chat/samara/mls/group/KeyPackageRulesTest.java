package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A KeyPackage (RFC 9420 §7.3, §10, §10.1) with one breach, its leaf and itself signed as they are. It is refused when it is
 * downloaded, in an Add proposal, and in a commit that holds the Add.
 */
@DisplayName("A KeyPackage")
class KeyPackageRulesTest {
    private static final AuthenticationService ANYONE = (credential, key) -> true;
    private static final Bytes SMALL_ORDER = Bytes.of(new byte[32]);
    private static final long NOW = TestClient.NOW_SECONDS;

    private HostileScene scene;

    @BeforeEach
    void fourMembers() throws MlsException {
        scene = new HostileScene(101);
    }

    @AfterEach
    void everybodyGoesOn() throws MlsException {
        scene.everybodyGoesOn();
    }

    private HostileKeyPackage eve() {
        return new HostileKeyPackage(scene.eve);
    }

    private void refused(MlsError code, HostileKeyPackage keyPackage) throws MlsException {
        refused(code, keyPackage.made());
    }

    private void refused(MlsError code, KeyPackageIn made) throws MlsException {
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() ->
                        TlsReader.decode(made.encode(), KeyPackageIn::readFrom).verify(ANYONE))
                .extracting(MlsException::code)
                .isEqualTo(code);
        refusedInTheGroup(code, made);
    }

    private void refusedInTheGroup(MlsError code, KeyPackageIn made) throws MlsException {
        Proposal add = new Proposal.Add(made);
        scene.refused(code, scene.mallory.propose(add));
        scene.refused(code, scene.commit().of(add).withoutPath().message());
    }

    private static LeafNode withSignatureKey(LeafNode old, Bytes signatureKey) {
        return new LeafNode(
                old.encryptionKey(),
                signatureKey,
                old.credential(),
                old.capabilities(),
                old.source(),
                old.extensions(),
                old.signature());
    }

    @Test
    @DisplayName("by the hostile sender is accepted as long as it breaks no rule")
    void positiveControl() throws MlsException {
        KeyPackageIn made = eve().made();
        TlsReader.decode(made.encode(), KeyPackageIn::readFrom).verify(ANYONE);
        byte[] commit = scene.commit().of(new Proposal.Add(made)).message();
        scene.observer.verify(commit);
        assertThat(TestClient.staged(scene.a, Bytes.of(commit)).added()).hasSize(1);
    }

    @Test
    @DisplayName(
            "with unknown values in its capabilities, and unknown extensions that it lists, is accepted (RFC 9420 §13.4, §13.5)")
    void unknownValues() throws MlsException {
        Capabilities own = TestClient.CAPABILITIES;
        Capabilities greased = new Capabilities(
                List.of(1, 0x0A0A),
                List.of(0x1A1A, 1, 3),
                List.of(0x2A2A, 0x3A3A, TestClient.OWN_EXTENSION),
                List.of(0x4A4A),
                List.of(0x5A5A, 1));
        KeyPackageIn made = eve().capabilities(greased)
                .leafExtensions(new Extension(0x2A2A, Bytes.ofUtf8("anything")))
                .extensions(new Extension(0x3A3A, Bytes.EMPTY))
                .made();
        assertThat(own.extensions()).doesNotContain(0x2A2A);
        TlsReader.decode(made.encode(), KeyPackageIn::readFrom).verify(ANYONE);
        byte[] commit = scene.commit().of(new Proposal.Add(made)).message();
        scene.observer.verify(commit);
        TestClient.staged(scene.a, Bytes.of(commit));
    }

    @Test
    @DisplayName(
            "outside its lifetime is accepted from others: clocks differ (RFC 9420 §7.3 recommends, and does not demand)")
    void expired() throws MlsException {
        for (long[] times : new long[][] {{NOW - 100, NOW - 1}, {NOW + 1, NOW + 100}}) {
            Proposal add = eve().lifetime(times[0], times[1]).add();
            byte[] commit = scene.commit().of(add).message();
            scene.observer.verify(commit);
            assertThat(TestClient.staged(scene.a, Bytes.of(commit)).added()).hasSize(1);
        }
    }

    @Test
    @DisplayName("among many that are verified at once: all are good, in their order, or the bad one is refused")
    void many() throws MlsException {
        List<KeyPackageIn> made = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            made.add(new HostileKeyPackage(new TestClient("member " + i, HostileScene.SUITE, scene.random)).made());
        }
        assertThat(KeyPackageIn.verifyAll(made, ANYONE))
                .extracting(KeyPackage::content)
                .containsExactlyElementsOf(made);
        assertThat(KeyPackageIn.verifyAll(List.of(), ANYONE)).isEmpty();
        Map<MlsError, KeyPackageIn> bad = Map.of(
                MlsError.INVALID_SIGNATURE, eve().signature(old -> Bytes.EMPTY).made(),
                MlsError.INVALID_PUBLIC_KEY, eve().initKey(SMALL_ORDER).made(),
                MlsError.UNSUPPORTED_VERSION, eve().version(7).made());
        bad.forEach((code, one) -> {
            for (int place = 0; place <= made.size(); place++) {
                List<KeyPackageIn> mixed = new ArrayList<>(made);
                mixed.add(place, one);
                assertThatExceptionOfType(MlsException.class)
                        .isThrownBy(() -> KeyPackageIn.verifyAll(mixed, ANYONE))
                        .extracting(MlsException::code)
                        .isEqualTo(code);
            }
        });
        AuthenticationService picky = (credential, key) -> !credential.equals(scene.eve.credential);
        List<KeyPackageIn> withEve = new ArrayList<>(made);
        withEve.add(eve().made());
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> KeyPackageIn.verifyAll(withEve, picky))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.CREDENTIAL_REJECTED);
    }

    @Test
    @DisplayName("of another version is refused")
    void version() throws MlsException {
        for (int version : new int[] {0, 2, 0xffff}) {
            refused(MlsError.UNSUPPORTED_VERSION, eve().version(version));
            byte[] message = new MlsMessage.OfKeyPackage(eve().version(version).made()).encode();
            assertThatExceptionOfType(MlsException.class)
                    .isThrownBy(() -> MlsMessage.decode(message))
                    .extracting(MlsException::code)
                    .isEqualTo(MlsError.UNSUPPORTED_VERSION);
        }
    }

    @Test
    @DisplayName("of another suite than the group's is refused in the group, be it valid by itself")
    void suite() throws MlsException {
        KeyPackageIn other = eve().suite(3).made();
        other.verify(ANYONE);
        refusedInTheGroup(MlsError.INVALID_KEY_PACKAGE, other);
        refusedInTheGroup(MlsError.INVALID_KEY_PACKAGE, eve().suite(0xF00D).made());
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> eve().suite(0xF00D).made().verify(ANYONE))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.UNSUPPORTED_CIPHER_SUITE);
    }

    @Test
    @DisplayName("whose init key is its encryption key is refused")
    void initKeyIsEncryptionKey() throws MlsException {
        Bytes key = scene.newKey();
        refused(MlsError.INVALID_KEY_PACKAGE, eve().initKey(key).encryptionKey(key));
    }

    @Test
    @DisplayName("with an init key that nobody can encrypt to is refused")
    void unusableInitKey() throws MlsException {
        for (Bytes key : List.of(SMALL_ORDER, Bytes.EMPTY, Bytes.of(new byte[31]))) {
            refused(MlsError.INVALID_PUBLIC_KEY, eve().initKey(key));
        }
    }

    @Test
    @DisplayName("with an encryption key that nobody can encrypt to is refused")
    void unusableEncryptionKey() throws MlsException {
        for (Bytes key : List.of(SMALL_ORDER, Bytes.EMPTY, Bytes.of(new byte[33]))) {
            refused(MlsError.INVALID_PUBLIC_KEY, eve().encryptionKey(key));
        }
    }

    @Test
    @DisplayName("with a signature key that is none of the suite's is refused")
    void unusableSignatureKey() throws MlsException {
        for (Bytes key : List.of(Bytes.EMPTY, Bytes.of(new byte[31]), Bytes.of(new byte[65]))) {
            refused(MlsError.INVALID_PUBLIC_KEY, eve().signedLeaf(leaf -> withSignatureKey(leaf, key)));
        }
        refused(MlsError.INVALID_SIGNATURE, eve().signedLeaf(leaf -> withSignatureKey(leaf, Bytes.of(new byte[32]))));
    }

    @Test
    @DisplayName("with a signature that is not its own is refused: another's, none, or one that goes on")
    void signature() throws MlsException {
        refused(MlsError.INVALID_SIGNATURE, eve().madeBy(scene.bob.signer));
        refused(MlsError.INVALID_SIGNATURE, eve().signature(old -> Bytes.EMPTY));
        refused(MlsError.INVALID_SIGNATURE, eve().signature(old -> Bytes.concat(old, Bytes.of((byte) 0))));
    }

    @Test
    @DisplayName(
            "with a leaf that was changed after it was signed is refused, though the KeyPackage is signed as it is")
    void leafSignature() throws MlsException {
        refused(
                MlsError.INVALID_SIGNATURE,
                eve().signedLeaf(leaf -> new LeafNode(
                        scene.newKey(),
                        leaf.signatureKey(),
                        leaf.credential(),
                        leaf.capabilities(),
                        leaf.source(),
                        leaf.extensions(),
                        leaf.signature())));
    }

    @Test
    @DisplayName("with a leaf that was made for an Update or a commit is refused")
    void source() throws MlsException {
        refused(MlsError.INVALID_LEAF_NODE, eve().source(new LeafNodeSource.FromUpdate()));
        refused(MlsError.INVALID_LEAF_NODE, eve().source(new LeafNodeSource.FromCommit(Bytes.EMPTY)));
    }

    @Test
    @DisplayName("with a lifetime that is longer than accepted, or ends before it starts, is refused (RFC 9420 §7.2)")
    void lifetime() throws MlsException {
        refused(MlsError.LIFETIME, eve().lifetime(0, -1));
        refused(MlsError.LIFETIME, eve().lifetime(NOW, NOW + Limits.LEAF_LIFETIME_SECONDS_MAX + 1));
        refused(MlsError.LIFETIME, eve().lifetime(NOW, NOW - 1));
    }

    @Test
    @DisplayName("that does not list version, suite or credential type of its own is refused")
    void capabilities() throws MlsException {
        Capabilities all = TestClient.CAPABILITIES;
        refused(
                MlsError.INVALID_LEAF_NODE,
                eve().capabilities(new Capabilities(
                        List.of(2), all.cipherSuites(), all.extensions(), all.proposals(), all.credentials())));
        refused(
                MlsError.INVALID_LEAF_NODE,
                eve().capabilities(new Capabilities(
                        all.versions(), List.of(3), all.extensions(), all.proposals(), all.credentials())));
        refused(
                MlsError.INVALID_LEAF_NODE,
                eve().capabilities(new Capabilities(
                        all.versions(), all.cipherSuites(), all.extensions(), all.proposals(), List.of(2))));
    }

    @Test
    @DisplayName("that lists default extension or proposal types is refused (RFC 9420 §7.2)")
    void defaultTypes() throws MlsException {
        Capabilities all = TestClient.CAPABILITIES;
        for (int extension : new int[] {Extension.APPLICATION_ID, Extension.EXTERNAL_SENDERS}) {
            refused(
                    MlsError.INVALID_LEAF_NODE,
                    eve().capabilities(new Capabilities(
                            all.versions(),
                            all.cipherSuites(),
                            List.of(TestClient.OWN_EXTENSION, extension),
                            all.proposals(),
                            all.credentials())));
        }
        for (int proposal : new int[] {Proposal.ADD, Proposal.GROUP_CONTEXT_EXTENSIONS}) {
            refused(
                    MlsError.INVALID_LEAF_NODE,
                    eve().capabilities(new Capabilities(
                            all.versions(),
                            all.cipherSuites(),
                            all.extensions(),
                            List.of(0xF00D, proposal),
                            all.credentials())));
        }
    }

    @Test
    @DisplayName("with an extension in its leaf that the leaf does not list is refused (RFC 9420 §7.2, §7.3)")
    void unlistedExtension() throws MlsException {
        for (int type : new int[] {0xF0F0, 0x0A0A, Capabilities.LAST_RESORT_EXTENSION}) {
            refused(
                    MlsError.INVALID_LEAF_NODE,
                    eve().capabilities(listing(TestClient.OWN_EXTENSION))
                            .leafExtensions(new Extension(type, Bytes.EMPTY)));
        }
    }

    private static Capabilities listing(int extension) {
        Capabilities all = TestClient.CAPABILITIES;
        return new Capabilities(
                all.versions(), all.cipherSuites(), List.of(extension), all.proposals(), all.credentials());
    }

    @Test
    @DisplayName(
            "with an extension beside its leaf that the leaf does not list is accepted from others (RFC 9420 §10, §13.4)")
    void unlistedBesideTheLeaf() throws MlsException {
        for (int type : new int[] {0xF0F0, 0x0A0A, 0xEAEA, Capabilities.LAST_RESORT_EXTENSION}) {
            KeyPackageIn made = eve().capabilities(listing(TestClient.OWN_EXTENSION))
                    .extensions(new Extension(type, Bytes.ofUtf8("whatever")))
                    .made();
            KeyPackage verified =
                    TlsReader.decode(made.encode(), KeyPackageIn::readFrom).verify(ANYONE);
            assertThat(verified.extensions()).hasSize(1);
            byte[] commit = scene.commit().of(new Proposal.Add(made)).message();
            scene.observer.verify(commit);
            assertThat(TestClient.staged(scene.a, Bytes.of(commit)).added()).hasSize(1);
            assertThat(TestClient.staged(
                                    scene.a,
                                    scene.a.commit().add(verified).build().commit())
                            .added())
                    .hasSize(1);
        }
    }

    @Test
    @DisplayName("with an extension that its leaf does not list, in it or beside it, is not made here (RFC 9420 §10)")
    void ownUnlistedExtension() {
        List<Extension> unlisted = List.of(new Extension(0xF0F0, Bytes.EMPTY));
        List<Extension> listed = List.of(new Extension(TestClient.OWN_EXTENSION, Bytes.EMPTY));
        own(listed, listed);
        assertThatIllegalArgumentException().isThrownBy(() -> own(unlisted, listed));
        assertThatIllegalArgumentException().isThrownBy(() -> own(listed, unlisted));
    }

    private void own(List<Extension> beside, List<Extension> inside) {
        KeyPackageBundle.generate(
                HostileScene.SUITE,
                scene.eve.signer,
                scene.eve.credential,
                TestClient.CAPABILITIES,
                TestClient.LIFETIME,
                beside,
                inside,
                scene.random);
    }

    @Test
    @DisplayName("with one extension twice, in the leaf or beside it, is refused (RFC 9420 §13.4)")
    void duplicateExtension() throws MlsException {
        Extension own = new Extension(TestClient.OWN_EXTENSION, Bytes.EMPTY);
        refused(MlsError.DUPLICATE_EXTENSION, eve().extensions(own, own));
        refused(MlsError.DUPLICATE_EXTENSION, eve().leafExtensions(own, own));
    }

    @Test
    @DisplayName("with a credential that the authentication service does not accept is refused (RFC 9420 §5.3.1)")
    void credential() throws MlsException {
        AuthenticationService picky = (credential, key) -> !credential.equals(Credential.basic(Bytes.ofUtf8("eve")));
        KeyPackageIn made = eve().made();
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> made.verify(picky))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.CREDENTIAL_REJECTED);
        PublicGroup observer = scene.observing(picky);
        byte[] proposal = scene.mallory.propose(new Proposal.Add(made));
        assertThatExceptionOfType(MlsException.class)
                .isThrownBy(() -> observer.verify(proposal))
                .extracting(MlsException::code)
                .isEqualTo(MlsError.CREDENTIAL_REJECTED);
    }
}
