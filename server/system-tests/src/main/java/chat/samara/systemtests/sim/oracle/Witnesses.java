package chat.samara.systemtests.sim.oracle;

import chat.samara.client.device.DeviceEngine;
import chat.samara.server.core.store.Store;
import java.util.List;

/** Whom the oracle questions once all has come to rest: every server's disk, every device. */
public record Witnesses(List<Server> servers, List<Device> devices) {
    /** A server and what is on its disk. */
    public record Server(String name, Store disk) {}

    /**
     * A running device.
     *
     * @param host its name in the network
     * @param memberName its owner's local name
     * @param server its owner's server
     */
    public record Device(String host, String memberName, String server, DeviceEngine engine) {}
}
