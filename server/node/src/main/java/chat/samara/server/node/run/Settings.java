package chat.samara.server.node.run;

import chat.samara.server.node.folder.FolderException;
import chat.samara.server.node.folder.PrivateFile;
import chat.samara.wire.identity.ServerAddress;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What an operator said at an earlier start and need not say again, in {@code settings.json}.
 *
 * @param listen where to listen
 * @param advertise empty if the addresses are to be found out at each start
 * @param adminPort port on loopback for the operator's commands, metrics and health; 0 for any
 * @param quota how much one member may have stored, and one hub, where that is not the default
 */
record Settings(ListenAddress listen, List<ServerAddress> advertise, int adminPort, QuotaOptions quota) {
    private static final Settings NONE = new Settings(ListenAddress.DEFAULT, List.of(), 0, QuotaOptions.NONE);

    Settings {
        advertise = List.copyOf(advertise);
    }

    /** What the options say, and beside them what an earlier start has left in the file. */
    static Settings merge(NodeOptions options, Path file) throws StartException {
        Settings earlier = earlier(file);
        return new Settings(
                options.listen().orElse(earlier.listen),
                options.advertise().isEmpty() ? earlier.advertise : options.advertise(),
                options.adminPort().orElse(earlier.adminPort),
                options.quota().over(earlier.quota));
    }

    private static Settings earlier(Path file) throws StartException {
        return Files.exists(file) ? read(file) : NONE;
    }

    /** Leaves these in the file for later starts: once the server runs by them, so that a start that fails changes nothing. */
    void remember(Path file) throws StartException {
        if (equals(earlier(file))) {
            return;
        }
        try {
            PrivateFile.write(file, (toJson() + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException failed) {
            throw new StartException("Cannot write " + file + " (" + FolderException.reason(failed) + ").", failed);
        }
    }

    private static Settings read(Path file) throws StartException {
        try {
            return new SettingsFile(Files.readString(file, StandardCharsets.UTF_8)).settings();
        } catch (IllegalArgumentException | IOException wrong) {
            // Not to be removed: whoever does so loses every limit that stands in it.
            throw new StartException(
                    "The file " + file + " cannot be used: " + wrong.getMessage()
                            + ". Correct that, and leave what else is in it.",
                    wrong);
        }
    }

    private JsonObject toJson() {
        JsonObject json = new JsonObject();
        json.addProperty(SettingsFile.LISTEN, listen.toString());
        JsonArray addresses = new JsonArray();
        advertise.forEach(address -> addresses.add(address.toString()));
        json.add(SettingsFile.ADVERTISE, addresses);
        if (adminPort > 0) {
            json.addProperty(SettingsFile.ADMIN_PORT, adminPort);
        }
        quota.recordsPerDay().ifPresent(it -> json.addProperty(SettingsFile.RECORDS, it));
        quota.mebibytesPerDay().ifPresent(it -> json.addProperty(SettingsFile.MEBIBYTES, it));
        quota.channelsPerDay().ifPresent(it -> json.addProperty(SettingsFile.CHANNELS, it));
        quota.hubMebibytesPerDay().ifPresent(it -> json.addProperty(SettingsFile.HUB_MEBIBYTES, it));
        return json;
    }
}
