package chat.samara.systemtests.demo;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** When the demo has to be over, and how it waits until then. Thread-safe. */
final class Deadline {
    private static final long POLL_MILLIS = 20;

    private final long endNanos;
    private final Duration total;

    Deadline(Duration total) {
        this.total = total;
        this.endNanos = System.nanoTime() + total.toNanos();
    }

    /** What is left, but not more than a step may take. */
    Duration remaining(Duration step) throws DemoFailure {
        long left = endNanos - System.nanoTime();
        if (left <= 0) {
            throw new DemoFailure("the demo did not end within " + total.toSeconds() + " s (--timeout)");
        }
        return Duration.ofNanos(Math.min(left, step.toNanos()));
    }

    /** Asks again and again until there is an answer. {@code what} completes "waited … s for". */
    <T> T await(String what, Duration step, Supplier<Optional<T>> question) throws DemoFailure, InterruptedException {
        long start = System.nanoTime();
        long end = start + remaining(step).toNanos();
        while (true) {
            Optional<T> answer = question.get();
            if (answer.isPresent()) {
                return answer.get();
            }
            if (System.nanoTime() > end) {
                throw new DemoFailure("waited "
                        + Duration.ofNanos(System.nanoTime() - start).toSeconds() + " s for " + what + ", in vain");
            }
            Thread.sleep(POLL_MILLIS);
        }
    }

    /** Waits until it is so. */
    void awaitTrue(String what, Duration step, Supplier<Boolean> condition) throws DemoFailure, InterruptedException {
        boolean unused = await(what, step, () -> condition.get() ? Optional.of(true) : Optional.empty());
    }
}
