package chat.samara.cli.hosting;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;

/**
 * What goes over the socket: one byte for the kind, four for the length of what follows, most significant first.
 *
 * @param bytes what follows; the kind says what it is
 */
// Nobody changes or compares the bytes of one: it is written, or read, once.
@SuppressWarnings("ArrayRecordComponent")
record Frame(Kind kind, byte[] bytes) {
    /** Bytes in one frame, at most: arguments and environment are the longest. */
    static final int BYTES_MAX = 4 << 20;

    /** What a frame is. Numbers are for ever: two versions may meet. */
    enum Kind {
        /** The host's first: it is awake, and of this version, four bytes. Before that a guest says nothing, so that what it gave up is never done later. */
        HELLO(7),
        /** A guest's first: {@link Order}. */
        ORDER(1),
        /** Of the host: it wants something of the guest's standard input. */
        WANT_INPUT(2),
        /** Of the guest: that; empty at the end of it. */
        INPUT(3),
        /** Of the host: for standard output. */
        OUT(4),
        /** Of the host: for standard error. */
        ERR(5),
        /** Of the host, its last: the exit code, four bytes. */
        EXIT(6);

        private final int number;

        Kind(int number) {
            this.number = number;
        }

        private static Kind of(int number) throws IOException {
            for (Kind kind : values()) {
                if (kind.number == number) {
                    return kind;
                }
            }
            throw new IOException("a frame of kind " + number
                    + " that this version does not know; perhaps the other process is of another");
        }
    }

    void write(DataOutputStream to) throws IOException {
        to.writeByte(kind.number);
        to.writeInt(bytes.length);
        to.write(bytes);
        to.flush();
    }

    /** The next frame; empty at the end of the stream. */
    static Optional<Frame> read(DataInputStream from) throws IOException {
        int number = from.read();
        if (number < 0) {
            return Optional.empty();
        }
        Kind kind = Kind.of(number);
        int length = from.readInt();
        if (length < 0 || length > BYTES_MAX) {
            throw new IOException("a frame of " + length + " bytes, the limit is " + BYTES_MAX);
        }
        byte[] bytes = from.readNBytes(length);
        if (bytes.length < length) {
            throw new EOFException("a frame was cut off after " + bytes.length + " of " + length + " bytes");
        }
        return Optional.of(new Frame(kind, bytes));
    }
}
