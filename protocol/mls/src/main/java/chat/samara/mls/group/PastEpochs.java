package chat.samara.mls.group;

import chat.samara.mls.Limits;
import chat.samara.mls.tree.LeafNode;
import chat.samara.mls.tree.RatchetTree;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/** The past epochs whose late messages can still be decrypted: at most {@link Limits#PAST_EPOCHS_MAX}, the newest. */
final class PastEpochs {
    /** By epoch, unsigned. */
    private final SortedMap<Long, PastEpoch> byEpoch = new TreeMap<>(Long::compareUnsigned);

    /** Keeps an epoch that is over; hands those that are too many to {@code closed}, erased. */
    void add(PastEpoch epoch, Consumer<PastEpoch> closed) {
        byEpoch.put(epoch.epoch(), epoch);
        while (byEpoch.size() > Limits.PAST_EPOCHS_MAX) {
            close(byEpoch.firstKey(), closed);
        }
    }

    /** Erases the epochs up to this one, and hands them to {@code closed}. */
    void closeThrough(long epoch, Consumer<PastEpoch> closed) {
        while (!byEpoch.isEmpty() && Long.compareUnsigned(byEpoch.firstKey(), epoch) <= 0) {
            close(byEpoch.firstKey(), closed);
        }
    }

    Optional<PastEpoch> find(long epoch) {
        return Optional.ofNullable(byEpoch.get(epoch));
    }

    Collection<PastEpoch> all() {
        return byEpoch.values();
    }

    /**
     * The leaf as it stood in a past epoch: as the first commit since that touched it found it, or else as it is now.
     *
     * @param now the present tree
     */
    Optional<LeafNode> leafAt(long epoch, int leafIndex, RatchetTree now) {
        for (Map.Entry<Long, PastEpoch> later : byEpoch.tailMap(epoch).entrySet()) {
            Optional<LeafNode> before = later.getValue().leavesBefore().get(leafIndex);
            if (before != null) {
                return before;
            }
        }
        return now.leaf(leafIndex);
    }

    private void close(long epoch, Consumer<PastEpoch> closed) {
        PastEpoch past = byEpoch.remove(epoch);
        if (past != null) {
            past.erase();
            closed.accept(past);
        }
    }
}
