package chat.samara.systemtests.sim.actor;

/**
 * How a server's driver and disk behave. The honest one does what it must; tests that prove the oracle put a broken one
 * here.
 *
 * @param releasesEarly a broken driver: effects leave before the batch that they wait for is durable
 * @param batchesLostInCrash a broken disk: so many batches whose sync it confirmed are gone after a crash
 */
public record ServerFaults(boolean releasesEarly, int batchesLostInCrash) {
    /** Does everything right. */
    public static final ServerFaults NONE = new ServerFaults(false, 0);
}
