package chat.samara.benchmarks.mls;

import chat.samara.mls.codec.Bytes;
import java.util.List;

/** An implementation of MLS, behind the few verbs that are measured. One thread. */
public interface Implementation {
    /** A member's group. A commit is made and entered in two steps, as a log demands. */
    interface Peer {
        /** Makes a commit with a path and no proposals: an encoded MLSMessage. It takes effect by {@link #enterOwn}. */
        byte[] commit() throws Exception;

        /** Enters the epoch of the own last commit. */
        void enterOwn() throws Exception;

        /** Drops the own last commit. */
        void dropOwn() throws Exception;

        /** Processes another member's commit and enters its epoch. */
        void enter(byte[] commit) throws Exception;

        /** Verifies another member's commit in full, and leaves it at that. */
        void stage(byte[] commit) throws Exception;

        /** An encoded MLSMessage with application data. */
        byte[] protect(byte[] plaintext) throws Exception;

        /** The application data of such a message. */
        byte[] unprotect(byte[] message) throws Exception;

        /** An object from which all of the group is reachable. */
        Object heapRoot();

        /** Objects that are shared by all groups of a process, with all that is reachable from them. */
        List<Object> heapShared();
    }

    /** As it is named in options and in the output. */
    String label();

    /** Joins by a Welcome, with the encoded tree beside it. */
    Peer join(WarmGroup.Joiner joiner, byte[] welcome, byte[] ratchetTree) throws Exception;

    /**
     * Founds a group, adds everybody by one commit with a path, and enters its epoch.
     *
     * @param keyPackages encoded, as they come from a server
     * @return the encoded Welcome and the encoded tree that goes with it
     */
    Founded found(WarmGroup.Joiner founder, List<byte[]> keyPackages) throws Exception;

    /** What comes out of {@link #found}. */
    record Founded(Bytes welcome, Bytes ratchetTree) {}
}
