package chat.samara.server.node.transport;

import chat.samara.wire.frame.FrameCodec;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open TLS connection that carries frames. The core's thread gathers frames with {@link #send} during a pass and
 * lets them go with one {@link #flush}: one hand-over to the event loop, one write and one flush, however many frames
 * there are (design §2).
 */
public final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    /** Frames of a pass are joined into buffers of about this size: a few full TLS records each. */
    private static final int JOINED_BYTES_MAX = 64 * 1024;

    /** What a frame costs beside its bytes while it waits: objects and queue nodes, so that tiny frames count too. */
    static final int FRAME_OVERHEAD_BYTES = 128;

    private static final String STRANGERS = "strangers";

    private final long id;
    private final Channel channel;
    private final Protocol protocol;
    private final Optional<String> dialledServer;
    private final OptionalLong returningDevice;
    private final byte[] acceptorSpkiSha256;
    private final TransportLimits limits;
    private final InboundBudget budget;
    private final OutboundBudget outbound;
    private final ConnectionListener listener;
    private final Runnable onAuthenticated;
    private final AtomicLong unhandledBytes = new AtomicLong();
    private final AtomicLong unsentBytes = new AtomicLong();
    private final AtomicBoolean stalled = new AtomicBoolean();

    /** Frames of this pass, and what they take on the wire; the core's thread only. */
    private List<byte[]> pass = new ArrayList<>();

    private long passBytes;

    /** Whose it is; nobody's before that is proved. */
    private volatile String owner = STRANGERS;

    private volatile boolean closing;

    private volatile boolean gone;

    Connection(
            long id,
            Channel channel,
            Protocol protocol,
            Optional<String> dialledServer,
            OptionalLong returningDevice,
            byte[] acceptorSpkiSha256,
            TransportLimits limits,
            InboundBudget budget,
            OutboundBudget outbound,
            ConnectionListener listener,
            Runnable onAuthenticated) {
        this.id = id;
        this.channel = channel;
        this.protocol = protocol;
        this.dialledServer = dialledServer;
        this.returningDevice = returningDevice;
        this.acceptorSpkiSha256 = acceptorSpkiSha256.clone();
        this.limits = limits;
        this.budget = budget;
        this.outbound = outbound;
        this.listener = listener;
        this.onAuthenticated = onAuthenticated;
    }

    /** Unique in this process, rising. */
    public long id() {
        return id;
    }

    public Protocol protocol() {
        return protocol;
    }

    /** The name of the server that was dialled; empty if the other side opened the connection. */
    public Optional<String> dialledServer() {
        return dialledServer;
    }

    /** Where it comes from; empty of one that this server has opened to a forwarder of its own, and where that is not known. */
    public Optional<Origin> origin() {
        if (returningDevice.isPresent()) {
            return Optional.of(Origin.ofReturning(returningDevice.getAsLong()));
        }
        if (!(channel.remoteAddress() instanceof InetSocketAddress remote) || remote.getAddress() == null) {
            return Optional.empty();
        }
        if (!remote.getAddress().isLoopbackAddress()) {
            return Optional.of(Origin.ofAddress(ConnectionGate.key(remote.getAddress())));
        }
        return dialledServer.isPresent() ? Optional.empty() : Optional.of(Origin.ofForwarders(protocol));
    }

    /** Whose the connection is: one of strangers, of a member or of a peer. Any thread. */
    String owner() {
        return owner;
    }

    /** SHA-256 over the SubjectPublicKeyInfo that the accepting side presented, 32 bytes. */
    public byte[] acceptorSpkiSha256() {
        return acceptorSpkiSha256.clone();
    }

    /** Adds a frame to this pass. The core's thread. The bytes must not be changed any more. */
    public void send(byte[] frame) {
        if (closing) {
            return;
        }
        long bytes = bytesOf(frame);
        pass.add(frame);
        passBytes += bytes;
        long unsent = unsentBytes.addAndGet(bytes);
        outbound.waits(bytes);
        if (unsent > limits.unsentBytesMax(protocol)) {
            cut();
        } else if (unsent > limits.stalledBytes() && stalled.compareAndSet(false, true)) {
            outbound.changed(this);
            listener.pressureChanged(this);
            // The network may have taken all of it between the two lines above, and then nobody else would look.
            flowAgainIfLow();
        }
    }

    /** Whether so much waits for the network that nothing is to be added that can wait. Any thread. */
    public boolean isStalled() {
        return stalled.get() && !gone;
    }

    /** Whether nobody is there any more. Any thread. */
    public boolean isGone() {
        return gone;
    }

    private void flowAgainIfLow() {
        if (unsentBytes.get() <= limits.stalledBytes() / 2 && stalled.compareAndSet(true, false)) {
            outbound.changed(this);
            listener.pressureChanged(this);
        }
    }

    /** Closes without another word: what waits is dropped. Any thread. */
    void cut() {
        closing = true;
        closeNow();
    }

    /** The connection is gone. On the event loop. */
    void gone() {
        closing = true;
        gone = true;
        outbound.gone(this);
    }

    /** Lets the frames of this pass go. The core's thread. */
    public void flush() {
        if (pass.isEmpty()) {
            return;
        }
        List<byte[]> frames = pass;
        long bytes = passBytes;
        pass = new ArrayList<>();
        passBytes = 0;
        if (closing) {
            sent(bytes);
            return;
        }
        outbound.handedOver(bytes);
        channel.eventLoop().execute(() -> {
            try {
                writeAll(frames);
            } finally {
                outbound.tried(bytes);
            }
        });
    }

    /** The core's thread is done with a frame of so many bytes. */
    public void handled(int frameBytes) {
        budget.handled(this, frameBytes + FRAME_OVERHEAD_BYTES);
    }

    /**
     * The other side has proved who it is: from here on it may send large frames and stay. The core's thread.
     *
     * @param whose the member's, with all devices, or the peer's
     */
    public void authenticated(String whose) {
        owner = whose;
        channel.eventLoop().execute(onAuthenticated);
    }

    /** Sends what is left of this pass and closes. The core's thread. Frames sent after this are dropped. */
    public void close() {
        if (closing) {
            return;
        }
        flush();
        closing = true;
        channel.eventLoop().execute(this::closeNow);
    }

    /** Bytes that the network has not taken yet. */
    public long unsentBytes() {
        return unsentBytes.get();
    }

    long addUnhandled(int bytes) {
        return unhandledBytes.addAndGet(bytes);
    }

    long unhandledBytes() {
        return unhandledBytes.get();
    }

    void read(boolean enabled) {
        channel.config().setAutoRead(enabled);
    }

    /**
     * On the event loop: says why, then closes. The other side may still be sending: closing at once would make TCP
     * throw away what was just written, so for a while what comes is read and dropped.
     */
    void refuse(byte[] lastFrame) {
        long bytes = bytesOf(lastFrame);
        unsentBytes.addAndGet(bytes);
        outbound.waits(bytes);
        writeAll(List.of(lastFrame));
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            Future<?> unusedToo = tls.closeOutbound();
        }
        channel.config().setAutoRead(true);
        Future<?> unused =
                channel.eventLoop().schedule(this::closeNow, limits.closeTimeoutMillis(), TimeUnit.MILLISECONDS);
    }

    private void closeNow() {
        ChannelFuture unused = channel.close();
    }

    /** On the event loop. Where no memory is left for it, the connection ends: frames never vanish from one that goes on. */
    private void writeAll(List<byte[]> frames) {
        int next = 0;
        try {
            while (next < frames.size()) {
                next = writeSome(frames, next);
            }
            channel.flush();
        } catch (OutOfMemoryError | RuntimeException e) {
            LOG.warn("{} is cut: what waits for it could not be written: {}", this, e.toString());
            sent(bytesOf(frames.subList(next, frames.size())));
            cut();
        }
    }

    /** Writes a few frames joined. Returns the number of the next. */
    private int writeSome(List<byte[]> frames, int next) {
        int last = next;
        long bytes = 0;
        while (last < frames.size() && (bytes == 0 || bytes < JOINED_BYTES_MAX)) {
            bytes += bytesOf(frames.get(last));
            last++;
        }
        writeJoined(frames.subList(next, last), Math.toIntExact(bytes));
        return last;
    }

    /** What a frame takes on the wire, under TLS. */
    private static long bytesOf(byte[] frame) {
        return FrameCodec.HEADER_BYTES + (long) frame.length;
    }

    private static long bytesOf(List<byte[]> frames) {
        return frames.stream().mapToLong(Connection::bytesOf).sum();
    }

    private void sent(long bytes) {
        unsentBytes.addAndGet(-bytes);
        outbound.left(bytes);
        flowAgainIfLow();
    }

    private void writeJoined(List<byte[]> frames, int bytes) {
        ByteBuf joined = channel.alloc().buffer(bytes);
        for (byte[] frame : frames) {
            joined.writeInt(frame.length);
            joined.writeBytes(frame);
        }
        ChannelFuture unused = channel.write(joined).addListener(done -> {
            sent(bytes);
            if (!done.isSuccess()) {
                // Memory may have ended further on, in TLS: the frames are gone, so the connection must not go on.
                cut();
            }
        });
    }

    @Override
    public String toString() {
        return protocol.alpn() + " connection " + id;
    }
}
