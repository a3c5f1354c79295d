package chat.samara.server.core;

/** A device's connection, numbered by the driver; never reused while the process lives. */
public record SessionId(long number) implements Comparable<SessionId> {
    @Override
    public int compareTo(SessionId other) {
        return Long.compare(number, other.number);
    }
}
