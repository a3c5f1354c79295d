package chat.samara.mls.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.Vectors;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.HpkeKeyPair;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.schedule.GroupContext;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TreeKemVectorsTest {
    @Test
    @DisplayName("the official treekem vectors hold: private state, received paths, and paths made afresh")
    void officialVectorsHold() throws MlsException {
        for (JsonObject vector : Vectors.loadSupported("treekem")) {
            Scenario scenario = new Scenario(vector);
            scenario.privateStateMatchesTheTree();
            for (JsonObject update : Vectors.objects(vector, "update_paths")) {
                scenario.processes(update);
                if (scenario.isQuick()) {
                    scenario.makesAPathThatOthersOpen(update.get("sender").getAsInt());
                }
            }
        }
    }

    private static final class Scenario {
        private final JsonObject vector;
        private final CipherSuite suite;
        private final Bytes groupId;
        private final RatchetTree tree;
        private final Map<Integer, TreePrivateKeys> privateKeys = new TreeMap<>();
        private final Map<Integer, SignatureKeyPair> signers = new TreeMap<>();

        Scenario(JsonObject vector) throws MlsException {
            this.vector = vector;
            suite = Vectors.suite(vector);
            groupId = Vectors.hex(vector, "group_id");
            tree = RatchetTreeIn.decode(suite, Vectors.bytes(vector, "ratchet_tree"))
                    .trusted();
            for (JsonObject leaf : Vectors.objects(vector, "leaves_private")) {
                int index = leaf.get("index").getAsInt();
                Map<Integer, HpkeKeyPair> keys = new TreeMap<>();
                keys.put(2 * index, suite.keyPairOf(Vectors.bytes(leaf, "encryption_priv")));
                for (JsonObject secret : Vectors.objects(leaf, "path_secrets")) {
                    Secret pathSecret = Secret.take(Vectors.bytes(secret, "path_secret"));
                    keys.put(secret.get("node").getAsInt(), TreePrivateKeys.nodeKey(suite, pathSecret));
                }
                privateKeys.put(index, TreePrivateKeys.restored(index, keys));
                signers.put(index, SignatureKeyPair.of(suite, Vectors.bytes(leaf, "signature_priv")));
            }
        }

        /** Larger trees of slower suites would take a minute, and show nothing that theirs of the first suite do not. */
        boolean isQuick() {
            return suite == CipherSuite.X25519_AES128GCM_SHA256_ED25519 || tree.leafPlaces() <= 8;
        }

        void privateStateMatchesTheTree() throws MlsException {
            for (TreePrivateKeys keys : privateKeys.values()) {
                keys.requireMatch(tree);
            }
        }

        private byte[] context(RatchetTree merged) {
            return new GroupContext(
                            suite.code(),
                            groupId,
                            vector.get("epoch").getAsLong(),
                            merged.hash(),
                            Vectors.hex(vector, "confirmed_transcript_hash"),
                            List.of())
                    .encode();
        }

        void processes(JsonObject update) throws MlsException {
            int sender = update.get("sender").getAsInt();
            UpdatePath path = TlsReader.decode(Vectors.bytes(update, "update_path"), UpdatePath::readFrom);
            RatchetTree merged = merged(sender, path);
            assertThat(merged.hash()).isEqualTo(Vectors.hex(update, "tree_hash_after"));
            List<JsonElement> secrets = update.getAsJsonArray("path_secrets").asList();
            for (TreePrivateKeys own : privateKeys.values()) {
                if (own.leafIndex() == sender) {
                    continue;
                }
                Secret secret = TreeKem.openPathSecret(tree, sender, path, Set.of(), own, context(merged));
                assertThat(Bytes.of(secret.reveal()).hex())
                        .isEqualTo(secrets.get(own.leafIndex()).getAsString());
                TreeKem.OpenedPath opened =
                        TreeKem.openPath(tree, merged, sender, path, Set.of(), own, context(merged));
                assertThat(Bytes.of(opened.commitSecret().reveal())).isEqualTo(Vectors.hex(update, "commit_secret"));
                opened.privateKeys().requireMatch(merged);
            }
        }

        /**
         * The leaves of suite 0x0007 do not list that suite: the vectors were made by what listed 0x0001 to 0x0006. Since clients MUST
         * list what they support (RFC 9420 §7.2), such a leaf is refused, and what follows from its path is seen without the check.
         */
        private RatchetTree merged(int sender, UpdatePath path) throws MlsException {
            if (path.leafNode().capabilities().cipherSuites().contains(suite.code())) {
                return PathMerge.verifyAndMerge(tree, sender, path, Set.of(), groupId, TestLeaves.ACCEPT_ALL);
            }
            assertThatExceptionOfType(MlsException.class)
                    .isThrownBy(() ->
                            PathMerge.verifyAndMerge(tree, sender, path, Set.of(), groupId, TestLeaves.ACCEPT_ALL))
                    .extracting(MlsException::code)
                    .isEqualTo(MlsError.INVALID_LEAF_NODE);
            path.leafNode().verifySignature(suite, groupId, sender);
            List<Bytes> keys =
                    path.nodes().stream().map(UpdatePathNode::encryptionKey).toList();
            PathMerge merge = PathMerge.of(tree, sender, keys);
            assertThat(path.leafNode().source()).isEqualTo(new LeafNodeSource.FromCommit(merge.leafParentHash()));
            return merge.mergedWith(path.leafNode());
        }

        void makesAPathThatOthersOpen(int sender) throws MlsException {
            SignatureKeyPair signer = Objects.requireNonNull(signers.get(sender));
            LeafNode old = tree.leaf(sender).orElseThrow();
            TreeKem.CreatedPath created = TreeKem.createPath(
                    tree,
                    Set.of(),
                    Objects.requireNonNull(privateKeys.get(sender)),
                    (key, parentHash) -> TestLeaves.withKey(old, key, new LeafNodeSource.FromCommit(parentHash))
                            .signed(suite, signer, groupId, sender),
                    this::context,
                    TestLeaves.seeded(sender));
            created.privateKeys().requireMatch(created.tree());
            RatchetTree merged = merged(sender, created.path());
            assertThat(merged.hash()).isEqualTo(created.tree().hash());
            for (TreePrivateKeys own : privateKeys.values()) {
                if (own.leafIndex() != sender) {
                    TreeKem.OpenedPath opened =
                            TreeKem.openPath(tree, merged, sender, created.path(), Set.of(), own, context(merged));
                    assertThat(opened.commitSecret()).isEqualTo(created.commitSecret());
                }
            }
        }
    }
}
