package chat.samara.benchmarks.load;

import io.netty.channel.EventLoop;

/** Who says messages; called on its event loop. */
public interface Speaker {
    EventLoop loop();

    /** Writes the message of this number. */
    void say(long number);

    /** Lets what was written leave. */
    void flush();
}
