package chat.samara.server.node.transport;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** The other side: a blocking TLS socket of the JDK that speaks frames, or whatever else a test wants. */
final class TlsSocket implements AutoCloseable {
    private static final int READ_TIMEOUT_MILLIS = 10_000;

    private final SSLSocket socket;
    private final DataInputStream in;
    private final DataOutputStream out;

    TlsSocket(InetSocketAddress server, String... alpn) throws IOException {
        this(newContext(), server, alpn);
    }

    /** With the sessions that were begun in this context before. */
    TlsSocket(SSLContext context, InetSocketAddress server, String... alpn) throws IOException {
        socket = (SSLSocket) context.getSocketFactory().createSocket(server.getAddress(), server.getPort());
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(alpn);
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(READ_TIMEOUT_MILLIS);
        socket.startHandshake();
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
    }

    static SSLContext newContext() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new AnyCertificate()}, null);
            return context;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** When the session began: for one that was resumed, with a connection before. */
    long sessionBeganMillis() {
        return socket.getSession().getCreationTime();
    }

    String version() {
        return socket.getSession().getProtocol();
    }

    byte[] spkiSha256() throws IOException {
        return TlsContexts.spkiSha256(socket.getSession().getPeerCertificates()[0]);
    }

    void send(byte[] frame) throws IOException {
        out.writeInt(frame.length);
        out.write(frame);
        out.flush();
    }

    void sendRaw(byte[] bytes) throws IOException {
        out.write(bytes);
        out.flush();
    }

    void sendLength(int length) throws IOException {
        out.writeInt(length);
        out.flush();
    }

    byte[] receive() throws IOException {
        byte[] frame = new byte[in.readInt()];
        in.readFully(frame);
        return frame;
    }

    /** A frame, or empty if the other side closed. */
    Optional<byte[]> receiveUnlessClosed() throws IOException {
        try {
            return Optional.of(receive());
        } catch (EOFException | SocketException | SSLException closed) {
            return Optional.empty();
        }
    }

    boolean isClosedByServer() throws IOException {
        return receiveUnlessClosed().isEmpty();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    private static final class AnyCertificate implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
