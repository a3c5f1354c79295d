package chat.samara.server.node.admin;

import chat.samara.server.node.folder.PrivateFile;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;

/**
 * Where a running server listens for its operator, and what it wants to hear.
 *
 * @param port on the loopback interface
 * @param token new with each start
 */
public record AdminFile(int port, String token) {
    private static final int TOKEN_BYTES = 32;

    /** A token that cannot be guessed. */
    static String freshToken() {
        byte[] random = new byte[TOKEN_BYTES];
        new SecureRandom().nextBytes(random);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(random);
    }

    void write(Path file) throws IOException {
        JsonObject json = new JsonObject();
        json.addProperty("port", port);
        json.addProperty("token", token);
        PrivateFile.write(file, (json + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Reads the file.
     *
     * @throws IOException if it is missing or damaged
     */
    public static AdminFile read(Path file) throws IOException {
        try {
            JsonObject json = JsonParser.parseString(Files.readString(file, StandardCharsets.UTF_8))
                    .getAsJsonObject();
            return new AdminFile(json.get("port").getAsInt(), json.get("token").getAsString());
        } catch (JsonParseException | IllegalStateException | NullPointerException damaged) {
            throw new IOException(file + " is damaged", damaged);
        }
    }

    @Override
    public String toString() {
        return "AdminFile(port " + port + ")";
    }
}
