package chat.samara.server.node.run;

import chat.samara.server.node.transport.Connection;
import chat.samara.server.node.transport.ConnectionListener;
import chat.samara.server.node.transport.Protocol;
import chat.samara.wire.identity.ServerName;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Where every other thread leaves what is for the core's thread. What the driver itself has to say goes first; connections are served
 * in turn by what they cost, and a device that takes nothing of what waits for it is not answered more ({@link FairQueue}). It has no
 * limit of its own: frames are bounded by the bytes that the transport lets in, openings and closings by connections, questions by the
 * operator's one listener (I7).
 */
final class Inbox implements ConnectionListener {
    private final Queue<Input> own = new ConcurrentLinkedQueue<>();
    private final FairQueue<Input> ofConnections = new FairQueue<>(System::nanoTime);
    private final Map<Connection, FairQueue.Lane<Input>> lanes = new ConcurrentHashMap<>();
    private final AtomicBoolean waiting = new AtomicBoolean();
    private final Semaphore wake = new Semaphore(0);

    /** Whether what was taken last is of a connection. The core's thread only. */
    private boolean lastOfConnection;

    /** Adds what is of no connection. */
    void add(Input input) {
        own.add(input);
        wake();
    }

    int size() {
        return own.size() + ofConnections.size();
    }

    /** The next input, or null if there is none now. The core's thread. */
    @Nullable
    Input poll() {
        @Nullable Input input = own.poll();
        lastOfConnection = input == null;
        return input != null ? input : ofConnections.poll();
    }

    /** The next input, or null if there was none for so long. The core's thread. */
    @Nullable
    Input poll(long nanos) throws InterruptedException {
        @Nullable Input input = poll();
        if (input == null && nanos > 0) {
            waiting.set(true);
            input = poll();
            if (input == null && wake.tryAcquire(nanos, TimeUnit.NANOSECONDS)) {
                input = poll();
            }
            waiting.set(false);
            wake.drainPermits();
        }
        return input;
    }

    /** What the input that was taken last has cost the core's thread. The core's thread. */
    void charge(long nanos) {
        if (lastOfConnection) {
            ofConnections.charge(nanos);
        }
    }

    /** The connection's first input was taken: what it costs is owed by its address, which a stranger cannot change as quickly. The core's thread. */
    void begin(Connection connection) {
        FairQueue.Lane<Input> lane = lanes.get(connection);
        if (lane != null) {
            connection.address().ifPresent(address -> ofConnections.bill(lane, "address " + address, false));
        }
    }

    /** The connection has proved whose it is: a member's, with all its devices, or a peer's. The core's thread. */
    void proved(Connection connection, String whose) {
        FairQueue.Lane<Input> lane = lanes.get(connection);
        if (lane != null) {
            ofConnections.bill(lane, whose, true);
        }
    }

    /** The core has more to do of what has come on the peer's connection, and does it when it is that one's turn. The core's thread. */
    void goOn(Connection connection, ServerName peer) {
        add(connection, new Input.GoOn(peer));
    }

    /** The connection's last input was taken. The core's thread. */
    void forget(Connection connection) {
        FairQueue.Lane<Input> lane = lanes.remove(connection);
        if (lane != null) {
            ofConnections.close(lane);
        }
    }

    private void wake() {
        if (waiting.compareAndSet(true, false)) {
            wake.release();
        }
    }

    @Override
    public void opened(Connection connection) {
        // Two servers that both wait until the other takes something would wait for ever; a device has nobody to wait
        // for but this server.
        boolean mayWait = connection.protocol() == Protocol.CLIENT;
        lanes.put(connection, ofConnections.lane(() -> mayWait && connection.isStalled()));
        add(connection, new Input.Opened(connection));
    }

    @Override
    public void frame(Connection connection, byte[] frame) {
        add(connection, new Input.Frame(connection, frame));
    }

    @Override
    public void frameBegun(Connection connection) {
        add(connection, new Input.FrameBegun(connection));
    }

    @Override
    public void closed(Connection connection) {
        add(connection, new Input.Closed(connection));
    }

    private void add(Connection connection, Input input) {
        FairQueue.Lane<Input> lane = lanes.get(connection);
        if (lane != null) {
            ofConnections.add(lane, input);
            wake();
        }
    }

    @Override
    public void pressureChanged(Connection connection) {
        FairQueue.Lane<Input> lane = lanes.get(connection);
        if (lane != null) {
            own.add(new Input.PressureChanged(connection));
            ofConnections.look(lane);
            wake();
        }
    }

    @Override
    public void dialFailed(String serverName, List<String> reasons) {
        add(new Input.DialFailed(serverName, reasons));
    }
}
