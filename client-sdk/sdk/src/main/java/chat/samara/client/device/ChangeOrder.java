package chat.samara.client.device;

import chat.samara.client.device.LiveChannel.ChangeState;
import chat.samara.client.stored.StoredIntent;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;

/** Which of the changes that wait is committed next, and when: removals first, then what was asked for first and lacks nothing. */
final class ChangeOrder {
    private final EngineConfig config;

    ChangeOrder(EngineConfig config) {
        this.config = config;
    }

    /** Of those whose time has come: removals first, then the oldest. What was refused for a while holds up no other. */
    OptionalLong next(Turn turn, LiveChannel channel) {
        return committable(channel).entrySet().stream()
                .filter(intent -> turn.monotonicMillis() >= commitMillis(channel, intent.getKey()))
                .min(Comparator.comparing((Map.Entry<Long, StoredIntent> intent) ->
                                !intent.getValue().hasRemove())
                        .thenComparing(Map.Entry::getKey))
                .map(intent -> OptionalLong.of(intent.getKey()))
                .orElseGet(OptionalLong::empty);
    }

    /** What lacks nothing but its time. An addition waits for what was said before it was asked for: whoever it adds is not to read that. */
    static NavigableMap<Long, StoredIntent> committable(LiveChannel channel) {
        NavigableMap<Long, StoredIntent> committable = Intents.inTurn(channel);
        committable
                .entrySet()
                .removeIf(intent -> Intents.awaitsClaim(intent.getValue())
                        || (intent.getValue().hasAdd() && isSaidBefore(channel, intent.getKey())));
        return committable;
    }

    /**
     * Whether something was said before this was asked for that is not encrypted yet, or may have to be once more: what is of an older epoch comes back if that
     * is closed before the hub gets it. What is of the newest goes to the hub before the commit that ends it.
     */
    static boolean isSaidBefore(LiveChannel channel, long intent) {
        return channel.queue()
                        .firstComposed()
                        .filter(head -> head.number < intent)
                        .isPresent()
                || channel.queue().isUndecided(intent, channel.row().getEpoch());
    }

    /** When the first removal can be committed; empty if none waits. */
    Optional<Long> removalMillis(LiveChannel channel) {
        return Intents.inTurn(channel).entrySet().stream()
                .filter(intent -> intent.getValue().hasRemove())
                .map(intent -> commitMillis(channel, intent.getKey()))
                .min(Long::compare);
    }

    private long commitMillis(LiveChannel channel, long number) {
        ChangeState state = channel.changes();
        boolean raceOver = state.lostEpoch.isEmpty() || channel.row().getEpoch() > state.lostEpoch.get();
        long afterRace = raceOver ? state.notBeforeMillis : state.notBeforeMillis + config.retryMillisMax();
        return Math.max(afterRace, refusedUntilMillis(channel, number));
    }

    /** Before that a limit keeps it from being tried again; 0 if none does. */
    private static long refusedUntilMillis(LiveChannel channel, long number) {
        return channel.changes().refusedUntilMillis.getOrDefault(number, 0L);
    }

    /** Whether a change that waits begins the next epoch as soon as the race is over, or is all that could be asked for to begin it. */
    static boolean beginsEpoch(Turn turn, LiveChannel channel) {
        return committable(channel).entrySet().stream()
                .anyMatch(intent -> intent.getValue().hasUpdate()
                        || turn.monotonicMillis() >= refusedUntilMillis(channel, intent.getKey()));
    }

    /** When the first of those that lack nothing but their time can be committed; empty if there is none. */
    Optional<Long> nextMillis(LiveChannel channel) {
        return committable(channel).keySet().stream()
                .map(number -> commitMillis(channel, number))
                .min(Long::compare);
    }
}
