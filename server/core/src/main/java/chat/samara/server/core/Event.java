package chat.samara.server.core;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.wire.identity.ServerName;
import java.util.Optional;

/**
 * What happens to a server. Frames are whole protobuf messages, without the length that stands before them on the wire; the
 * driver refuses longer ones than the limit of the connection's state ({@code chat.samara.wire} Limits).
 */
public sealed interface Event {
    /** A device connected (ALPN {@code samara-client/1}). The core greets it. */
    record SessionOpened(SessionId session) implements Event {}

    /** A {@code ClientFrame} came. */
    record SessionFrame(SessionId session, Bytes frame) implements Event {}

    /** The connection is gone, whoever closed it. The last event of a session. */
    record SessionClosed(SessionId session) implements Event {}

    /**
     * So much waits for the device that its connection does not take that the core is to send it no entries for the moment. Followed by
     * {@link SessionFlowing} or {@link SessionClosed}.
     */
    record SessionStalled(SessionId session) implements Event {}

    /** A connection that had stalled takes frames again. */
    record SessionFlowing(SessionId session) implements Event {}

    /**
     * What was sent has been carried out: the answer to {@link Effect.SendMore}.
     *
     * @param little networks have much to take as it is: only a little is to be sent beside
     */
    record SendMore(boolean little) implements Event {}

    /** It is the peer's turn: the answer to {@link Effect.GoOn}. */
    record GoOn(ServerName peer) implements Event {}

    /**
     * A connection to another server stands (ALPN {@code samara-peer/1}).
     *
     * @param outbound whether this server dialled
     * @param expected for an outbound link: whom the {@link Effect.Dial} named
     * @param acceptorSpkiSha256 SHA-256 over the SubjectPublicKeyInfo that the accepting side presented on this connection
     *     (this server's own if inbound), 32 bytes
     */
    record LinkOpened(LinkId link, boolean outbound, Optional<ServerName> expected, Bytes acceptorSpkiSha256)
            implements Event {}

    /** A {@code PeerFrame} came. */
    record LinkFrame(LinkId link, Bytes frame) implements Event {}

    /** Part of a frame has come on a link: the other side is there, and its line is slow. The driver tells every few seconds at most. */
    record LinkHeard(LinkId link) implements Event {}

    /** The connection is gone, whoever closed it. The last event of a link. */
    record LinkClosed(LinkId link) implements Event {}

    /** None of the addresses of an {@link Effect.Dial} led to a connection. */
    record DialFailed(ServerName peer, String reason) implements Event {}

    /** A timer is due; it may fire late, but not early. */
    record TimerFired(TimerId timer) implements Event {}

    /** The operator wants something; answered with one {@link Effect.AdminReply}. */
    record Admin(long requestId, AdminCommand command) implements Event {}

    /**
     * How much room the disk has for more to be stored: without what the store may need for a while to put its files in order. The driver tells at the
     * start and then several times in the time in which as much could be written as {@link CoreConfig#diskFreeBytesMin}.
     */
    record DiskState(long freeBytes) implements Event {}

    /** The process is about to stop: everyone connected is told and closed. The driver seals once more and then stops. */
    record Stopping() implements Event {}
}
