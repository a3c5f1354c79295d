package chat.samara.server.core.peer;

import chat.samara.server.core.Contained;
import chat.samara.wire.identity.ServerName;

/** Hears when peers come and go. */
public interface PeerListener {
    /** Both sides have proved who they are: frames can be sent. */
    void up(ServerName peer);

    /** The link is gone; another may come. Each part of what is forgotten then is work of its own. */
    void down(ServerName peer, Contained contained);
}
