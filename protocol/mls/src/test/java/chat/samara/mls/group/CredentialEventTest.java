package chat.samara.mls.group;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.SeededRandom;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.CredentialEvent;
import chat.samara.mls.credential.PresentedCredential;
import chat.samara.mls.credential.TestAuthority;
import chat.samara.mls.credential.X509Authentication;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.ExternalSender;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.RatchetTreeIn;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@DisplayName("Credentials in groups (RFC 9420 §5.3)")
class CredentialEventTest {
    private static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    private static final Capabilities CAPABILITIES =
            Capabilities.of(List.of(TestClient.OWN_EXTENSION), List.of(Credential.X509));

    private final SeededRandom random = new SeededRandom(531);

    static List<CipherSuite> suites() {
        return CipherSuite.all();
    }

    private static void assertRefused(ThrowingCallable call, MlsError code) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        MlsException.class,
                        refused -> assertThat(refused.code())
                                .as(refused.getMessage())
                                .isEqualTo(code));
    }

    /** Notes what it is asked, and accepts all but what it is told to refuse. */
    private static final class Notes implements AuthenticationService {
        final List<String> asked = new ArrayList<>();
        Optional<CredentialEvent> refused = Optional.empty();

        @Override
        public boolean accepts(Credential credential, Bytes signatureKey) {
            throw new AssertionError("asked without what brings the credential");
        }

        @Override
        public boolean accepts(PresentedCredential presented) {
            String name =
                    new String(presented.credential().content().toByteArray(), java.nio.charset.StandardCharsets.UTF_8);
            asked.add(name + " " + presented.event()
                    + presented
                            .replaced()
                            .map(old -> " for "
                                    + new String(old.content().toByteArray(), java.nio.charset.StandardCharsets.UTF_8))
                            .orElse(""));
            return !refused.equals(Optional.of(presented.event()));
        }

        @Override
        public boolean acceptsSuccessor(Credential old, Credential fresh) {
            return true;
        }

        List<String> drain() {
            List<String> drained = List.copyOf(asked);
            asked.clear();
            return drained;
        }
    }

    @Nested
    @DisplayName("are shown to the authentication service")
    class Shown {
        private final Notes notes = new Notes();
        private final HostileGroup hostile = new HostileGroup(532, List.of(), notes, "alice", "bob", "carol");

        Shown() throws MlsException {
            notes.drain();
        }

        private LeafNode named(String name, LeafNodeSource source, Bytes key) {
            LeafNode old = hostile.leaf(1);
            return new LeafNode(
                            key,
                            old.signatureKey(),
                            Credential.basic(Bytes.ofUtf8(name)),
                            old.capabilities(),
                            source,
                            List.of(),
                            Bytes.EMPTY)
                    .signed(SUITE, hostile.signer(1), hostile.group.groupId(), 1);
        }

        private byte[] renamingCommit() throws MlsException {
            return hostile.commit(
                    1,
                    List.of(),
                    Optional.of(hostile.path(
                            1,
                            hostile.group.tree(),
                            java.util.Set.of(),
                            (key, parentHash) -> named("robert", new LeafNodeSource.FromCommit(parentHash), key))));
        }

        private void assertRefusedAt(CredentialEvent event, byte[] message) {
            notes.refused = Optional.of(event);
            assertRefused(() -> hostile.group.verify(message), MlsError.CREDENTIAL_REJECTED);
        }

        @Test
        @DisplayName("when a KeyPackage is looked at, and when it is added")
        void keyPackages() throws MlsException {
            KeyPackageBundle dan = hostile.keyPackage("dan");
            dan.keyPackage().content().verify(notes);
            assertThat(notes.drain()).containsExactly("dan KEY_PACKAGE");
            byte[] proposal = hostile.propose(0, HostileGroup.add(dan));
            hostile.group.verify(proposal);
            assertThat(notes.drain()).containsExactly("dan ADD");
            assertRefusedAt(CredentialEvent.ADD, proposal);
        }

        @Test
        @DisplayName("of every member when a group is joined or first observed")
        void group() throws MlsException {
            byte[] tree = hostile.group.ratchetTree();
            byte[] info = hostile.groupInfo(0);
            PublicGroup.of(info, tree, notes);
            assertThat(notes.drain()).containsExactly("alice GROUP", "bob GROUP", "carol GROUP");
            notes.refused = Optional.of(CredentialEvent.GROUP);
            assertRefused(() -> PublicGroup.of(info, tree, notes), MlsError.CREDENTIAL_REJECTED);
        }

        @Test
        @DisplayName("when an Update or a commit brings a new one, beside the old one")
        void replacements() throws MlsException {
            byte[] update = hostile.propose(
                    1, new Proposal.Update(named("robert", new LeafNodeSource.FromUpdate(), hostile.newKey())));
            hostile.group.verify(update);
            assertThat(notes.drain()).containsExactly("robert UPDATE for bob");
            hostile.group.verify(renamingCommit());
            assertThat(notes.drain()).containsExactly("robert COMMIT for bob");
            assertRefusedAt(CredentialEvent.UPDATE, update);
            assertRefusedAt(CredentialEvent.COMMIT, renamingCommit());
        }

        @Test
        @DisplayName("but not again when a member goes on with its own, which may have expired (RFC 9420 §5.3.2)")
        void unchanged() throws MlsException {
            hostile.group.verify(hostile.propose(1, new Proposal.Update(hostile.update(1))));
            hostile.group.verify(hostile.commit(1));
            assertThat(notes.drain()).isEmpty();
        }

        @Test
        @DisplayName("of an external sender when the group's extensions name it, or others than before")
        void externalSender() throws MlsException {
            ExternalSender watch =
                    new ExternalSender(hostile.newSigner().publicKey(), Credential.basic(Bytes.ofUtf8("watch")));
            Proposal named = new Proposal.GroupContextExtensions(List.of(ExternalSender.toExtension(List.of(watch))));
            byte[] commit = hostile.commit(0, named);
            hostile.group.verify(commit);
            assertThat(notes.drain()).contains("watch EXTERNAL_SENDER");
            assertRefusedAt(CredentialEvent.EXTERNAL_SENDER, commit);
            notes.refused = Optional.empty();
            ExternalSender stolen = new ExternalSender(
                    watch.signatureKey(),
                    TestAuthority.credential(TestAuthority.root("root")
                            .issue("watch", SUITE, hostile.newSigner().publicKey())));
            Proposal other = new Proposal.GroupContextExtensions(List.of(ExternalSender.toExtension(List.of(stolen))));
            assertRefused(() -> hostile.group.verify(hostile.propose(0, other)), MlsError.INVALID_CREDENTIAL);
        }

        @Test
        @DisplayName("again when a member keeps its credential and changes its signature key")
        void otherKey() throws MlsException {
            SignatureKeyPair next = hostile.newSigner();
            byte[] update = hostile.propose(1, new Proposal.Update(hostile.update(1, hostile.newKey(), next)));
            hostile.group.verify(update);
            assertThat(notes.drain()).containsExactly("bob UPDATE for bob");
        }
    }

    /** A client with a certificate. */
    private record Client(SignatureKeyPair signer, Credential credential, GroupEnvironment environment) {}

    @Nested
    @DisplayName("of X.509")
    class X509 {
        private final TestAuthority root = TestAuthority.root("root");
        private final GroupEnvironment environment = new GroupEnvironment(
                X509Authentication.of(List.of(root.certificate()), InstantSource.fixed(TestAuthority.NOW)),
                random,
                InstantSource.fixed(TestAuthority.NOW));

        private Client client(String name, CipherSuite suite) {
            SignatureKeyPair signer = SignatureKeyPair.generate(suite, random);
            Credential credential = TestAuthority.credential(root.issue(name, suite, signer.publicKey()));
            return new Client(signer, credential, environment);
        }

        private KeyPackageBundle bundle(Client client, CipherSuite suite) {
            return KeyPackageBundle.generate(
                    suite, client.signer(), client.credential(), CAPABILITIES, TestClient.LIFETIME, List.of(), random);
        }

        /** A leaf with somebody else's certificate, which this client signs. */
        private LeafNode stolen(LeafNode old, Bytes encryptionKey, Credential credential, LeafNodeSource source) {
            return new LeafNode(
                    encryptionKey, old.signatureKey(), credential, CAPABILITIES, source, List.of(), Bytes.EMPTY);
        }

        @ParameterizedTest(name = "{0}")
        @MethodSource("chat.samara.mls.group.CredentialEventTest#suites")
        @DisplayName("authenticate the members of a group of any suite")
        void group(CipherSuite suite) throws MlsException {
            Client alice = client("alice", suite);
            Client bob = client("bob", suite);
            GroupConfig config =
                    new GroupConfig(suite, TestClient.GROUP_ID, List.of(), CAPABILITIES, TestClient.LIFETIME);
            Group a = Group.create(config, alice.credential(), alice.signer(), environment);
            KeyPackageBundle bundle = bundle(bob, suite);
            CommitBundle commit = a.commit()
                    .add(bundle.keyPackage().content().verify(environment.authentication()))
                    .build();
            a.mergePending();
            Group b = Group.join(
                    commit.welcome().orElseThrow().toByteArray(),
                    bundle,
                    bob.signer(),
                    Optional.of(commit.after().ratchetTree()),
                    environment);
            assertThat(b.members())
                    .extracting(Member::credential)
                    .containsExactly(alice.credential(), bob.credential());
            TestClient.mergeAll(List.of(a, b), b.commit().build().commit());
            assertThat(a.epochAuthenticator()).isEqualTo(b.epochAuthenticator());
        }

        @Test
        @DisplayName("are refused from whom nobody trusts")
        void untrusted() {
            SignatureKeyPair signer = SignatureKeyPair.generate(SUITE, random);
            Credential credential =
                    TestAuthority.credential(TestAuthority.root("root").issue("mallory", SUITE, signer.publicKey()));
            KeyPackageBundle bundle = bundle(new Client(signer, credential, environment), SUITE);
            assertRefused(
                    () -> bundle.keyPackage().content().verify(environment.authentication()),
                    MlsError.CREDENTIAL_REJECTED);
        }

        @Test
        @DisplayName("are refused in a KeyPackage whose signature key is not the certificate's (RFC 9420 §5.3)")
        void otherKeyInKeyPackage() throws MlsException {
            HostileGroup hostile = new HostileGroup(533, List.of(), (credential, key) -> true, "alice", "bob");
            SignatureKeyPair mallory = hostile.newSigner();
            HpkeKeyPair init = SUITE.generateKeyPair(random);
            LeafNode leaf = new LeafNode(
                            SUITE.generateKeyPair(random).publicKey(),
                            mallory.publicKey(),
                            client("alice", SUITE).credential(),
                            CAPABILITIES,
                            new LeafNodeSource.FromKeyPackage(HostileGroup.LIFETIME),
                            List.of(),
                            Bytes.EMPTY)
                    .signed(SUITE, mallory);
            byte[] signed = new TlsWriter()
                    .uint16(Capabilities.MLS10)
                    .uint16(SUITE.code())
                    .opaque(init.publicKey())
                    .struct(leaf)
                    .vector(List.of())
                    .toByteArray();
            KeyPackageIn keyPackage = new KeyPackageIn(
                    Capabilities.MLS10,
                    SUITE.code(),
                    init.publicKey(),
                    leaf,
                    List.of(),
                    SUITE.signWithLabel(mallory, "KeyPackageTBS", signed));
            assertRefused(() -> keyPackage.verify((credential, key) -> true), MlsError.INVALID_CREDENTIAL);
            byte[] add = hostile.propose(0, new Proposal.Add(keyPackage));
            assertRefused(() -> hostile.group.verify(add), MlsError.INVALID_CREDENTIAL);
        }

        @Test
        @DisplayName("are refused in an Update, a path or a tree where the leaf has another key (RFC 9420 §5.3)")
        void otherKeyInLeaf() throws MlsException {
            HostileGroup hostile = new HostileGroup(534, List.of(), (credential, key) -> true, "alice", "bob");
            Credential someoneElses = client("alice", SUITE).credential();
            LeafNode old = hostile.leaf(1);
            LeafNode update = stolen(old, hostile.newKey(), someoneElses, new LeafNodeSource.FromUpdate())
                    .signed(SUITE, hostile.signer(1), hostile.group.groupId(), 1);
            byte[] proposal = hostile.propose(1, new Proposal.Update(update));
            AuthenticationService trusting = new Notes();
            PublicGroup group = hostile.group.judgedBy(trusting);
            assertRefused(() -> group.verify(proposal), MlsError.INVALID_CREDENTIAL);
            byte[] commit = hostile.commit(
                    1,
                    List.of(),
                    Optional.of(hostile.path(
                            1,
                            hostile.group.tree(),
                            java.util.Set.of(),
                            (key, parentHash) -> stolen(
                                            old, key, someoneElses, new LeafNodeSource.FromCommit(parentHash))
                                    .signed(SUITE, hostile.signer(1), hostile.group.groupId(), 1))));
            assertRefused(() -> group.verify(commit), MlsError.INVALID_CREDENTIAL);
            RatchetTree tree = hostile.group.tree().withUpdatedLeaf(1, update);
            assertRefused(
                    () -> RatchetTreeIn.decode(SUITE, tree.encode())
                            .verify(hostile.group.groupId(), tree.hash(), List.of(), trusting),
                    MlsError.UNSUPPORTED_CREDENTIAL);
            LeafNode first = stolen(
                            hostile.leaf(0),
                            hostile.newKey(),
                            hostile.leaf(0).credential(),
                            new LeafNodeSource.FromUpdate())
                    .signed(SUITE, hostile.signer(0), hostile.group.groupId(), 0);
            RatchetTree supporting = tree.withUpdatedLeaf(0, first);
            assertRefused(
                    () -> RatchetTreeIn.decode(SUITE, supporting.encode())
                            .verify(hostile.group.groupId(), supporting.hash(), List.of(), trusting),
                    MlsError.INVALID_CREDENTIAL);
        }
    }
}
