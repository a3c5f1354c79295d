package chat.samara.server.core.peer;

import chat.samara.wire.identity.ServerName;

/** Hears when peers come and go. */
public interface PeerListener {
    /** Both sides have proved who they are: frames can be sent. */
    void up(ServerName peer);

    /** The link is gone; another may come. */
    void down(ServerName peer);
}
