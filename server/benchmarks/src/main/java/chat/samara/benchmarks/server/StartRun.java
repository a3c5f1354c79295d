package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.process.ChildProcess;
import java.time.Duration;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;

/**
 * One start of a server.
 *
 * @param loginMillis from the start of the process until the first device has its answer
 * @param cpuSeconds processor time that the process had used by then
 * @param idleCpu processors in use while it was left alone
 * @param idleMebibytes of memory after that, Java's own included; empty where the system does not tell
 */
record StartRun(double loginMillis, double cpuSeconds, double idleCpu, OptionalDouble idleMebibytes) {
    private static final double MILLI_NANOS = 1e6;
    private static final double SECOND_NANOS = 1e9;
    private static final double MIB_BYTES = 1 << 20;

    /** Leaves the process alone for a while. */
    interface Pause {
        void pass() throws BenchFailure, InterruptedException;
    }

    /**
     * Reads a process that has just given its first answer.
     *
     * @param answeredNanos when that was
     */
    static StartRun read(ChildProcess process, long answeredNanos, Pause pause)
            throws BenchFailure, InterruptedException {
        Duration before = process.cpu();
        long beganNanos = System.nanoTime();
        pause.pass();
        Duration used = process.cpu().minus(before);
        double seconds = (System.nanoTime() - beganNanos) / SECOND_NANOS;
        OptionalLong memory = process.memoryBytes();
        return new StartRun(
                (answeredNanos - process.startedNanos()) / MILLI_NANOS,
                before.toNanos() / SECOND_NANOS,
                used.toNanos() / SECOND_NANOS / seconds,
                memory.isPresent() ? OptionalDouble.of(memory.getAsLong() / MIB_BYTES) : OptionalDouble.empty());
    }

    static List<Double> each(List<StartRun> runs, ToDoubleFunction<StartRun> value) {
        return runs.stream().map(value::applyAsDouble).toList();
    }

    /** Of those that are known. */
    static List<Double> memory(List<StartRun> runs) {
        return runs.stream()
                .filter(run -> run.idleMebibytes.isPresent())
                .map(run -> run.idleMebibytes.getAsDouble())
                .toList();
    }
}
