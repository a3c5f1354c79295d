package chat.samara.server.node.run;

import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the operator says at a start. What is left out is as at the last start that said it, and at the very first start has
 * a default.
 *
 * @param dataFolder where everything is kept
 * @param name the server's name; cannot change after the first start
 * @param listen where to listen; port 0 for any
 * @param advertise under which addresses others reach the server, best first; empty to leave it out
 * @param adminPort port on loopback for the operator's commands, metrics and health; 0 for any, from now on
 * @param quota how much one member may have stored
 * @param restored the data folder is an older copy of what others have seen; holds for this start only
 */
public record NodeOptions(
        Path dataFolder,
        Optional<ServerName> name,
        Optional<ListenAddress> listen,
        List<ServerAddress> advertise,
        OptionalInt adminPort,
        QuotaOptions quota,
        boolean restored) {
    public NodeOptions {
        advertise = List.copyOf(advertise);
    }
}
