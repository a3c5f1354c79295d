package chat.samara.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Counts the bytes that arrive, before TLS takes its own off. */
final class WireCounter extends ChannelInboundHandlerAdapter {
    private final Tally tally;
    private long bytes;

    WireCounter(Tally tally) {
        this.tally = tally;
    }

    /** All that have come on this connection. On its thread. */
    long bytes() {
        return bytes;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        bytes += ((ByteBuf) read).readableBytes();
        tally.wireBytes(((ByteBuf) read).readableBytes());
        context.fireChannelRead(read);
    }
}
