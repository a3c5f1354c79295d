package chat.samara.benchmarks.mls;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.tree.RatchetTree;
import chat.samara.mls.tree.RatchetTreeIn;
import chat.samara.mls.tree.TreeMath;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("The group that is measured")
class WarmGroupTest {
    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @ParameterizedTest(name = "of {0}")
    @ValueSource(ints = {16, 37, 100})
    @DisplayName("has every parent node filled, and no unmerged leaf, but for the committer, who has just joined")
    void isWarm(int members) throws Exception {
        WarmGroup group = WarmGroup.of(members, RandomSource.secure());
        RatchetTree tree =
                RatchetTreeIn.decode(WarmGroup.SUITE, group.ratchetTree()).trusted();
        assertThat(tree.memberCount()).isEqualTo(members);
        for (int node = 1; node < TreeMath.nodeWidth(tree.leafPlaces()); node += 2) {
            boolean isAboveCommitter = TreeMath.isInSubtree(0, node) && node != tree.rootNode();
            assertThat(tree.resolution(node))
                    .as("resolution of node %d", node)
                    .hasSizeLessThanOrEqualTo(isAboveCommitter ? 2 : 1);
        }
        assertThat(tree.filteredDirectPath(0)).hasSize(WarmGroup.pathSteps(members));
    }

    @ParameterizedTest(name = "of {0}")
    @ValueSource(ints = {16, 37, 100})
    @DisplayName("is one group to both implementations: each follows the other's commit and reads the other's message")
    void isOneGroup(int members) throws Exception {
        WarmGroup group = WarmGroup.of(members, RandomSource.secure());
        List<Implementation> both = List.of(new SamaraMls(), new BcMls());
        for (int i = 0; i < 2; i++) {
            Implementation.Peer committer = both.get(i).join(group.committer(), group.welcome(), group.ratchetTree());
            Implementation.Peer receiver = both.get(1 - i).join(group.receiver(), group.welcome(), group.ratchetTree());
            byte[] commit = committer.commit();
            committer.enterOwn();
            receiver.enter(commit);
            assertThat(receiver.unprotect(committer.protect(HELLO))).isEqualTo(HELLO);
        }
    }
}
