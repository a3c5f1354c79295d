package chat.samara.server.core.rate;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How much of what many have together ({@link Rates}) each of them has had lately, so that a few who take all that they can, and for as long as they can, leave a
 * part for the others: nobody is to be given more who has had more than is left for all.
 *
 * <p>What somebody has had counts less with time, by a factor e for as long as it takes until a bucket that was emptied is full: so whoever goes on taking an equal
 * part of what grows has had an equal part of what the bucket holds. Where so many go on, what is left is therefore such a part, too. A count that ended earlier would say
 * of those who take each token as it grows that they have had next to nothing.
 *
 * <p>In memory only; of too many, the one that has had something longest ago is forgotten.
 *
 * @param <K> who has a share
 */
public final class Shares<K> {
    private final double fullAgainMillis;
    private final int keptMax;
    private final Map<K, Had> had = new LinkedHashMap<>(16, 0.75f, true);

    private record Had(double amount, long atMillis) {
        // StrictMath: the same on each machine, so that the same events are decided in the same way.
        double at(long monotonicMillis, double fullAgainMillis) {
            return amount * StrictMath.exp(-Math.max(0, monotonicMillis - atMillis) / fullAgainMillis);
        }
    }

    /** @param ofAll how what they have together grows */
    public Shares(Rate ofAll, int keptMax) {
        this.fullAgainMillis = (double) ofAll.atOnceMax() * ofAll.everyMillis();
        this.keptMax = keptMax;
    }

    /** Somebody has had so much more. */
    public void had(K who, long amount, long monotonicMillis) {
        double before = hadLately(who, monotonicMillis);
        had.put(who, new Had(before + amount, monotonicMillis));
        if (had.size() > keptMax) {
            had.remove(had.keySet().iterator().next());
        }
    }

    /** Whether that one has had more lately than so much, which is left for all. */
    public boolean hasHadMore(K who, long leftForAll, long monotonicMillis) {
        return hadLately(who, monotonicMillis) > Math.max(0, leftForAll);
    }

    /** What puts back how much that one has had, as it stands now. */
    public Runnable standing(K who) {
        Had before = had.get(who);
        return () -> {
            if (before == null) {
                had.remove(who);
            } else {
                had.put(who, before);
            }
        };
    }

    private double hadLately(K who, long monotonicMillis) {
        Had before = had.get(who);
        return before == null ? 0 : before.at(monotonicMillis, fullAgainMillis);
    }
}
