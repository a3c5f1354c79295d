package chat.samara.benchmarks;

/** A benchmark that could not be run, or whose result would be wrong. The message says what happened and what to do; no stack is needed. */
public class BenchFailure extends Exception {
    private static final long serialVersionUID = 1L;

    public BenchFailure(String message) {
        super(message);
    }

    public BenchFailure(String message, Throwable cause) {
        super(message, cause);
    }
}
