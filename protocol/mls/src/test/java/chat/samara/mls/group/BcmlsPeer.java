package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.mls.TreeKEM.LeafIndex;
import org.bouncycastle.mls.TreeKEM.LeafNode;
import org.bouncycastle.mls.TreeKEM.LifeTime;
import org.bouncycastle.mls.TreeKEM.TreeKEMPublicKey;
import org.bouncycastle.mls.codec.Capabilities;
import org.bouncycastle.mls.codec.Credential;
import org.bouncycastle.mls.codec.KeyPackage;
import org.bouncycastle.mls.codec.MLSInputStream;
import org.bouncycastle.mls.codec.MLSMessage;
import org.bouncycastle.mls.codec.MLSOutputStream;
import org.bouncycastle.mls.codec.Proposal;
import org.bouncycastle.mls.codec.WireFormat;
import org.bouncycastle.mls.crypto.MlsCipherSuite;
import org.bouncycastle.mls.crypto.Secret;
import org.bouncycastle.mls.protocol.Group.CommitOptions;
import org.bouncycastle.mls.protocol.Group.CommitParameters;
import org.bouncycastle.mls.protocol.Group.GroupWithMessage;
import org.bouncycastle.mls.protocol.Group.LeafNodeOptions;
import org.bouncycastle.mls.protocol.Group.MessageOptions;

/**
 * A member whose MLS is Bouncy Castle's {@code bcmls}, behind the few verbs that the interop test needs. That library is not
 * thread-safe even between two groups, so all of its members share one lock.
 */
final class BcmlsPeer {
    private static final Object LOCK = new Object();

    private final MlsCipherSuite suite;
    private final AsymmetricCipherKeyPair initKey;
    private final AsymmetricCipherKeyPair leafKey;
    private final AsymmetricCipherKeyPair signer;
    private final byte[] signatureKey;
    private final KeyPackage keyPackage;
    private Optional<org.bouncycastle.mls.protocol.Group> group = Optional.empty();
    private Optional<org.bouncycastle.mls.protocol.Group> pending = Optional.empty();

    /** Someone who can be added, with a KeyPackage of the given lifetime. */
    BcmlsPeer(String name, int suiteCode, long notBeforeSeconds, long notAfterSeconds) throws Exception {
        synchronized (LOCK) {
            suite = MlsCipherSuite.getSuite((short) suiteCode);
            initKey = suite.getHPKE().generatePrivateKey();
            leafKey = suite.getHPKE().generatePrivateKey();
            signer = suite.generateSignatureKeyPair();
            signatureKey = suite.serializeSignaturePrivateKey(signer.getPrivate());
            byte[] lifetime = new chat.samara.mls.codec.TlsWriter()
                    .uint64(notBeforeSeconds)
                    .uint64(notAfterSeconds)
                    .toByteArray();
            LeafNode leaf = new LeafNode(
                    suite,
                    suite.getHPKE().serializePublicKey(leafKey.getPublic()),
                    suite.serializeSignaturePublicKey(signer.getPublic()),
                    Credential.forBasic(name.getBytes(java.nio.charset.StandardCharsets.UTF_8)),
                    new Capabilities(),
                    new LifeTime(new MLSInputStream(lifetime)),
                    new java.util.ArrayList<>(),
                    signatureKey);
            keyPackage = new KeyPackage(
                    suite,
                    suite.getHPKE().serializePublicKey(initKey.getPublic()),
                    leaf,
                    new java.util.ArrayList<>(),
                    signatureKey);
        }
    }

    /** Its KeyPackage, as a bare struct. */
    byte[] keyPackage() throws IOException {
        synchronized (LOCK) {
            return MLSOutputStream.encode(keyPackage);
        }
    }

    void found(Bytes groupId) throws Exception {
        synchronized (LOCK) {
            group = Optional.of(new org.bouncycastle.mls.protocol.Group(
                    groupId.toByteArray(),
                    suite,
                    leafKey,
                    signatureKey,
                    keyPackage.getLeafNode(),
                    new java.util.ArrayList<>()));
        }
    }

    void join(Bytes welcome, byte[] ratchetTree) throws Exception {
        synchronized (LOCK) {
            MLSMessage message = (MLSMessage) MLSInputStream.decode(welcome.toByteArray(), MLSMessage.class);
            TreeKEMPublicKey tree = (TreeKEMPublicKey) MLSInputStream.decode(ratchetTree, TreeKEMPublicKey.class);
            tree.setSuite(suite);
            group = Optional.of(new org.bouncycastle.mls.protocol.Group(
                    suite.getHPKE().serializePrivateKey(initKey.getPrivate()),
                    leafKey,
                    signatureKey,
                    keyPackage,
                    message.welcome,
                    tree,
                    new java.util.HashMap<Secret, byte[]>(),
                    Map.of()));
        }
    }

    /** Joins by an external commit, in place of an old version of itself where there is one. Takes effect by {@link #handleOwn}. */
    Bytes joinExternal(byte[] groupInfo, byte[] ratchetTree, Optional<Integer> replaced) throws Exception {
        synchronized (LOCK) {
            MLSMessage message = (MLSMessage) MLSInputStream.decode(groupInfo, MLSMessage.class);
            TreeKEMPublicKey tree = (TreeKEMPublicKey) MLSInputStream.decode(ratchetTree, TreeKEMPublicKey.class);
            tree.setSuite(suite);
            byte[] seed = new byte[32];
            new java.security.SecureRandom().nextBytes(seed);
            GroupWithMessage made = org.bouncycastle.mls.protocol.Group.externalJoin(
                    new Secret(seed),
                    signer,
                    keyPackage,
                    message.groupInfo,
                    tree,
                    new MessageOptions(false, new byte[0], 0),
                    replaced.map(LeafIndex::new).orElse(null),
                    Map.of());
            pending = Optional.of(made.group);
            return Bytes.of(MLSOutputStream.encode(made.message));
        }
    }

    /** Its own proposal to be added. */
    Bytes application(Bytes groupId, long epoch) throws Exception {
        synchronized (LOCK) {
            return Bytes.of(MLSOutputStream.encode(org.bouncycastle.mls.protocol.Group.newMemberAdd(
                    groupId.toByteArray(), epoch, keyPackage, signer)));
        }
    }

    /** A GroupInfo with external_pub, the tree outside. */
    byte[] groupInfo() throws Exception {
        synchronized (LOCK) {
            return MLSOutputStream.encode(group().getGroupInfo(false));
        }
    }

    private org.bouncycastle.mls.protocol.Group group() {
        return group.orElseThrow();
    }

    /** A commit, and the Welcome for those whom it adds. */
    record Committed(Bytes commit, Optional<Bytes> welcome) {}

    /** Commits with a path: adds KeyPackages (bare structs) and removes leaves. Takes effect by {@link #handleOwn}. */
    Committed commit(List<byte[]> added, List<Integer> removed, boolean inlineTree) throws Exception {
        synchronized (LOCK) {
            List<Proposal> proposals = new java.util.ArrayList<>();
            for (int leaf : removed) {
                proposals.add(Proposal.remove(new LeafIndex(leaf)));
            }
            for (byte[] bytes : added) {
                proposals.add(Proposal.add((KeyPackage) MLSInputStream.decode(bytes, KeyPackage.class)));
            }
            byte[] seed = new byte[32];
            java.security.SecureRandom random = new java.security.SecureRandom();
            random.nextBytes(seed);
            GroupWithMessage made = group().commit(
                            new Secret(seed),
                            new CommitOptions(proposals, inlineTree, true, new LeafNodeOptions()),
                            new MessageOptions(false, new byte[0], 0),
                            new CommitParameters(org.bouncycastle.mls.protocol.Group.NORMAL_COMMIT_PARAMS));
            pending = Optional.of(made.group);
            Bytes commit = Bytes.of(MLSOutputStream.encode(made.message));
            if (added.isEmpty()) {
                return new Committed(commit, Optional.empty());
            }
            MLSMessage welcome = new MLSMessage(WireFormat.mls_welcome);
            welcome.welcome = made.message.welcome;
            return new Committed(commit, Optional.of(Bytes.of(MLSOutputStream.encode(welcome))));
        }
    }

    /** Enters the epoch of its own last commit. */
    void handleOwn() {
        group = pending;
        pending = Optional.empty();
    }

    /** Takes in somebody else's proposal or commit. */
    void handle(Bytes message) throws Exception {
        synchronized (LOCK) {
            org.bouncycastle.mls.protocol.Group next = group().handle(message.toByteArray(), null);
            if (next != null) {
                group = Optional.of(next);
            }
        }
    }

    byte[] protect(byte[] plaintext, byte[] authenticatedData) throws Exception {
        synchronized (LOCK) {
            return MLSOutputStream.encode(group().protect(authenticatedData, plaintext, 16));
        }
    }

    /** Authenticated data and plaintext. */
    byte[][] unprotect(byte[] message) throws Exception {
        synchronized (LOCK) {
            return group().unprotect((MLSMessage) MLSInputStream.decode(message, MLSMessage.class));
        }
    }

    Bytes export(String label, byte[] context, int length) throws Exception {
        synchronized (LOCK) {
            return Bytes.of(group().getKeySchedule().MLSExporter(label, context, length));
        }
    }

    Bytes epochAuthenticator() {
        synchronized (LOCK) {
            return Bytes.of(group().getEpochAuthenticator());
        }
    }

    byte[] ratchetTree() throws IOException {
        synchronized (LOCK) {
            return MLSOutputStream.encode(group().getTree());
        }
    }

    int leafIndex() {
        return group().getIndex().value();
    }
}
