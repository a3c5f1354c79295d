package chat.samara.systemtests.sim.oracle;

import chat.samara.mls.group.Group;
import java.util.List;

/** What the oracle has to know of those who lie, to judge the others. Whoever does not say otherwise has not lied. */
public interface Liars {
    /** Groups into which somebody tries to lead devices: nothing may ever be encrypted for them. */
    default List<Group> forgedGroups() {
        return List.of();
    }

    /**
     * Whether a device of this member was ever lied to about records of its own, or one was changed on its way. Whoever holds the line can delay each
     * as he likes: then their order is not promised.
     */
    default boolean liedAboutRecordsOf(String memberName) {
        return false;
    }

    /** Whether the device on this host was ever lied to: then it may have had to take back what it had believed. */
    default boolean everLiedTo(String host) {
        return false;
    }

    /** Whether somebody ever lied about a record with this idempotency key (in hex), or about what became of it. */
    default boolean liedAboutRecord(String idempotencyKey) {
        return false;
    }

    /** Whether the device on this host was ever lied to about the Welcome of a commit at this place, or about the handshakes up to it. */
    default boolean liedAboutJoining(String host, String channel, long seq) {
        return false;
    }

    /**
     * Whether the hub has shown the server on this host, or the server of the device on it, another log of this channel (in hex) than all others: what
     * it has freezes, and is not compared with the log.
     */
    default boolean misledByItsHub(String host, String channel) {
        return false;
    }

    /** Whether the hub of this channel (in hex) has shown somebody another log. */
    default boolean hasTwoLogs(String channel) {
        return false;
    }

    /**
     * A server gives up the log of this channel (in hex) as one in which nobody of its own is. Was it another than that of all others, nobody was shown it there and
     * nothing of it is kept, not even a head: who was never in it has nothing to hold against the true log, and a hub that was put back and has lost what only such a
     * server had seen is no liar. So that server counts as one that was never misled: it owes no proof, and the true log as all others do.
     */
    default void givesUp(String server, String channel) {}

    /** Nobody lies. */
    Liars NONE = new Liars() {};
}
