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

/**
 * What an operator said at an earlier start and need not say again, in {@code settings.json}.
 *
 * @param listen where to listen
 * @param advertise empty if the addresses are to be found out at each start
 */
record Settings(ListenAddress listen, List<ServerAddress> advertise) {
    Settings {
        advertise = List.copyOf(advertise);
    }

    /** What the options say, and beside them what an earlier start has left in the file. */
    static Settings merge(NodeOptions options, Path file) throws StartException {
        Settings earlier = earlier(file);
        return new Settings(
                options.listen().orElse(earlier.listen),
                options.advertise().isEmpty() ? earlier.advertise : options.advertise());
    }

    private static Settings earlier(Path file) throws StartException {
        return Files.exists(file) ? read(file) : new Settings(ListenAddress.DEFAULT, List.of());
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
                    listen == null ? ListenAddress.DEFAULT : ListenAddress.parse(listen.getAsString()), advertise);
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

    private JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty("listen", listen.toString());
        JsonArray addresses = new JsonArray();
        advertise.forEach(address -> addresses.add(address.toString()));
        json.add("advertise", addresses);
        return json;
    }
}
