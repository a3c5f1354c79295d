package chat.samara.client.transport;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.frame.Alpn;
import chat.samara.wire.identity.ServerAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/**
 * Opens TLS 1.3 connections that speak {@code samara-client/1}. It goes on with the TLS session of the connection before, where the server lets it, which saves both sides the
 * certificate; each ticket is shown once (RFC 8446 §C.4). One for each device: two that shared one would be known as one by it. Callable from any thread; waits.
 */
public final class TlsDialer {
    private static final String TLS = "TLSv1.3";

    private final SSLContext context;

    /** Knows no session yet. */
    public TlsDialer() {
        try {
            context = SSLContext.getInstance(TLS);
            context.init(null, new TrustManager[] {new AnyCertificate()}, new SecureRandom());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has TLS 1.3", e);
        }
    }

    /** A connection, and the hash of the key that the server showed on it. */
    record Dialled(SSLSocket socket, Bytes tlsSpkiSha256) {}

    /**
     * The first address that answers; the last one's failure if none does.
     *
     * @param returnToken shown to the first that accepts a connection, if it is not empty, and to no other
     */
    Dialled dial(List<ServerAddress> addresses, Bytes returnToken) throws IOException {
        IOException failure = new IOException("no address is known");
        Bytes unshown = returnToken;
        for (ServerAddress address : addresses) {
            try {
                Socket plain = connect(address);
                Bytes shown = unshown;
                unshown = Bytes.EMPTY;
                return handshake(plain, address, shown);
            } catch (IOException e) {
                failure = new IOException(address + ": " + e.getMessage(), e);
            }
        }
        throw failure;
    }

    private static Socket connect(ServerAddress address) throws IOException {
        Socket plain = new Socket();
        try {
            plain.connect(new InetSocketAddress(address.host(), address.port()), Limits.CONNECT_TIMEOUT_MILLIS);
            return plain;
        } catch (IOException e) {
            plain.close();
            throw e;
        }
    }

    private Dialled handshake(Socket plain, ServerAddress address, Bytes returnToken) throws IOException {
        boolean connected = false;
        try {
            plain.setTcpNoDelay(true);
            plain.setSoTimeout(Limits.HANDSHAKE_TIMEOUT_MILLIS);
            SSLSocket socket =
                    (SSLSocket) context.getSocketFactory().createSocket(plain, address.host(), address.port(), true);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setProtocols(new String[] {TLS});
            parameters.setApplicationProtocols(
                    returnToken.isEmpty()
                            ? new String[] {Alpn.CLIENT}
                            : new String[] {Alpn.CLIENT, Alpn.returning(returnToken)});
            socket.setSSLParameters(parameters);
            socket.startHandshake();
            if (!Alpn.CLIENT.equals(socket.getApplicationProtocol())) {
                throw new IOException("the server does not speak " + Alpn.CLIENT);
            }
            socket.setSoTimeout(0);
            byte[] spki =
                    socket.getSession().getPeerCertificates()[0].getPublicKey().getEncoded();
            connected = true;
            return new Dialled(socket, Sha256.of(spki));
        } finally {
            if (!connected) {
                plain.close();
            }
        }
    }
}
