package chat.samara.server.core.channel.hub;

import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;

/** On whose account a record of another server is. */
sealed interface Author {
    ServerName server();

    /** One of that server's members, who is in the channel. */
    record Member(UserId user) implements Author {
        @Override
        public ServerName server() {
            return user.server();
        }

        @Override
        public String toString() {
            return user.toString();
        }
    }

    /**
     * A device that the channel does not know as one of that server's members, as each that comes back to it: whose it is shows only when its commit is verified. Each by
     * itself, so that one that sends what is refused shuts the way back for no other.
     */
    record Stranger(ServerName server, DeviceId device) implements Author {
        @Override
        public String toString() {
            return "device " + device + " of " + server + ", which the channel does not know";
        }
    }

    /** A record that names no device. */
    record Nobody(ServerName server, ChannelId channel) implements Author {
        @Override
        public String toString() {
            return server + " in channel " + channel;
        }
    }
}
