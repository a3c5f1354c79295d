package chat.samara.mls;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** The official MLS test vectors, which live outside the repository: tests that need them are skipped where they are missing. */
public final class Vectors {
    private static final String FOLDER_PROPERTY = "samara.mls.vectors";

    private Vectors() {}

    /** The objects of {@code <name>.json}, or the test is skipped with a message that says where the file was expected. */
    public static List<JsonObject> load(String name) {
        String folder = System.getProperty(FOLDER_PROPERTY);
        Assumptions.assumeTrue(folder != null, "skipped: the system property " + FOLDER_PROPERTY + " is not set");
        Path file = Path.of(folder, name + ".json");
        Assumptions.assumeTrue(Files.isReadable(file), "skipped: no official MLS test vectors at " + file);
        try (Reader reader = Files.newBufferedReader(file)) {
            List<JsonObject> vectors = new ArrayList<>();
            for (JsonElement vector : JsonParser.parseReader(reader).getAsJsonArray()) {
                vectors.add(vector.getAsJsonObject());
            }
            return vectors;
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + file, e);
        }
    }

    /** The names of the files there, without their ending, that start with the prefix; or the test is skipped. */
    public static List<String> names(String prefix) {
        String folder = System.getProperty(FOLDER_PROPERTY);
        Assumptions.assumeTrue(folder != null, "skipped: the system property " + FOLDER_PROPERTY + " is not set");
        Path path = Path.of(folder);
        Assumptions.assumeTrue(Files.isDirectory(path), "skipped: no official MLS test vectors in " + path);
        try (Stream<Path> files = Files.list(path)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(prefix) && name.endsWith(".json"))
                    .map(name -> name.substring(0, name.length() - ".json".length()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new IllegalStateException("cannot list " + folder, e);
        }
    }

    /** Those vectors whose cipher suite this library implements; never none. */
    public static List<JsonObject> loadSupported(String name) {
        List<JsonObject> all = load(name);
        List<JsonObject> supported = all.stream().filter(Vectors::isSupported).toList();
        System.out.printf(
                "%s.json: %d cases, %d skipped for their suite%n",
                name, supported.size(), all.size() - supported.size());
        if (supported.isEmpty()) {
            throw new IllegalStateException(name + ".json has no vector of a supported suite");
        }
        return supported;
    }

    /** Whether the vector's cipher suite is implemented. */
    public static boolean isSupported(JsonObject vector) {
        int code = vector.get("cipher_suite").getAsInt();
        return CipherSuite.all().stream().anyMatch(suite -> suite.code() == code);
    }

    /** The vector's cipher suite. */
    public static CipherSuite suite(JsonObject vector) {
        try {
            return CipherSuite.of(vector.get("cipher_suite").getAsInt());
        } catch (MlsException e) {
            throw new IllegalArgumentException("a vector of a suite that is not implemented", e);
        }
    }

    /** A field of hex digits. */
    public static Bytes hex(JsonObject vector, String field) {
        return Bytes.ofHex(vector.get(field).getAsString());
    }

    /** A field of hex digits. */
    public static byte[] bytes(JsonObject vector, String field) {
        return hex(vector, field).toByteArray();
    }

    /** A field that is an array of objects. */
    public static List<JsonObject> objects(JsonObject vector, String field) {
        List<JsonObject> objects = new ArrayList<>();
        for (JsonElement element : vector.getAsJsonArray(field)) {
            objects.add(element.getAsJsonObject());
        }
        return objects;
    }

    /** An array of numbers. */
    public static List<Integer> integers(JsonArray array) {
        List<Integer> integers = new ArrayList<>();
        array.forEach(element -> integers.add(element.getAsInt()));
        return integers;
    }
}
