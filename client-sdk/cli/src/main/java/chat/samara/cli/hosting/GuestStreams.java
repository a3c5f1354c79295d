package chat.samara.cli.hosting;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A guest's standard streams at its host. What is printed waits for the guest, up to a bound: then its command waits as well, and what is said beside a result is left
 * out, since that may come from a thread on which others wait. So a guest that was stopped holds up nobody but itself. Any thread.
 */
final class GuestStreams {
    /** Bytes that wait for a guest. */
    static final int WAITING_BYTES_MAX = 1 << 20;

    // Guarded by this.
    private final Deque<Frame> waiting = new ArrayDeque<>();
    private Optional<byte[]> input = Optional.empty();
    private boolean isInputWanted;
    private int waitingBytes;
    private boolean isGone;
    private boolean isOver;

    /** The guest has ended, or its host does not wait for it any more. */
    synchronized void gone() {
        isGone = true;
        notifyAll();
    }

    /**
     * Something of the guest's input; nothing of it is its end.
     *
     * @throws IOException if nothing was asked for
     */
    synchronized void input(byte[] bytes) throws IOException {
        if (!isInputWanted) {
            throw new IOException("input of " + bytes.length + " bytes that nobody has asked for");
        }
        isInputWanted = false;
        input = Optional.of(bytes);
        notifyAll();
    }

    /** The command has ended; nothing follows. */
    synchronized void exit(byte[] code) {
        waiting.add(new Frame(Frame.Kind.EXIT, code));
        isOver = true;
        notifyAll();
    }

    /** Writes what waits to the guest, until the last frame is written or the guest is gone. */
    void writeAll(DataOutputStream to) throws IOException, InterruptedException {
        for (Frame frame = next(); frame != null; frame = next()) {
            frame.write(to);
        }
    }

    private synchronized @Nullable Frame next() throws InterruptedException {
        while (waiting.isEmpty() && !isGone && !isOver) {
            wait();
        }
        Frame next = isGone ? null : waiting.poll();
        if (next != null) {
            waitingBytes -= next.bytes().length;
            notifyAll();
        }
        return next;
    }

    private synchronized void print(Frame frame, boolean mayWait) throws IOException {
        try {
            while (mayWait && waitingBytes + frame.bytes().length > WAITING_BYTES_MAX && !isGone) {
                wait();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the command was told to end");
        }
        if (isGone) {
            throw new IOException("broken pipe: the command was ended");
        }
        if (waitingBytes + frame.bytes().length <= WAITING_BYTES_MAX) {
            waiting.add(frame);
            waitingBytes += frame.bytes().length;
            notifyAll();
        }
    }

    private synchronized byte[] awaitInput() throws IOException {
        isInputWanted = true;
        waiting.add(new Frame(Frame.Kind.WANT_INPUT, new byte[0]));
        notifyAll();
        try {
            while (input.isEmpty() && !isGone) {
                wait();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("the command was told to end");
        }
        byte[] got = input.orElse(new byte[0]);
        input = Optional.empty();
        return got;
    }

    /** Standard output: waits for a guest that is slow. */
    OutputStream out() {
        return new Printed(Frame.Kind.OUT, true);
    }

    /** Standard error: waits for nobody. */
    OutputStream err() {
        return new Printed(Frame.Kind.ERR, false);
    }

    /** Standard input: asked for as it is read, so that what is typed for a shell stays there. */
    InputStream in() {
        return new Typed();
    }

    /** One stream; what is printed travels when it is flushed, or is long. */
    private final class Printed extends OutputStream {
        private static final int BUFFER_BYTES = 8 << 10;

        private final Frame.Kind kind;
        private final boolean mayWait;
        private final ByteArrayOutputStream buffer = new ByteArrayOutputStream();

        Printed(Frame.Kind kind, boolean mayWait) {
            this.kind = kind;
            this.mayWait = mayWait;
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
            for (int at = offset; at < offset + length; at += BUFFER_BYTES) {
                buffer.write(bytes, at, Math.min(BUFFER_BYTES, offset + length - at));
                if (buffer.size() >= BUFFER_BYTES) {
                    flush();
                }
            }
        }

        @Override
        public synchronized void flush() throws IOException {
            if (buffer.size() > 0) {
                byte[] printed = buffer.toByteArray();
                buffer.reset();
                print(new Frame(kind, printed), mayWait);
            }
        }
    }

    private final class Typed extends InputStream {
        private byte[] rest = new byte[0];
        private boolean isEnded;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (rest.length == 0 && !isEnded) {
                rest = awaitInput();
                isEnded = rest.length == 0;
            }
            if (isEnded) {
                return -1;
            }
            int count = Math.min(length, rest.length);
            System.arraycopy(rest, 0, bytes, offset, count);
            rest = Arrays.copyOfRange(rest, count, rest.length);
            return count;
        }
    }
}
