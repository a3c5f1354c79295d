package chat.samara.client.profile.tree;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** A node that leads to others: one separator fewer than children. */
final class Inner extends Node {
    private final List<byte[]> separators;
    private final List<Child> children;

    private Inner(List<byte[]> separators, List<Child> children) {
        this.separators = separators;
        this.children = children;
    }

    /** A new root above the old one and what was split off it. */
    static Inner above(Node left, List<Split> splits) {
        Inner inner = new Inner(new ArrayList<>(), new ArrayList<>(List.of(left)));
        inner.insertAfter(0, splits);
        return inner;
    }

    @Override
    int count() {
        return children.size();
    }

    Child child(int index) {
        return children.get(index);
    }

    void setChild(int index, Child child) {
        children.set(index, child);
    }

    /** Which child holds this key, if any does. */
    int childFor(byte[] key) {
        int found = Collections.binarySearch(separators, key, Arrays::compareUnsigned);
        return found < 0 ? -found - 1 : found + 1;
    }

    /** The lowest key that the child may hold; of all but the first. */
    byte[] separatorBefore(int child) {
        return separators.get(child - 1);
    }

    void insertAfter(int child, List<Split> splits) {
        int at = child;
        for (Split split : splits) {
            separators.add(at, split.separator());
            children.add(at + 1, split.right());
            at++;
        }
    }

    /** Takes a child away; what lay between it and its neighbour belongs to the neighbour then. */
    void remove(int child) {
        children.remove(child);
        if (!separators.isEmpty()) {
            separators.remove(Math.max(0, child - 1));
        }
    }

    @Override
    int encodedBytes(int from, int to) {
        int prefix = prefixOf(separators, from, to - 1);
        int bytes = headBytes(to - from, prefix);
        for (int i = from; i < to; i++) {
            // A child that is not written yet will have a reference as long as the longest.
            bytes += children.get(i) instanceof PageRef page ? page.encodedBytes() : Pages.NODE_REF_BYTES_MAX;
            bytes += i == from ? 0 : restBytes(separators.get(i - 1), prefix);
        }
        return bytes;
    }

    @Override
    void encode(ByteBuffer out) {
        int prefix = prefixOf(separators, 0, separators.size());
        encodeHead(out, INNER, children.size(), separators, prefix);
        for (int i = 0; i < children.size(); i++) {
            if (i > 0) {
                encodeRest(out, separators.get(i - 1), prefix);
            }
            if (!(children.get(i) instanceof PageRef page)) {
                throw new IllegalStateException("child " + i + " was not written, expected before its parent");
            }
            page.encode(out);
        }
    }

    static Inner decodeBody(ByteBuffer in) {
        int count = Varint.get(in);
        byte[] prefix = decodeBytes(in);
        Inner inner = new Inner(new ArrayList<>(count), new ArrayList<>(count));
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                inner.separators.add(decodeRest(in, prefix));
            }
            inner.children.add(PageRef.decode(in));
        }
        return inner;
    }

    @Override
    Split splitAt(int index) {
        List<byte[]> movedSeparators = separators.subList(index - 1, separators.size());
        List<Child> movedChildren = children.subList(index, children.size());
        byte[] between = movedSeparators.get(0);
        Inner right = new Inner(
                new ArrayList<>(movedSeparators.subList(1, movedSeparators.size())), new ArrayList<>(movedChildren));
        movedSeparators.clear();
        movedChildren.clear();
        return new Split(between, right);
    }

    @Override
    Inner joined(byte[] separator, Node right) {
        Inner other = (Inner) right;
        Inner all = new Inner(new ArrayList<>(separators), new ArrayList<>(children));
        all.separators.add(separator);
        all.separators.addAll(other.separators);
        all.children.addAll(other.children);
        return all;
    }
}
