package chat.samara.cli.hosting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("A guest's streams")
@Timeout(60)
class GuestStreamsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final GuestStreams streams = new GuestStreams();

    private List<Frame> sent() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        streams.writeAll(new DataOutputStream(bytes));
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes.toByteArray()));
        List<Frame> frames = new ArrayList<>();
        for (Optional<Frame> frame = Frame.read(in); frame.isPresent(); frame = Frame.read(in)) {
            frames.add(frame.get());
        }
        return frames;
    }

    @Test
    @DisplayName("bring what was printed, in its order, and the exit code last")
    void prints() throws Exception {
        OutputStream out = streams.out();
        out.write("one".getBytes(StandardCharsets.UTF_8));
        out.flush();
        OutputStream err = streams.err();
        err.write("beside".getBytes(StandardCharsets.UTF_8));
        err.flush();
        out.write("two".getBytes(StandardCharsets.UTF_8));
        out.flush();
        streams.exit(new byte[] {0, 0, 0, 5});
        assertThat(sent())
                .extracting(frame -> frame.kind() + " " + new String(frame.bytes(), StandardCharsets.UTF_8))
                .containsExactly("OUT one", "ERR beside", "OUT two", "EXIT \0\0\0\u0005");
    }

    @Test
    @DisplayName("hold up its own command, and nobody who says something beside it, where nothing is taken")
    void stalled() throws Exception {
        byte[] much = new byte[GuestStreams.WAITING_BYTES_MAX / 2];
        OutputStream out = streams.out();
        CompletableFuture<Void> command = CompletableFuture.runAsync(() -> {
            try {
                for (int i = 0; i < 4; i++) {
                    out.write(much);
                    out.flush();
                }
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        OutputStream err = streams.err();
        for (int i = 0; i < 4; i++) {
            err.write(much);
            err.flush();
        }
        assertThat(command).isNotDone();
        streams.gone();
        assertThat(command).failsWithin(PATIENCE);
        assertThatThrownBy(() -> {
                    out.write(1);
                    out.flush();
                })
                .isInstanceOf(IOException.class);
    }

    @Test
    @DisplayName("ask for input when it is read, and end where that ends")
    void input() throws Exception {
        assertThatThrownBy(() -> streams.input(new byte[1])).isInstanceOf(IOException.class);
        CompletableFuture<byte[]> read = CompletableFuture.supplyAsync(() -> {
            try {
                return streams.in().readAllBytes();
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        for (String part : List.of("ab", "c", "")) {
            await().atMost(PATIENCE).untilAsserted(() -> streams.input(part.getBytes(StandardCharsets.UTF_8)));
        }
        assertThat(read).succeedsWithin(PATIENCE).isEqualTo("abc".getBytes(StandardCharsets.UTF_8));
        streams.exit(new byte[Integer.BYTES]);
        assertThat(sent())
                .extracting(Frame::kind)
                .startsWith(Frame.Kind.WANT_INPUT, Frame.Kind.WANT_INPUT, Frame.Kind.WANT_INPUT);
    }
}
