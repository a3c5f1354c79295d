package chat.samara.benchmarks.process;

import chat.samara.benchmarks.BenchFailure;
import java.time.Duration;

/** Processor time of whole processes, in steps of about 10 ms. Callable from any thread. */
public final class CpuClock {
    private CpuClock() {}

    /** What this process has used so far, its compiler and garbage collector included. */
    public static Duration own() throws BenchFailure {
        return of(ProcessHandle.current());
    }

    static Duration of(ProcessHandle process) throws BenchFailure {
        return process.info()
                .totalCpuDuration()
                .orElseThrow(() -> new BenchFailure("the processor time of process " + process.pid()
                        + " cannot be read: it has ended, or the system does not tell"));
    }
}
