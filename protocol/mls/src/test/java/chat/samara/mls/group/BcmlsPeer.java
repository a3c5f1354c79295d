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
import org.bouncycastle.mls.codec.PreSharedKeyID;
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
    private final java.util.HashMap<Secret, byte[]> externalPsks = new java.util.HashMap<>();
    private Optional<org.bouncycastle.mls.protocol.Group> group = Optional.empty();
    private Optional<org.bouncycastle.mls.protocol.Group.Tombstone> tombstone = Optional.empty();
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
                    externalPsks,
                    Map.of()));
        }
    }

    /** Holds an external pre-shared key from now on. */
    void holdPsk(Bytes pskId, Bytes key) {
        synchronized (LOCK) {
            externalPsks.put(new Secret(pskId.toByteArray()), key.toByteArray());
            group.ifPresent(joined -> joined.insertExternalPsk(new Secret(pskId.toByteArray()), key.toByteArray()));
        }
    }

    /** Commits an external pre-shared key, by value. Takes effect by {@link #handleOwn}. */
    Bytes commitPsk(Bytes pskId) throws Exception {
        synchronized (LOCK) {
            byte[] nonce = freshBytes(suite.getKDF().getHashLength());
            PreSharedKeyID id = PreSharedKeyID.external(pskId.toByteArray(), nonce);
            return commit(List.of(Proposal.preSharedKey(id)), false, false).commit();
        }
    }

    /** Takes in a commit that puts an end to the group by a ReInit. */
    void handleReInit(Bytes commit) throws Exception {
        synchronized (LOCK) {
            tombstone = Optional.of(group().handleReinitCommit(message(commit)));
        }
    }

    /** Joins the successor of this member's group as another one, which has keys for its suite. */
    void joinSuccessor(BcmlsPeer next, Bytes welcome, byte[] ratchetTree) throws Exception {
        synchronized (LOCK) {
            next.group = Optional.of(tombstone
                    .orElseThrow()
                    .handleWelcome(
                            next.initKey,
                            next.leafKey,
                            next.signer,
                            next.keyPackage,
                            message(welcome),
                            next.tree(ratchetTree)));
        }
    }

    /** Founds the successor of this member's group as another one, with KeyPackages (bare structs); the tree is inside. */
    Bytes foundSuccessor(BcmlsPeer next, List<byte[]> members) throws Exception {
        synchronized (LOCK) {
            List<KeyPackage> keyPackages = new java.util.ArrayList<>();
            for (byte[] bytes : members) {
                keyPackages.add((KeyPackage) MLSInputStream.decode(bytes, KeyPackage.class));
            }
            GroupWithMessage made = tombstone
                    .orElseThrow()
                    .createWelcome(
                            next.leafKey,
                            next.signatureKey,
                            next.keyPackage.getLeafNode(),
                            keyPackages,
                            freshBytes(32),
                            new CommitOptions(new java.util.ArrayList<>(), true, true, new LeafNodeOptions()));
            next.group = Optional.of(made.group);
            return welcome(made);
        }
    }

    /** Joins a branch of this member's group as another one. */
    void joinBranch(BcmlsPeer next, Bytes welcome, byte[] ratchetTree) throws Exception {
        synchronized (LOCK) {
            next.group = Optional.of(group().handleBranch(
                            next.initKey,
                            next.leafKey,
                            next.signer,
                            next.keyPackage,
                            message(welcome),
                            next.tree(ratchetTree)));
        }
    }

    private TreeKEMPublicKey tree(byte[] ratchetTree) throws Exception {
        TreeKEMPublicKey tree = (TreeKEMPublicKey) MLSInputStream.decode(ratchetTree, TreeKEMPublicKey.class);
        tree.setSuite(suite);
        return tree;
    }

    private static MLSMessage message(Bytes bytes) throws Exception {
        return (MLSMessage) MLSInputStream.decode(bytes.toByteArray(), MLSMessage.class);
    }

    private static Bytes welcome(GroupWithMessage made) throws Exception {
        MLSMessage welcome = new MLSMessage(WireFormat.mls_welcome);
        welcome.welcome = made.message.welcome;
        return Bytes.of(MLSOutputStream.encode(welcome));
    }

    private static byte[] freshBytes(int length) {
        byte[] bytes = new byte[length];
        new java.security.SecureRandom().nextBytes(bytes);
        return bytes;
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
            return commit(proposals, !added.isEmpty(), inlineTree);
        }
    }

    private Committed commit(List<Proposal> proposals, boolean isWelcoming, boolean inlineTree) throws Exception {
        synchronized (LOCK) {
            GroupWithMessage made = group().commit(
                            new Secret(freshBytes(32)),
                            new CommitOptions(proposals, inlineTree, true, new LeafNodeOptions()),
                            new MessageOptions(false, new byte[0], 0),
                            new CommitParameters(org.bouncycastle.mls.protocol.Group.NORMAL_COMMIT_PARAMS));
            pending = Optional.of(made.group);
            Bytes commit = Bytes.of(MLSOutputStream.encode(made.message));
            return new Committed(commit, isWelcoming ? Optional.of(welcome(made)) : Optional.empty());
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
