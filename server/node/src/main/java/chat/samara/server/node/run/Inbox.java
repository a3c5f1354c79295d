package chat.samara.server.node.run;

import chat.samara.server.node.ahead.Ahead;
import chat.samara.server.node.ahead.Turn;
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
 * in turn by what they cost, and a device that takes nothing of what waits for it is not answered more ({@link FairQueue}). What takes long to verify is verified
 * before it is served, and keeps its place meanwhile ({@link Ahead}). It has no
 * limit of its own: frames are bounded by the bytes that the transport lets in, openings and closings by connections, questions by the
 * operator's one listener (I7).
 */
final class Inbox implements ConnectionListener {
    private final Queue<Input> own = new ConcurrentLinkedQueue<>();
    private final FairQueue<Input> ofConnections;
    private final Map<Connection, Line> lines = new ConcurrentHashMap<>();
    private final Ahead ahead;
    private final AtomicBoolean waiting = new AtomicBoolean();
    private final Semaphore wake = new Semaphore(0);

    /** Whether what was taken last is of a connection. The core's thread only. */
    private boolean lastOfConnection;

    /** Where one connection's inputs wait. */
    private static final class Line {
        private final FairQueue.Lane<Input> lane;

        /** Whose it is; of a connection that has not proved it, nobody else's. */
        private volatile String whose;

        /** Whether a frame of it was dropped. The core's thread only. */
        private boolean dropped;

        Line(FairQueue.Lane<Input> lane, String whose) {
            this.lane = lane;
            this.whose = whose;
        }
    }

    private static final class Items implements FairQueue.Items<Input> {
        @Override
        public boolean isReady(Input input) {
            return !(input instanceof Input.Frame frame) || frame.isReady();
        }

        /**
         * What brings KeyPackages of a member costs as much as it is large, and more where they were not verified; what other frames cost shows when they are done. Those of another server
         * are gone through in steps, and each of these is charged, verified before or not.
         */
        @Override
        public long nanosExpected(Input input) {
            return input instanceof Input.Frame frame && !frame.isDropped() ? nanosExpected(frame) : 0;
        }

        private static long nanosExpected(Input.Frame frame) {
            return frame.connection().protocol() == Protocol.PEER
                    ? 0
                    : frame.ahead()
                            .map(turn -> nanosPerByte(turn.isVerified()) * frame.frame().length)
                            .orElse(0L);
        }

        private static long nanosPerByte(boolean isVerified) {
            return isVerified
                    ? Limits.NANOS_PER_BYTE_OF_KEY_PACKAGES
                    : Limits.NANOS_PER_BYTE_OF_KEY_PACKAGES_UNVERIFIED;
        }
    }

    /** @param ahead verifies what frames bring before they are taken */
    Inbox(Ahead ahead) {
        this(ahead, System::nanoTime);
    }

    Inbox(Ahead ahead, FairQueue.Clock clock) {
        this.ahead = ahead;
        this.ofConnections = new FairQueue<>(clock, new Items());
    }

    /** Adds what is of no connection. */
    void add(Input input) {
        own.add(input);
        wake();
    }

    int size() {
        return own.size() + ofConnections.size();
    }

    /** Whether what comes is verified ahead as it should be. Any thread. */
    boolean isWell() {
        return ahead.isWell();
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

    /**
     * Whether nobody needs the frame, since its sender was gone before it could be for the core, or before one was that came before it: what came between is not to be missing. The core's
     * thread.
     */
    boolean isDropped(Input.Frame frame) {
        Line line = lines.get(frame.connection());
        if (line == null) {
            return frame.isDropped();
        }
        line.dropped |= frame.isDropped();
        return line.dropped;
    }

    /** How long the connection whose turn is next has waited for it ({@link FairQueue#waitedNanos}). The core's thread. */
    long waitedNanos() {
        return ofConnections.waitedNanos();
    }

    /** So long everybody waited for the disk because of the input that was taken last. The core's thread. */
    void waitedFor(long nanos) {
        if (lastOfConnection) {
            ofConnections.waitedFor(nanos);
        }
    }

    /** What the input that was taken last has cost the core's thread. The core's thread. */
    void charge(long nanos) {
        if (lastOfConnection) {
            ofConnections.charge(nanos);
        }
    }

    /** The connection's first input was taken: what it costs is owed where it comes from, which a stranger cannot change as quickly. The core's thread. */
    void begin(Connection connection) {
        Line line = lines.get(connection);
        if (line != null) {
            connection.origin().ifPresent(origin -> ofConnections.bill(line.lane, origin.name(), origin.isOne()));
        }
    }

    /** The connection has proved whose it is: a member's, with all its devices, or a peer's. The core's thread. */
    void proved(Connection connection, String whose) {
        Line line = lines.get(connection);
        if (line != null) {
            line.whose = whose;
            ofConnections.bill(line.lane, whose, true);
        }
    }

    /** The core has more to do of what has come on the peer's connection, and does it when it is that one's turn. The core's thread. */
    void goOn(Connection connection, ServerName peer) {
        add(connection, new Input.GoOn(peer));
    }

    /** The connection's last input was taken. The core's thread. */
    void forget(Connection connection) {
        Line line = lines.remove(connection);
        if (line != null) {
            ofConnections.close(line.lane);
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
        lines.put(
                connection,
                new Line(ofConnections.lane(() -> mayWait && connection.isStalled()), connection.toString()));
        add(connection, new Input.Opened(connection));
    }

    @Override
    public void frame(Connection connection, byte[] frame) {
        Line line = lines.get(connection);
        if (line != null) {
            Turn.Kind kind = connection.protocol() == Protocol.CLIENT ? Turn.Kind.MEMBER : Turn.Kind.PEER;
            add(
                    line,
                    new Input.Frame(
                            connection,
                            frame,
                            ahead.turn(line.whose, kind, frame, connection::isGone, () -> look(line))));
        }
    }

    @Override
    public void frameBegun(Connection connection) {
        // A sign of life has no order to keep, and must not wait behind a frame that waits itself.
        if (lines.containsKey(connection)) {
            add(new Input.FrameBegun(connection));
        }
    }

    @Override
    public void closed(Connection connection) {
        add(connection, new Input.Closed(connection));
    }

    private void add(Connection connection, Input input) {
        Line line = lines.get(connection);
        if (line != null) {
            add(line, input);
        }
    }

    private void add(Line line, Input input) {
        ofConnections.add(line.lane, input);
        wake();
    }

    private void look(Line line) {
        ofConnections.look(line.lane);
        wake();
    }

    @Override
    public void pressureChanged(Connection connection) {
        Line line = lines.get(connection);
        if (line != null) {
            own.add(new Input.PressureChanged(connection));
            look(line);
        }
    }

    @Override
    public void pressureEased() {
        add(new Input.Wake());
    }

    @Override
    public void dialFailed(String serverName, List<String> reasons) {
        add(new Input.DialFailed(serverName, reasons));
    }
}
