package chat.samara.server.node.transport;

import java.util.Optional;

/** Tells a member's device that comes back from a stranger, by the names that it offers in TLS before anything was agreed. On the event loops. */
@FunctionalInterface
public interface KnownDevices {
    /** Knows nobody. */
    KnownDevices NONE = name -> Optional.empty();

    /** What a device shows by a name in the ALPN extension; empty if the name shows nothing that this server has given. */
    Optional<ShownToken> shownBy(String alpnName);
}
