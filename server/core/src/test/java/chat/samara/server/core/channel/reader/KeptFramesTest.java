package chat.samara.server.core.channel.reader;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.server.core.Limits;
import chat.samara.wire.log.ChannelId;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Frames that are kept for whoever comes to the same place")
final class KeptFramesTest {
    private static final int FRAME_BYTES = 10_000;
    private static final long BYTES_MAX = 100_000;
    private static final ChannelId CHANNEL = new ChannelId(Sha256.of(new byte[1]));

    private final KeptFrames kept = new KeptFrames(BYTES_MAX);

    private static KeptFrames.Place place(long fromSeq) {
        return new KeptFrames.Place(CHANNEL, fromSeq, FRAME_BYTES, EntryForm.SLIM, false);
    }

    private static SharedFrames.Made frame() {
        return new SharedFrames.Made(
                new SharedFrames.Frame(Bytes.wrapUnsafe(new byte[FRAME_BYTES]), 1, 1, FRAME_BYTES),
                Optional.empty(),
                false,
                Optional.empty(),
                Set.of());
    }

    @Test
    @DisplayName("are no more bytes than may be kept; what was asked for longest ago goes first")
    void bounded() {
        for (int seq = 1; seq <= 1_000; seq++) {
            kept.keep(place(seq), frame(), 0);
            assertThat(kept.bytes()).isLessThanOrEqualTo(BYTES_MAX);
            assertThat(kept.find(place(1), 0)).as("asked for again and again").isPresent();
        }
        assertThat(kept.bytes()).isGreaterThan(BYTES_MAX - 2 * FRAME_BYTES);
        assertThat(kept.find(place(2), 0)).isEmpty();
        assertThat(kept.find(place(1_000), 0)).isPresent();
    }

    @Test
    @DisplayName("that are larger than all that may be kept are not kept, and counted for nothing")
    void tooLarge() {
        KeptFrames little = new KeptFrames(FRAME_BYTES - 1);
        little.keep(place(1), frame(), 0);
        assertThat(little.find(place(1), 0)).isEmpty();
        assertThat(little.bytes()).isZero();
    }

    @Test
    @DisplayName("take the place of the one that was made for it before, once")
    void replaced() {
        kept.keep(place(1), frame(), 0);
        long bytes = kept.bytes();
        SharedFrames.Made second = frame();
        kept.keep(place(1), second, 0);
        assertThat(kept.bytes()).isEqualTo(bytes);
        assertThat(kept.find(place(1), 0)).containsSame(second);
    }

    @Test
    @DisplayName("are forgotten when nobody has come for them for a while")
    void forgotten() {
        kept.keep(place(1), frame(), 0);
        kept.keep(place(2), frame(), 0);
        assertThat(kept.find(place(1), 1)).isPresent();
        kept.forgetOld(Limits.FRAME_KEPT_MILLIS);
        assertThat(kept.find(place(2), 1)).isEmpty();
        assertThat(kept.find(place(1), 1)).isPresent();
        kept.forgetOld(1 + Limits.FRAME_KEPT_MILLIS);
        assertThat(kept.bytes()).isZero();
    }
}
