package chat.samara.systemtests.sim.oracle;

import chat.samara.mls.group.Group;
import java.util.List;

/** What the oracle has to know of those who lie, to judge the others. */
public interface Liars {
    /** Groups into which somebody tries to lead devices: nothing may ever be encrypted for them. */
    List<Group> forgedGroups();

    /**
     * Whether a device of this member was ever lied to about records of its own, or one was changed on its way. Whoever holds the line can delay each
     * as he likes: then their order is not promised.
     */
    boolean liedAboutRecordsOf(String memberName);

    /** Whether the device on this host was ever lied to: then it may have had to take back what it had believed. */
    boolean everLiedTo(String host);

    /** Whether somebody ever lied about a record with this idempotency key (in hex), or about what became of it. */
    boolean liedAboutRecord(String idempotencyKey);

    /** Whether the device on this host was ever lied to about the Welcome of a commit at this place, or about the handshakes up to it. */
    boolean liedAboutJoining(String host, String channel, long seq);

    /** Nobody lies. */
    Liars NONE = new Liars() {
        @Override
        public List<Group> forgedGroups() {
            return List.of();
        }

        @Override
        public boolean liedAboutRecordsOf(String memberName) {
            return false;
        }

        @Override
        public boolean everLiedTo(String host) {
            return false;
        }

        @Override
        public boolean liedAboutRecord(String idempotencyKey) {
            return false;
        }

        @Override
        public boolean liedAboutJoining(String host, String channel, long seq) {
            return false;
        }
    };
}
