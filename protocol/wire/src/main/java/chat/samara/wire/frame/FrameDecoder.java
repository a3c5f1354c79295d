package chat.samara.wire.frame;

import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Cuts frames out of a stream of bytes that comes in pieces of any size. Pure: bytes in, frames out. Confined to the thread of
 * its connection.
 *
 * <p>It holds at most one unfinished frame and what the last {@link #feed} brought beyond it; memory grows with the bytes that
 * really came, never by what a length promises. A length above the limit is refused as soon as its four bytes are there; after
 * that, the stream is of no more use and every call says so again.
 */
public final class FrameDecoder {
    private static final int INITIAL_BYTES = 512;

    private int frameBytesMax;
    private byte[] buffer = new byte[INITIAL_BYTES];
    private int start;
    private int end;

    /** A decoder that refuses frames of more bytes than this. */
    public FrameDecoder(int frameBytesMax) {
        this.frameBytesMax = requirePositive(frameBytesMax);
    }

    /**
     * Sets another limit, from the next call of {@link #next} on: raised once the other side is authenticated. So the other side
     * sends nothing larger before it knows that it is.
     */
    public void limit(int bytesMax) {
        frameBytesMax = requirePositive(bytesMax);
    }

    /** Takes what has come. */
    public void feed(byte[] bytes) {
        feed(ByteBuffer.wrap(bytes));
    }

    /** Takes what has come: all that remains in the buffer. */
    public void feed(ByteBuffer bytes) {
        int held = end - start;
        int needed = Math.addExact(held, bytes.remaining());
        if (buffer.length - end < bytes.remaining()) {
            byte[] target = needed <= buffer.length ? buffer : new byte[Math.max(needed, grown())];
            System.arraycopy(buffer, start, target, 0, held);
            buffer = target;
            start = 0;
            end = held;
        }
        int count = bytes.remaining();
        bytes.get(buffer, end, count);
        end += count;
    }

    /** Twice as much, but no more than the frame that has begun takes. */
    private int grown() {
        long frame = FrameCodec.HEADER_BYTES + announced().orElse(frameBytesMax);
        return (int) Math.min(2L * buffer.length, frame);
    }

    /** What is held in memory beside what each decoder holds: a frame that is not whole, and what it has grown for that. */
    public int heldBytes() {
        return buffer.length - INITIAL_BYTES;
    }

    /** Drops what it holds. */
    public void clear() {
        keep(0, 0);
    }

    /** The length of the frame that comes next, as it says, if its beginning is here: at most 2^32 - 1. */
    public OptionalLong announced() {
        return end - start < FrameCodec.HEADER_BYTES
                ? OptionalLong.empty()
                : OptionalLong.of(Integer.toUnsignedLong(
                        ByteBuffer.wrap(buffer, start, FrameCodec.HEADER_BYTES).getInt()));
    }

    /** The next whole frame without its length; empty if more bytes are needed. Refused with {@code TOO_LARGE} or {@code MALFORMED}. */
    public Optional<byte[]> next() throws RefusedException {
        if (end - start < FrameCodec.HEADER_BYTES) {
            return Optional.empty();
        }
        int length = ByteBuffer.wrap(buffer, start, FrameCodec.HEADER_BYTES).getInt();
        if (length == 0) {
            throw Field.malformed("frame length", "0", "1 to " + frameBytesMax);
        }
        if (length < 0 || length > frameBytesMax) {
            throw Field.tooLarge("frame", Integer.toUnsignedLong(length), frameBytesMax);
        }
        int frameStart = start + FrameCodec.HEADER_BYTES;
        if (end - frameStart < length) {
            return Optional.empty();
        }
        byte[] frame = Arrays.copyOfRange(buffer, frameStart, frameStart + length);
        keep(frameStart + length, end);
        return Optional.of(frame);
    }

    /** A connection must not keep the memory of its largest frame for the first bytes of the next. */
    private void keep(int from, int to) {
        start = from;
        end = to;
        int held = to - from;
        if (buffer.length > INITIAL_BYTES && held <= buffer.length / 4) {
            buffer = Arrays.copyOfRange(buffer, from, from + Math.max(INITIAL_BYTES, held));
            start = 0;
            end = held;
        } else if (held == 0) {
            start = 0;
            end = 0;
        }
    }

    private static int requirePositive(int bytesMax) {
        if (bytesMax < 1) {
            throw new IllegalArgumentException("a frame limit of " + bytesMax + " bytes, expected at least 1");
        }
        return bytesMax;
    }
}
