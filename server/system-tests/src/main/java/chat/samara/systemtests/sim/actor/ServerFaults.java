package chat.samara.systemtests.sim.actor;

import chat.samara.server.core.store.Table;
import java.util.Optional;

/**
 * How a server's driver and disk behave. The honest one does what it must; tests that prove the oracle put a broken one
 * here.
 *
 * @param releasesEarly a broken driver: effects leave before the batch that they wait for is durable
 * @param batchesLostInCrash a broken disk: so many batches whose sync it confirmed are gone after a crash
 * @param forgets a broken table: nothing that is written to it is there afterwards
 */
public record ServerFaults(boolean releasesEarly, int batchesLostInCrash, Optional<Table> forgets) {
    /** Does everything right. */
    public static final ServerFaults NONE = new ServerFaults(false, 0, Optional.empty());

    /** A driver whose effects leave before they may. */
    public static ServerFaults early() {
        return new ServerFaults(true, 0, Optional.empty());
    }

    /** A disk that has lost so many batches after a crash. */
    public static ServerFaults losing(int batches) {
        return new ServerFaults(false, batches, Optional.empty());
    }

    /** A disk on which nothing stays in a table. */
    public static ServerFaults forgetting(Table table) {
        return new ServerFaults(false, 0, Optional.of(table));
    }
}
