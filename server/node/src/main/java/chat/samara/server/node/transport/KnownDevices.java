package chat.samara.server.node.transport;

import java.util.OptionalLong;

/** Tells a member's device that comes back from a stranger, by the names that it offers in TLS before anything was agreed. On the event loops. */
@FunctionalInterface
public interface KnownDevices {
    /** Knows nobody. */
    KnownDevices NONE = name -> OptionalLong.empty();

    /** A number of the device that shows itself by a name in the ALPN extension; empty if the name shows none. */
    OptionalLong shownBy(String alpnName);
}
