package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What the driver has to do, in order. Whatever an effect depends on is durable when it is returned; effects that a crash swallows
 * are derived again.
 */
public sealed interface DeviceEffect {
    /**
     * Dial the first of these addresses that answers, with TLS 1.3 and ALPN {@code samara-client/1}, accepting any certificate.
     * Answer with {@link DeviceEvent.Connected} or {@link DeviceEvent.Disconnected}.
     *
     * @param connection names the connection from now on; never used twice in one life of the engine
     * @param returnToken if it is not empty, ALPN offers {@code Alpn.returning} of it beside: a server that is flooded by strangers knows its member's device by
     *     it. It travels in the clear, and the server gives another at each login
     */
    record Connect(long connection, ServerName server, List<ServerAddress> addresses, Bytes returnToken)
            implements DeviceEffect {
        public Connect {
            addresses = List.copyOf(addresses);
        }
    }

    /** Send an encoded {@code ClientFrame}, without its length. */
    record SendFrame(long connection, Bytes frame) implements DeviceEffect {}

    /** Close the connection; no {@link DeviceEvent.Disconnected} is needed afterwards. */
    record Disconnect(long connection, String reason) implements DeviceEffect {}

    /** Fire when {@link Now#monotonicMillis} has come so far; replaces the timer that was set before. */
    record SetTimer(long atMillis) implements DeviceEffect {}

    /**
     * There is more to do than one transaction holds: hand in {@link DeviceEvent.GoOn} once the application has taken what it was told so
     * far. Waiting for that is what bounds the memory of what it is told.
     */
    record GoOn() implements DeviceEffect {}

    /**
     * What a person is shown of these channels may be another now: whoever shows it reads it anew. It follows from the rows that were written, and not from what is told,
     * so that nothing can be forgotten.
     */
    record ChannelsChanged(Set<ChannelId> channels) implements DeviceEffect {
        public ChannelsChanged {
            channels = Collections.unmodifiableSortedSet(new TreeSet<>(channels));
        }
    }

    /** A command has ended. */
    record Completed(long command, Outcome outcome) implements DeviceEffect {}

    /** Tell the application. */
    record Notify(ClientEvent event) implements DeviceEffect {}
}
