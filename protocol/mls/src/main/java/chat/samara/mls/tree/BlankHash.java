package chat.samara.mls.tree;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsWriter;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RepeatedHash;

/**
 * The tree hash of a subtree of blank nodes (RFC 9420 §7.8). Each leaf's hash depends on its index, so all of them have to be
 * computed; but a tree that is received may consist of little else, so this keeps one buffer a level and allocates nothing
 * for a node.
 */
final class BlankHash {
    private static final int NODE_TYPE_LEAF = 1;
    private static final int NODE_TYPE_PARENT = 2;

    private final RepeatedHash hash;
    private final int hashBytes;
    private final byte[] leafInput = {NODE_TYPE_LEAF, 0, 0, 0, 0, 0};
    private final byte[][] parentInputs;
    private final int leftOffset;
    private final int rightOffset;

    private BlankHash(CipherSuite suite, int levels) {
        hash = suite.repeatedHash();
        hashBytes = suite.hashBytes();
        TlsWriter opaque = new TlsWriter().opaque(new byte[hashBytes]);
        leftOffset = 2 + opaque.size() - hashBytes;
        rightOffset = leftOffset + opaque.size();
        TlsWriter template = new TlsWriter().uint8(NODE_TYPE_PARENT).uint8(0);
        byte[] parent =
                template.raw(opaque.toByteArray()).raw(opaque.toByteArray()).toByteArray();
        parentInputs = new byte[levels][];
        for (int level = 0; level < levels; level++) {
            parentInputs[level] = parent.clone();
        }
    }

    static Bytes of(CipherSuite suite, int node) {
        int level = TreeMath.level(node);
        byte[] result = new byte[suite.hashBytes()];
        new BlankHash(suite, level).write(node, level, result, 0);
        return Bytes.wrapUnsafe(result);
    }

    private void write(int node, int level, byte[] output, int offset) {
        if (level == 0) {
            int leaf = node / 2;
            leafInput[1] = (byte) (leaf >>> 24);
            leafInput[2] = (byte) (leaf >>> 16);
            leafInput[3] = (byte) (leaf >>> 8);
            leafInput[4] = (byte) leaf;
            hash.hash(leafInput, leafInput.length, output, offset);
            return;
        }
        byte[] input = parentInputs[level - 1];
        write(TreeMath.left(node), level - 1, input, leftOffset);
        write(TreeMath.right(node), level - 1, input, rightOffset);
        hash.hash(input, rightOffset + hashBytes, output, offset);
    }
}
