package chat.samara.server.node.admin;

import chat.samara.server.node.folder.DataFolder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** Asks the server that runs on a data folder. */
public final class AdminClient {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(15);

    /** The server said no, or none runs. The message is one sentence for the operator. */
    public static final class AdminException extends Exception {
        private static final long serialVersionUID = 1L;

        private final boolean notRunning;

        AdminException(String message, boolean notRunning) {
            super(message);
            this.notRunning = notRunning;
        }

        /** Whether no server runs there. */
        public boolean notRunning() {
            return notRunning;
        }
    }

    private final Path dataFolder;
    private final AdminFile where;
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT_TIMEOUT).build();

    private AdminClient(Path dataFolder, AdminFile where) {
        this.dataFolder = dataFolder;
        this.where = where;
    }

    /**
     * A client of the server that runs on the folder.
     *
     * @throws AdminException if no server runs on the folder, or this user may not ask it
     */
    public static AdminClient of(Path dataFolder) throws AdminException {
        String closed = DataFolder.closedTo(dataFolder);
        if (!closed.isEmpty()) {
            throw new AdminException(closed, false);
        }
        Path file = DataFolder.adminFile(dataFolder);
        if (!Files.exists(file)) {
            throw notRunning(dataFolder);
        }
        try {
            return new AdminClient(dataFolder, AdminFile.read(file));
        } catch (IOException unreadable) {
            throw new AdminException(
                    "Cannot read " + file + " (" + unreadable.getMessage()
                            + "); run this as the user that the server runs as.",
                    false);
        }
    }

    public JsonObject get(String what) throws AdminException {
        return send("GET", what, BodyPublishers.noBody());
    }

    public JsonObject post(String what, JsonObject body) throws AdminException {
        return send("POST", what, BodyPublishers.ofString(body.toString()));
    }

    public JsonObject delete(String what) throws AdminException {
        return send("DELETE", what, BodyPublishers.noBody());
    }

    private JsonObject send(String method, String what, BodyPublisher body) throws AdminException {
        HttpRequest request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + where.port() + "/admin/v1/" + what))
                .timeout(ANSWER_TIMEOUT)
                .header("Authorization", "Bearer " + where.token())
                .method(method, body)
                .build();
        try {
            HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
            JsonObject json = JsonParser.parseString(response.body()).getAsJsonObject();
            if (response.statusCode() == 200) {
                return json;
            }
            if (response.statusCode() == 401) {
                // Another process has the port that a killed server once had.
                throw notRunning(dataFolder);
            }
            throw new AdminException(json.get("reason").getAsString(), false);
        } catch (JsonParseException | IllegalStateException | NullPointerException notOurs) {
            throw notRunning(dataFolder);
        } catch (IOException nobodyThere) {
            throw notRunning(dataFolder);
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
            throw new AdminException("Interrupted.", false);
        }
    }

    private static AdminException notRunning(Path dataFolder) {
        if (DataFolder.isHeld(dataFolder)) {
            return new AdminException(
                    "A server runs on the data folder "
                            + dataFolder.toAbsolutePath().normalize()
                            + ", but cannot be reached from here: it is starting or stopping just now, or runs in another container or"
                            + " network namespace; then ask there (docker exec …).",
                    false);
        }
        return new AdminException(
                "No server runs on the data folder "
                        + dataFolder.toAbsolutePath().normalize()
                        + "; start it with ./samara server, or name its folder with --data.",
                true);
    }
}
