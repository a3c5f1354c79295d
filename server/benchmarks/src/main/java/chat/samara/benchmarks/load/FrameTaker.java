package chat.samara.benchmarks.load;

import io.netty.buffer.ByteBuf;

/** Takes the frames of one connection, on its event loop. */
public interface FrameTaker {
    /** A frame without its length; it is the caller's, and gone afterwards. */
    void take(ByteBuf frame);
}
