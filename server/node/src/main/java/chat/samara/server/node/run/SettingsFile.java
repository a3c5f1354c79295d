package chat.samara.server.node.run;

import chat.samara.server.core.MemberQuota;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerAddress;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The text of {@code settings.json}, which an operator may have written by hand. What it does not know in it is refused: a name that was mistyped
 * would else be as good as not there, and the server would listen elsewhere, or allow more, than its operator believes.
 */
final class SettingsFile {
    static final String LISTEN = "listen";
    static final String ADVERTISE = "advertise";
    static final String RECORDS = "member_records_per_day";
    static final String MEBIBYTES = "member_mebibytes_per_day";
    static final String CHANNELS = "member_channels_per_day";
    static final String HUB_MEBIBYTES = "hub_mebibytes_per_day";
    static final String ADMIN_PORT = "admin_port";

    private static final List<String> NAMES =
            List.of(LISTEN, ADVERTISE, RECORDS, MEBIBYTES, CHANNELS, HUB_MEBIBYTES, ADMIN_PORT);

    private static final int PORT_MAX = 65_535;
    private static final Pattern PLACE = Pattern.compile("line (\\d+) column (\\d+)");

    private final JsonObject json;

    /** @throws IllegalArgumentException with a sentence for the operator, without the full stop; so does {@link #settings} */
    SettingsFile(String text) {
        JsonElement parsed;
        try {
            parsed = JsonParser.parseString(text);
        } catch (JsonParseException notJson) {
            throw new IllegalArgumentException("it is not JSON" + where(notJson), notJson);
        }
        if (!parsed.isJsonObject()) {
            throw new IllegalArgumentException("it is not a JSON object, like {\"listen\":\"0.0.0.0:7443\"}");
        }
        json = parsed.getAsJsonObject();
        for (String name : json.keySet()) {
            if (!NAMES.contains(name)) {
                throw new IllegalArgumentException(
                        "there is no setting \"" + name + "\"; there are " + String.join(", ", NAMES));
            }
        }
    }

    /** Line and column, if the parser says them; what else it says is for programmers. */
    private static String where(JsonParseException notJson) {
        Matcher matcher = PLACE.matcher(String.valueOf(notJson.getMessage()));
        return matcher.find() ? ": look at line " + matcher.group(1) + ", column " + matcher.group(2) : "";
    }

    Settings settings() {
        return new Settings(
                listen(),
                advertise(),
                number(ADMIN_PORT, PORT_MAX).orElse(0),
                new QuotaOptions(
                        number(RECORDS, MemberQuota.RECORDS_PER_DAY_MAX),
                        number(MEBIBYTES, MemberQuota.MEBIBYTES_PER_DAY_MAX),
                        number(CHANNELS, MemberQuota.CHANNELS_PER_DAY_MAX),
                        number(HUB_MEBIBYTES, MemberQuota.MEBIBYTES_PER_DAY_MAX)));
    }

    private ListenAddress listen() {
        if (!json.has(LISTEN)) {
            return ListenAddress.DEFAULT;
        }
        try {
            return ListenAddress.parse(text(LISTEN, json.get(LISTEN)));
        } catch (IllegalArgumentException wrong) {
            throw wrong(LISTEN, String.valueOf(wrong.getMessage()), wrong);
        }
    }

    private List<ServerAddress> advertise() {
        if (!json.has(ADVERTISE)) {
            return List.of();
        }
        if (!json.get(ADVERTISE).isJsonArray()) {
            throw new IllegalArgumentException("\"" + ADVERTISE + "\" is " + json.get(ADVERTISE)
                    + ", expected a list, like [\"chat.example.org:7443\"]");
        }
        List<ServerAddress> addresses = new ArrayList<>();
        for (JsonElement address : json.getAsJsonArray(ADVERTISE)) {
            try {
                addresses.add(ServerAddress.parse(text(ADVERTISE, address)));
            } catch (RefusedException wrong) {
                throw wrong(ADVERTISE, wrong.refusal().reason(), wrong);
            }
        }
        return addresses;
    }

    private static String text(String name, JsonElement value) {
        if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isString()) {
            return value.getAsString();
        }
        throw new IllegalArgumentException("\"" + name + "\" has " + value + ", expected a text in quotes");
    }

    private OptionalInt number(String name, int max) {
        JsonElement value = json.get(name);
        if (value == null) {
            return OptionalInt.empty();
        }
        try {
            if (value.isJsonPrimitive() && value.getAsJsonPrimitive().isNumber()) {
                int number = new BigDecimal(value.getAsString()).intValueExact();
                if (number >= 1 && number <= max) {
                    return OptionalInt.of(number);
                }
            }
        } catch (ArithmeticException | NumberFormatException notWhole) {
            // Refused below, like one out of range.
        }
        throw new IllegalArgumentException(
                "\"" + name + "\" is " + value + ", expected a whole number from 1 to " + max);
    }

    private static IllegalArgumentException wrong(String name, String why, Exception cause) {
        return new IllegalArgumentException("\"" + name + "\": " + why, cause);
    }
}
