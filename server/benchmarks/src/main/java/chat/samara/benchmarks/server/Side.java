package chat.samara.benchmarks.server;

/** The two servers of a federation. */
enum Side {
    /** It orders the messages of all channels. */
    HUB(0),
    /** It has members in them, too. */
    FOLLOWER(1);

    private final int server;

    Side(int server) {
        this.server = server;
    }

    /** Its number among the servers, in the order in which they are started. */
    int server() {
        return server;
    }

    Side other() {
        return this == HUB ? FOLLOWER : HUB;
    }
}
