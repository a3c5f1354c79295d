package chat.samara.benchmarks.server;

/** Whether readers say after each frame how far they are. */
enum Acks {
    YES,
    NO
}
