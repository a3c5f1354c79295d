package chat.samara.mls.crypto;

import chat.samara.mls.MlsException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Many pieces of work that do not depend on each other, done on the cores there are: the signatures of a received tree, the
 * encryptions of a commit's path and of a Welcome. Nothing else in this library leaves the caller's thread.
 *
 * <p>The work is shared between the caller, who waits, and Java's common fork-join pool; so it is bounded by the number of
 * cores, starts no thread of its own, and can be limited by {@code
 * -Djava.util.concurrent.ForkJoinPool.common.parallelism}. A piece must only read what it shares with others: it draws no
 * randomness and asks nothing of the application. The outcome is the same for any number of cores: the results in their
 * order, or else the error of the first piece that has one.
 */
public final class Batch {
    /** With fewer pieces, of about 0.1 ms each, waking another thread costs more than it saves. */
    private static final int PIECES_MIN = 4;

    /** So many are checked before it is looked whether one was refused. */
    private static final int CHECKED_TOGETHER = 64;

    private Batch() {}

    /** A piece of work on one item. */
    @FunctionalInterface
    public interface Work<T, R> {
        R on(T item) throws MlsException;
    }

    /** A piece of work that only succeeds or fails. */
    @FunctionalInterface
    public interface Check<T> {
        void on(T item) throws MlsException;
    }

    /** The results, in the order of the items; or the error of the first item that has one. */
    public static <T, R> List<R> map(List<T> items, Work<T, R> work) throws MlsException {
        List<Outcome<R>> outcomes = indices(items.size())
                .mapToObj(index -> outcome(items.get(index), work))
                .toList();
        List<R> results = new ArrayList<>(outcomes.size());
        for (Outcome<R> outcome : outcomes) {
            if (outcome.error != null) {
                throw outcome.error;
            }
            results.add(outcome.result);
        }
        return results;
    }

    /** Checks the items; throws the error of the first that has one. Few of those behind it are looked at. */
    public static <T> void forEach(List<T> items, Check<T> check) throws MlsException {
        for (int from = 0; from < items.size(); from += CHECKED_TOGETHER) {
            map(items.subList(from, Math.min(items.size(), from + CHECKED_TOGETHER)), item -> {
                check.on(item);
                return Boolean.TRUE;
            });
        }
    }

    private static IntStream indices(int count) {
        IntStream indices = IntStream.range(0, count);
        return count < PIECES_MIN ? indices : indices.parallel();
    }

    private static <T, R> Outcome<R> outcome(T item, Work<T, R> work) {
        try {
            return new Outcome<>(work.on(item), null);
        } catch (MlsException e) {
            return new Outcome<>(null, e);
        }
    }

    private record Outcome<R>(@Nullable R result, @Nullable MlsException error) {}
}
