package chat.samara.benchmarks.mls;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.crypto.Aead;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeCiphertext;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageBundle;
import chat.samara.mls.schedule.EpochSecrets;
import chat.samara.mls.schedule.GroupContext;
import chat.samara.mls.schedule.KeySchedule;
import chat.samara.mls.tree.Capabilities;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.LeafNodeSource;
import chat.samara.mls.tree.Lifetime;
import chat.samara.mls.tree.PathMerge;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.TreeKem;
import chat.samara.mls.tree.TreeMath;
import chat.samara.mls.tree.TreePrivateKeys;
import chat.samara.mls.tree.UpdatePath;
import chat.samara.mls.tree.UpdatePathNode;
import chat.samara.mls.welcome.EncryptedGroupSecrets;
import chat.samara.mls.welcome.GroupInfo;
import chat.samara.mls.welcome.GroupSecrets;
import chat.samara.mls.welcome.Welcome;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A group in the middle of its life, which any implementation can join: every parent node is filled and no leaf is unmerged, as
 * when half of the members have committed since they joined; but for the committer, who has just joined, and whose first commit fills its own
 * path.
 *
 * <p>Each member with an odd leaf index has replaced its path, through the very code that verifies commits. Since the private
 * keys of those paths are nobody's here, their secrets are not encrypted to anyone, which would take N log N encryptions; the
 * last commit is a real one, and its author welcomes the two members that are measured. They join by the same Welcome in
 * each implementation. One of them commits and the other receives: their lowest common ancestor is one below the root, so
 * that the receiver has two new node keys to derive, as members have on average.
 */
public final class WarmGroup {
    static final CipherSuite SUITE = CipherSuite.X25519_AES128GCM_SHA256_ED25519;
    static final AuthenticationService ACCEPT_ALL = (credential, key) -> true;
    static final Bytes GROUP_ID = Bytes.ofUtf8("a group that is measured");

    /** The smallest group in which committer, receiver and welcomer find their places. */
    static final int MEMBERS_MIN = 16;

    private static final long EPOCH = 5_000;
    private static final long HOUR_SECONDS = 3_600;

    /** Shaped as an encrypted path secret is, and opened by nobody. */
    private static final HpkeCiphertext TO_NOBODY = new HpkeCiphertext(
            SUITE.generateKeyPair(RandomSource.secure()).publicKey(),
            Bytes.of(new byte[SUITE.hashBytes() + Aead.TAG_BYTES]));

    /** A member who joins: what it has from before. */
    public record Joiner(KeyPackageBundle bundle, SignatureKeyPair signer) {}

    private final RandomSource random;
    private final Lifetime lifetime = lifetime();
    private final Map<Integer, SignatureKeyPair> signers = new HashMap<>();
    private final int committerLeaf = 0;
    private final int receiverLeaf;
    private final Joiner committer;
    private final Joiner receiver;
    private final byte[] ratchetTree;
    private final byte[] welcome;
    private final byte[] groupInfo;

    private WarmGroup(int members, RandomSource random) throws MlsException {
        if (members < MEMBERS_MIN) {
            throw new IllegalArgumentException(members + " members, expected at least " + MEMBERS_MIN);
        }
        this.random = random;
        this.receiverLeaf = 3 * Integer.highestOneBit(members - 1) / 4;
        this.committer = joiner(committerLeaf);
        this.receiver = joiner(receiverLeaf);
        RatchetTree tree = withOddLeavesCommitted(planted(members))
                .withAddedLeaf(committer.bundle().keyPackage().leafNode())
                .tree();
        int welcomer = receiverLeaf + 1;
        TreeKem.CreatedPath last = lastCommit(tree, welcomer);
        GroupContext context = context(last.tree());
        Secret joinerSecret = Secret.random(SUITE.hashBytes(), random);
        Secret noPsk = Secret.zeros(SUITE.hashBytes());
        EpochSecrets secrets = KeySchedule.epochSecrets(SUITE, joinerSecret, noPsk, context);
        Bytes tag = secrets.confirmationTag(context.confirmedTranscriptHash());
        GroupInfo info = GroupInfo.sign(context, List.of(), tag, welcomer, signer(welcomer));
        Bytes sealedInfo = KeySchedule.sealGroupInfo(SUITE, joinerSecret, noPsk, info.encode());
        List<EncryptedGroupSecrets> welcomed = List.of(
                secretsFor(committer, joinerSecret, last.pathSecretFor(committerLeaf), sealedInfo),
                secretsFor(receiver, joinerSecret, last.pathSecretFor(receiverLeaf), sealedInfo));
        ratchetTree = last.tree().encode();
        groupInfo = new MlsMessage.OfGroupInfo(info.content()).encode();
        welcome = new MlsMessage.OfWelcome(new Welcome(SUITE.code(), welcomed, sealedInfo)).encode();
    }

    /** A warm group of so many members. Takes a second or two for ten thousand. */
    public static WarmGroup of(int members, RandomSource random) throws MlsException {
        return new WarmGroup(members, random);
    }

    /** The member who commits and sends. */
    public Joiner committer() {
        return committer;
    }

    /** The member who receives. */
    public Joiner receiver() {
        return receiver;
    }

    /** The encoded tree. */
    public byte[] ratchetTree() {
        return ratchetTree;
    }

    /** An MLSMessage with a Welcome for both. */
    public byte[] welcome() {
        return welcome;
    }

    /** An MLSMessage with a GroupInfo. */
    public byte[] groupInfo() {
        return groupInfo;
    }

    private static Lifetime lifetime() {
        long now = InstantSource.system().instant().getEpochSecond();
        return new Lifetime(now - HOUR_SECONDS, now + 24 * HOUR_SECONDS);
    }

    /** The lifetime of the KeyPackages: from an hour ago for a day. */
    static Joiner joiner(String name, RandomSource random) {
        SignatureKeyPair signer = SignatureKeyPair.generate(SUITE, random);
        KeyPackageBundle bundle = KeyPackageBundle.generate(
                SUITE, signer, credential(name), capabilities(), lifetime(), List.of(), random);
        return new Joiner(bundle, signer);
    }

    static Credential credential(String name) {
        return Credential.basic(Bytes.ofUtf8(name));
    }

    static Capabilities capabilities() {
        return Capabilities.of(List.of(), List.of());
    }

    private static String name(int leaf) {
        return "member " + leaf;
    }

    private Joiner joiner(int leaf) {
        Joiner joiner = joiner(name(leaf), random);
        signers.put(leaf, joiner.signer());
        return joiner;
    }

    private SignatureKeyPair signer(int leaf) {
        return Objects.requireNonNull(signers.get(leaf), "every member has a signature key");
    }

    /** All members' leaves as their KeyPackages hold them, but for the committer's, and no parent node. */
    private RatchetTree planted(int members) throws MlsException {
        RatchetTree tree = RatchetTree.of(SUITE, fresh(committerLeaf));
        for (int leaf = 1; leaf < members; leaf++) {
            tree = tree.withAddedLeaf(
                            leaf == receiverLeaf
                                    ? receiver.bundle().keyPackage().leafNode()
                                    : fresh(leaf))
                    .tree();
        }
        return tree.withoutLeaf(committerLeaf);
    }

    private LeafNode fresh(int leaf) {
        SignatureKeyPair signer = SignatureKeyPair.generate(SUITE, random);
        signers.put(leaf, signer);
        return new LeafNode(
                        anyKey(),
                        signer.publicKey(),
                        credential(name(leaf)),
                        capabilities(),
                        new LeafNodeSource.FromKeyPackage(lifetime),
                        List.of(),
                        Bytes.EMPTY)
                .signed(SUITE, signer);
    }

    /** A public key whose private key nobody has. */
    private Bytes anyKey() {
        return Bytes.wrapUnsafe(random.bytes(32));
    }

    /** Sets the paths of all odd leaves, in an order in which the tree is warm soon: far apart first. */
    private RatchetTree withOddLeavesCommitted(RatchetTree planted) throws MlsException {
        RatchetTree tree = planted;
        int pairs = planted.leafPlaces() / 2;
        int unusedBits = Integer.numberOfLeadingZeros(pairs) + 1;
        for (int i = 0; i < pairs; i++) {
            int pair = Integer.reverse(i) >>> unusedBits;
            int leaf = 2 * pair + 1;
            if (tree.leaf(leaf).isPresent()) {
                tree = withPath(tree, leaf);
            }
        }
        return tree;
    }

    private RatchetTree withPath(RatchetTree tree, int leaf) throws MlsException {
        List<RatchetTree.PathStep> steps = tree.filteredDirectPath(leaf);
        List<UpdatePathNode> nodes = new ArrayList<>();
        Bytes parentHash = Bytes.EMPTY;
        for (int i = steps.size() - 1; i >= 0; i--) {
            int copathChild = steps.get(i).copathChild();
            Bytes key = anyKey();
            int receivers = tree.resolution(copathChild).size();
            nodes.add(0, new UpdatePathNode(key, Collections.nCopies(receivers, TO_NOBODY)));
            parentHash = SUITE.hash(new TlsWriter()
                    .opaque(key)
                    .opaque(parentHash)
                    .opaque(tree.hash(copathChild))
                    .toByteArray());
        }
        LeafNode committed = committed(tree, leaf, anyKey(), parentHash);
        return PathMerge.verifyAndMerge(tree, leaf, new UpdatePath(committed, nodes), Set.of(), GROUP_ID, ACCEPT_ALL);
    }

    private LeafNode committed(RatchetTree tree, int leaf, Bytes key, Bytes parentHash) {
        LeafNode old = tree.leaf(leaf).orElseThrow();
        return new LeafNode(
                        key,
                        old.signatureKey(),
                        old.credential(),
                        old.capabilities(),
                        new LeafNodeSource.FromCommit(parentHash),
                        old.extensions(),
                        Bytes.EMPTY)
                .signed(SUITE, signer(leaf), GROUP_ID, leaf);
    }

    private TreeKem.CreatedPath lastCommit(RatchetTree tree, int leaf) throws MlsException {
        HpkeKeyPair unused = SUITE.generateKeyPair(random);
        return TreeKem.createPath(
                tree,
                Set.of(),
                TreePrivateKeys.of(leaf, unused),
                (key, parentHash) -> committed(tree, leaf, key, parentHash),
                merged -> context(merged).encode(),
                random);
    }

    private static GroupContext context(RatchetTree tree) {
        byte[] transcript = {1, 2, 3};
        return new GroupContext(SUITE.code(), GROUP_ID, EPOCH, tree.hash(), SUITE.hash(transcript), List.of());
    }

    private EncryptedGroupSecrets secretsFor(Joiner joiner, Secret joinerSecret, Secret pathSecret, Bytes sealedInfo)
            throws MlsException {
        byte[] plaintext = new GroupSecrets(joinerSecret, Optional.of(pathSecret), List.of()).encode();
        return new EncryptedGroupSecrets(
                joiner.bundle().ref(),
                SUITE.encryptWithLabel(
                        joiner.bundle().keyPackage().initKey(),
                        "Welcome",
                        sealedInfo.arrayUnsafe(),
                        plaintext,
                        random));
    }

    /** The number of steps in the committer's path. */
    static int pathSteps(int members) {
        return TreeMath.level(TreeMath.root(Integer.highestOneBit(2 * members - 1)));
    }
}
