package chat.samara.benchmarks.server;

import chat.samara.wire.frame.Alpn;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** Somebody who does a server harm again and again, on threads of his own, until closed; cut off, he comes back at once. */
final class Attack implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = 10_000;
    private static final int CHUNK_BYTES = 64 << 10;
    private static final int FRAME_BYTES = 100;
    private static final long LORIS_ROUND_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

    /** The beginning of a TLS record with a ClientHello of 512 bytes. */
    private static final byte[] HELLO_BEGINS = {22, 3, 1, 2, 0, 1};

    private final InetSocketAddress server;
    private final Random random;
    private final List<Thread> threads = new ArrayList<>();
    private final LongAdder done = new LongAdder();
    private volatile boolean over;

    private interface Round {
        void run() throws IOException;
    }

    private Attack(InetSocketAddress server, long seed) {
        this.server = server;
        this.random = new Random(seed);
    }

    /** Strangers who send what has the form of a frame and says nothing, as fast as the server takes it. */
    static Attack ofInvalidFrames(InetSocketAddress server, int connections, long seed) {
        Attack attack = new Attack(server, seed);
        byte[] chunk = new byte[CHUNK_BYTES];
        attack.random.nextBytes(chunk);
        for (int at = 0; at + Integer.BYTES + FRAME_BYTES <= chunk.length; at += Integer.BYTES + FRAME_BYTES) {
            ByteBuffer.wrap(chunk).putInt(at, FRAME_BYTES);
        }
        attack.begin(connections, () -> attack.pour(attack.dial(Alpn.CLIENT), chunk));
        return attack;
    }

    /** Somebody who calls himself a peer, and sends anything as fast as the server takes it; beside him others without TLS. */
    static Attack ofGarbage(InetSocketAddress server, int connections, long seed) {
        Attack attack = new Attack(server, seed);
        byte[] chunk = new byte[CHUNK_BYTES];
        attack.random.nextBytes(chunk);
        attack.begin(connections, () -> attack.pour(attack.dial(Alpn.PEER), chunk));
        attack.begin(connections, () -> attack.pour(attack.connect(), chunk));
        return attack;
    }

    /** Many who begin a handshake and send it byte by byte, none of them ever all. */
    static Attack ofSlowHandshakes(InetSocketAddress server, int connections) {
        Attack attack = new Attack(server, 0);
        List<Socket> open = new ArrayList<>();
        attack.begin(1, () -> attack.drip(open, connections));
        return attack;
    }

    /** How often it has got through with a piece of what it sends. */
    long done() {
        return done.sum();
    }

    private void begin(int count, Round round) {
        for (int i = 0; i < count; i++) {
            Thread thread = new Thread(
                    () -> {
                        while (!over) {
                            try {
                                round.run();
                            } catch (IOException cutOff) {
                                // That is what he came for; again.
                            }
                        }
                    },
                    "attack");
            thread.setDaemon(true);
            threads.add(thread);
            thread.start();
        }
    }

    private void pour(Socket socket, byte[] chunk) throws IOException {
        try (socket) {
            OutputStream out = socket.getOutputStream();
            while (!over) {
                out.write(chunk);
                done.increment();
            }
        }
    }

    private void drip(List<Socket> open, int connections) throws IOException {
        open.removeIf(Socket::isClosed);
        while (open.size() < connections && !over) {
            Socket socket = connect();
            socket.getOutputStream().write(HELLO_BEGINS);
            open.add(socket);
        }
        for (Socket socket : open) {
            try {
                socket.getOutputStream().write(0);
                done.increment();
            } catch (IOException cutOff) {
                socket.close();
            }
        }
        LockSupport.parkNanos(LORIS_ROUND_NANOS);
        if (over) {
            for (Socket socket : open) {
                socket.close();
            }
        }
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket();
        socket.connect(server, TIMEOUT_MILLIS);
        return socket;
    }

    private SSLSocket dial(String protocol) throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, InsecureTrustManagerFactory.INSTANCE.getTrustManagers(), null);
            Socket plain = connect();
            plain.setSoTimeout(TIMEOUT_MILLIS);
            SSLSocket socket = (SSLSocket) context.getSocketFactory()
                    .createSocket(plain, server.getAddress().getHostAddress(), server.getPort(), true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {"TLSv1.3"});
            parameters.setApplicationProtocols(new String[] {protocol});
            socket.setSSLParameters(parameters);
            try {
                socket.startHandshake();
            } catch (IOException refused) {
                socket.close();
                throw refused;
            }
            return socket;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java platform has TLS", impossible);
        }
    }

    @Override
    public void close() {
        over = true;
        try {
            for (Thread thread : threads) {
                thread.join(TIMEOUT_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
