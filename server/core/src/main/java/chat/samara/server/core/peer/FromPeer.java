package chat.samara.server.core.peer;

import chat.samara.wire.frame.PeerFrameIn;
import chat.samara.wire.identity.ServerName;

/** What a frame of another server is to the rest of this one; handed back by {@link LinkEvents#frame}. */
public sealed interface FromPeer {
    /** Both sides have proved who they are: frames can be sent to the peer. */
    record CameUp(ServerName peer) implements FromPeer {}

    /** A peer says or asks something that is not about the link. */
    record Said(ServerName peer, PeerFrameIn in, PeerReply reply) implements FromPeer {}
}
