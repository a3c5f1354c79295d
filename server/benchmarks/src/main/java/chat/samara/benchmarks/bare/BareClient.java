package chat.samara.benchmarks.bare;

import chat.samara.benchmarks.load.FrameLink;
import chat.samara.benchmarks.load.FrameTaker;
import chat.samara.benchmarks.load.LoadClient;
import io.netty.buffer.ByteBuf;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** A connection to the {@link BareEcho} that sends one frame and waits for it. */
public final class BareClient implements FrameTaker {
    /** As long as a login, about. */
    private static final int FRAME_BYTES = 256;

    private final CompletableFuture<FrameLink> link;
    private final CompletableFuture<Long> answered = new CompletableFuture<>();

    private BareClient(LoadClient client, InetSocketAddress server) {
        this.link = client.connect(server, this);
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

    public static BareClient begin(LoadClient client, InetSocketAddress server) {
        return new BareClient(client, server);
    }

    /** Done when the frame has come back, with when that was; as {@link System#nanoTime}. */
    public CompletableFuture<Long> answered() {
        return answered;
    }

    @Override
    public void take(ByteBuf frame) {
        answered.complete(System.nanoTime());
    }

    public void close() {
        CompletableFuture<?> unused = link.thenAccept(FrameLink::close);
    }
}
