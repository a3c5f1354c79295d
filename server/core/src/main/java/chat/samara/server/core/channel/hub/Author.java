package chat.samara.server.core.channel.hub;

import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import java.util.Optional;

/**
 * On whose account a record of another server is.
 *
 * @param member empty for all together of that server whose device the channel does not know, as one that comes back to it
 */
record Author(ServerName server, Optional<UserId> member) {
    @Override
    public String toString() {
        return member.map(UserId::toString).orElse("members of " + server + " that come back");
    }
}
