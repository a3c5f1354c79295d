package chat.samara.wire.frame;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.wire.Limits;
import chat.samara.wire.Refusal;
import chat.samara.wire.Refused;
import chat.samara.wire.RefusedException;
import chat.samara.wire.proto.ErrorCode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FrameDecoderTest {
    private static final int MAX = Limits.UNAUTHENTICATED_FRAME_BYTES_MAX;

    @Test
    void findsTheSameFramesHoweverTheBytesAreCut() throws RefusedException {
        for (long seed = 0; seed < 200; seed++) {
            Random random = new Random(seed);
            List<byte[]> sent = new ArrayList<>();
            ByteArrayOutputStream stream = new ByteArrayOutputStream();
            for (int i = random.nextInt(20); i >= 0; i--) {
                byte[] frame = new byte[1 + random.nextInt(random.nextInt(10) == 0 ? MAX : 300)];
                random.nextBytes(frame);
                sent.add(frame);
                stream.writeBytes(FrameCodec.encode(frame));
            }
            List<byte[]> received = receive(stream.toByteArray(), random);
            assertThat(received).as("seed %d", seed).hasSameSizeAs(sent);
            for (int i = 0; i < sent.size(); i++) {
                assertThat(received.get(i)).as("seed %d, frame %d", seed, i).isEqualTo(sent.get(i));
            }
        }
    }

    @Test
    void refusesATooLongFrameAsSoonAsItsLengthIsThere() throws RefusedException {
        FrameDecoder decoder = new FrameDecoder(MAX);
        byte[] header = ByteBuffer.allocate(4).putInt(MAX + 1).array();
        decoder.feed(Arrays.copyOf(header, 3));
        assertThat(decoder.next()).isEmpty();
        decoder.feed(Arrays.copyOfRange(header, 3, 4));

        Refusal refusal = Refused.by(decoder::next);

        assertThat(refusal.code()).isEqualTo(ErrorCode.TOO_LARGE);
        assertThat(refusal.reason()).contains(String.valueOf(MAX + 1), String.valueOf(MAX));
    }

    @Test
    void refusesAndGoesOnRefusing() {
        FrameDecoder decoder = new FrameDecoder(MAX);
        decoder.feed(new byte[] {(byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0, 0, 0, 1, 1});

        assertThat(Refused.by(decoder::next).reason()).contains("4294967295");
        assertThat(Refused.by(decoder::next).code()).isEqualTo(ErrorCode.TOO_LARGE);
    }

    @Test
    void refusesAnEmptyFrame() {
        FrameDecoder decoder = new FrameDecoder(MAX);
        decoder.feed(new byte[4]);

        assertThat(Refused.by(decoder::next).code()).isEqualTo(ErrorCode.MALFORMED);
    }

    @Test
    void takesLargerFramesOnceItsOwnerAllowsThem() throws RefusedException {
        FrameDecoder decoder = new FrameDecoder(10);
        decoder.feed(FrameCodec.encode(new byte[10]));
        decoder.feed(FrameCodec.encode(new byte[11]));

        assertThat(decoder.next()).get().satisfies(frame -> assertThat(frame).hasSize(10));
        decoder.limit(11);
        assertThat(decoder.next()).get().satisfies(frame -> assertThat(frame).hasSize(11));
        assertThat(decoder.next()).isEmpty();
    }

    private static List<byte[]> receive(byte[] stream, Random random) throws RefusedException {
        FrameDecoder decoder = new FrameDecoder(MAX);
        List<byte[]> received = new ArrayList<>();
        int at = 0;
        while (at < stream.length) {
            int size = Math.min(stream.length - at, 1 + random.nextInt(random.nextBoolean() ? 5 : 5000));
            decoder.feed(ByteBuffer.wrap(stream, at, size));
            at += size;
            // Sometimes more is fed before the frames are taken.
            if (random.nextInt(3) > 0 || at == stream.length) {
                Optional<byte[]> frame = decoder.next();
                while (frame.isPresent()) {
                    received.add(frame.get());
                    frame = decoder.next();
                }
            }
        }
        return received;
    }

    @Test
    void holdsNoMoreThanTheFrameThatHasBegun() throws RefusedException {
        FrameDecoder decoder = new FrameDecoder(1 << 20);
        byte[] frame = FrameCodec.encode(new byte[600_000]);
        int sent = 0;
        while (sent < frame.length - 1) {
            int piece = Math.min(16_000, frame.length - 1 - sent);
            decoder.feed(Arrays.copyOfRange(frame, sent, sent + piece));
            sent += piece;
            assertThat(decoder.next()).isEmpty();
            assertThat(decoder.heldBytes()).isBetween(sent - 512, frame.length - 512);
        }
        // The end of it, and the first bytes of the next.
        decoder.feed(new byte[] {0, 0, 0, 0, 9, 1});
        assertThat(decoder.next().orElseThrow()).hasSize(600_000);
        assertThat(decoder.heldBytes()).isZero();
        decoder.feed(new byte[] {1, 1, 1, 1, 1, 1, 1, 1});
        assertThat(decoder.next().orElseThrow()).containsOnly(1).hasSize(9);
        decoder.feed(Arrays.copyOf(frame, 500_000));
        decoder.clear();
        assertThat(decoder.heldBytes()).isZero();
    }
}
