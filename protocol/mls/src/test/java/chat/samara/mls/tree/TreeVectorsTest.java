package chat.samara.mls.tree;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.Vectors;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.proposal.Proposal;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TreeVectorsTest {
    @Test
    @DisplayName("the official tree-operations vectors hold")
    void treeOperations() throws MlsException {
        for (JsonObject vector : Vectors.loadSupported("tree-operations")) {
            RatchetTree before = RatchetTreeIn.decode(Vectors.suite(vector), Vectors.bytes(vector, "tree_before"))
                    .trusted();
            assertThat(before.hash()).isEqualTo(Vectors.hex(vector, "tree_hash_before"));
            Proposal proposal = TlsReader.decode(Vectors.bytes(vector, "proposal"), Proposal::readFrom);
            RatchetTree after =
                    applied(before, proposal, vector.get("proposal_sender").getAsInt());
            assertThat(Bytes.of(after.encode())).isEqualTo(Vectors.hex(vector, "tree_after"));
            assertThat(after.hash()).isEqualTo(Vectors.hex(vector, "tree_hash_after"));
        }
    }

    private static RatchetTree applied(RatchetTree tree, Proposal proposal, int sender) throws MlsException {
        if (proposal instanceof Proposal.Add add) {
            return tree.withAddedLeaf(add.keyPackage().leafNode()).tree();
        }
        if (proposal instanceof Proposal.Update update) {
            return tree.withUpdatedLeaf(sender, update.leafNode());
        }
        if (proposal instanceof Proposal.Remove remove) {
            return tree.withoutLeaf(remove.removed());
        }
        throw new AssertionError("a proposal of type " + proposal.type() + ", expected Add, Update or Remove");
    }

    @Test
    @DisplayName("the official tree-validation vectors hold")
    void treeValidation() throws MlsException {
        for (JsonObject vector : Vectors.loadSupported("tree-validation")) {
            RatchetTreeIn received = RatchetTreeIn.decode(Vectors.suite(vector), Vectors.bytes(vector, "tree"));
            RatchetTree tree = received.trusted();
            JsonArray resolutions = vector.getAsJsonArray("resolutions");
            JsonArray hashes = vector.getAsJsonArray("tree_hashes");
            assertThat(TreeMath.nodeWidth(tree.leafPlaces())).isEqualTo(resolutions.size());
            for (int node = 0; node < resolutions.size(); node++) {
                List<Integer> expected = Vectors.integers(resolutions.get(node).getAsJsonArray());
                assertThat(tree.resolution(node)).isEqualTo(expected);
                assertThat(tree.hash(node).hex()).isEqualTo(hashes.get(node).getAsString());
            }
            received.verify(Vectors.hex(vector, "group_id"), tree.hash(), List.of(), TestLeaves.ACCEPT_ALL);
            assertThat(Bytes.of(tree.encode())).isEqualTo(Vectors.hex(vector, "tree"));
        }
    }
}
