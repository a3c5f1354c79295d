package chat.samara.benchmarks.server;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.benchmarks.WrongOption;
import chat.samara.benchmarks.load.LoadClient;
import chat.samara.server.node.transport.TransportLimits;

/** How many connections {@code --connections} asks for. */
final class ConnectionCount {
    private static final String MAX = "max";

    /** What a server has places for. */
    static final int SERVER_MAX = TransportLimits.defaults().connectionsMax();

    private ConnectionCount() {}

    static int of(String asked) throws BenchFailure {
        return of(asked, LoadClient.connectionsMax());
    }

    /** The same where the file limit takes so many. */
    static int of(String asked, int machineMax) throws BenchFailure {
        int most = Math.min(machineMax, SERVER_MAX);
        if (asked.equals(MAX)) {
            return most;
        }
        try {
            int count = Integer.parseInt(asked);
            if (count >= 1 && count <= SERVER_MAX) {
                return count;
            }
        } catch (NumberFormatException none) {
            // The same is said of it.
        }
        throw new WrongOption("--connections is " + asked + ", expected 1 to " + SERVER_MAX + ", or max (" + most
                + " on this machine)");
    }
}
