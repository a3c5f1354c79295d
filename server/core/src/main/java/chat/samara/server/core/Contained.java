package chat.samara.server.core;

/**
 * Runs work that must not take other work with it (I9): what it wrote and wanted is kept if it went well, and undone as a whole if it met a bug or a
 * row that cannot be read. Either way the next goes on.
 */
@FunctionalInterface
public interface Contained {
    /**
     * Runs it.
     *
     * @param what it is, for the log
     */
    void run(String what, Runnable work);
}
