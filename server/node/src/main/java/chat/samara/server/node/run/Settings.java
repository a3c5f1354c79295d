package chat.samara.server.node.run;

import chat.samara.server.node.folder.PrivateFile;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerAddress;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What an operator said at an earlier start and need not say again, in {@code settings.json}.
 *
 * @param listen where to listen
 * @param advertise empty if the addresses are to be found out at each start
 * @param quota how much one member may have stored, where that is not the default
 */
record Settings(ListenAddress listen, List<ServerAddress> advertise, QuotaOptions quota) {
    private static final String RECORDS = "member_records_per_day";
    private static final String MEBIBYTES = "member_mebibytes_per_day";
    private static final String CHANNELS = "member_channels_per_day";

    Settings {
        advertise = List.copyOf(advertise);
    }

    /** What the options say, and beside them what an earlier start has left in the file. */
    static Settings merge(NodeOptions options, Path file) throws StartException {
        Settings earlier = earlier(file);
        return new Settings(
                options.listen().orElse(earlier.listen),
                options.advertise().isEmpty() ? earlier.advertise : options.advertise(),
                options.quota().over(earlier.quota));
    }

    private static Settings earlier(Path file) throws StartException {
        return Files.exists(file) ? read(file) : new Settings(ListenAddress.DEFAULT, List.of(), QuotaOptions.NONE);
    }

    /** Leaves these in the file for later starts: once the server runs by them, so that a start that fails changes nothing. */
    void remember(Path file) throws StartException {
        if (equals(earlier(file))) {
            return;
        }
        try {
            PrivateFile.write(file, (toJson() + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException failed) {
            throw new StartException("Cannot write " + file + " (" + failed + ").", failed);
        }
    }

    private static Settings read(Path file) throws StartException {
        try {
            JsonObject json = JsonParser.parseString(Files.readString(file, StandardCharsets.UTF_8))
                    .getAsJsonObject();
            List<ServerAddress> advertise = new ArrayList<>();
            for (JsonElement address :
                    Optional.ofNullable(json.getAsJsonArray("advertise")).orElse(new JsonArray())) {
                advertise.add(ServerAddress.parse(address.getAsString()));
            }
            JsonElement listen = json.get("listen");
            return new Settings(
                    listen == null ? ListenAddress.DEFAULT : ListenAddress.parse(listen.getAsString()),
                    advertise,
                    new QuotaOptions(number(json, RECORDS), number(json, MEBIBYTES), number(json, CHANNELS)));
        } catch (JsonParseException
                | IllegalStateException
                | IllegalArgumentException
                | ClassCastException
                | RefusedException
                | IOException damaged) {
            throw new StartException(
                    "The file " + file + " cannot be read (" + damaged.getMessage()
                            + "); correct it, or remove it and name --listen and --advertise again.",
                    damaged);
        }
    }

    private static OptionalInt number(JsonObject json, String name) {
        JsonElement number = json.get(name);
        return number == null ? OptionalInt.empty() : OptionalInt.of(number.getAsInt());
    }

    private JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("listen", listen.toString());
        JsonArray addresses = new JsonArray();
        advertise.forEach(address -> addresses.add(address.toString()));
        json.add("advertise", addresses);
        quota.recordsPerDay().ifPresent(it -> json.addProperty(RECORDS, it));
        quota.mebibytesPerDay().ifPresent(it -> json.addProperty(MEBIBYTES, it));
        quota.channelsPerDay().ifPresent(it -> json.addProperty(CHANNELS, it));
        return json;
    }
}
