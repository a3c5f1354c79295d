package chat.samara.wire;

import static chat.samara.wire.Samples.ALICE;
import static chat.samara.wire.Samples.ALICE_DEVICE;
import static chat.samara.wire.Samples.ALICE_IDENTITY;
import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.FrameCodec;
import chat.samara.wire.frame.FrameSamples;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.Moved;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.message.Franking;
import chat.samara.wire.message.MessageContext;
import com.google.protobuf.MessageLite;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What crosses a link or stands in a log is the same for ever. A changed golden file is a decision, with a migration; to write
 * them anew: {@code mvn -pl protocol/wire -am test -Dtest=GoldenFilesTest -Dsurefire.failIfNoSpecifiedTests=false
 * -Dsamara.golden.write=true}.
 */
class GoldenFilesTest {
    @TestFactory
    Stream<DynamicTest> everyFormatIsAsItWas() {
        return Stream.of(
                        golden("identity", identity()),
                        golden("log", log()),
                        golden("client-frames", framed(FrameSamples.client())),
                        golden("server-frames", framed(FrameSamples.server())),
                        golden("peer-frames", framed(FrameSamples.peer())))
                .flatMap(tests -> tests);
    }

    private static Map<String, Bytes> identity() {
        Map<String, Bytes> all = new LinkedHashMap<>();
        all.put("manifest", Samples.manifest(5).encoded());
        all.put(
                "device_certificate",
                DeviceCertificate.issue(ALICE_IDENTITY, ALICE, ALICE_DEVICE.publicKey())
                        .encoded());
        all.put(
                "moved",
                Moved.say(
                                ALICE_IDENTITY,
                                ALICE,
                                new UserId("alice", new ServerName("paris.example")),
                                1_790_000_000_000L)
                        .encoded());
        return all;
    }

    private static Map<String, Bytes> log() {
        Map<String, Bytes> all = new LinkedHashMap<>();
        all.put("signed_genesis", Samples.GENESIS.encoded());
        all.put("channel_id", Samples.GENESIS.channel().bytes());
        all.put("genesis_record", Samples.genesisRecord().encoded());
        all.put("record", Samples.message(1).encoded());
        all.put("signed_record", Protobuf.encode(FrameSamples.provenMessage().toProto()));
        all.put("first_entry", FrameSamples.firstEntry().encoded());
        all.put("first_entry_hash", FrameSamples.firstEntry().hash());
        all.put("second_entry", FrameSamples.secondEntry().encoded());
        all.put("second_entry_hash", FrameSamples.secondEntry().hash());
        all.put("slim_entries", Protobuf.encode(FrameSamples.slimEntries()));
        all.put("signed_head", Protobuf.encode(FrameSamples.head().toProto()));
        all.put(
                "message_context",
                MessageContext.of(
                                Franking.tag(Samples.filled(32, 1), Bytes.ofUtf8("body")),
                                FrameSamples.secondEntry().position())
                        .encode());
        return all;
    }

    private static Map<String, Bytes> framed(Map<String, ? extends MessageLite> frames) {
        Map<String, Bytes> all = new LinkedHashMap<>();
        frames.forEach((name, frame) -> all.put(name, Bytes.of(FrameCodec.encode(frame))));
        return all;
    }

    private static Stream<DynamicTest> golden(String file, Map<String, Bytes> values) {
        if (Boolean.getBoolean("samara.golden.write")) {
            write(file, values);
        }
        Map<String, String> expected = read(file);
        return Stream.concat(
                Stream.of(DynamicTest.dynamicTest(
                        file, () -> assertThat(values.keySet()).isEqualTo(expected.keySet()))),
                values.entrySet().stream()
                        .map(value -> DynamicTest.dynamicTest(
                                file + " " + value.getKey(),
                                () -> assertThat(value.getValue().hex())
                                        .as("the golden file's %s; this test says how to write it anew", value.getKey())
                                        .isEqualTo(expected.get(value.getKey())))));
    }

    private static Map<String, String> read(String file) {
        try (InputStream in = GoldenFilesTest.class.getResourceAsStream("/golden/" + file + ".txt")) {
            assertThat(in).as("golden file %s", file).isNotNull();
            Map<String, String> values = new LinkedHashMap<>();
            new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#") && !line.isBlank())
                    .map(line -> line.split(" = ", 2))
                    .forEach(pair -> values.put(pair[0], pair[1]));
            return values;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void write(String file, Map<String, Bytes> values) {
        StringBuilder text = new StringBuilder(
                "# Written by GoldenFilesTest, which says how; keys and values are those of Samples. Hex digits.\n");
        values.forEach((name, value) ->
                text.append(name).append(" = ").append(value.hex()).append('\n'));
        try {
            for (String folder : new String[] {"src/test/resources", "target/test-classes"}) {
                Path path =
                        Path.of(System.getProperty("samara.root"), "protocol/wire", folder, "golden", file + ".txt");
                Files.createDirectories(path.getParent());
                Files.writeString(path, text);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
