package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.ChannelId;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often a user may return to a channel: each return is a commit, which everybody has to process, and ends the epoch for
 * everybody else who is about to make one. A few at once, then one in a while. In memory only; when there are too many users, the one
 * that has not returned for longest is forgotten.
 */
final class ReturnRates {
    private final Map<Who, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    private record Who(ChannelId channel, Bytes identityKey) {}

    /** So many returns are left, at that time. */
    private record Bucket(long left, long atMillis) {}

    /** Takes one, or refuses with LIMIT_REACHED and when to try again. */
    void take(ChannelId channel, Bytes identityKey, long nowMillis) throws RefusedException {
        Who who = new Who(channel, identityKey);
        Bucket before = buckets.getOrDefault(who, new Bucket(Limits.RETURNS_AT_ONCE_MAX, nowMillis));
        long gained = Math.max(0, nowMillis - before.atMillis()) / Limits.RETURN_EVERY_MILLIS;
        long left = Math.min(Limits.RETURNS_AT_ONCE_MAX, before.left() + gained);
        long since = left == Limits.RETURNS_AT_ONCE_MAX
                ? nowMillis
                : before.atMillis() + gained * Limits.RETURN_EVERY_MILLIS;
        if (left == 0) {
            throw Refusal.limitReached(
                            "this member has returned to the channel too often; try again later",
                            "returns<=" + Limits.RETURNS_AT_ONCE_MAX,
                            since + Limits.RETURN_EVERY_MILLIS - nowMillis)
                    .asException();
        }
        buckets.put(who, new Bucket(left - 1, since));
        if (buckets.size() > Limits.RETURN_RATES_KEPT) {
            buckets.remove(buckets.keySet().iterator().next());
        }
    }
}
