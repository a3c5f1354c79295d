package chat.samara.server.node.transport;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;

/** Remembers what it is told; stands for the core. */
final class Recorder implements ConnectionListener {
    final List<Connection> opened = new CopyOnWriteArrayList<>();
    final List<Connection> begun = new CopyOnWriteArrayList<>();
    final List<Connection> closed = new CopyOnWriteArrayList<>();
    final List<Boolean> pressure = new CopyOnWriteArrayList<>();
    final AtomicInteger eased = new AtomicInteger();
    final List<byte[]> frames = new CopyOnWriteArrayList<>();
    final List<String> dialFailures = new CopyOnWriteArrayList<>();
    volatile BiConsumer<Connection, byte[]> onFrame = (connection, frame) -> connection.handled(frame.length);

    @Override
    public void opened(Connection connection) {
        opened.add(connection);
    }

    @Override
    public void frame(Connection connection, byte[] frame) {
        frames.add(frame);
        onFrame.accept(connection, frame);
    }

    @Override
    public void frameBegun(Connection connection) {
        begun.add(connection);
    }

    @Override
    public void pressureChanged(Connection connection) {
        pressure.add(connection.isStalled());
    }

    @Override
    public void pressureEased() {
        eased.incrementAndGet();
    }

    @Override
    public void closed(Connection connection) {
        closed.add(connection);
    }

    @Override
    public void dialFailed(String serverName, List<String> reasons) {
        List<String> all = new ArrayList<>(List.of(serverName));
        all.addAll(reasons);
        dialFailures.add(String.join("; ", all));
    }
}
