package chat.samara.wire.log;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MerkleTreeTest {
    private static final int SIZES = 70;

    static IntStream sizes() {
        return IntStream.rangeClosed(1, SIZES);
    }

    @Test
    void givesTheRootsThatCertificateTransparencysTestDataHave() {
        List<Bytes> leaves = Stream.of(
                        "",
                        "00",
                        "10",
                        "2021",
                        "3031",
                        "40414243",
                        "5051525354555657",
                        "606162636465666768696a6b6c6d6e6f")
                .map(hex -> Sha256.of(new byte[] {0}, Bytes.ofHex(hex).toByteArray()))
                .toList();

        assertThat(MerkleTree.of(leaves.subList(0, 1)).root().hex())
                .isEqualTo("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
        assertThat(MerkleTree.of(leaves.subList(0, 2)).root().hex())
                .isEqualTo("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
        assertThat(MerkleTree.of(leaves.subList(0, 7)).root().hex())
                .isEqualTo("ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c");
        assertThat(MerkleTree.of(leaves).root().hex())
                .isEqualTo("5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void hasTheRootOfRfc6962sRecursiveDefinition(int size) {
        assertThat(MerkleTree.of(leaves(size)).root()).isEqualTo(recursiveRoot(leaves(size)));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void everyLeafsPathLeadsToTheRoot(int size) {
        MerkleTree tree = MerkleTree.of(leaves(size));
        for (int i = 0; i < size; i++) {
            assertThat(MerkleTree.rootOf(leaves(size).get(i), i, size, tree.path(i)))
                    .contains(tree.root());
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void noLeafLeadsToTheRootFromAnotherPlace(int size) {
        MerkleTree tree = MerkleTree.of(leaves(size));
        for (int i = 0; i < size; i++) {
            for (int other = 0; other < size; other++) {
                if (other != i) {
                    assertThat(MerkleTree.rootOf(leaves(size).get(i), other, size, tree.path(i)))
                            .as("leaf %d as %d of %d", i, other, size)
                            .isNotEqualTo(Optional.of(tree.root()));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void aPathThatIsLongerShorterOrChangedLeadsElsewhere(int size) {
        MerkleTree tree = MerkleTree.of(leaves(size));
        for (int i = 0; i < size; i++) {
            Bytes leaf = leaves(size).get(i);
            List<Bytes> path = tree.path(i);
            List<Bytes> longer = new ArrayList<>(path);
            longer.add(leaf(1000));
            assertThat(MerkleTree.rootOf(leaf, i, size, longer)).isEmpty();
            for (int k = 0; k < path.size(); k++) {
                List<Bytes> shorter = new ArrayList<>(path);
                shorter.remove(k);
                assertThat(MerkleTree.rootOf(leaf, i, size, shorter)).isEmpty();
                List<Bytes> changed = new ArrayList<>(path);
                changed.set(k, leaf(1000));
                assertThat(MerkleTree.rootOf(leaf, i, size, changed)).get().isNotEqualTo(tree.root());
            }
        }
    }

    @Test
    void aPlaceOutsideOfTheTreeLeadsNowhere() {
        assertThat(MerkleTree.rootOf(leaf(0), 1, 1, List.of())).isEmpty();
        assertThat(MerkleTree.rootOf(leaf(0), -1, 1, List.of())).isEmpty();
        assertThat(MerkleTree.rootOf(leaf(0), 0, 0, List.of())).isEmpty();
        assertThat(MerkleTree.rootOf(leaf(0), 0, Integer.MAX_VALUE, Collections.nCopies(31, leaf(1))))
                .isPresent();
    }

    private static List<Bytes> leaves(int size) {
        return IntStream.range(0, size).mapToObj(MerkleTreeTest::leaf).toList();
    }

    private static Bytes leaf(int i) {
        return Sha256.of(new byte[] {(byte) (i >> 8), (byte) i});
    }

    private static Bytes recursiveRoot(List<Bytes> leaves) {
        if (leaves.size() == 1) {
            return leaves.get(0);
        }
        int split = Integer.highestOneBit(leaves.size() - 1);
        return Sha256.of(
                new byte[] {1},
                recursiveRoot(leaves.subList(0, split)).toByteArray(),
                recursiveRoot(leaves.subList(split, leaves.size())).toByteArray());
    }
}
