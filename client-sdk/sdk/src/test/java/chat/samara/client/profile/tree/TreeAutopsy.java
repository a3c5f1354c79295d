package chat.samara.client.profile.tree;

import chat.samara.mls.MlsException;
import chat.samara.mls.crypto.Aead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** Everything that somebody who has a tree's file and its data key can find in it, without asking the tree. */
final class TreeAutopsy {
    private static final byte[] PAGE_LABEL = "samara/v1/profile-page".getBytes(StandardCharsets.US_ASCII);

    private final byte[] content;
    private final List<PageRef> pages = new ArrayList<>();
    private final BitSet reachable = new BitSet();
    private final BitSet marked = new BitSet();
    private final StringBuilder everything = new StringBuilder();

    private TreeAutopsy(byte[] content) {
        this.content = content;
    }

    static TreeAutopsy of(byte[] content, byte[] dataKey) throws IOException {
        TreeAutopsy autopsy = new TreeAutopsy(content);
        MemoryBlockFile file = new MemoryBlockFile(content);
        autopsy.reachable.set(0, Superblock.COPIES);
        for (int copy = 0; copy < Superblock.COPIES; copy++) {
            Optional<Superblock> superblock = Superblock.read(file, copy, dataKey);
            if (superblock.isPresent()) {
                autopsy.take(superblock.get().map());
                autopsy.marked.or(
                        BitSet.valueOf(Pages.read(file, superblock.get().map())));
                autopsy.walk(file, superblock.get().root());
            }
        }
        return autopsy;
    }

    private void take(PageRef page) {
        pages.add(page);
        reachable.set(page.block(), page.block() + page.blocks());
    }

    private void walk(BlockFile file, PageRef page) throws IOException {
        take(page);
        Node node;
        try {
            node = Node.decode(Pages.read(file, page));
        } catch (DamagedTreeException overwritten) {
            return;
        }
        if (node instanceof Inner inner) {
            for (int i = 0; i < inner.count(); i++) {
                walk(file, (PageRef) inner.child(i));
            }
        } else {
            Leaf leaf = (Leaf) node;
            for (int i = 0; i < leaf.count(); i++) {
                if (leaf.value(i) instanceof PageRef longValue) {
                    take(longValue);
                }
            }
        }
    }

    /** Blocks that a superblock leads to. */
    BitSet reachable() {
        return reachable;
    }

    /** Blocks that are marked as used. */
    BitSet marked() {
        return marked;
    }

    /** Whether these bytes can be had: plain, or by trying every key that the file gives away on every block. */
    boolean gives(byte[] wanted) {
        if (everything.isEmpty()) {
            everything.append(text(content));
            pages.forEach(this::tryOnEveryBlock);
        }
        return everything.indexOf(text(wanted)) >= 0;
    }

    private void tryOnEveryBlock(PageRef page) {
        int length = page.blocks() * Pages.BLOCK_BYTES;
        for (int at = 0; at + length <= content.length; at += Pages.BLOCK_BYTES) {
            byte[] aad = ByteBuffer.allocate(PAGE_LABEL.length + Integer.BYTES)
                    .put(PAGE_LABEL)
                    .putInt(at / Pages.BLOCK_BYTES)
                    .array();
            byte[] sealed = Arrays.copyOfRange(content, at, at + length);
            try {
                everything.append(text(Aead.AES_256_GCM.open(page.key(), new byte[Aead.NONCE_BYTES], aad, sealed)));
            } catch (MlsException anotherKey) {
                // Another page, or an older one.
            }
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
