package chat.samara.wire.name;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Values of ranges of code points, which do not overlap. Filled once, then only read. */
final class CodePointMap<V> {
    private final TreeMap<Integer, Range<V>> ranges = new TreeMap<>();

    private record Range<V>(int last, V value) {}

    void put(int first, int last, V value) {
        ranges.put(first, new Range<>(last, value));
    }

    Optional<V> get(int codePoint) {
        Map.Entry<Integer, Range<V>> range = ranges.floorEntry(codePoint);
        return range == null || codePoint > range.getValue().last()
                ? Optional.empty()
                : Optional.of(range.getValue().value());
    }

    /** The first code point of the range that has this one. */
    int rangeStart(int codePoint) {
        Map.Entry<Integer, Range<V>> range = ranges.floorEntry(codePoint);
        if (range == null || codePoint > range.getValue().last()) {
            throw new IllegalArgumentException("code point " + codePoint + " is in no range");
        }
        return range.getKey();
    }
}
