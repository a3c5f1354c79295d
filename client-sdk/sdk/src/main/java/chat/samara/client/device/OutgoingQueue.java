package chat.samara.client.device;

import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.wire.log.IdempotencyKey;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * The short forms of a channel's rows of OUTGOING, in the order of sending, with an index by what is to be done: whoever looks for the
 * next thing to do looks at that and not at everything that waits. Refused rows wait for a person and are in nobody's way.
 */
final class OutgoingQueue {
    private final TreeMap<Long, OutgoingHead> all = new TreeMap<>();
    private final Map<IdempotencyKey, OutgoingHead> byKey = new HashMap<>();
    private final TreeSet<Long> composed = new TreeSet<>();
    private final TreeSet<Long> ready = new TreeSet<>();
    private final TreeSet<Long> inFlight = new TreeSet<>();
    private final TreeSet<Long> refused = new TreeSet<>();
    private final TreeSet<Long> commits = new TreeSet<>();
    private final TreeSet<Long> undecided = new TreeSet<>();
    private final Map<SealedUnder, TreeSet<Long>> sealedUnder = new HashMap<>();
    private final Map<Long, SealedUnder> keyOf = new HashMap<>();
    private long allBytes;
    private long refusedBytes;
    private long looks;

    /** An own key of an epoch's ratchet. */
    private record SealedUnder(long epoch, int generation) {}

    NavigableMap<Long, OutgoingHead> all() {
        return Collections.unmodifiableNavigableMap(all);
    }

    Optional<OutgoingHead> find(IdempotencyKey key) {
        return Optional.ofNullable(byKey.get(key));
    }

    void add(OutgoingHead head) {
        all.put(head.number, head);
        allBytes += head.textBytes;
        byKey.put(head.key, head);
        changed(head);
    }

    void remove(OutgoingHead head) {
        if (all.remove(head.number) != null) {
            allBytes -= head.textBytes;
        }
        byKey.remove(head.key, head);
        changed(head);
    }

    /** To be called after every change of a head. */
    void changed(OutgoingHead head) {
        shareNames(head);
        boolean here = all.get(head.number) == head;
        put(composed, head, here && head.state == StoredOutgoingState.COMPOSED);
        boolean isRefused = here && head.state == StoredOutgoingState.REFUSED;
        if (isRefused != refused.contains(head.number)) {
            refusedBytes += isRefused ? head.textBytes : -head.textBytes;
        }
        put(refused, head, isRefused);
        put(inFlight, head, here && head.inFlight);
        put(commits, head, here && head.kind == StoredOutgoingKind.COMMIT);
        boolean toBeSaid = head.state == StoredOutgoingState.SEALED
                || (head.state == StoredOutgoingState.AT_SERVER && head.askStatus);
        put(ready, head, here && !head.inFlight && toBeSaid);
        boolean underWay = head.state == StoredOutgoingState.SEALED
                || (head.state == StoredOutgoingState.AT_SERVER && !head.ordered);
        put(undecided, head, here && head.kind == StoredOutgoingKind.MESSAGE && underWay);
        index(
                head.number,
                here && head.kind == StoredOutgoingKind.MESSAGE && head.generation.isPresent()
                        ? Optional.of(new SealedUnder(head.epoch, head.generation.getAsInt()))
                        : Optional.empty());
    }

    private void index(long number, Optional<SealedUnder> key) {
        SealedUnder before = key.isPresent() ? keyOf.put(number, key.get()) : keyOf.remove(number);
        if (Optional.ofNullable(before).equals(key)) {
            return;
        }
        if (before != null) {
            TreeSet<Long> others = sealedUnder.get(before);
            if (others != null) {
                others.remove(number);
                if (others.isEmpty()) {
                    sealedUnder.remove(before);
                }
            }
        }
        key.ifPresent(
                it -> sealedUnder.computeIfAbsent(it, none -> new TreeSet<>()).add(number));
    }

    /** Messages that are sealed under this own key, in the order of sending. */
    List<OutgoingHead> sealedUnder(long epoch, int generation) {
        return sealedUnder.getOrDefault(new SealedUnder(epoch, generation), new TreeSet<>()).stream()
                .map(this::look)
                .toList();
    }

    /** Messages that were said one after the other have the same names most often: those are in memory once. */
    private void shareNames(OutgoingHead head) {
        Map.Entry<Long, OutgoingHead> before = all.lowerEntry(head.number);
        if (before != null && before.getValue().notFor.equals(head.notFor)) {
            head.notFor = before.getValue().notFor;
        }
    }

    private static void put(Set<Long> index, OutgoingHead head, boolean belongs) {
        if (belongs) {
            index.add(head.number);
        } else {
            index.remove(head.number);
        }
    }

    /** The first that is to be encrypted. */
    Optional<OutgoingHead> firstComposed() {
        return composed.isEmpty() ? Optional.empty() : Optional.of(look(composed.first()));
    }

    /** The first so many of a kind that the server is to be told of or asked about, and that were said before a number. */
    List<OutgoingHead> ready(long beforeNumber, int countMax, Predicate<OutgoingHead> wanted) {
        List<OutgoingHead> heads = new ArrayList<>();
        for (long number : ready.headSet(beforeNumber)) {
            if (heads.size() >= countMax) {
                break;
            }
            OutgoingHead head = look(number);
            if (wanted.test(head)) {
                heads.add(head);
            }
        }
        return heads;
    }

    /** How many before a number the server is to be told of or asked about; counts so many at most. */
    int readyBefore(long number, int countMax) {
        return (int) ready.headSet(number).stream().limit(Math.max(0, countMax)).count();
    }

    /** The last message before a number of which it is open whether it will be in the log as it was sealed. */
    Optional<OutgoingHead> undecidedBefore(long number) {
        return Optional.ofNullable(undecided.lower(number)).map(this::look);
    }

    /** The first message that was sealed in an earlier epoch of which it is open whether it will be in the log as it was sealed. */
    OptionalLong firstUndecided(long beforeEpoch) {
        return undecided.stream()
                .mapToLong(Long::longValue)
                .filter(number -> look(number).epoch < beforeEpoch)
                .findFirst();
    }

    List<OutgoingHead> inFlight() {
        return inFlight.stream().map(this::look).toList();
    }

    /** The own commit that is under way. */
    Optional<OutgoingHead> commit() {
        return commits.isEmpty() ? Optional.empty() : Optional.of(look(commits.first()));
    }

    /** The refused row that is there longest. */
    Optional<OutgoingHead> firstRefused() {
        return refused.isEmpty() ? Optional.empty() : Optional.of(look(refused.first()));
    }

    int refusedCount() {
        return refused.size();
    }

    /** How many wait to be in the log. */
    int waitingCount() {
        return all.size() - refused.size();
    }

    /** Bytes of their texts. */
    long waitingBytes() {
        return allBytes - refusedBytes;
    }

    /** Bytes of the texts of refused rows. */
    long refusedBytes() {
        return refusedBytes;
    }

    private OutgoingHead look(long number) {
        looks++;
        return Optional.ofNullable(all.get(number))
                .orElseThrow(() -> new IllegalStateException("row " + number + " of OUTGOING is gone"));
    }

    /** How many heads were looked at so far: what work on the queue costs. */
    long looks() {
        return looks;
    }
}
