package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Refusal;
import chat.samara.wire.channel.Blame;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.Membership;
import chat.samara.wire.channel.ObservedChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/** How fast a real hub lets a member return, and one that is accused commit: as the server's {@code HubPolicy} does, by the same numbers. */
final class HubPace {
    private static final int RETURNS_AT_ONCE = 4;
    private static final long RETURN_EVERY_MILLIS = 60_000;
    private static final int DOUBLINGS_MAX = 3;
    private static final long REMEMBERED_MILLIS = 3_600_000;

    private final LongSupplier clock;

    /** Whether it does anything about who is accused. */
    private final boolean slowsTheAccused;

    private final Map<Bytes, List<Long>> returns = new HashMap<>();
    private final Map<Bytes, List<Long>> accused = new HashMap<>();
    private final Map<Bytes, Long> named = new HashMap<>();
    private final Map<Bytes, Long> sinceMillis = new HashMap<>();

    HubPace(LongSupplier clock, boolean slowsTheAccused) {
        this.clock = clock;
        this.slowsTheAccused = slowsTheAccused;
    }

    /** Takes it as ordered unless it is refused. */
    Optional<Refusal> refusal(ObservedChannel channel, Change.Committed commit) {
        long now = clock.getAsLong();
        Bytes author = commit.author().identityKey();
        Blame blame = channel.blame();
        Optional<Bytes> accuses = blame.accusedBy(commit, Membership.of(channel.group()));
        long waitMillis = accuses.isPresent() || !slowsTheAccused ? 0 : waitMillis(author, now);
        if (waitMillis > 0) {
            return Optional.of(Refusal.limitReached("accused", "accused-commit-every-millis", waitMillis));
        }
        if (commit.commit().isExternal() && !mayReturn(author, now)) {
            return Optional.of(Refusal.limitReached("too often", "returns<=4", RETURN_EVERY_MILLIS));
        }
        if (accuses.isEmpty()) {
            sinceMillis.put(author, now);
        }
        accuses.filter(user -> commit.refusedEpoch() > named.getOrDefault(user, 0L))
                .ifPresent(user -> {
                    named.put(user, commit.refusedEpoch());
                    accused.computeIfAbsent(user, it -> new ArrayList<>()).add(now);
                    sinceMillis.put(user, now);
                });
        return Optional.empty();
    }

    private long waitMillis(Bytes author, long now) {
        int times = (int) accused.getOrDefault(author, List.of()).stream()
                .filter(at -> now - at < REMEMBERED_MILLIS)
                .count();
        return times == 0
                ? 0
                : sinceMillis.getOrDefault(author, 0L)
                        + (RETURN_EVERY_MILLIS << Math.min(times - 1, DOUBLINGS_MAX))
                        - now;
    }

    /** Each token that was taken is back after a minute, one after the other. */
    private boolean mayReturn(Bytes author, long now) {
        List<Long> back = returns.computeIfAbsent(author, it -> new ArrayList<>());
        back.removeIf(at -> at <= now);
        if (back.size() >= RETURNS_AT_ONCE) {
            return false;
        }
        back.add((back.isEmpty() ? now : back.get(back.size() - 1)) + RETURN_EVERY_MILLIS);
        return true;
    }
}
