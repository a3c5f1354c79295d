package chat.samara.systemtests.demo;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Stands in front of a server where its clients and peers think it is, passes every byte on and writes every byte down: what anybody
 * on the network between them sees. While the server is down, connections are refused by closing them.
 *
 * <p>Each connection has two files, {@code <name>-<n>-to-server.bin} and {@code -from-server.bin}, and two threads.
 */
final class RecordingProxy implements Closeable {
    private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
    private static final int CONNECTIONS_MAX = 2_000;
    private static final int HELLO_BYTES_MAX = 1_024;
    private static final int BUFFER_BYTES = 64 * 1024;

    private final String name;
    private final InetSocketAddress target;
    private final Path folder;
    private final ServerSocket listener;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Map<String, AtomicInteger> connectionsByProtocol = new ConcurrentHashMap<>();
    private final AtomicInteger connections = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();

    /**
     * Starts listening on a free port of the loopback interface.
     *
     * @param name of the server, for file names
     * @param targetPort where the server listens on the loopback interface
     * @param folder where the recordings go
     */
    RecordingProxy(String name, int targetPort, Path folder) throws IOException {
        this.name = name;
        this.target = new InetSocketAddress(InetAddress.getLoopbackAddress(), targetPort);
        this.folder = Files.createDirectories(folder);
        this.listener = new ServerSocket(0, 64, InetAddress.getLoopbackAddress());
        start("accept", this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    /** Bytes passed on in both directions so far. */
    long bytes() {
        return bytes.get();
    }

    /** How many connections named this protocol in their TLS hello (ALPN), which travels in the clear. */
    int connections(String alpn) {
        AtomicInteger count = connectionsByProtocol.get(alpn);
        return count == null ? 0 : count.get();
    }

    private void start(String role, Runnable work) {
        Thread thread = new Thread(work, "proxy-" + name + "-" + role);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                int number = connections.incrementAndGet();
                if (number > CONNECTIONS_MAX) {
                    client.close();
                    continue;
                }
                open.add(client);
                start(number + "-connect", () -> connect(client, number));
            } catch (IOException closing) {
                // Only close() ends the listener; a connection that broke while it was accepted is its client's matter.
            }
        }
    }

    private void connect(Socket client, int number) {
        Socket server = new Socket();
        open.add(server);
        try {
            server.connect(target, CONNECT_TIMEOUT_MILLIS);
            client.setTcpNoDelay(true);
            server.setTcpNoDelay(true);
        } catch (IOException serverIsDown) {
            drop(client);
            drop(server);
            return;
        }
        start(number + "-from", () -> pump(server, client, number, "from-server"));
        pump(client, server, number, "to-server");
    }

    private void pump(Socket from, Socket to, int number, String direction) {
        Path file = folder.resolve("%s-%04d-%s.bin".formatted(name, number, direction));
        try (OutputStream record = Files.newOutputStream(file)) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            byte[] buffer = new byte[BUFFER_BYTES];
            boolean first = direction.equals("to-server");
            int read;
            while ((read = in.read(buffer)) >= 0) {
                // Written down before it is passed on: nothing gets through unrecorded.
                record.write(buffer, 0, read);
                bytes.addAndGet(read);
                if (first) {
                    countProtocol(buffer, read);
                    first = false;
                }
                out.write(buffer, 0, read);
            }
        } catch (IOException broken) {
            // A killed server or a closed client: the other side learns it by the close below.
        } finally {
            drop(from);
            drop(to);
        }
    }

    private void countProtocol(byte[] buffer, int read) {
        String hello = new String(buffer, 0, Math.min(read, HELLO_BYTES_MAX), StandardCharsets.ISO_8859_1);
        for (String alpn : Set.of(Demo.CLIENT_ALPN, Demo.PEER_ALPN)) {
            if (hello.contains(alpn)) {
                connectionsByProtocol
                        .computeIfAbsent(alpn, key -> new AtomicInteger())
                        .incrementAndGet();
            }
        }
    }

    private void drop(Socket socket) {
        open.remove(socket);
        try {
            socket.close();
        } catch (IOException alreadyBroken) {
            // It is gone either way.
        }
    }

    @Override
    public void close() {
        try {
            listener.close();
        } catch (IOException alreadyBroken) {
            // It is gone either way.
        }
        for (Socket socket : Set.copyOf(open)) {
            drop(socket);
        }
    }
}
