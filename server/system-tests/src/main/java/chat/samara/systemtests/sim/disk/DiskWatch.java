package chat.samara.systemtests.sim.disk;

import chat.samara.server.core.store.WriteBatch;

/** Sees what a server writes to its disk, once it is durable. */
@FunctionalInterface
public interface DiskWatch {
    /** The batch is on the server's disk. */
    void written(String server, WriteBatch batch);
}
