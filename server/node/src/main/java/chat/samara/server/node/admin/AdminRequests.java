package chat.samara.server.node.admin;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.PeerLink;
import chat.samara.wire.identity.ServerName;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.Base64;

/** From the operator's HTTP to commands of the core. */
final class AdminRequests {
    static final String PREFIX = "/admin/v1/";

    private static final String INVITES = "invites/";
    private static final long HOUR_MILLIS = 3_600_000;

    private AdminRequests() {}

    /** Answered with the status and the sentence; nothing has been done. */
    static final class BadRequestException extends Exception {
        private static final long serialVersionUID = 1L;

        private final int status;
        private final String code;

        BadRequestException(int status, String code, String reason) {
            super(reason);
            this.status = status;
            this.code = code;
        }

        int status() {
            return status;
        }

        String code() {
            return code;
        }

        String reason() {
            return String.valueOf(getMessage());
        }
    }

    /**
     * What is asked for.
     *
     * @param path decoded, without a query
     * @throws BadRequestException if there is no such thing, or the body is not what it takes
     * @throws RefusedException if a value in the path or in the body is not one of ours
     */
    static AdminCommand command(String method, String path, String body) throws BadRequestException, RefusedException {
        String what = path.startsWith(PREFIX) ? path.substring(PREFIX.length()) : "";
        return switch (method + " " + what) {
            case "GET status" -> new AdminCommand.ShowStatus();
            case "GET invites" -> new AdminCommand.ListInvites();
            case "POST invites" -> createInvite(object(body));
            case "GET peer-link" -> new AdminCommand.ShowPeerLink();
            case "GET peers" -> new AdminCommand.ListPeers();
            case "POST peers" -> new AdminCommand.AddPeer(PeerLink.parse(string(object(body), "link")));
            default -> {
                if (method.equals("DELETE") && what.startsWith("peers/")) {
                    yield new AdminCommand.RemovePeer(ServerName.parse(what.substring("peers/".length())));
                }
                if (method.equals("DELETE") && what.startsWith(INVITES)) {
                    yield new AdminCommand.RevokeInvite(token(what.substring(INVITES.length())));
                }
                throw new BadRequestException(404, "UNSUPPORTED", "There is no " + method + " " + path + ".");
            }
        };
    }

    private static AdminCommand createInvite(JsonObject body) throws BadRequestException {
        long uses = number(body, "uses", 1, Limits.INVITE_USES_MAX);
        long hours = number(body, "valid_hours", 1, Limits.INVITE_VALID_MILLIS_MAX / HOUR_MILLIS);
        String note = body.has("note") ? string(body, "note") : "";
        if (note.length() > Limits.NOTE_CHARS_MAX) {
            throw malformed(
                    "\"note\" has " + note.length() + " characters, at most " + Limits.NOTE_CHARS_MAX + " are kept.");
        }
        return new AdminCommand.CreateInvite(Math.toIntExact(uses), hours * HOUR_MILLIS, note);
    }

    /** As it stands in a link. */
    private static Bytes token(String text) throws BadRequestException {
        try {
            byte[] token = Base64.getUrlDecoder().decode(text);
            if (token.length == InviteLink.TOKEN_BYTES) {
                return Bytes.wrapUnsafe(token);
            }
        } catch (IllegalArgumentException notBase64) {
            // Answered below.
        }
        throw malformed("That is no token of an invite.");
    }

    private static JsonObject object(String body) throws BadRequestException {
        try {
            JsonElement json = JsonParser.parseString(body);
            if (json.isJsonObject()) {
                return json.getAsJsonObject();
            }
        } catch (JsonParseException notJson) {
            // Answered below.
        }
        throw malformed("The body must be a JSON object.");
    }

    private static String string(JsonObject body, String field) throws BadRequestException {
        JsonElement value = body.get(field);
        if (value == null || !value.isJsonPrimitive()) {
            throw malformed("The field \"" + field + "\" is missing.");
        }
        return value.getAsString();
    }

    private static long number(JsonObject body, String field, long least, long most) throws BadRequestException {
        String text = string(body, field);
        try {
            long value = Long.parseLong(text);
            if (value >= least && value <= most) {
                return value;
            }
        } catch (NumberFormatException notANumber) {
            // Answered below.
        }
        throw malformed("\"" + field + "\" must be a number from " + least + " to " + most + ", not " + text + ".");
    }

    private static BadRequestException malformed(String reason) {
        return new BadRequestException(400, "MALFORMED", reason);
    }
}
