package chat.samara.wire.identity;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.proto.ErrorCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * The common form of links: {@code samara://HOST:PORT/ACTION#key=value&key=value}. What stands behind the {@code #} is never sent
 * to anybody by a browser that opens the link. Unknown keys are ignored. What programs do to links on their way is mended ({@link PastedLink}).
 */
final class SamaraLink {
    private static final String SCHEME = "samara://";

    private final String kind;
    private final ErrorCode code;
    private final String remedy;

    String name = "";
    String key = "";
    String token = "";
    final List<ServerAddress> addresses = new ArrayList<>();

    private SamaraLink(String kind, ErrorCode code, String remedy) {
        this.kind = kind;
        this.code = code;
        this.remedy = remedy;
    }

    /** Splits a link for this action, for example "join"; {@code kind} is for errors, for example "invite". */
    static SamaraLink parse(String kind, String action, ErrorCode code, String remedy, String text)
            throws RefusedException {
        SamaraLink link = new SamaraLink(kind, code, remedy);
        String trimmed = text.strip();
        if (trimmed.length() > Limits.LINK_CHARS_MAX) {
            throw link.refuse("has " + trimmed.length() + " characters, the limit is " + Limits.LINK_CHARS_MAX);
        }
        trimmed = PastedLink.mended(trimmed);
        // RFC 3986 §3.1: schemes are the same in capitals.
        if (!trimmed.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            throw link.refuse("begins with \"" + NameRule.shown(head(trimmed)) + "\", expected \"" + SCHEME + "\"");
        }
        int slash = trimmed.indexOf('/', SCHEME.length());
        int hash = trimmed.indexOf('#');
        if (slash < 0 || hash < slash) {
            throw link.refuse("is cut short: the part behind '" + (slash < 0 ? '/' : '#') + "' is missing");
        }
        String found = trimmed.substring(slash + 1, hash);
        if (!found.equals(action)) {
            throw link.refuse("is for \"" + NameRule.shown(found) + "\", expected \"" + action + "\"");
        }
        link.addresses.add(link.address(trimmed.substring(SCHEME.length(), slash)));
        for (String pair : trimmed.substring(hash + 1).split("&", -1)) {
            link.take(pair);
        }
        return link;
    }

    private void take(String pair) throws RefusedException {
        int equals = pair.indexOf('=');
        if (equals < 0) {
            throw refuse("has a part without '='; it may have been cut when it was copied");
        }
        String value = pair.substring(equals + 1);
        switch (pair.substring(0, equals)) {
            case "name" -> name = value;
            case "key" -> key = value;
            case "token" -> token = value;
            case "also" -> {
                addresses.add(address(value));
                if (addresses.size() > Limits.MANIFEST_ADDRESSES_MAX) {
                    throw refuse("has more than " + Limits.MANIFEST_ADDRESSES_MAX + " addresses");
                }
            }
            default -> {
                // A later version's.
            }
        }
    }

    private ServerAddress address(String text) throws RefusedException {
        try {
            return ServerAddress.parse(text);
        } catch (RefusedException notAnAddress) {
            throw refuse(
                    "has an address that is none: " + notAnAddress.refusal().reason());
        }
    }

    ServerName serverName() throws RefusedException {
        if (name.isEmpty()) {
            throw refuse("lacks the server's name (name=)");
        }
        return ServerName.fromWire(name);
    }

    Bytes rootKey() throws RefusedException {
        return binary("key", key, Ed25519.KEY_BYTES);
    }

    /** The value is not shown in errors: tokens are secrets. */
    Bytes binary(String field, String value, int bytes) throws RefusedException {
        byte[] decoded;
        try {
            decoded = Base64.getUrlDecoder().decode(value.getBytes(StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw refuse("has a \"" + field + "\" that is not base64url");
        }
        if (decoded.length != bytes) {
            throw refuse("has a \"" + field + "\" of " + decoded.length + " bytes, expected " + bytes
                    + "; it may have been cut when it was copied");
        }
        return Bytes.wrapUnsafe(decoded);
    }

    private RefusedException refuse(String problem) {
        return RefusedException.of(code, "the " + kind + " link " + problem + "; " + remedy, kind + "-link");
    }

    private static String head(String text) {
        return text.substring(0, text.offsetByCodePoints(0, Math.min(12, text.codePointCount(0, text.length()))));
    }

    /** Writes a link; {@code more} adds fields between the key and the further addresses. */
    static String format(
            String action,
            List<ServerAddress> addresses,
            ServerName name,
            Bytes rootKey,
            Consumer<BiConsumer<String, String>> more) {
        StringBuilder out = new StringBuilder(SCHEME)
                .append(addresses.get(0))
                .append('/')
                .append(action)
                .append("#name=")
                .append(name)
                .append("&key=")
                .append(base64Url(rootKey));
        more.accept((field, value) -> out.append('&').append(field).append('=').append(value));
        addresses.stream().skip(1).forEach(also -> out.append("&also=").append(also));
        return out.toString();
    }

    static String base64Url(Bytes bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.arrayUnsafe());
    }
}
