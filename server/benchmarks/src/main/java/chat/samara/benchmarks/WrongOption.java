package chat.samara.benchmarks;

/** An option has a value with which nothing can be measured; nothing was tried. The message has the value and what was expected. */
public final class WrongOption extends BenchFailure {
    private static final long serialVersionUID = 1L;

    public WrongOption(String message) {
        super(message);
    }
}
