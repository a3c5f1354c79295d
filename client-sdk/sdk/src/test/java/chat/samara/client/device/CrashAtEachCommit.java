package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** The same is lived through again and again, and ends each time at the next commit of one device, until there is none left to end at. */
final class CrashAtEachCommit {
    private static final int CRASHES_MAX = 100;

    private CrashAtEachCommit() {}

    /** What is lived through, set up to where it may end. */
    interface Life {
        /** Of the device that crashes. */
        MemoryStore store();

        /** Ends with {@link MemoryStore.Crash} at the commit. */
        void live();

        /** Goes on after the crash. */
        void goOn();

        /** Everything is as it has to be, whether there was a crash or not. */
        void check();
    }

    /**
     * A test with crashes before what a commit writes is there, and one with crashes afterwards.
     *
     * @param begin a life by its name
     */
    static Stream<DynamicTest> tests(Function<String, Life> begin) {
        return Stream.of(true, false)
                .map(before ->
                        DynamicTest.dynamicTest(before ? "before it" : "after it", () -> everyCommit(begin, before)));
    }

    private static void everyCommit(Function<String, Life> begin, boolean before) {
        int commit = 1;
        boolean crashed = true;
        while (crashed && commit <= CRASHES_MAX) {
            Life life = begin.apply("crashed at commit " + commit);
            int at = life.store().commits() + commit;
            if (before) {
                life.store().crashBefore(at);
            } else {
                life.store().crashAfter(at);
            }
            crashed = crashes(life);
            life.store().crashNoMore();
            life.check();
            commit++;
        }
        assertThat(commit).as("commits that were survived").isBetween(5, CRASHES_MAX);
    }

    private static boolean crashes(Life life) {
        try {
            life.live();
            return false;
        } catch (MemoryStore.Crash e) {
            life.store().crashNoMore();
            life.goOn();
            return true;
        }
    }
}
