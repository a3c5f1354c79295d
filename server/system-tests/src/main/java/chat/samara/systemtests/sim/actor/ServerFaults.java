package chat.samara.systemtests.sim.actor;

import chat.samara.server.core.Batch;
import chat.samara.server.core.store.Store;

/**
 * How a server's driver and disk behave. The honest one does what it must; tests that prove the oracle put a broken one
 * here.
 */
public interface ServerFaults {
    /** Does everything right. */
    ServerFaults NONE = new ServerFaults() {};

    /** Whether effects leave before the batch that they wait for is durable: a broken driver. */
    default boolean releasesEarly() {
        return false;
    }

    /** Puts the batch on the disk: all of it, in an honest world. */
    default void write(Store disk, Batch batch) {
        disk.write(batch.writes());
    }
}
