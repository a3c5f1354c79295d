package chat.samara.mls.group;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.Lifetime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A client of tests: a name, a signature key, and whatever it needs to found and join groups. */
final class TestClient {
    static final long NOW_SECONDS = 1_800_000_000L;
    static final Lifetime LIFETIME = new Lifetime(NOW_SECONDS - 3600, NOW_SECONDS + 90L * 24 * 3600);
    static final int OWN_EXTENSION = 0xf0a1;

    /** With the suites that were implemented when the golden state was made. */
    static final Capabilities CAPABILITIES = listing(
            List.of(CipherSuite.X25519_AES128GCM_SHA256_ED25519, CipherSuite.X25519_CHACHA20POLY1305_SHA256_ED25519));

    static final Bytes GROUP_ID = Bytes.ofUtf8("the group");

    final String name;
    final CipherSuite suite;
    final RandomSource random;
    final Capabilities capabilities;
    final Credential credential;
    final SignatureKeyPair signer;
    final GroupEnvironment environment;
    final TestStore store = new TestStore();

    TestClient(String name, CipherSuite suite, RandomSource random) {
        this(name, suite, random, listing(suite), PreSharedKeys.NONE);
    }

    TestClient(String name, CipherSuite suite, RandomSource random, Capabilities capabilities, PreSharedKeys psks) {
        this.name = name;
        this.capabilities = capabilities;
        this.suite = suite;
        this.random = random;
        this.credential = Credential.basic(Bytes.ofUtf8(name));
        this.signer = SignatureKeyPair.generate(suite, random);
        this.environment = new GroupEnvironment(
                new OpenHouse(), random, InstantSource.fixed(Instant.ofEpochSecond(NOW_SECONDS)), psks);
    }

    private static Capabilities listing(List<CipherSuite> suites) {
        return Capabilities.of(suites, List.of(OWN_EXTENSION), List.of());
    }

    /** Those of every client, or with its own suite where that is another. */
    private static Capabilities listing(CipherSuite suite) {
        return CAPABILITIES.cipherSuites().contains(suite.code()) ? CAPABILITIES : listing(List.of(suite));
    }

    Group found() throws MlsException {
        return found(List.of());
    }

    Group found(List<Extension> extensions) throws MlsException {
        GroupConfig config = new GroupConfig(suite, GROUP_ID, extensions, capabilities, LIFETIME);
        return Group.create(config, credential, signer, environment);
    }

    KeyPackageBundle bundle() {
        return bundle(capabilities, LIFETIME);
    }

    KeyPackageBundle bundle(Capabilities capabilities, Lifetime lifetime) {
        return KeyPackageBundle.generate(suite, signer, credential, capabilities, lifetime, List.of(), random);
    }

    KeyPackage keyPackage() {
        return bundle().keyPackage();
    }

    Group join(CommitBundle commit, KeyPackageBundle bundle) throws MlsException {
        return Group.join(
                commit.welcome().orElseThrow().toByteArray(),
                bundle,
                signer,
                Optional.of(commit.after().ratchetTree()),
                environment);
    }

    /** What a group of this client's becomes once it was stored and read again. */
    Group reloaded(Group group) throws MlsException {
        return Group.restore(store.apply(group.drainDelta()).blobs(), signer, environment);
    }

    /** Adds clients to a group in one commit, merges it there, and gives their groups. */
    static List<Group> addAll(Group group, List<TestClient> clients) throws MlsException {
        Map<TestClient, KeyPackageBundle> bundles = new HashMap<>();
        CommitBuilder commit = group.commit();
        for (TestClient client : clients) {
            KeyPackageBundle bundle = client.bundle();
            bundles.put(client, bundle);
            commit.add(bundle.keyPackage());
        }
        CommitBundle built = commit.build();
        mergeAll(List.of(group), built.commit());
        java.util.ArrayList<Group> joined = new java.util.ArrayList<>();
        for (TestClient client : clients) {
            joined.add(client.join(built, java.util.Objects.requireNonNull(bundles.get(client))));
        }
        return joined;
    }

    /** Every group processes the commit and merges it. */
    static void mergeAll(List<Group> groups, Bytes commit) throws MlsException {
        for (Group group : groups) {
            group.merge(staged(group, commit));
        }
    }

    static StagedCommit staged(Group group, Bytes commit) throws MlsException {
        return ((Processed.CommitReceived) group.process(commit.toByteArray())).commit();
    }

    static Processed.ApplicationMessage open(Group group, byte[] message) throws MlsException {
        return (Processed.ApplicationMessage) group.process(message);
    }

    @Override
    public String toString() {
        return name;
    }
}
