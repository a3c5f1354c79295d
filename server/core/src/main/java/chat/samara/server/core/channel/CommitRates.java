package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.ChannelId;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often a user may commit to a channel, or return to it: everybody has to process each commit, and it ends the epoch for
 * everybody else who is about to make one. So many at once, then one in a while. In memory only; when there are too many users, the one
 * that has not committed for longest is forgotten.
 */
final class CommitRates {
    private final String what;
    private final int atOnceMax;
    private final long everyMillis;
    private final Map<Who, Bucket> buckets = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param what the limit's name in a refusal
     * @param atOnceMax so many may come at once
     * @param everyMillis how long it takes until one more may come
     */
    CommitRates(String what, int atOnceMax, long everyMillis) {
        this.what = what;
        this.atOnceMax = atOnceMax;
        this.everyMillis = everyMillis;
    }

    private record Who(ChannelId channel, Bytes identityKey) {}

    /** So many are left, at that time. */
    private record Bucket(long left, long atMillis) {}

    /** Takes one, or refuses with LIMIT_REACHED and when to try again. */
    void take(ChannelId channel, Bytes identityKey, long nowMillis) throws RefusedException {
        Who who = new Who(channel, identityKey);
        Bucket before = buckets.getOrDefault(who, new Bucket(atOnceMax, nowMillis));
        long gained = Math.max(0, nowMillis - before.atMillis()) / everyMillis;
        long left = Math.min(atOnceMax, before.left() + gained);
        long since = left == atOnceMax ? nowMillis : before.atMillis() + gained * everyMillis;
        if (left == 0) {
            throw Refusal.limitReached(
                            "this member has changed the channel too often; try again later",
                            what + "<=" + atOnceMax,
                            since + everyMillis - nowMillis)
                    .asException();
        }
        buckets.put(who, new Bucket(left - 1, since));
        if (buckets.size() > Limits.COMMIT_RATES_KEPT) {
            buckets.remove(buckets.keySet().iterator().next());
        }
    }
}
