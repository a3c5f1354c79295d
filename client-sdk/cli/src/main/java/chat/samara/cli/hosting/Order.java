package chat.samara.cli.hosting;

import chat.samara.cli.TerminalWidth;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What a guest wants done.
 *
 * @param arguments of its command line
 * @param environment variables that a command heeds; no passphrase is among them
 * @param outColumns of the terminal that its standard output goes to; empty where that is none
 * @param errColumns the same of standard error
 * @param isPipe whether its standard output goes to another process
 */
record Order(
        List<String> arguments,
        Map<String, String> environment,
        OptionalInt outColumns,
        OptionalInt errColumns,
        boolean isPipe) {
    /** The first that two versions have to agree on. */
    static final int VERSION = 1;

    private static final int STRINGS_MAX = 10_000;

    OptionalInt columns(TerminalWidth.Stream stream) {
        return switch (stream) {
            case OUT -> outColumns;
            case ERR -> errColumns;
        };
    }

    Frame frame() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(VERSION);
            writeAll(out, arguments);
            writeAll(out, new ArrayList<>(environment.keySet()));
            writeAll(out, new ArrayList<>(environment.values()));
            out.writeInt(outColumns.orElse(-1));
            out.writeInt(errColumns.orElse(-1));
            out.writeBoolean(isPipe);
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return new Frame(Frame.Kind.ORDER, bytes.toByteArray());
    }

    static Order of(Frame frame) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(frame.bytes()));
        int version = frame.kind() == Frame.Kind.ORDER ? in.readInt() : 0;
        if (version != VERSION) {
            throw new IOException("an order of version " + version + ", expected " + VERSION);
        }
        List<String> arguments = readAll(in);
        List<String> names = readAll(in);
        List<String> values = readAll(in);
        if (names.size() != values.size()) {
            throw new IOException(names.size() + " variables with " + values.size() + " values");
        }
        Map<String, String> environment = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            environment.put(names.get(i), values.get(i));
        }
        return new Order(arguments, environment, columns(in), columns(in), in.readBoolean());
    }

    private static OptionalInt columns(DataInputStream in) throws IOException {
        int columns = in.readInt();
        return columns > 0 ? OptionalInt.of(columns) : OptionalInt.empty();
    }

    private static void writeAll(DataOutputStream out, List<String> strings) throws IOException {
        out.writeInt(strings.size());
        for (String string : strings) {
            write(out, string);
        }
    }

    private static void write(DataOutputStream out, String string) throws IOException {
        byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static List<String> readAll(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > STRINGS_MAX) {
            throw new IOException(count + " arguments or variables, the limit is " + STRINGS_MAX);
        }
        List<String> strings = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            strings.add(read(in));
        }
        return strings;
    }

    private static String read(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > in.available()) {
            throw new IOException("a string of " + length + " bytes, and " + in.available() + " are left");
        }
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }
}
