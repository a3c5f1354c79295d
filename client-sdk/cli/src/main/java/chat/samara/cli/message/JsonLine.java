package chat.samara.cli.message;

import chat.samara.wire.Visible;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.time.Instant;
import java.util.Collection;
import java.util.OptionalLong;

/**
 * One JSON object in one line. Texts are exact, not tidied for display; whatever could do harm when the line is printed on a terminal
 * (control characters, marks of direction, what is not seen) is written as a {@code \}{@code u} escape, which means the same.
 */
public final class JsonLine {
    private static final Gson GSON =
            new GsonBuilder().disableHtmlEscaping().serializeNulls().create();

    private final JsonObject object = new JsonObject();

    /** @param type of the object, its first field */
    public JsonLine(String type) {
        object.addProperty("type", type);
    }

    public JsonLine with(String field, String value) {
        object.addProperty(field, value);
        return this;
    }

    public JsonLine with(String field, long value) {
        object.addProperty(field, value);
        return this;
    }

    public JsonLine with(String field, boolean value) {
        object.addProperty(field, value);
        return this;
    }

    /** Leaves the field out if there is no value. */
    public JsonLine with(String field, OptionalLong value) {
        value.ifPresent(number -> object.addProperty(field, number));
        return this;
    }

    public JsonLine with(String field, JsonLine value) {
        object.add(field, value.object);
        return this;
    }

    /** A list of texts. */
    public JsonLine with(String field, Collection<?> values) {
        JsonArray array = new JsonArray();
        values.forEach(value ->
                array.add(value instanceof JsonElement element ? element : new JsonPrimitive(value.toString())));
        object.add(field, array);
        return this;
    }

    /** A time, as ISO 8601 in UTC with milliseconds. */
    public JsonLine withTime(String field, long millis) {
        return with(field, Instant.ofEpochMilli(millis).toString());
    }

    /** The same; leaves the field out if there is none. */
    public JsonLine withTime(String field, OptionalLong millis) {
        return millis.isPresent() ? withTime(field, millis.getAsLong()) : this;
    }

    /** To be an element of a list. */
    public JsonElement element() {
        return object;
    }

    /** The line, without a line end. */
    @Override
    public String toString() {
        return Visible.inJson(GSON.toJson(object));
    }
}
