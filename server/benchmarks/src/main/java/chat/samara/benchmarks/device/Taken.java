package chat.samara.benchmarks.device;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.CpuClock;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.time.Duration;

/**
 * What a stretch of work took.
 *
 * @param wallNanos time that has passed
 * @param processNanos processor time of the whole process: of the one device that is open in it, compilers and garbage collector included
 * @param engineNanos processor time of the threads on which devices' engines live
 */
public record Taken(long wallNanos, long processNanos, long engineNanos) {
    private static final String ENGINE = "samara-engine";
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** What is measured. Devices that it opens must be open at its end: the time of a thread that has ended cannot be read. */
    @FunctionalInterface
    public interface Work {
        void run() throws BenchFailure, InterruptedException;
    }

    /** Does it. */
    public static Taken by(Work work) throws BenchFailure, InterruptedException {
        long wall = System.nanoTime();
        Duration process = CpuClock.own();
        long engine = ofEngines();
        work.run();
        return new Taken(System.nanoTime() - wall, CpuClock.own().minus(process).toNanos(), ofEngines() - engine);
    }

    private static long ofEngines() {
        long nanos = 0;
        for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().equals(ENGINE)) {
                nanos += Math.max(0, THREADS.getThreadCpuTime(thread.getThreadId()));
            }
        }
        return nanos;
    }
}
