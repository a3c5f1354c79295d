package chat.samara.cli;

/** Runs a command as if it were a process of its own; returns its exit code. */
@FunctionalInterface
public interface CommandRunner {
    /** Any thread; an interrupt ends a command that waits. */
    int run(Surroundings surroundings, String... arguments);
}
