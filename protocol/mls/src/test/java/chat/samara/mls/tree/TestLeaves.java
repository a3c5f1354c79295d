package chat.samara.mls.tree;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import java.util.List;
import java.util.Random;

/** Makes leaves for tests out of a seeded source of randomness. */
public final class TestLeaves {
    public static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    public static final AuthenticationService ACCEPT_ALL = (credential, signatureKey) -> true;
    public static final Lifetime LIFETIME = new Lifetime(1_000, 2_000);

    private final RandomSource random;

    public TestLeaves(long seed) {
        random = seeded(seed);
    }

    /** The same bytes for the same seed. */
    public static RandomSource seeded(long seed) {
        Random source = new Random(seed);
        return source::nextBytes;
    }

    public RandomSource random() {
        return random;
    }

    /** A leaf with the keys of who made it. */
    public record Owned(LeafNode leaf, HpkeKeyPair encryption, SignatureKeyPair signer) {}

    /** A valid leaf as in a KeyPackage. */
    public Owned fromKeyPackage(String name) {
        HpkeKeyPair encryption = SUITE.generateKeyPair(random);
        SignatureKeyPair signer = SignatureKeyPair.generate(SUITE, random);
        LeafNode leaf =
                unsigned(name, encryption.publicKey(), signer.publicKey(), new LeafNodeSource.FromKeyPackage(LIFETIME));
        return new Owned(leaf.signed(SUITE, signer), encryption, signer);
    }

    /** The same member with a new encryption key, as in an Update. */
    public Owned updated(Owned old, Bytes groupId, int leafIndex) {
        HpkeKeyPair encryption = SUITE.generateKeyPair(random);
        LeafNode leaf = withKey(old.leaf(), encryption.publicKey(), new LeafNodeSource.FromUpdate());
        return new Owned(leaf.signed(SUITE, old.signer(), groupId, leafIndex), encryption, old.signer());
    }

    /** The same member's leaf for a commit. */
    public static LeafNode committed(Owned old, Bytes encryptionKey, Bytes parentHash, Bytes groupId, int leafIndex) {
        return withKey(old.leaf(), encryptionKey, new LeafNodeSource.FromCommit(parentHash))
                .signed(SUITE, old.signer(), groupId, leafIndex);
    }

    public static LeafNode withKey(LeafNode old, Bytes encryptionKey, LeafNodeSource source) {
        return new LeafNode(
                encryptionKey,
                old.signatureKey(),
                old.credential(),
                old.capabilities(),
                source,
                old.extensions(),
                Bytes.EMPTY);
    }

    public static LeafNode withCapabilities(LeafNode old, Capabilities capabilities) {
        return new LeafNode(
                old.encryptionKey(),
                old.signatureKey(),
                old.credential(),
                capabilities,
                old.source(),
                old.extensions(),
                Bytes.EMPTY);
    }

    public static LeafNode unsigned(String name, Bytes encryptionKey, Bytes signatureKey, LeafNodeSource source) {
        return new LeafNode(
                encryptionKey,
                signatureKey,
                Credential.basic(Bytes.ofUtf8(name)),
                Capabilities.of(List.of(), List.of()),
                source,
                List.<Extension>of(),
                Bytes.EMPTY);
    }
}
