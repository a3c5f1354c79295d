package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.proto.ErrorCode;
import java.util.List;

/**
 * What an operator gives to another to federate: {@code samara://HOST:PORT/peer#name=…&key=…[&also=host:port…]}. It holds nothing
 * secret, but it pins the root key, so it must be exchanged on a way that both operators trust.
 *
 * @param addresses where to reach the server, best first; 1 to 16
 * @param server the server's name
 * @param rootKey the server's root identity public key, 32 bytes
 */
public record PeerLink(List<ServerAddress> addresses, ServerName server, Bytes rootKey) {
    private static final String ACTION = "peer";
    private static final String REMEDY =
            "copy the whole line that `samara server peer link` prints on the other server";

    public PeerLink {
        addresses = List.copyOf(addresses);
        InviteLink.requireLink(addresses, rootKey);
    }

    /** Reads a link as it was pasted. Refused with {@code MALFORMED} and what to do. */
    public static PeerLink parse(String text) throws RefusedException {
        SamaraLink link = SamaraLink.parse("peer", ACTION, ErrorCode.MALFORMED, REMEDY, text);
        return new PeerLink(link.addresses, link.serverName(), link.rootKey());
    }

    /** The link's text. */
    public String format() {
        return SamaraLink.format(ACTION, addresses, server, rootKey, field -> {});
    }

    @Override
    public String toString() {
        return format();
    }
}
