package chat.samara.benchmarks.load;

import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.FrameCodec;
import chat.samara.wire.identity.LoginProof;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Login;
import chat.samara.wire.proto.Ping;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** A device that has its account already logs in, and then says nothing but that it is there. On its connection's event loop. */
public final class Session implements FrameTaker, Connected {
    private static final long PING_SECONDS = 40;

    private final LoadClient client;
    private final Device device;
    private final CompletableFuture<FrameLink> link;
    private final CompletableFuture<ByteString> challenge = new CompletableFuture<>();
    private final CompletableFuture<Long> loggedIn = new CompletableFuture<>();
    private long lastRequestId;

    private Session(LoadClient client, Device device, InetSocketAddress server, InetSocketAddress from, String name) {
        this.client = client;
        this.device = device;
        this.link = client.connect(server, from, name, this);
        CompletableFuture<?> unusedLogin =
                link.thenAcceptBoth(challenge, (up, signed) -> up.loop().execute(() -> send(up, login(signed))));
        CompletableFuture<?> unusedPings = link.thenAcceptBoth(loggedIn, (up, at) -> pingFromNowOn(up));
        CompletableFuture<?> unusedFailure = link.whenComplete((up, failed) -> {
            if (failed != null) {
                loggedIn.completeExceptionally(failed);
            }
        });
    }

    /** Begins to log a device in, from whichever address. Any thread. */
    public static Session begin(LoadClient client, Device device, InetSocketAddress server) {
        return begin(client, device, server, LoadClient.ANY, LoadClient.UNNAMED);
    }

    /**
     * Begins to log a device in from an address of this machine. Any thread.
     *
     * @param name under which TLS looks for a session that it can go on with
     */
    public static Session begin(
            LoadClient client, Device device, InetSocketAddress server, InetSocketAddress from, String name) {
        return new Session(client, device, server, from, name);
    }

    @Override
    public CompletableFuture<Long> ready() {
        return loggedIn;
    }

    @Override
    public int handshakeBytes() {
        return link.join().handshakeBytes();
    }

    @Override
    public CompletableFuture<Void> close() {
        return link.thenCompose(FrameLink::close);
    }

    @Override
    public void take(ByteBuf frame) {
        if (loggedIn.isDone()) {
            return;
        }
        ServerFrame decoded = decode(frame);
        if (decoded.hasServerHello()) {
            challenge.complete(decoded.getServerHello().getChallenge());
        } else if (decoded.hasLoggedIn()) {
            loggedIn.complete(System.nanoTime());
        } else if (decoded.hasError()) {
            client.fail(device.user() + " was told at its login: "
                    + decoded.getError().getCode() + ": " + decoded.getError().getReason());
        }
    }

    private ClientFrame.Builder login(ByteString challenge) {
        LoginProof proof = LoginProof.sign(
                Protobuf.toBytes(challenge),
                device.invite().server(),
                device.invite().rootKey(),
                device.user(),
                device.key());
        return ClientFrame.newBuilder()
                .setLogin(Login.newBuilder()
                        .setLoginBody(Protobuf.toByteString(proof.body()))
                        .setSignature(Protobuf.toByteString(proof.signature())));
    }

    private void send(FrameLink up, ClientFrame.Builder body) {
        lastRequestId++;
        up.write(FrameCodec.encode(body.setRequestId(lastRequestId).build()));
        up.flush();
    }

    /** A server cuts who says nothing for two minutes. */
    private void pingFromNowOn(FrameLink up) {
        up.every(PING_SECONDS, () -> send(up, ClientFrame.newBuilder().setPing(Ping.getDefaultInstance())));
    }

    private static ServerFrame decode(ByteBuf frame) {
        try {
            return ServerFrame.parseFrom(ByteBufUtil.getBytes(frame));
        } catch (InvalidProtocolBufferException e) {
            throw new IllegalStateException("a frame of the server that does not decode", e);
        }
    }
}
