package chat.samara.client.device;

import chat.samara.client.device.LiveChannel.ChangeState;
import chat.samara.client.device.LiveChannel.RefusedKind;
import chat.samara.client.stored.StoredIntent;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Which of the changes that wait are committed next, and when: removals first, then what was asked for first and lacks nothing. One commit carries out as
 * many of one kind as it holds; an addition is in none that removes, so that whatever is refused of it holds up no removal.
 */
final class ChangeOrder {
    /** Of each device that is added, the encrypted secrets in the Welcome, and what surrounds it in the commit, bytes. */
    private static final long SECRETS_BYTES = 200;

    private static final long SECRETS_BYTES_POST_QUANTUM = 1_400;

    private final EngineConfig config;

    ChangeOrder(EngineConfig config) {
        this.config = config;
    }

    /**
     * What the next commit carries out, of those whose time has come: removals first, then what was asked for first, and with it what is of the same kind.
     * What was refused for a while holds up no other. Nothing in it if there is nothing to be done now.
     */
    NavigableMap<Long, StoredIntent> next(Turn turn, LiveChannel channel) {
        NavigableMap<Long, StoredIntent> due = committable(channel);
        long additionsMillis = additionsMillis(channel);
        due.entrySet()
                .removeIf(intent -> turn.monotonicMillis()
                        < commitMillis(channel, intent.getKey(), intent.getValue(), additionsMillis));
        Optional<Map.Entry<Long, StoredIntent>> first = due.entrySet().stream()
                .min(Comparator.comparing((Map.Entry<Long, StoredIntent> intent) ->
                                !intent.getValue().hasRemove())
                        .thenComparing(Map.Entry::getKey));
        NavigableMap<Long, StoredIntent> together = new TreeMap<>();
        if (first.isEmpty()) {
            return together;
        }
        long said = firstSaid(channel);
        long bytes = 0;
        for (Map.Entry<Long, StoredIntent> intent :
                due.tailMap(first.get().getKey(), true).entrySet()) {
            boolean isFirst = together.isEmpty();
            if (!isFirst && !goesWith(intent, first.get().getValue(), said)) {
                continue;
            }
            bytes += bytesInCommit(channel, intent.getValue());
            boolean hasRoom =
                    together.size() < channel.changes().perCommitMax && bytes <= Limits.ADDITION_BYTES_PER_COMMIT_MAX;
            if (!isFirst && !hasRoom) {
                break;
            }
            together.put(intent.getKey(), intent.getValue());
        }
        return together;
    }

    /** A removal that was asked for behind something that is not encrypted yet is none of those before that: who is removed may read it. */
    private static boolean goesWith(Map.Entry<Long, StoredIntent> intent, StoredIntent first, long said) {
        return first.hasAdd()
                ? intent.getValue().hasAdd()
                : first.hasRemove() && intent.getValue().hasRemove() && intent.getKey() < said;
    }

    /** What it takes of a commit and its Welcome, by an estimate. */
    private static long bytesInCommit(LiveChannel channel, StoredIntent intent) {
        long secrets = channel.state().isPostQuantum() ? SECRETS_BYTES_POST_QUANTUM : SECRETS_BYTES;
        return intent.getKeyPackagesList().stream()
                .mapToLong(keyPackage -> keyPackage.size() + secrets)
                .sum();
    }

    /** Before that no addition is committed: others are about to have their KeyPackages. */
    private static long additionsMillis(LiveChannel channel) {
        return DueClaims.isOneUnderWay(channel) ? channel.changes().gathersUntilMillis : 0;
    }

    /** What lacks nothing but its time. An addition waits for what was said before it was asked for: whoever it adds is not to read that. */
    static NavigableMap<Long, StoredIntent> committable(LiveChannel channel) {
        NavigableMap<Long, StoredIntent> committable = Intents.inTurn(channel);
        committable.values().removeIf(Intents::awaitsClaim);
        if (committable.values().stream().anyMatch(StoredIntent::hasAdd)) {
            long said = firstSaid(channel);
            committable.entrySet().removeIf(intent -> intent.getValue().hasAdd() && said < intent.getKey());
        }
        return committable;
    }

    /** Whether something was said before this was asked for that is not encrypted yet, or may have to be once more. */
    static boolean isSaidBefore(LiveChannel channel, long intent) {
        return firstSaid(channel) < intent;
    }

    /**
     * The first of what was said and is not encrypted yet, or may have to be once more: what is of an older epoch comes back if that is closed before the hub
     * gets it. What is of the newest goes to the hub before the commit that ends it. {@link Long#MAX_VALUE} if there is none.
     */
    private static long firstSaid(LiveChannel channel) {
        long composed = channel.queue().firstComposed().map(head -> head.number).orElse(Long.MAX_VALUE);
        return Math.min(
                composed,
                channel.queue().firstUndecided(channel.row().getEpoch()).orElse(Long.MAX_VALUE));
    }

    /** When the first removal can be committed; empty if none waits. */
    Optional<Long> removalMillis(LiveChannel channel) {
        return Intents.inTurn(channel).entrySet().stream()
                .filter(intent -> intent.getValue().hasRemove())
                .map(intent -> commitMillis(channel, intent.getKey(), intent.getValue(), 0))
                .min(Long::compare);
    }

    private long commitMillis(LiveChannel channel, long number, StoredIntent intent, long additionsMillis) {
        ChangeState state = channel.changes();
        boolean raceOver = state.lostEpoch.isEmpty() || channel.row().getEpoch() > state.lostEpoch.get();
        long afterRace = raceOver ? state.notBeforeMillis : state.notBeforeMillis + config.retryMillisMax();
        return Math.max(
                Math.max(afterRace, refusedUntilMillis(channel, number, intent)),
                intent.hasAdd() ? additionsMillis : 0);
    }

    /** Before that a limit keeps it from being tried again, or that others of its kind were refused; 0 if nothing does. */
    private static long refusedUntilMillis(LiveChannel channel, long number, StoredIntent intent) {
        RefusedKind kind = channel.changes().refusedKinds.get(intent.getChangeCase());
        return Math.max(
                channel.changes().refusedUntilMillis.getOrDefault(number, 0L), kind == null ? 0 : kind.untilMillis());
    }

    /** Whether a change that waits begins the next epoch as soon as the race is over, or is all that could be asked for to begin it. */
    static boolean beginsEpoch(Turn turn, LiveChannel channel) {
        return committable(channel).entrySet().stream()
                .anyMatch(intent -> intent.getValue().hasUpdate()
                        || turn.monotonicMillis() >= refusedUntilMillis(channel, intent.getKey(), intent.getValue()));
    }

    /** When the first of those that lack nothing but their time can be committed; empty if there is none. */
    Optional<Long> nextMillis(LiveChannel channel) {
        long additionsMillis = additionsMillis(channel);
        return committable(channel).entrySet().stream()
                .map(intent -> commitMillis(channel, intent.getKey(), intent.getValue(), additionsMillis))
                .min(Long::compare);
    }
}
