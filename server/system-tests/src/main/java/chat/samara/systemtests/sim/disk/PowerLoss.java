package chat.samara.systemtests.sim.disk;

/** The device loses power at this point. An Error, so that nothing in between takes it for a failure to handle. */
public final class PowerLoss extends Error {
    private static final long serialVersionUID = 1L;

    PowerLoss(String when) {
        super("power lost " + when);
    }
}
