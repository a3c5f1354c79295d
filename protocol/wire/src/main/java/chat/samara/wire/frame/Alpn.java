package chat.samara.wire.frame;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Limits;
import java.util.Base64;
import java.util.Optional;

/** The protocols of Samara's one port, as TLS negotiates them (RFC 7301). */
public final class Alpn {
    /** Between a device and its own server. */
    public static final String CLIENT = "samara-client/1";

    /** Between two servers. */
    public static final String PEER = "samara-peer/1";

    /** A device that comes back offers one more name, which is never agreed on: this, and the token of its last login. */
    private static final String RETURNING = "samara-return/";

    private Alpn() {}

    /** The name that shows the token, 1 to {@link Limits#RETURN_TOKEN_BYTES_MAX} bytes. */
    public static String returning(Bytes token) {
        if (token.isEmpty() || token.size() > Limits.RETURN_TOKEN_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a token of " + token.size() + " bytes, expected 1 to " + Limits.RETURN_TOKEN_BYTES_MAX);
        }
        return RETURNING + Base64.getUrlEncoder().withoutPadding().encodeToString(token.toByteArray());
    }

    /** The token in a name that somebody offers; empty if the name shows none. */
    public static Optional<Bytes> returnToken(String name) {
        if (!name.startsWith(RETURNING)) {
            return Optional.empty();
        }
        try {
            return Optional.of(Bytes.of(Base64.getUrlDecoder().decode(name.substring(RETURNING.length()))))
                    .filter(token -> !token.isEmpty() && token.size() <= Limits.RETURN_TOKEN_BYTES_MAX);
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }
}
