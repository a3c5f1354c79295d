package chat.samara.server.node.run;

import chat.samara.server.node.transport.Connection;
import chat.samara.server.node.transport.ConnectionListener;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where every other thread leaves what is for the core's thread. It has no limit of its own: frames are bounded by the bytes
 * that the transport lets in, openings and closings by connections, questions by the operator's one listener (I7).
 */
final class Inbox implements ConnectionListener {
    private final BlockingQueue<Input> inputs = new LinkedBlockingQueue<>();

    void add(Input input) {
        inputs.add(input);
    }

    int size() {
        return inputs.size();
    }

    /** The next input, or null if there is none now. */
    @Nullable
    Input poll() {
        return inputs.poll();
    }

    /** The next input, or null if there was none for so long. */
    @Nullable
    Input poll(long nanos) throws InterruptedException {
        return inputs.poll(nanos, TimeUnit.NANOSECONDS);
    }

    @Override
    public void opened(Connection connection) {
        add(new Input.Opened(connection));
    }

    @Override
    public void frame(Connection connection, byte[] frame) {
        add(new Input.Frame(connection, frame));
    }

    @Override
    public void closed(Connection connection) {
        add(new Input.Closed(connection));
    }

    @Override
    public void dialFailed(String serverName, List<String> reasons) {
        add(new Input.DialFailed(serverName, reasons));
    }
}
