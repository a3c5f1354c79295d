package chat.samara.benchmarks.bare;

import chat.samara.benchmarks.load.Connected;
import chat.samara.benchmarks.load.FrameLink;
import chat.samara.benchmarks.load.FrameTaker;
import chat.samara.benchmarks.load.LoadClient;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** A connection to the {@link BareEcho} that sends one frame and waits for it. */
public final class BareClient implements FrameTaker, Connected {
    /** As long as a login, about. */
    private static final int FRAME_BYTES = 256;

    private final CompletableFuture<FrameLink> link;
    private final CompletableFuture<Long> answered = new CompletableFuture<>();

    private BareClient(LoadClient client, InetSocketAddress server, InetSocketAddress from, String name) {
        this.link = client.connect(server, from, name, this);
        CompletableFuture<?> unused = link.whenComplete((up, failed) -> {
            if (failed != null) {
                answered.completeExceptionally(failed);
            } else {
                up.write(ByteBuffer.allocate(BareFanOut.LENGTH_BYTES + FRAME_BYTES)
                        .putInt(FRAME_BYTES)
                        .array());
                up.flush();
            }
        });
    }

    /**
     * Begins to connect from an address of this machine. Any thread.
     *
     * @param name under which TLS looks for a session that it can go on with
     */
    public static BareClient begin(LoadClient client, InetSocketAddress server, InetSocketAddress from, String name) {
        return new BareClient(client, server, from, name);
    }

    @Override
    public CompletableFuture<Long> ready() {
        return answered;
    }

    @Override
    public int handshakeBytes() {
        return link.join().handshakeBytes();
    }

    @Override
    public void take(ByteBuf frame) {
        answered.complete(System.nanoTime());
    }

    @Override
    public CompletableFuture<Void> close() {
        return link.thenCompose(FrameLink::close);
    }
}
