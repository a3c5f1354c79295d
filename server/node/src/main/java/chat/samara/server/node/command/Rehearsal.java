package chat.samara.server.node.command;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.node.run.Node;
import chat.samara.wire.Limits;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.Alpn;
import chat.samara.wire.frame.FrameCodec;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.LoginProof;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Login;
import chat.samara.wire.proto.Register;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * A device that joins the server of its own process, goes, and comes back: so all is loaded by then that a start and the first login need, and can be written down for
 * Java's class-data sharing. For a server in a throw-away folder.
 */
final class Rehearsal {
    private static final RandomSource RANDOM = RandomSource.secure();
    private static final Duration INVITE_VALID = Duration.ofMinutes(10);
    private static final int ANSWER_MILLIS_MAX = 30_000;

    private final int port;
    private final InviteLink invite;
    private final UserId user;
    private final SignatureKeyPair key = SignatureKeyPair.generate(CipherSuite.X25519_AES128GCM_SHA256_ED25519, RANDOM);

    private final TrustManagerFactory trusted;

    private Rehearsal(int port, InviteLink invite, TrustManagerFactory trusted) {
        this.port = port;
        this.trusted = trusted;
        this.invite = invite;
        this.user = new UserId("rehearsal", invite.server());
    }

    /**
     * Joins and logs in.
     *
     * @throws IOException if either was refused or not answered in time
     */
    static void play(Node node) throws IOException {
        Rehearsal rehearsal = new Rehearsal(
                node.started().listening().getPort(),
                invite(node),
                trusting(node.dataFolder().resolve("tls.crt")));
        rehearsal.visit(rehearsal::registration);
        rehearsal.visit(rehearsal::login);
    }

    /** Trusts the server's own certificate, and nothing else. */
    private static TrustManagerFactory trusting(Path certificate) throws IOException {
        try (InputStream pem = Files.newInputStream(certificate)) {
            KeyStore only = KeyStore.getInstance(KeyStore.getDefaultType());
            only.load(null, null);
            only.setCertificateEntry(
                    "server", CertificateFactory.getInstance("X.509").generateCertificate(pem));
            TrustManagerFactory trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trusted.init(only);
            return trusted;
        } catch (GeneralSecurityException failed) {
            throw new IOException("the server's certificate " + certificate + " cannot be trusted", failed);
        }
    }

    private static InviteLink invite(Node node) throws IOException {
        try {
            AdminResult made = node.ask(new AdminCommand.CreateInvite(1, INVITE_VALID.toMillis(), "for a rehearsal"))
                    .join();
            if (made instanceof AdminResult.InviteCreated created) {
                return created.link();
            }
            throw new IOException("no invite was made but " + made);
        } catch (CompletionException late) {
            throw new IOException("no invite was made", late);
        }
    }

    /** What a device says to a challenge. */
    private interface Answer {
        ClientFrame.Builder to(Bytes challenge);
    }

    /** One connection: the server's challenge, the device's answer, and that the server takes it. */
    private void visit(Answer answer) throws IOException {
        try (SSLSocket socket = connect()) {
            DataInputStream in = new DataInputStream(socket.getInputStream());
            Bytes challenge = Protobuf.toBytes(read(in).getServerHello().getChallenge());
            socket.getOutputStream()
                    .write(FrameCodec.encode(
                            answer.to(challenge).setRequestId(1).build()));
            ServerFrame said = read(in);
            if (!said.hasLoggedIn()) {
                throw new IOException("a device was told " + said.getBodyCase() + " "
                        + said.getError().getCode() + " (" + said.getError().getReason() + "), expected LOGGED_IN");
            }
        }
    }

    private SSLSocket connect() throws IOException {
        try {
            SSLContext context = SSLContext.getInstance("TLSv1.3");
            context.init(null, trusted.getTrustManagers(), null);
            SSLSocket socket =
                    (SSLSocket) context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
            socket.setSoTimeout(ANSWER_MILLIS_MAX);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {Alpn.CLIENT});
            socket.setSSLParameters(parameters);
            return socket;
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException("every Java platform has TLS 1.3", impossible);
        }
    }

    private static ServerFrame read(DataInputStream in) throws IOException {
        int length = in.readInt();
        if (length < 0 || length > Limits.CLIENT_FRAME_BYTES_MAX) {
            throw new IOException("a frame of " + length + " bytes, expected at most " + Limits.CLIENT_FRAME_BYTES_MAX);
        }
        return ServerFrame.parseFrom(in.readNBytes(length));
    }

    private ClientFrame.Builder registration(Bytes challenge) {
        DeviceCertificate certificate = DeviceCertificate.issue(Ed25519.generate(RANDOM), user, key.publicKey());
        LoginProof proof = proof(challenge);
        return ClientFrame.newBuilder()
                .setRegister(Register.newBuilder()
                        .setInviteToken(bytes(invite.token()))
                        .setCertificate(message(certificate))
                        .setDeviceSignatureKey(bytes(key.publicKey()))
                        .setLoginBody(bytes(proof.body()))
                        .setSignature(bytes(proof.signature())));
    }

    private ClientFrame.Builder login(Bytes challenge) {
        LoginProof proof = proof(challenge);
        return ClientFrame.newBuilder()
                .setLogin(Login.newBuilder().setLoginBody(bytes(proof.body())).setSignature(bytes(proof.signature())));
    }

    private LoginProof proof(Bytes challenge) {
        return LoginProof.sign(challenge, invite.server(), invite.rootKey(), user, key);
    }

    private static chat.samara.wire.proto.DeviceCertificate message(DeviceCertificate certificate) {
        try {
            return chat.samara.wire.proto.DeviceCertificate.parseFrom(
                    certificate.encoded().toByteArray());
        } catch (IOException e) {
            throw new IllegalStateException("a certificate that was just made, expected to read it again", e);
        }
    }

    private static ByteString bytes(Bytes value) {
        return Protobuf.toByteString(value);
    }
}
