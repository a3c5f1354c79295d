package chat.samara.mls.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import chat.samara.mls.Vectors;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TreeMathTest {
    @Test
    @DisplayName("the official tree-math vectors hold")
    void officialVectorsHold() {
        for (JsonObject vector : Vectors.load("tree-math")) {
            int leaves = vector.get("n_leaves").getAsInt();
            int nodes = vector.get("n_nodes").getAsInt();
            int root = vector.get("root").getAsInt();
            assertThat(TreeMath.nodeWidth(leaves)).isEqualTo(nodes);
            assertThat(TreeMath.root(leaves)).isEqualTo(root);
            for (int node = 0; node < nodes; node++) {
                assertThat(TreeMath.isLeaf(node)).isEqualTo(at(vector, "left", node) == null);
                if (!TreeMath.isLeaf(node)) {
                    assertThat(TreeMath.left(node)).isEqualTo(at(vector, "left", node));
                    assertThat(TreeMath.right(node)).isEqualTo(at(vector, "right", node));
                }
                if (node != root) {
                    assertThat(TreeMath.parent(node)).isEqualTo(at(vector, "parent", node));
                    assertThat(TreeMath.sibling(node)).isEqualTo(at(vector, "sibling", node));
                } else {
                    assertThat(at(vector, "parent", node)).isNull();
                }
            }
        }
    }

    private static @Nullable Integer at(JsonObject vector, String field, int node) {
        JsonElement element = vector.getAsJsonArray(field).get(node);
        return element.isJsonNull() ? null : element.getAsInt();
    }

    @Test
    @DisplayName("the common ancestor is the lowest node in both direct paths (RFC 9420 Appendix C)")
    void commonAncestorMatchesItsDefinition() {
        int root = TreeMath.root(16);
        for (int one = 0; one <= 2 * root; one++) {
            for (int other = 0; other <= 2 * root; other++) {
                assertThat(TreeMath.commonAncestor(one, other))
                        .as("of %d and %d", one, other)
                        .isEqualTo(lowestCommon(one, other, root));
            }
        }
    }

    private static int lowestCommon(int one, int other, int root) {
        Set<Integer> ofOne = new HashSet<>();
        ofOne.add(one);
        for (int node : TreeMath.directPath(one, root)) {
            ofOne.add(node);
        }
        if (ofOne.contains(other)) {
            return other;
        }
        for (int node : TreeMath.directPath(other, root)) {
            if (ofOne.contains(node)) {
                return node;
            }
        }
        throw new AssertionError("no common ancestor of " + one + " and " + other);
    }

    @Test
    @DisplayName("a subtree's leaves are those that have its root in their direct path")
    void subtreesHoldTheirLeaves() {
        int root = TreeMath.root(32);
        for (int node = 0; node <= 2 * root; node++) {
            int first = TreeMath.firstLeaf(node);
            int places = TreeMath.leafPlaces(node);
            for (int leaf = 0; leaf < 32; leaf++) {
                boolean isWithin = leaf >= first && leaf < first + places;
                assertThat(TreeMath.isInSubtree(TreeMath.leafNode(leaf), node)).isEqualTo(isWithin);
            }
        }
    }

    @Test
    @DisplayName("asking a leaf for its children is a bug of the caller")
    void leavesHaveNoChildren() {
        assertThatThrownBy(() -> TreeMath.left(4)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TreeMath.right(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
