package chat.samara.server.core.channel.hub;

import chat.samara.server.core.Limits;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.LogPosition;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Who gives one channel back to its hub, and who is asked for it next. That what they give is true the hub's own signature says; nothing says that they give it.
 *
 * <p>One is asked at first, and as long as that comes to no end one more each {@code Limits.TAKING_BACK_TURN_MILLIS}, up to {@code Limits.TAKING_BACK_GIVERS_MAX} at a time. Then
 * whoever was asked first makes room and comes last, once it has had a turn for each place, and twice as long each further time: so whoever's line is slow comes to an end, too. Who was
 * never asked comes first, and waits for nobody who has had more than that. So nobody holds a channel by giving little, or much that leads to nothing: of <i>k</i> who do, and
 * one who gives all of it, that one is asked within <i>k</i> turns.
 *
 * <p>Of those who were never asked, whoever follows the channel or shows this hub's own signature for what is lacking comes first, and the first of these waits for nobody.
 *
 * <p>By monotonic time. In memory only.
 */
final class Givers {
    private final Set<ServerName> waiting = new LinkedHashSet<>();

    /** Who is being asked, in the order in which they were. */
    private final Map<ServerName, Given> asked = new LinkedHashMap<>();

    /** How often each that was ever asked has had to make room: also of those that have gone meanwhile, who may come back. */
    private final Map<ServerName, Integer> madeRoom = new TreeMap<>();

    /** Of whom something says that they have the channel. */
    private final Set<ServerName> followers = new TreeSet<>();

    private long askedAtMillis;

    /**
     * It says that it has more of the channel.
     *
     * @param follows whether something besides says so
     */
    void add(ServerName follower, boolean follows) {
        if (follows) {
            followers.add(follower);
        }
        if (!has(follower)) {
            waiting.add(follower);
        }
    }

    boolean has(ServerName follower) {
        return waiting.contains(follower) || asked.containsKey(follower);
    }

    boolean isEmpty() {
        return waiting.isEmpty() && asked.isEmpty();
    }

    /** What the follower has given in this turn; empty if it is not its turn. */
    Optional<Given> given(ServerName follower) {
        return Optional.ofNullable(asked.get(follower));
    }

    /** It gives nothing more. */
    void remove(ServerName follower) {
        waiting.remove(follower);
        asked.remove(follower);
    }

    /**
     * Whoever is to be asked now beside those who are: it has its turn from now on.
     *
     * @param end where the log ends here
     */
    Optional<ServerName> next(Supplier<LogPosition> end, long monotonicMillis) {
        if (waiting.isEmpty()) {
            return Optional.empty();
        }
        ServerName next = waiting.stream()
                .min(Comparator.<ServerName>comparingInt(it -> madeRoom.containsKey(it) ? 1 : 0)
                        .thenComparingInt(it -> followers.contains(it) ? 0 : 1))
                .orElseThrow();
        if (!isTimeFor(next, monotonicMillis)) {
            return Optional.empty();
        }
        if (asked.size() >= Limits.TAKING_BACK_GIVERS_MAX && !makeRoom(next, monotonicMillis)) {
            return Optional.empty();
        }
        waiting.remove(next);
        asked.put(next, new Given(next, end.get(), monotonicMillis));
        madeRoom.putIfAbsent(next, 0);
        askedAtMillis = monotonicMillis;
        return Optional.of(next);
    }

    private boolean isTimeFor(ServerName next, long monotonicMillis) {
        return asked.isEmpty()
                || isFirstFollower(next)
                || monotonicMillis - askedAtMillis >= Limits.TAKING_BACK_TURN_MILLIS;
    }

    private boolean isFirstFollower(ServerName next) {
        return followers.contains(next) && Collections.disjoint(followers, asked.keySet());
    }

    private boolean makeRoom(ServerName next, long monotonicMillis) {
        Optional<ServerName> makesRoom = asked.entrySet().stream()
                .filter(it -> isFirstFollower(next)
                        || monotonicMillis - it.getValue().begunAtMillis() >= timeMillis(it.getKey(), next))
                .map(Map.Entry::getKey)
                .findFirst();
        makesRoom.ifPresent(follower -> {
            asked.remove(follower);
            madeRoom.merge(follower, 1, Integer::sum);
            waiting.add(follower);
        });
        return makesRoom.isPresent();
    }

    /** Nobody waits for one that has had more than itself. */
    private long timeMillis(ServerName follower, ServerName next) {
        int doublings = Math.min(madeRoom.getOrDefault(follower, 0), madeRoom.getOrDefault(next, 0));
        return (Limits.TAKING_BACK_GIVERS_MAX * Limits.TAKING_BACK_TURN_MILLIS)
                << Math.min(doublings, Limits.TAKING_BACK_DOUBLINGS_MAX);
    }
}
