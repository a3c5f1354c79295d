package chat.samara.benchmarks.wire;

import chat.samara.benchmarks.BenchFailure;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One direction of a connection: how many bytes its sender put on the network, and the frames in them. Any thread. */
public final class TappedWay {
    static final int LENGTH_BYTES = 4;

    /** Of a TLS record: its type, a version, and the length of what follows (RFC 8446 §5.1). */
    private static final int HEADER_BYTES = 5;

    private static final int LENGTH_AT = 3;

    // Guarded by this.
    private final ByteArrayOutputStream plain = new ByteArrayOutputStream();
    private final byte[] header = new byte[HEADER_BYTES];
    private int headerRead;
    private int recordLeft;
    private int records;
    private long wireBytes;

    /** Bytes of TLS as they come, in any pieces. */
    synchronized void passed(byte[] bytes) {
        wireBytes += bytes.length;
        int at = 0;
        while (at < bytes.length) {
            if (recordLeft > 0) {
                int taken = Math.min(recordLeft, bytes.length - at);
                recordLeft -= taken;
                at += taken;
            } else {
                header[headerRead] = bytes[at];
                headerRead++;
                at++;
                if (headerRead == HEADER_BYTES) {
                    recordLeft = ByteBuffer.wrap(header).getShort(LENGTH_AT) & 0xffff;
                    headerRead = 0;
                    records++;
                }
            }
        }
    }

    synchronized void said(byte[] bytes) {
        plain.writeBytes(bytes);
    }

    /** How far it has come. */
    public synchronized Mark mark() {
        return new Mark(wireBytes, records, plain.size());
    }

    /** A moment. */
    public record Mark(long wireBytes, int records, int plainBytes) {
        static final Mark BEGINNING = new Mark(0, 0, 0);
    }

    /**
     * What went this way between two moments at which nothing was under way.
     *
     * @param wireBytes all of them
     * @param tlsBytes of them, what TLS took: headers, tags, and what a sender pads records with
     * @param records of TLS
     * @param frames without their lengths
     */
    public record Stretch(long wireBytes, int tlsBytes, int records, List<byte[]> frames) {}

    /** What went this way since a moment. */
    public synchronized Stretch since(Mark before) throws BenchFailure {
        if (headerRead != 0 || recordLeft != 0) {
            throw new BenchFailure("a record of TLS has not come as a whole (" + recordLeft
                    + " bytes are to follow), expected none under way while nothing is said");
        }
        byte[] said = plain.toByteArray();
        byte[] part = Arrays.copyOfRange(said, before.plainBytes, said.length);
        long wire = wireBytes - before.wireBytes;
        return new Stretch(wire, Math.toIntExact(wire - part.length), records - before.records, frames(part));
    }

    private static List<byte[]> frames(byte[] said) throws BenchFailure {
        List<byte[]> frames = new ArrayList<>();
        ByteBuffer rest = ByteBuffer.wrap(said);
        while (rest.remaining() >= LENGTH_BYTES) {
            int length = rest.getInt();
            if (length > rest.remaining()) {
                break;
            }
            byte[] frame = new byte[length];
            rest.get(frame);
            frames.add(frame);
        }
        if (rest.hasRemaining()) {
            throw new BenchFailure(rest.remaining() + " bytes are behind the last whole frame, expected none while"
                    + " nothing is said");
        }
        return frames;
    }

    /** Whether this was said, as text, among the first so many bytes. */
    synchronized boolean beginsWith(String text, int within) {
        byte[] said = plain.toByteArray();
        return new String(said, 0, Math.min(within, said.length), StandardCharsets.ISO_8859_1).contains(text);
    }
}
