package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import java.util.Map;
import java.util.Set;

/**
 * What has changed in a group's stored state: small keyed blobs to put and to delete, in one transaction of the caller's.
 * Keys are short ASCII paths, listed in {@code GroupState}. The values hold secrets.
 */
public record StateDelta(Map<Bytes, Bytes> puts, Set<Bytes> deletes) {
    public StateDelta {
        puts = Map.copyOf(puts);
        deletes = Set.copyOf(deletes);
    }

    /** Whether nothing has changed. */
    public boolean isEmpty() {
        return puts.isEmpty() && deletes.isEmpty();
    }

    /** Only how much: the values are secret. */
    @Override
    public String toString() {
        return "StateDelta(" + puts.size() + " puts, " + deletes.size() + " deletes)";
    }
}
