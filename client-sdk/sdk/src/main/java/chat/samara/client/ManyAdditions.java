package chat.samara.client;

import chat.samara.client.channel.Addition;
import chat.samara.client.device.Change;
import chat.samara.client.device.Outcome;
import chat.samara.client.device.WaitingChange;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.identity.UserId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Waits for many who were asked for in one go, each of whom may be added, be refused or wait for something else. */
final class ManyAdditions {
    private final Map<UserId, CompletableFuture<Outcome>> ends;
    private final Supplier<Optional<Hold>> heldBy;
    private final Supplier<List<WaitingChange>> waiting;
    private final ConnectionWatch connection;

    /**
     * @param ends of each member, in the order of asking
     * @param heldBy why nothing goes on in the channel just now
     * @param waiting what waits in the channel
     */
    ManyAdditions(
            Map<UserId, CompletableFuture<Outcome>> ends,
            Supplier<Optional<Hold>> heldBy,
            Supplier<List<WaitingChange>> waiting,
            ConnectionWatch connection) {
        this.ends = ends;
        this.heldBy = heldBy;
        this.waiting = waiting;
        this.connection = connection;
    }

    /** Until all have ended, or the time is over, or of each that has not it is known why it waits. */
    List<Addition> await(long endNanos) throws InterruptedException {
        CompletableFuture<Void> all = CompletableFuture.allOf(ends.values().toArray(CompletableFuture<?>[]::new));
        while (true) {
            long leftNanos = Math.max(0, endNanos - System.nanoTime());
            try {
                all.get(
                        Math.min(leftNanos, TimeUnit.MILLISECONDS.toNanos(Limits.HELD_LOOK_MILLIS)),
                        TimeUnit.NANOSECONDS);
                return standing(Map.of(), Optional.empty());
            } catch (ExecutionException e) {
                throw new IllegalStateException("a command's answer failed", e);
            } catch (TimeoutException notYet) {
                Map<UserId, Refusal> reasons = reasons();
                boolean isInVain =
                        heldBy.get().filter(it -> it.outlasts(endNanos)).isPresent()
                                || ends.entrySet().stream()
                                        .allMatch(end -> end.getValue().isDone() || reasons.containsKey(end.getKey()));
                if (isInVain || leftNanos <= TimeUnit.MILLISECONDS.toNanos(Limits.HELD_LOOK_MILLIS)) {
                    return standing(
                            reasons,
                            Optional.of(connection.late(heldBy.get(), notYet).refusal()));
                }
            }
        }
    }

    private Map<UserId, Refusal> reasons() {
        Map<UserId, Refusal> reasons = new HashMap<>();
        for (WaitingChange change : waitingNow()) {
            if (change.change() instanceof Change.Add add && ends.containsKey(add.member())) {
                change.why().ifPresent(why -> reasons.put(add.member(), why));
            }
        }
        return reasons;
    }

    /** Nothing that is known once the client has ended. */
    private List<WaitingChange> waitingNow() {
        try {
            return waiting.get();
        } catch (ClientClosedException ended) {
            return List.of();
        }
    }

    private List<Addition> standing(Map<UserId, Refusal> reasons, Optional<Refusal> late) {
        List<Addition> standing = new ArrayList<>();
        for (Map.Entry<UserId, CompletableFuture<Outcome>> end : ends.entrySet()) {
            UserId member = end.getKey();
            if (!end.getValue().isDone()) {
                standing.add(new Addition(
                        member,
                        Addition.State.WAITS,
                        Optional.ofNullable(reasons.get(member)).or(() -> late)));
                continue;
            }
            Outcome outcome = end.getValue().join();
            if (outcome instanceof Outcome.Refused refused
                    && connection.ended().equals(Optional.of(refused.refusal()))) {
                // It was not refused: its row stays, and the next start goes on with it.
                standing.add(new Addition(member, Addition.State.WAITS, Optional.of(refused.refusal())));
            } else if (outcome instanceof Outcome.Refused refused) {
                standing.add(
                        refused.refusal().code() == RefusalCode.ALREADY_A_MEMBER
                                ? new Addition(member, Addition.State.MEMBER_BEFORE, Optional.empty())
                                : new Addition(member, Addition.State.REFUSED, Optional.of(refused.refusal())));
            } else {
                standing.add(new Addition(member, Addition.State.ADDED, Optional.empty()));
            }
        }
        return standing;
    }
}
