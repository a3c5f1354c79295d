package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.extension.Extension;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.Lifetime;
import java.util.List;
import java.util.function.UnaryOperator;

/** A client's KeyPackage (RFC 9420 §10) of which any field can be another than it should be; leaf and KeyPackage are signed after that. */
final class HostileKeyPackage {
    private final CipherSuite suite;
    private SignatureKeyPair signer;
    private int version = 1;
    private int cipherSuite;
    private Bytes initKey;
    private List<Extension> extensions = List.of();
    private LeafNode leaf;
    private UnaryOperator<LeafNode> signedLeaf = UnaryOperator.identity();
    private UnaryOperator<Bytes> signature = UnaryOperator.identity();

    HostileKeyPackage(TestClient client) {
        this(client.suite, client.signer, client.credential, client.random);
    }

    HostileKeyPackage(CipherSuite suite, SignatureKeyPair signer, Credential credential, RandomSource random) {
        this.suite = suite;
        this.signer = signer;
        this.cipherSuite = suite.code();
        HpkeKeyPair init = suite.generateKeyPair(random);
        this.initKey = init.publicKey();
        this.leaf = new LeafNode(
                suite.generateKeyPair(random).publicKey(),
                signer.publicKey(),
                credential,
                TestClient.CAPABILITIES,
                new LeafNodeSource.FromKeyPackage(TestClient.LIFETIME),
                List.of(),
                Bytes.EMPTY);
    }

    HostileKeyPackage version(int other) {
        version = other;
        return this;
    }

    HostileKeyPackage suite(int other) {
        cipherSuite = other;
        return this;
    }

    HostileKeyPackage initKey(Bytes other) {
        initKey = other;
        return this;
    }

    HostileKeyPackage extensions(Extension... others) {
        extensions = List.of(others);
        return this;
    }

    HostileKeyPackage encryptionKey(Bytes other) {
        return leaf(old -> new LeafNode(
                other,
                old.signatureKey(),
                old.credential(),
                old.capabilities(),
                old.source(),
                old.extensions(),
                Bytes.EMPTY));
    }

    HostileKeyPackage credential(Credential other) {
        return leaf(old -> new LeafNode(
                old.encryptionKey(),
                old.signatureKey(),
                other,
                old.capabilities(),
                old.source(),
                old.extensions(),
                Bytes.EMPTY));
    }

    HostileKeyPackage capabilities(Capabilities other) {
        return leaf(old -> new LeafNode(
                old.encryptionKey(),
                old.signatureKey(),
                old.credential(),
                other,
                old.source(),
                old.extensions(),
                Bytes.EMPTY));
    }

    HostileKeyPackage lifetime(long notBeforeSeconds, long notAfterSeconds) {
        return source(new LeafNodeSource.FromKeyPackage(new Lifetime(notBeforeSeconds, notAfterSeconds)));
    }

    HostileKeyPackage source(LeafNodeSource other) {
        return leaf(old -> new LeafNode(
                old.encryptionKey(),
                old.signatureKey(),
                old.credential(),
                old.capabilities(),
                other,
                old.extensions(),
                Bytes.EMPTY));
    }

    HostileKeyPackage leafExtensions(Extension... others) {
        return leaf(old -> new LeafNode(
                old.encryptionKey(),
                old.signatureKey(),
                old.credential(),
                old.capabilities(),
                old.source(),
                List.of(others),
                Bytes.EMPTY));
    }

    HostileKeyPackage leaf(UnaryOperator<LeafNode> change) {
        leaf = change.apply(leaf);
        return this;
    }

    /** Changes the leaf after it was signed. */
    HostileKeyPackage signedLeaf(UnaryOperator<LeafNode> change) {
        signedLeaf = change;
        return this;
    }

    /** Changes the signature of the KeyPackage. */
    HostileKeyPackage signature(UnaryOperator<Bytes> change) {
        signature = change;
        return this;
    }

    /** Another key signs the KeyPackage than signs the leaf. */
    KeyPackageIn madeBy(SignatureKeyPair other) {
        LeafNode made = signedLeaf.apply(signLeaf());
        signer = other;
        return sign(made);
    }

    KeyPackageIn made() {
        return sign(signedLeaf.apply(signLeaf()));
    }

    Proposal add() {
        return new Proposal.Add(made());
    }

    private LeafNode signLeaf() {
        if (leaf.source() instanceof LeafNodeSource.FromKeyPackage
                && leaf.signatureKey().equals(signer.publicKey())) {
            return leaf.signed(suite, signer);
        }
        return leaf.signatureKey().equals(signer.publicKey())
                ? leaf.signed(suite, signer, TestClient.GROUP_ID, 4)
                : leaf;
    }

    private KeyPackageIn sign(LeafNode made) {
        TlsEncodable unsigned = writer -> writer.uint16(version)
                .uint16(cipherSuite)
                .opaque(initKey)
                .struct(made)
                .vector(extensions);
        Bytes signed = suite.signWithLabel(signer, "KeyPackageTBS", unsigned.encode());
        return new KeyPackageIn(version, cipherSuite, initKey, made, extensions, signature.apply(signed));
    }
}
