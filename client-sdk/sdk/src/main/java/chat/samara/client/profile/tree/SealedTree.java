package chat.samara.client.profile.tree;

import chat.samara.mls.crypto.RandomSource;
import java.io.Closeable;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The tree: rows sorted by their keys' unsigned bytes, changed by commits. See the package for what it promises, {@link Superblock}, {@link Node} and {@link Pages} for
 * its bytes.
 *
 * <p>After an exception of a commit nothing is known of what is durable: only {@link #close} may be called then, and what is durable is found by opening the file
 * anew.
 */
public final class SealedTree implements Closeable {
    /** Bytes in a data key. */
    public static final int DATA_KEY_BYTES = 32;

    /** Bytes in a row's key, at most. */
    public static final int KEY_BYTES_MAX = Node.KEY_BYTES_MAX;

    /** How long the file of a tree is that was just made: two superblocks, an empty leaf, the map. */
    public static final long FRESH_BYTES = 4L * Pages.BLOCK_BYTES;

    /** Nodes that are kept in memory, about 10 KB each at most. */
    static final int CACHED_NODES_MAX = 1024;

    /** A node that would fill less than a quarter is joined with its neighbour if they fill three quarters at most: else it would soon be split again. */
    private static final int JOIN_BELOW_BYTES = Node.BYTES_MAX / 4;

    private static final int JOINED_BYTES_MAX = Node.BYTES_MAX * 3 / 4;

    private final BlockFile file;
    private final BlockMap map;
    private final Pages pages;
    private final Superblocks superblocks;
    private final Map<Integer, Node> cache = new Cache();

    private byte[] dataKey;
    private Superblock durable;
    private Child root;
    private boolean broken;

    /** A change of one row. */
    public sealed interface Change {
        /** The row holds this value afterwards. The arrays belong to the tree from now on. */
        // Classes rather than records: values may be secret, and have no business in equals or toString.
        final class Put implements Change {
            private final byte[] key;
            private final byte[] value;

            public Put(byte[] key, byte[] value) {
                this.key = key;
                this.value = value;
            }
        }

        /** The row is gone afterwards; it need not have been there. */
        final class Delete implements Change {
            private final byte[] key;

            public Delete(byte[] key) {
                this.key = key;
            }
        }
    }

    /** Called for each row of a scan. Must not write. */
    @FunctionalInterface
    public interface Visitor {
        /** Whether to go on. The arrays are the visitor's. */
        boolean row(byte[] key, byte[] value);
    }

    private SealedTree(
            BlockFile file,
            RandomSource random,
            BlockMap map,
            byte[] dataKey,
            Superblocks superblocks,
            Superblock durable) {
        this.file = file;
        this.map = map;
        this.pages = new Pages(file, map, random);
        this.dataKey = dataKey.clone();
        this.superblocks = superblocks;
        this.durable = durable;
        this.root = durable.root();
    }

    /** Makes an empty tree; durable on return. What was in the file is overwritten. */
    public static SealedTree create(BlockFile file, byte[] dataKey, RandomSource random) throws IOException {
        BlockMap map = new BlockMap();
        Pages pages = new Pages(file, map, random);
        Superblock first = new Superblock(1, pages.write(new Leaf().encoded()), pages.writeMap());
        Superblocks superblocks = Superblocks.none(file, random);
        superblocks.replace(first, dataKey);
        map.committed();
        return new SealedTree(file, random, map, dataKey, superblocks, first);
    }

    /**
     * Opens the tree as the last whole commit left it.
     *
     * @param dataKeys the first is the tree's from now on; one of the others may have been so far, if a {@link #rekey} was cut off
     * @throws DamagedTreeException if it cannot be read with any of these keys
     */
    public static SealedTree open(BlockFile file, List<byte[]> dataKeys, RandomSource random) throws IOException {
        Superblocks.Opened opened = Superblocks.open(file, dataKeys, random);
        Superblock superblock = opened.superblock();
        BlockMap map = BlockMap.decode(Pages.read(file, superblock.map()));
        SealedTree tree = new SealedTree(file, random, map, dataKeys.get(0), opened.superblocks(), superblock);
        tree.load(tree.root);
        return tree;
    }

    /** The value of a row; the array is the caller's. */
    public Optional<byte[]> get(byte[] key) throws IOException {
        Optional<Value> value = find(usable(), key);
        return value.isEmpty() ? Optional.empty() : Optional.of(bytesOf(value.get()));
    }

    private Optional<Value> find(Child from, byte[] key) throws IOException {
        Node node = load(from);
        while (node instanceof Inner inner) {
            node = load(inner.child(inner.childFor(key)));
        }
        return ((Leaf) node).get(key);
    }

    /** Visits the rows with {@code from <= key < to} in order, until the visitor returns false. */
    public void scan(byte[] from, byte[] to, Visitor visitor) throws IOException {
        if (Arrays.compareUnsigned(from, to) < 0) {
            scan(load(usable()), from, to, visitor);
        }
    }

    private boolean scan(Node node, byte[] from, byte[] to, Visitor visitor) throws IOException {
        if (node instanceof Inner inner) {
            for (int i = inner.childFor(from); i < inner.count(); i++) {
                boolean beyond = i > 0 && Arrays.compareUnsigned(inner.separatorBefore(i), to) >= 0;
                if (beyond || !scan(load(inner.child(i)), from, to, visitor)) {
                    return false;
                }
            }
            return true;
        }
        Leaf leaf = (Leaf) node;
        for (int i = leaf.firstFrom(from); i < leaf.count(); i++) {
            byte[] key = leaf.key(i);
            if (Arrays.compareUnsigned(key, to) >= 0 || !visitor.row(key.clone(), bytesOf(leaf.value(i)))) {
                return false;
            }
        }
        return true;
    }

    /** As {@link #scan}, from the highest key down. */
    public void scanBack(byte[] from, byte[] to, Visitor visitor) throws IOException {
        if (Arrays.compareUnsigned(from, to) < 0) {
            scanBack(load(usable()), from, to, visitor);
        }
    }

    private boolean scanBack(Node node, byte[] from, byte[] to, Visitor visitor) throws IOException {
        if (node instanceof Inner inner) {
            for (int i = inner.childFor(to); i >= 0; i--) {
                boolean last = i > 0 && Arrays.compareUnsigned(inner.separatorBefore(i), from) <= 0;
                if (!scanBack(load(inner.child(i)), from, to, visitor) || last) {
                    return false;
                }
            }
            return true;
        }
        Leaf leaf = (Leaf) node;
        for (int i = leaf.firstFrom(to) - 1; i >= 0; i--) {
            byte[] key = leaf.key(i);
            if (Arrays.compareUnsigned(key, from) < 0 || !visitor.row(key.clone(), bytesOf(leaf.value(i)))) {
                return false;
            }
        }
        return true;
    }

    private byte[] bytesOf(Value value) throws IOException {
        return value instanceof Value.Inline inline ? inline.bytes().clone() : pages.read((PageRef) value);
    }

    /**
     * Applies all changes in order, or none; durable on return. What they delete or overwrite can be read from the file no more then, by anybody.
     */
    public void commit(List<Change> changes) throws IOException {
        usable();
        // Until the end: whatever is thrown in between.
        broken = true;
        for (Change change : changes) {
            if (change instanceof Change.Put put) {
                put(put.key, put.value);
            } else {
                delete(((Change.Delete) change).key);
            }
        }
        PageRef newRoot = store(root);
        pages.release(durable.map());
        Superblock next = new Superblock(durable.commit() + 1, newRoot, pages.writeMap());
        superblocks.replace(next, dataKey);
        map.committed();
        durable = next;
        root = newRoot;
        broken = false;
    }

    /** The number of the last whole commit: each has one more than the one before. */
    public long commits() {
        return durable.commit();
    }

    /** Puts the tree under another data key: the one before opens nothing of it any more. */
    public void rekey(byte[] newDataKey) throws IOException {
        Arrays.fill(dataKey, (byte) 0);
        dataKey = newDataKey.clone();
        commit(List.of());
    }

    private Child usable() {
        if (broken) {
            throw new IllegalStateException("a commit has failed before; the tree has to be opened anew");
        }
        return root;
    }

    private void put(byte[] key, byte[] value) throws IOException {
        if (key.length > KEY_BYTES_MAX) {
            throw new IllegalArgumentException("a key of " + key.length + " bytes, the limit is " + KEY_BYTES_MAX);
        }
        Value stored = value.length > Leaf.INLINE_BYTES_MAX ? pages.write(value) : new Value.Inline(value);
        Node top = own(root);
        List<Node.Split> splits = put(top, key, stored);
        root = splits.isEmpty() ? top : Inner.above(top, splits);
    }

    private List<Node.Split> put(Node node, byte[] key, Value value) throws IOException {
        if (node instanceof Inner inner) {
            int index = inner.childFor(key);
            boolean last = index == inner.count() - 1;
            Node child = own(inner.child(index));
            inner.setChild(index, child);
            inner.insertAfter(index, put(child, key, value));
            return inner.splitToFit(last);
        }
        Leaf leaf = (Leaf) node;
        leaf.put(key, value).ifPresent(this::erase);
        return leaf.splitToFit(leaf.endsWith(key));
    }

    private void delete(byte[] key) throws IOException {
        if (find(root, key).isEmpty()) {
            return;
        }
        Node top = own(root);
        delete(top, key);
        while (top instanceof Inner inner && inner.count() == 1) {
            top = own(inner.child(0));
        }
        root = top instanceof Inner inner && inner.count() == 0 ? new Leaf() : top;
    }

    private void delete(Node node, byte[] key) throws IOException {
        if (node instanceof Leaf leaf) {
            leaf.remove(key).ifPresent(this::erase);
            return;
        }
        Inner inner = (Inner) node;
        int index = inner.childFor(key);
        Node child = own(inner.child(index));
        inner.setChild(index, child);
        delete(child, key);
        if (child.count() == 0) {
            inner.remove(index);
        } else if (child.encodedBytes() < JOIN_BELOW_BYTES && inner.count() > 1) {
            join(inner, Math.max(0, index - 1));
        }
    }

    /** Joins a child with its right neighbour if they fit together. */
    private void join(Inner inner, int index) throws IOException {
        Node left = load(inner.child(index));
        Node right = load(inner.child(index + 1));
        Node joined = left.joined(inner.separatorBefore(index + 1), right);
        if (joined.encodedBytes() <= JOINED_BYTES_MAX) {
            own(inner.child(index));
            own(inner.child(index + 1));
            inner.remove(index + 1);
            inner.setChild(index, joined);
        }
    }

    private void erase(Value value) {
        if (value instanceof PageRef page) {
            pages.release(page);
        } else {
            Arrays.fill(((Value.Inline) value).bytes(), (byte) 0);
        }
    }

    /** The node, to be read only. */
    private Node load(Child child) throws IOException {
        if (child instanceof Node changed) {
            return changed;
        }
        PageRef page = (PageRef) child;
        Node cached = cache.get(page.block());
        if (cached != null) {
            return cached;
        }
        byte[] encoded = pages.read(page);
        Node node = Node.decode(encoded);
        Arrays.fill(encoded, (byte) 0);
        cache.put(page.block(), node);
        return node;
    }

    /** The node, to be changed: its page is no longer needed. */
    private Node own(Child child) throws IOException {
        Node node = load(child);
        if (child instanceof PageRef page) {
            cache.remove(page.block());
            pages.release(page);
        }
        return node;
    }

    /** Writes what has been changed, children first. */
    private PageRef store(Child child) throws IOException {
        if (child instanceof PageRef page) {
            return page;
        }
        Node node = (Node) child;
        if (node instanceof Inner inner) {
            for (int i = 0; i < inner.count(); i++) {
                inner.setChild(i, store(inner.child(i)));
            }
        }
        byte[] encoded = node.encoded();
        PageRef page = pages.write(encoded);
        Arrays.fill(encoded, (byte) 0);
        cache.put(page.block(), node);
        return page;
    }

    /** Closes the file; nothing is written by that but what was committed, and free blocks at the end are cut off. */
    @Override
    public void close() throws IOException {
        try (file) {
            if (!broken) {
                broken = true;
                file.sync();
                file.truncate(Math.min(file.length(), (long) map.length() * Pages.BLOCK_BYTES));
            }
        } finally {
            cache.clear();
            Arrays.fill(dataKey, (byte) 0);
        }
    }

    /** The nodes that were used last. */
    private static final class Cache extends LinkedHashMap<Integer, Node> {
        private static final long serialVersionUID = 1L;

        Cache() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, Node> eldest) {
            return size() > CACHED_NODES_MAX;
        }
    }
}
