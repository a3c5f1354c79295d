package chat.samara.benchmarks.load;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Counts the bytes that arrive, before TLS takes its own off. */
final class WireCounter extends ChannelInboundHandlerAdapter {
    private final Tally tally;

    WireCounter(Tally tally) {
        this.tally = tally;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object read) {
        tally.wireBytes(((ByteBuf) read).readableBytes());
        context.fireChannelRead(read);
    }
}
