package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import java.util.Map;
import java.util.TreeMap;

/** The sum of a group's deltas. */
final class TestStore {
    private final TreeMap<Bytes, Bytes> blobs = new TreeMap<>();

    TestStore apply(StateDelta delta) {
        blobs.putAll(delta.puts());
        blobs.keySet().removeAll(delta.deletes());
        return this;
    }

    Map<Bytes, Bytes> blobs() {
        return blobs;
    }
}
