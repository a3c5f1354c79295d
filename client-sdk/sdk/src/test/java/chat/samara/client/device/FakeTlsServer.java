package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.Limits;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.frame.Alpn;
import chat.samara.wire.frame.FrameCodec;
import chat.samara.wire.frame.FrameDecoder;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.ServerAddress;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** The fake server behind real TLS on a real socket, one thread a connection and one lock around all. */
public final class FakeTlsServer implements AutoCloseable {
    private static final char[] PASSWORD = "password".toCharArray();

    private final FakeServer server = new FakeServer();
    private final SSLServerSocket listener;
    private final Map<Long, SSLSocket> sockets = new ConcurrentHashMap<>();
    private long connections;

    /** Makes a key with the JDK's keytool in the folder, and listens on a free port of this machine. */
    public FakeTlsServer(Path folder) throws IOException, GeneralSecurityException, InterruptedException {
        KeyStore keys = keys(folder.resolve("tls.p12"));
        server.presentedSpki =
                Sha256.of(keys.getCertificate("tls").getPublicKey().getEncoded());
        server.listedSpki = server.presentedSpki;
        KeyManagerFactory managers = KeyManagerFactory.getInstance("PKIX");
        managers.init(keys, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLSv1.3");
        context.init(managers.getKeyManagers(), null, null);
        listener = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress());
        SSLParameters parameters = listener.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {Alpn.CLIENT});
        listener.setSSLParameters(parameters);
        server.addresses = List.of(address());
        start(this::accept);
    }

    private ServerAddress address() {
        return new ServerAddress("127.0.0.1", listener.getLocalPort());
    }

    private static KeyStore keys(Path file) throws IOException, GeneralSecurityException, InterruptedException {
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool")
                                .toString(),
                        "-genkeypair",
                        "-alias",
                        "tls",
                        "-keyalg",
                        "EC",
                        "-groupname",
                        "secp256r1",
                        "-dname",
                        "CN=samara",
                        "-storetype",
                        "PKCS12",
                        "-storepass",
                        "password",
                        "-keystore",
                        file.toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (keytool.waitFor() != 0) {
            throw new IOException("keytool failed");
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            keys.load(in, PASSWORD);
        }
        return keys;
    }

    private static void start(Runnable work) {
        Thread thread = new Thread(work, "fake-server");
        thread.setDaemon(true);
        thread.start();
    }

    /** An invite, as text. */
    public String invite() {
        InviteLink link = server.invite();
        return new InviteLink(List.of(address()), link.server(), link.rootKey(), link.token()).format();
    }

    /** Whether its invites are good, or used up. */
    public void takeInvites(boolean good) {
        synchronized (server) {
            server.invitesAreValid = good;
        }
    }

    /** An invite that pins another root key. */
    public String forgedInvite() {
        InviteLink link = server.invite();
        Bytes otherKey = Bytes.ofHex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
        return new InviteLink(List.of(address()), link.server(), otherKey, link.token()).format();
    }

    /** Cuts all connections that there are now. */
    public void cut() throws IOException {
        for (SSLSocket socket : sockets.values()) {
            socket.close();
        }
    }

    /** Connections that devices have made until now. */
    public long connections() {
        synchronized (server) {
            return connections;
        }
    }

    /** Pings that devices have sent until now. */
    public long pings() {
        synchronized (server) {
            return server.log.stream().filter(ClientFrame.BodyCase.PING::equals).count();
        }
    }

    /** From now on, every request of this kind is refused. */
    public void refuse(ClientFrame.BodyCase kind, ErrorCode code, String reason) {
        synchronized (server) {
            server.check = (device, frame) ->
                    frame.getBodyCase() == kind ? Optional.of(Refusal.of(code, reason)) : Optional.empty();
        }
    }

    /** From now on, what of this kind is asked for is beyond a limit, and is not until so long has passed. */
    public void limit(ClientFrame.BodyCase kind, String reason, long retryAfterMillis) {
        synchronized (server) {
            server.check = (device, frame) -> frame.getBodyCase() == kind
                    ? Optional.of(Refusal.limitReached(reason, "records-per-day<=40", retryAfterMillis))
                    : Optional.empty();
        }
    }

    /** Another copy of every device's profile goes on in its place. */
    public void strikeOff(DeviceId successor) {
        synchronized (server) {
            server.devices.values().forEach(device -> device.replacedBy = Optional.of(successor));
        }
    }

    /** A copy of each device's profile has taken its place. */
    public void replaceAll() {
        synchronized (server) {
            for (FakeServer.FakeDevice device : List.copyOf(server.devices.values())) {
                DeviceId copy = DeviceId.ofSignatureKey(device.id.bytes());
                server.devices.put(copy, new FakeServer.FakeDevice(device.user, copy, device.signatureKey));
                device.replacedBy = Optional.of(copy);
            }
        }
    }

    /** From now on what devices hand over waits for a hub elsewhere, and this is why. */
    public void orderNothing(ErrorCode code, String reason) {
        synchronized (server) {
            server.hubIsCut = true;
            server.tamper = frame -> frame.hasReceipt() && frame.getReceipt().getStatus() == ReceiptStatus.STORED
                    ? frame.toBuilder()
                            .setReceipt(frame.getReceipt().toBuilder()
                                    .setUnordered(Refusal.of(code, reason).toProto()))
                            .build()
                    : frame;
        }
    }

    /** From now on, nothing is refused. */
    public void refuseNothing() {
        synchronized (server) {
            server.check = (device, frame) -> Optional.empty();
        }
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                SSLSocket socket = (SSLSocket) listener.accept();
                start(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(SSLSocket socket) {
        long connection;
        synchronized (server) {
            connection = ++connections;
            sockets.put(connection, socket);
        }
        try (socket) {
            socket.startHandshake();
            synchronized (server) {
                server.connect(connection, RandomSource.secure());
                flush();
            }
            FrameDecoder decoder = new FrameDecoder(Limits.CLIENT_FRAME_BYTES_MAX);
            byte[] buffer = new byte[1 << 16];
            InputStream in = socket.getInputStream();
            for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
                decoder.feed(ByteBuffer.wrap(buffer, 0, count));
                for (Optional<byte[]> frame = decoder.next(); frame.isPresent(); frame = decoder.next()) {
                    synchronized (server) {
                        server.receive(connection, Bytes.of(frame.get()));
                        flush();
                    }
                }
            }
        } catch (IOException | RefusedException e) {
            // The connection is over; what is to be seen of it is seen at the client.
        } finally {
            synchronized (server) {
                server.disconnect(connection);
                sockets.remove(connection);
            }
        }
    }

    private void flush() {
        server.sessions.forEach((connection, session) -> {
            SSLSocket socket = sockets.get(connection);
            while (socket != null && !session.out.isEmpty()) {
                try {
                    socket.getOutputStream()
                            .write(FrameCodec.encode(session.out.remove().toByteArray()));
                } catch (IOException e) {
                    session.out.clear();
                }
            }
        });
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
    }
}
