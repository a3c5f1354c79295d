package chat.samara.server.core;

/** A connection to a peer, numbered by the driver; never reused while the process lives. */
public record LinkId(long number) implements Comparable<LinkId> {
    @Override
    public int compareTo(LinkId other) {
        return Long.compare(number, other.number);
    }
}
