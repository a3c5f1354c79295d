package chat.samara.server.core;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import java.util.List;

/** What a server does to the world, in the order in which it was decided. Effects on a connection that is gone are ignored. */
public sealed interface Effect {
    /** Send a {@code ServerFrame}. */
    record SendToSession(SessionId session, Bytes frame) implements Effect {}

    /** The device has proved itself to be one of this member's: larger frames may come, and the time for logging in no longer runs. */
    record SessionAuthenticated(SessionId session, UserId user) implements Effect {}

    /** Send what is still to be sent, then close. */
    record CloseSession(SessionId session, String reason) implements Effect {}

    /**
     * Connect to a server under one of these addresses, tried in order. Answered by LinkOpened or DialFailed.
     *
     * @param operatorsOwn those of them that this server's operator has given: the others are the peer's word, and lead nowhere into networks that the
     *     operator did not name
     */
    record Dial(ServerName peer, List<ServerAddress> addresses, List<ServerAddress> operatorsOwn) implements Effect {}

    /** Send a {@code PeerFrame}. */
    record SendToLink(LinkId link, Bytes frame) implements Effect {}

    /** The other side has proved to be this peer: larger frames may come. */
    record LinkAuthenticated(LinkId link, ServerName peer) implements Effect {}

    /** Send what is still to be sent, then close. */
    record CloseLink(LinkId link, String reason) implements Effect {}

    /**
     * There is more for devices than is to be in memory at once: come back with {@link Event.SendMore} when what came before this has been
     * carried out and, if there was any, the inputs that wait have had their turn.
     */
    record SendMore() implements Effect {}

    /**
     * There is more of what a peer has sent than is done at a stretch: come back with {@link Event.GoOn} when it is that peer's turn, as with what comes on its link. Asked
     * twice before that, once is enough; asked of a peer whose link is gone, it is for nothing.
     */
    record GoOn(ServerName peer) implements Effect {}

    /** Fire {@link Event.TimerFired} at this monotonic time ({@link Now}), instead of whenever this timer was set to before. */
    record SetTimer(TimerId timer, long atMillis) implements Effect {}

    /** The answer to {@link Event.Admin}. */
    record AdminReply(long requestId, AdminResult result) implements Effect {}
}
