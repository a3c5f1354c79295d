package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.proto.ErrorCode;
import java.util.List;

/**
 * What a new member needs: {@code samara://HOST:PORT/join#name=…&key=…&token=…[&also=host:port…]}. It pins the server's root key,
 * so it must come from somebody whom the member trusts; and whoever holds it can open an account.
 *
 * @param addresses where to reach the server, best first; 1 to 16
 * @param server the server's name
 * @param rootKey the server's root identity public key, 32 bytes
 * @param token 16 bytes; a secret: {@link #toString} does not show it, {@link #format} does
 */
public record InviteLink(List<ServerAddress> addresses, ServerName server, Bytes rootKey, Bytes token) {
    /** Bytes in a token. */
    public static final int TOKEN_BYTES = 16;

    private static final String ACTION = "join";
    private static final String REMEDY = "copy the whole link, or ask the operator for a new one";

    public InviteLink {
        addresses = List.copyOf(addresses);
        requireLink(addresses, rootKey);
        if (token.size() != TOKEN_BYTES) {
            throw new IllegalArgumentException("token of " + token.size() + " bytes, expected " + TOKEN_BYTES);
        }
    }

    static void requireLink(List<ServerAddress> addresses, Bytes rootKey) {
        if (addresses.isEmpty()
                || addresses.size() > Limits.MANIFEST_ADDRESSES_MAX
                || rootKey.size() != Ed25519.KEY_BYTES) {
            throw new IllegalArgumentException("link with " + addresses.size() + " addresses and a key of "
                    + rootKey.size() + " bytes, expected 1 to " + Limits.MANIFEST_ADDRESSES_MAX + " and "
                    + Ed25519.KEY_BYTES);
        }
    }

    /** Reads a link as it was pasted. Refused with {@code INVITE_INVALID} and what to do. */
    public static InviteLink parse(String text) throws RefusedException {
        SamaraLink link = SamaraLink.parse("invite", ACTION, ErrorCode.INVITE_INVALID, REMEDY, text);
        return new InviteLink(
                link.addresses, link.serverName(), link.rootKey(), link.binary("token", link.token, TOKEN_BYTES));
    }

    /** The link's text, with its secret. */
    public String format() {
        return SamaraLink.format(
                ACTION, addresses, server, rootKey, field -> field.accept("token", SamaraLink.base64Url(token)));
    }

    @Override
    public String toString() {
        return "InviteLink(" + server + " at " + addresses + ")";
    }
}
