package chat.samara.benchmarks.mls;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.keypackage.KeyPackageBundle;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.mls.TreeKEM.TreeKEMPublicKey;
import org.bouncycastle.mls.codec.KeyPackage;
import org.bouncycastle.mls.codec.MLSInputStream;
import org.bouncycastle.mls.codec.MLSMessage;
import org.bouncycastle.mls.codec.MLSOutputStream;
import org.bouncycastle.mls.codec.Proposal;
import org.bouncycastle.mls.codec.WireFormat;
import org.bouncycastle.mls.crypto.MlsCipherSuite;
import org.bouncycastle.mls.crypto.Secret;
import org.bouncycastle.mls.protocol.Group;
import org.bouncycastle.mls.protocol.Group.CommitOptions;
import org.bouncycastle.mls.protocol.Group.CommitParameters;
import org.bouncycastle.mls.protocol.Group.GroupWithMessage;
import org.bouncycastle.mls.protocol.Group.LeafNodeOptions;
import org.bouncycastle.mls.protocol.Group.MessageOptions;

/**
 * Bouncy Castle's {@code bcmls}. It is not thread-safe even between two groups, so everything goes through one lock; nobody
 * ever waits for it here.
 */
public final class BcMls implements Implementation {
    private static final Object LOCK = new Object();

    private final SecureRandom random = new SecureRandom();
    private final MlsCipherSuite suite;

    public BcMls() throws Exception {
        synchronized (LOCK) {
            suite = MlsCipherSuite.getSuite((short) WarmGroup.SUITE.code());
        }
    }

    @Override
    public String label() {
        return "bcmls";
    }

    private AsymmetricCipherKeyPair leafKey(KeyPackageBundle bundle) {
        return suite.getHPKE()
                .deserializePrivateKey(
                        bundle.encryptionKeyPair().privateKey().reveal().clone(),
                        bundle.encryptionKeyPair().publicKey().toByteArray());
    }

    private static KeyPackage keyPackage(byte[] encoded) throws Exception {
        return (KeyPackage) MLSInputStream.decode(encoded, KeyPackage.class);
    }

    @Override
    public Peer join(WarmGroup.Joiner joiner, byte[] welcome, byte[] ratchetTree) throws Exception {
        synchronized (LOCK) {
            MLSMessage message = (MLSMessage) MLSInputStream.decode(welcome, MLSMessage.class);
            TreeKEMPublicKey tree = (TreeKEMPublicKey) MLSInputStream.decode(ratchetTree, TreeKEMPublicKey.class);
            tree.setSuite(suite);
            return new Member(new Group(
                    joiner.bundle().initKeyPair().privateKey().reveal().clone(),
                    leafKey(joiner.bundle()),
                    joiner.signer().privateKey(),
                    keyPackage(joiner.bundle().keyPackage().encode()),
                    message.welcome,
                    tree,
                    new HashMap<>(),
                    Map.of()));
        }
    }

    @Override
    public Founded found(WarmGroup.Joiner founder, List<byte[]> keyPackages) throws Exception {
        synchronized (LOCK) {
            KeyPackage own = keyPackage(founder.bundle().keyPackage().encode());
            Member member = new Member(new Group(
                    WarmGroup.GROUP_ID.toByteArray(),
                    suite,
                    leafKey(founder.bundle()),
                    founder.signer().privateKey(),
                    own.getLeafNode(),
                    new ArrayList<>()));
            List<Proposal> adds = new ArrayList<>(keyPackages.size());
            for (byte[] keyPackage : keyPackages) {
                adds.add(Proposal.add(keyPackage(keyPackage)));
            }
            GroupWithMessage made = member.commit(adds);
            MLSOutputStream.encode(made.message);
            MLSMessage welcome = new MLSMessage(WireFormat.mls_welcome);
            welcome.welcome = made.message.welcome;
            return new Founded(
                    Bytes.wrapUnsafe(MLSOutputStream.encode(welcome)),
                    Bytes.wrapUnsafe(MLSOutputStream.encode(made.group.getTree())));
        }
    }

    private final class Member implements Peer {
        private Group group;
        private Group pending;

        private Member(Group group) {
            this.group = group;
            this.pending = group;
        }

        private GroupWithMessage commit(List<Proposal> proposals) throws Exception {
            byte[] seed = new byte[32];
            random.nextBytes(seed);
            return group.commit(
                    new Secret(seed),
                    new CommitOptions(proposals, false, true, new LeafNodeOptions()),
                    new MessageOptions(false, new byte[0], 0),
                    new CommitParameters(Group.NORMAL_COMMIT_PARAMS));
        }

        @Override
        public byte[] commit() throws Exception {
            synchronized (LOCK) {
                GroupWithMessage made = commit(new ArrayList<>());
                pending = made.group;
                return MLSOutputStream.encode(made.message);
            }
        }

        @Override
        public void enterOwn() {
            group = pending;
        }

        @Override
        public void dropOwn() {
            pending = group;
        }

        @Override
        public void enter(byte[] commit) throws Exception {
            synchronized (LOCK) {
                group = group.handle(commit, null);
            }
        }

        @Override
        public void stage(byte[] commit) throws Exception {
            synchronized (LOCK) {
                group.handle(commit, null);
            }
        }

        @Override
        public byte[] protect(byte[] plaintext) throws Exception {
            synchronized (LOCK) {
                return MLSOutputStream.encode(group.protect(new byte[0], plaintext, 0));
            }
        }

        @Override
        public byte[] unprotect(byte[] message) throws Exception {
            synchronized (LOCK) {
                return group.unprotect((MLSMessage) MLSInputStream.decode(message, MLSMessage.class))[1];
            }
        }

        @Override
        public Object heapRoot() {
            return group;
        }

        @Override
        public List<Object> heapShared() {
            return List.of(suite);
        }
    }
}
