package chat.samara.systemtests.demo;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * What is said in the demo: {@code conversation.json}, and a long letter that is put together from the paragraphs of
 * {@code letter.txt}, the same in every run.
 */
record Conversation(
        String channelName,
        List<Line> opening,
        List<Line> whileBerlinIsDown,
        List<Line> afterBerlinIsBack,
        List<Line> afterTheRemoval,
        Line refused) {
    private static final long LETTER_SEED = 1968;

    /** Something that a member says. */
    record Line(String from, String text) {}

    /** Reads the resources. */
    static Conversation load() {
        JsonObject json = new Gson().fromJson(resource("conversation.json"), JsonObject.class);
        List<String> paragraphs = List.of(resource("letter.txt").strip().split("\n\n", -1));
        return new Conversation(
                json.get("channel").getAsString(),
                lines(json, "opening", paragraphs),
                lines(json, "while_berlin_is_down", paragraphs),
                lines(json, "after_berlin_is_back", paragraphs),
                lines(json, "after_the_removal", paragraphs),
                lines(json, "refused", paragraphs).get(0));
    }

    /** Everything that is said and arrives. */
    List<Line> all() {
        return Stream.of(opening, whileBerlinIsDown, afterBerlinIsBack, afterTheRemoval)
                .flatMap(List::stream)
                .toList();
    }

    /** All texts that no server may ever see: what is said, and the channel's name. */
    List<String> secrets() {
        return Stream.concat(Stream.of(channelName), all().stream().map(Line::text))
                .toList();
    }

    private static List<Line> lines(JsonObject json, String part, List<String> paragraphs) {
        List<Line> lines = new ArrayList<>();
        for (JsonElement element : json.getAsJsonArray(part)) {
            JsonObject line = element.getAsJsonObject();
            String text = line.has("letter")
                    ? letter(paragraphs, line.get("letter").getAsInt())
                    : line.get("text").getAsString();
            lines.add(new Line(line.get("from").getAsString(), text));
        }
        return List.copyOf(lines);
    }

    /**
     * Numbered paragraphs, until the text has at least so many bytes: first as they were written, then with their words in another
     * order, drawn from a fixed seed, so that the text does not compress to nothing.
     */
    private static String letter(List<String> paragraphs, int bytesMin) {
        Random random = new Random(LETTER_SEED);
        StringBuilder letter = new StringBuilder();
        int bytes = 0;
        for (int i = 0; bytes < bytesMin; i++) {
            List<String> words = new ArrayList<>(
                    List.of(paragraphs.get(i % paragraphs.size()).split(" ", -1)));
            if (i >= paragraphs.size()) {
                Collections.shuffle(words, random);
            }
            String paragraph = (i + 1) + ". " + String.join(" ", words) + "\n\n";
            letter.append(paragraph);
            bytes += paragraph.getBytes(StandardCharsets.UTF_8).length;
        }
        return letter.toString();
    }

    private static String resource(String name) {
        try (InputStream in = Conversation.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("the resource " + name + " is missing beside " + Conversation.class);
            }
            try (Reader reader = new InputStreamReader(in, StandardCharsets.UTF_8)) {
                StringBuilder text = new StringBuilder();
                char[] buffer = new char[8192];
                int read;
                while ((read = reader.read(buffer)) >= 0) {
                    text.append(buffer, 0, read);
                }
                return text.toString();
            }
        } catch (IOException broken) {
            throw new UncheckedIOException("the resource " + name + " cannot be read", broken);
        }
    }
}
