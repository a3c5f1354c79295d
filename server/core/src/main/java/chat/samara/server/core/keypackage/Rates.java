package chat.samara.server.core.keypackage;

import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Token buckets by name: each may do so much an hour on average, and as much at once as a quarter of an hour gives. In memory
 * only; when there are too many names, the one that was not used for longest is forgotten.
 */
final class Rates {
    private static final double HOUR_MILLIS = 3_600_000.0;

    private final int namesMax;
    private final Map<String, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    private record Bucket(double tokens, long atMillis) {}

    Rates(int namesMax) {
        this.namesMax = namesMax;
    }

    /**
     * Takes tokens, or refuses with LIMIT_REACHED and when to try again.
     *
     * @param name what is done and by whom, as it stands in the refusal
     */
    void take(String name, int wanted, int perHour, long nowMillis) throws RefusedException {
        double burst = Math.max(1, perHour / 4.0);
        Bucket bucket = buckets.getOrDefault(name, new Bucket(burst, nowMillis));
        double gained = Math.max(0, nowMillis - bucket.atMillis) * perHour / HOUR_MILLIS;
        double tokens = Math.min(burst, bucket.tokens + gained);
        if (tokens < wanted) {
            long retryAfterMillis = (long) Math.ceil((wanted - tokens) * HOUR_MILLIS / perHour);
            throw Refusal.limitReached(
                            "too many " + name + "; try again later", "per-hour<=" + perHour, retryAfterMillis)
                    .asException();
        }
        buckets.put(name, new Bucket(tokens - wanted, nowMillis));
        if (buckets.size() > namesMax) {
            buckets.remove(buckets.keySet().iterator().next());
        }
    }
}
