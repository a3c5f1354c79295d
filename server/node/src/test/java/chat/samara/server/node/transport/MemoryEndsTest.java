package chat.samara.server.node.transport;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Where no memory is left for what is to be sent, a connection ends: no frame is missing on one that goes on, and none is counted for ever. */
final class MemoryEndsTest {
    private static final int FRAME_BYTES = 100_000;
    private static final long TOTAL = 10_000_000;

    private final OutboundBudget outbound = new OutboundBudget(TOTAL, () -> {});

    /** Gives so many buffers, and then none. */
    private static final class EndingAllocator extends AbstractByteBufAllocator {
        private int left;

        EndingAllocator(int buffers) {
            left = buffers;
        }

        @Override
        protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
            return newDirectBuffer(initialCapacity, maxCapacity);
        }

        @Override
        protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
            if (left-- <= 0) {
                throw new OutOfMemoryError("Cannot reserve " + initialCapacity + " bytes of direct buffer memory");
            }
            return UnpooledByteBufAllocator.DEFAULT.heapBuffer(initialCapacity, maxCapacity);
        }

        @Override
        public boolean isDirectBufferPooled() {
            return false;
        }
    }

    private Connection connection(EmbeddedChannel channel) {
        return TestConnections.over(channel, 1, Protocol.CLIENT, new InboundBudget(1_000, 10_000), outbound);
    }

    private void sendsFour(EmbeddedChannel channel) {
        Connection connection = connection(channel);
        for (int i = 0; i < 4; i++) {
            connection.send(new byte[FRAME_BYTES]);
        }
        connection.flush();
        channel.runPendingTasks();
        assertThat(channel.isOpen()).isFalse();
        assertThat(connection.unsentBytes()).isZero();
        assertThat(outbound.totalBytes()).isZero();
        connection.send(new byte[FRAME_BYTES]);
        connection.flush();
        channel.runPendingTasks();
        assertThat(connection.unsentBytes()).isZero();
    }

    @Test
    @DisplayName("in the buffer that frames are joined in, be it the first or a later one")
    void whereFramesAreJoined() {
        for (int buffers = 0; buffers < 4; buffers++) {
            EmbeddedChannel channel = new EmbeddedChannel();
            channel.config().setAllocator(new EndingAllocator(buffers));
            sendsFour(channel);
            channel.releaseOutbound();
        }
    }

    @Test
    @DisplayName("further on, where TLS seals them")
    void whereTheyAreSealed() {
        EmbeddedChannel channel = new EmbeddedChannel(new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
                ((ByteBuf) message).release();
                throw new OutOfMemoryError("Cannot reserve direct buffer memory");
            }
        });
        sendsFour(channel);
    }
}
