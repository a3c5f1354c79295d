package chat.samara.server.core.store;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * The store's format: every stored message with every field filled, how keys are put together, and the names of the column families.
 * A change to the golden file is a change of what is on operators' disks: raise {@code Format.VERSION} and write a migration, or,
 * while nothing is released, say in the CHANGELOG that stores must be made anew.
 */
final class StoredGoldenTest {
    @Test
    @DisplayName("stored messages, keys and column families are as in the golden file")
    void golden() throws IOException {
        List<String> golden;
        try (InputStream in = StoredGoldenTest.class.getResourceAsStream("/golden/store.txt")) {
            golden = in == null
                    ? List.of()
                    : new String(in.readAllBytes(), StandardCharsets.UTF_8)
                            .lines()
                            .toList();
        }
        assertThat(lines())
                .as("to be compared with src/test/resources/golden/store.txt")
                .isEqualTo(golden);
    }

    private static List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Table table : Table.values()) {
            lines.add("table " + table + " " + table.columnFamily());
        }
        lines.add("key "
                + Key.of("name")
                        .and(258)
                        .and(Bytes.ofHex("c0ffee"))
                        .and("\u00e9")
                        .bytes()
                        .hex());
        lines.add("number " + Stored.number(258).hex());
        for (Descriptor type :
                chat.samara.server.core.store.proto.Store.getDescriptor().getMessageTypes()) {
            lines.add("message " + type.getName() + " "
                    + Bytes.of(filled(type).toByteArray()).hex());
        }
        return lines;
    }

    /** A message in which every field has a value that follows from its number. */
    private static DynamicMessage filled(Descriptor type) {
        DynamicMessage.Builder message = DynamicMessage.newBuilder(type);
        for (FieldDescriptor field : type.getFields()) {
            if (field.isRepeated()) {
                message.addRepeatedField(field, value(field));
                message.addRepeatedField(field, value(field));
            } else {
                message.setField(field, value(field));
            }
        }
        return message.build();
    }

    private static Object value(FieldDescriptor field) {
        int number = field.getNumber();
        return switch (field.getJavaType()) {
            case INT -> 100 + number;
            case LONG -> 1_000L + number;
            case BOOLEAN -> true;
            case STRING -> "text" + number;
            case BYTE_STRING -> ByteString.copyFromUtf8("bytes" + number);
            case ENUM -> field.getEnumType().getValues().get(1);
            case MESSAGE -> filled(field.getMessageType());
            case FLOAT, DOUBLE -> throw new IllegalStateException(field + " is a fraction, expected none in the store");
        };
    }

    /** Prints the golden file. */
    public static void main(String[] args) {
        System.out.print(String.join("\n", lines()) + "\n");
    }
}
