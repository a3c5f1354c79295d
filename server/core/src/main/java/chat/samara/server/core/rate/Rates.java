package chat.samara.server.core.rate;

import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A token bucket for each of many, by monotonic time: no clock that is set back makes anybody wait. In memory only; when there are too
 * many, the one that was not used for longest is forgotten, and begins anew with a full bucket.
 *
 * @param <K> who or what has a bucket
 */
public final class Rates<K> {
    private static final int USED_UP = 100;

    private final int keptMax;
    private final Map<K, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * Whole tokens, since when the next one grows.
     *
     * @param missed how many were wanted last, if there were not so many
     */
    private record Bucket(long tokens, long sinceMillis, int missed) {
        Bucket at(Rate rate, long nowMillis) {
            long gained = Math.max(0, nowMillis - sinceMillis) / rate.everyMillis();
            long now = Math.min(rate.atOnceMax(), tokens + gained);
            return new Bucket(
                    now,
                    now == rate.atOnceMax() ? nowMillis : sinceMillis + gained * rate.everyMillis(),
                    now < missed ? missed : 0);
        }

        long waitMillis(int wanted, Rate rate, long nowMillis) {
            return tokens >= wanted ? 0 : sinceMillis + (wanted - tokens) * rate.everyMillis() - nowMillis;
        }
    }

    public Rates(int keptMax) {
        this.keptMax = keptMax;
    }

    /** Takes one token. Returns false if there is none. */
    public boolean tryTake(K who, Rate rate, long monotonicMillis) {
        return tryTake(who, 1, rate, monotonicMillis);
    }

    /**
     * Takes tokens, all or none, or refuses with LIMIT_REACHED and when to try again.
     *
     * @param what what there was too much of, as it stands in the refusal
     * @param limit the limit's name, for the refusal's detail
     */
    public void take(K who, int wanted, Rate rate, long monotonicMillis, String what, String limit)
            throws RefusedException {
        require(who, wanted, rate, monotonicMillis, what, limit);
        spend(who, wanted, rate, monotonicMillis);
    }

    /** Takes none, and refuses as {@link #take} does where there are not so many. */
    public void require(K who, int wanted, Rate rate, long monotonicMillis, String what, String limit)
            throws RefusedException {
        Bucket bucket = bucket(who, rate, monotonicMillis);
        if (bucket.tokens() < wanted) {
            missed(who, bucket, wanted);
            throw Refusal.limitReached(
                            "too many " + what + "; try again later",
                            limit,
                            bucket.waitMillis(wanted, rate, monotonicMillis))
                    .asException();
        }
    }

    /** Takes so many tokens, or all that there are. */
    public void spend(K who, int wanted, Rate rate, long monotonicMillis) {
        Bucket bucket = bucket(who, rate, monotonicMillis);
        keep(who, bucket, (int) Math.max(0, Math.min(wanted, bucket.tokens())));
    }

    /** Tokens that were taken come back. */
    public void giveBack(K who, int count, Rate rate, long monotonicMillis) {
        Bucket bucket = bucket(who, rate, monotonicMillis);
        keep(who, bucket, (int) -Math.min(count, rate.atOnceMax() - bucket.tokens()));
    }

    /** Takes tokens, all or none. Returns whether there were so many. */
    public boolean tryTake(K who, int wanted, Rate rate, long monotonicMillis) {
        Bucket bucket = bucket(who, rate, monotonicMillis);
        boolean enough = bucket.tokens() >= wanted;
        if (enough) {
            keep(who, bucket, wanted);
        }
        return enough;
    }

    /**
     * Those who have less left than they wanted last and did not get, or next to nothing: less than a hundredth of what may come at once. Who was used
     * last comes last.
     */
    public List<K> usedUp(Rate rate, long monotonicMillis) {
        return buckets.entrySet().stream()
                .filter(it -> isUsedUp(it.getValue().at(rate, monotonicMillis), rate))
                .map(Map.Entry::getKey)
                .toList();
    }

    private static boolean isUsedUp(Bucket bucket, Rate rate) {
        return bucket.missed() > 0 || bucket.tokens() < Math.max(1, rate.atOnceMax() / USED_UP);
    }

    /** Takes tokens, also those that there are not: then none can be taken before these have grown, too. */
    public void owe(K who, int wanted, Rate rate, long monotonicMillis) {
        keep(who, bucket(who, rate, monotonicMillis), wanted);
    }

    /** Whether so many could be taken now. */
    public boolean has(K who, int wanted, Rate rate, long monotonicMillis) {
        Bucket bucket = bucket(who, rate, monotonicMillis);
        boolean enough = bucket.tokens() >= wanted;
        if (!enough) {
            missed(who, bucket, wanted);
        }
        return enough;
    }

    /** How long until there are so many, or as many as there can be at once; 0 if there are. */
    public long waitMillis(K who, int wanted, Rate rate, long monotonicMillis) {
        Bucket bucket = bucket(who, rate, monotonicMillis);
        return bucket.waitMillis(Math.min(wanted, rate.atOnceMax()), rate, monotonicMillis);
    }

    /** How many could be taken now; below zero where some are owed. */
    public long left(K who, Rate rate, long monotonicMillis) {
        return bucket(who, rate, monotonicMillis).tokens();
    }

    /** What puts that one's bucket back as it stands now. */
    public Runnable standing(K who) {
        Bucket before = buckets.get(who);
        return () -> {
            if (before == null) {
                buckets.remove(who);
            } else {
                keep(who, before);
            }
        };
    }

    private Bucket bucket(K who, Rate rate, long monotonicMillis) {
        return buckets.getOrDefault(who, new Bucket(rate.atOnceMax(), monotonicMillis, 0))
                .at(rate, monotonicMillis);
    }

    private void keep(K who, Bucket bucket, int taken) {
        keep(who, new Bucket(bucket.tokens() - taken, bucket.sinceMillis(), 0));
    }

    private void missed(K who, Bucket bucket, int wanted) {
        keep(who, new Bucket(bucket.tokens(), bucket.sinceMillis(), wanted));
    }

    private void keep(K who, Bucket bucket) {
        buckets.put(who, bucket);
        if (buckets.size() > keptMax) {
            buckets.remove(buckets.keySet().iterator().next());
        }
    }
}
