package chat.samara.systemtests.sim.oracle;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A device's membership of a channel, from one addition to the removal that ended it.
 *
 * @param joinSeq place of the commit that added it (1 for the creator)
 * @param joinEpoch the first epoch whose secrets it has
 * @param leaveSeq place of the commit that removed it, or {@link #STILL_MEMBER}
 */
public record Stretch(long joinSeq, long joinEpoch, long leaveSeq) {
    /** The device has not been removed. */
    public static final long STILL_MEMBER = Long.MAX_VALUE;

    /** Whether the device is to get the entry at this place. */
    public boolean covers(long seq) {
        return joinSeq <= seq && seq <= leaveSeq;
    }

    /** Whether it is a member still. */
    public boolean open() {
        return leaveSeq == STILL_MEMBER;
    }

    /** Whether who was a member so has been removed since that epoch, whether or not it was added again; it read so in the log. */
    static boolean isRemovedSince(List<Stretch> stretches, long epoch) {
        return stretches.stream().anyMatch(stretch -> !stretch.open())
                && stretches.stream().noneMatch(stretch -> stretch.open() && epoch >= stretch.joinEpoch());
    }

    /** The first that is over and is not known; empty if there is none: what is not over is seen by what it leads to. */
    static Optional<Stretch> firstOver(List<Stretch> stretches, Predicate<Stretch> isKnown) {
        return stretches.stream()
                .filter(stretch -> !stretch.open() && !isKnown.test(stretch))
                .findFirst();
    }

    Stretch endedAt(long seq) {
        return new Stretch(joinSeq, joinEpoch, seq);
    }
}
