package chat.samara.client.transport;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.frame.FrameCodec;
import chat.samara.wire.frame.FrameDecoder;
import chat.samara.wire.identity.ServerAddress;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLSocket;

/**
 * One connection, from the dial to its end: a thread that dials and then reads, and one that writes. {@link #send} and {@link #close} never
 * wait and may be called from any thread; the observer is told at most once that it is over.
 */
public final class ServerConnection {
    private final Observer observer;
    private final List<ServerAddress> addresses;
    private final Bytes returnToken;
    private final TlsDialer dialer;

    // Guarded by this.
    private final Deque<byte[]> unsent = new ArrayDeque<>();
    private long unsentBytes;
    private Optional<SSLSocket> socket = Optional.empty();
    private Optional<Thread> reader = Optional.empty();
    private boolean closed;

    /** Told on the connection's threads. */
    public interface Observer {
        /** TLS is up; frames may be sent. */
        void connected(Bytes tlsSpkiSha256);

        /** A frame, without its length. It may wait, and nothing more is read meanwhile. */
        void received(Bytes frame) throws InterruptedException;

        /** The connection is over, or could not be made; not called after {@link #close}. */
        void ended(String reason);
    }

    private ServerConnection(TlsDialer dialer, Observer observer, List<ServerAddress> addresses, Bytes returnToken) {
        this.dialer = dialer;
        this.observer = observer;
        this.addresses = addresses;
        this.returnToken = returnToken;
    }

    /**
     * Starts dialling.
     *
     * @param dialer this device's, for all its connections
     * @param returnToken what the server gave at the last login; empty if it gave nothing
     */
    public static ServerConnection open(
            TlsDialer dialer, List<ServerAddress> addresses, Bytes returnToken, Observer observer) {
        ServerConnection connection = new ServerConnection(dialer, observer, List.copyOf(addresses), returnToken);
        synchronized (connection) {
            connection.reader = Optional.of(start("samara-read", connection::dialAndRead));
        }
        return connection;
    }

    private static Thread start(String name, Runnable work) {
        Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        thread.start();
        return thread;
    }

    /** Queues a frame; without effect once the connection is over. */
    public void send(Bytes frame) {
        boolean overflow;
        synchronized (this) {
            if (closed) {
                return;
            }
            byte[] framed = FrameCodec.encode(frame.toByteArray());
            unsent.add(framed);
            unsentBytes += framed.length;
            overflow = unsentBytes > Limits.UNSENT_BYTES_MAX;
            notifyAll();
        }
        if (overflow) {
            end("the server has read nothing for " + Limits.UNSENT_BYTES_MAX + " bytes");
        }
    }

    /** Ends it without telling the observer. */
    public void close() {
        shut();
    }

    private void dialAndRead() {
        try {
            TlsDialer.Dialled dialled = dialer.dial(addresses, returnToken);
            synchronized (this) {
                if (closed) {
                    dialled.socket().close();
                    return;
                }
                socket = Optional.of(dialled.socket());
            }
            start("samara-write", () -> write(dialled.socket()));
            observer.connected(dialled.tlsSpkiSha256());
            read(dialled.socket());
            end("the server closed the connection");
        } catch (IOException e) {
            end(String.valueOf(e.getMessage()));
        } catch (RefusedException e) {
            end(e.refusal().reason());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end("interrupted");
        }
    }

    private void read(SSLSocket from) throws IOException, RefusedException, InterruptedException {
        FrameDecoder decoder = new FrameDecoder(chat.samara.wire.Limits.UNAUTHENTICATED_FRAME_BYTES_MAX);
        InputStream in = from.getInputStream();
        byte[] buffer = new byte[Limits.READ_BYTES];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
            decoder.feed(ByteBuffer.wrap(buffer, 0, count));
            for (Optional<byte[]> frame = decoder.next(); frame.isPresent(); frame = decoder.next()) {
                observer.received(Bytes.wrapUnsafe(frame.get()));
                // Behind its hello, a server that was not believed is not listened to any more.
                decoder.limit(chat.samara.wire.Limits.CLIENT_FRAME_BYTES_MAX);
            }
        }
    }

    private void write(SSLSocket to) {
        try {
            OutputStream out = new BufferedOutputStream(to.getOutputStream(), Limits.READ_BYTES);
            while (true) {
                List<byte[]> frames = takeUnsent();
                if (frames.isEmpty()) {
                    return;
                }
                for (byte[] frame : frames) {
                    out.write(frame);
                }
                // One flush for all that had gathered.
                out.flush();
            }
        } catch (IOException e) {
            end(String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** All frames that wait, as soon as there is one; none when it is over. */
    private synchronized List<byte[]> takeUnsent() throws InterruptedException {
        while (unsent.isEmpty() && !closed) {
            wait();
        }
        List<byte[]> frames = List.copyOf(unsent);
        unsent.clear();
        unsentBytes = 0;
        return closed ? List.of() : frames;
    }

    private void end(String reason) {
        if (shut()) {
            observer.ended(reason);
        }
    }

    /** Whether it was open until now. */
    private boolean shut() {
        Optional<SSLSocket> open;
        Optional<Thread> reading;
        synchronized (this) {
            if (closed) {
                return false;
            }
            closed = true;
            open = socket;
            reading = reader;
            notifyAll();
        }
        // It may be waiting for its observer to take a frame that nobody wants any more.
        reading.filter(it -> !it.equals(Thread.currentThread())).ifPresent(Thread::interrupt);
        // Closing TLS may wait for a writer that the server blocks, so not on the caller's thread.
        open.ifPresent(it -> start("samara-close", () -> closeQuietly(it)));
        return true;
    }

    private static void closeQuietly(SSLSocket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            System.getLogger(ServerConnection.class.getName())
                    .log(System.Logger.Level.DEBUG, "a connection could not be closed in good order", e);
        }
    }
}
