package chat.samara.benchmarks.load;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.OptionalLong;

/** Idempotency keys that say which message of this run it is: 8 random bytes of the run, then the message's number. */
final class MessageKey {
    private static final long RUN =
            ByteBuffer.wrap(Device.RANDOM.bytes(Long.BYTES)).getLong();
    private static final int SIZE_BYTES = 2 * Long.BYTES;

    private MessageKey() {}

    static ByteString of(long number) {
        ByteBuffer key =
                ByteBuffer.allocate(SIZE_BYTES).putLong(RUN).putLong(number).flip();
        return ByteString.copyFrom(key);
    }

    /** The message's number, if the key is one of these: handshakes and what the server itself says have others. */
    static OptionalLong number(ByteBuf in, int from, int to) {
        return to - from == SIZE_BYTES && in.getLong(from) == RUN
                ? OptionalLong.of(in.getLong(from + Long.BYTES))
                : OptionalLong.empty();
    }

    static OptionalLong number(ByteString key) {
        ByteBuffer in = key.asReadOnlyByteBuffer();
        return key.size() == SIZE_BYTES && in.getLong() == RUN ? OptionalLong.of(in.getLong()) : OptionalLong.empty();
    }
}
