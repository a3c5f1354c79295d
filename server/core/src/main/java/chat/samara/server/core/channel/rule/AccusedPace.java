package chat.samara.server.core.channel.rule;

import chat.samara.server.core.Limits;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How fast somebody may commit who makes others lose their place, as these say. Who always hits the same one or two is never barred, since
 * that takes more voices (docs/protocol/channel-rules.md): at two seconds a commit these would be out nearly all the time, for they may
 * return once a minute. So the accused waits as long as that after each commit that is named, and twice as long after the next, up to eight
 * minutes; after an hour it is forgotten. A liar can slow anybody down like that, and nothing more: whoever is slowed down can still
 * remove the liar, and says nothing less.
 *
 * <p>The hub's own affair, in memory, by monotonic time: it is in no log, and nobody derives it.
 *
 * @param <K> who commits where
 */
final class AccusedPace<K> {
    private final Map<K, Accused> accused = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * Somebody who was accused.
     *
     * @param atMillis when, the last times
     * @param namedEpoch of the newest commit that was named: what many say of one and the same is one accusation
     * @param sinceMillis when it last was accused, or committed
     */
    private record Accused(List<Long> atMillis, long namedEpoch, long sinceMillis) {
        int times(long nowMillis) {
            return (int) atMillis.stream()
                    .filter(at -> nowMillis - at < Limits.ACCUSED_MILLIS)
                    .count();
        }
    }

    /** Another user has returned, and has named its commit, by the epoch that it begins. */
    void accused(K who, long namedEpoch, long nowMillis) {
        Accused before = accused.getOrDefault(who, new Accused(List.of(), 0, nowMillis));
        if (namedEpoch <= before.namedEpoch()) {
            return;
        }
        List<Long> times = new ArrayList<>(before.atMillis());
        times.add(nowMillis);
        if (times.size() > Limits.ACCUSED_DOUBLINGS_MAX + 1) {
            times.remove(0);
        }
        accused.put(who, new Accused(List.copyOf(times), namedEpoch, nowMillis));
        if (accused.size() > Limits.ACCUSED_KEPT_MAX) {
            accused.remove(accused.keySet().iterator().next());
        }
    }

    /**
     * It may commit, or is refused with LIMIT_REACHED and when to try again.
     *
     * @param what what there was too much of, as it stands in the refusal
     */
    void require(K who, long nowMillis, String what) throws RefusedException {
        Accused before = accused.get(who);
        if (before == null) {
            return;
        }
        int times = before.times(nowMillis);
        if (times == 0) {
            accused.remove(who);
            return;
        }
        long waitMillis = Limits.ACCUSED_COMMIT_EVERY_MILLIS << (times - 1);
        long nextMillis = before.sinceMillis() + waitMillis;
        if (nowMillis < nextMillis) {
            throw Refusal.limitReached(
                            "another member could not process " + what + ", who may make one every "
                                    + waitMillis / 1_000 + " s for a while; try again later",
                            "accused-commit-every-millis=" + waitMillis,
                            nextMillis - nowMillis)
                    .asException();
        }
    }

    /** It has committed. */
    void committed(K who, long nowMillis) {
        accused.computeIfPresent(who, (it, before) -> new Accused(before.atMillis(), before.namedEpoch(), nowMillis));
    }
}
