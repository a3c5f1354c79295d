package chat.samara.server.node.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/** Builds the part of a pipeline that follows on TLS; the same for accepted and dialled connections. */
final class FramePipeline {
    static final String READER = "frames";

    private static final String HANDLER = "connection";

    private final TransportLimits limits;
    private final ConnectionListener listener;
    private final InboundBudget budget;
    private final UnfinishedFrames ofClients;
    private final UnfinishedFrames ofPeers;
    private final OutboundBudget outbound;
    private final AtomicLong lastId = new AtomicLong();

    FramePipeline(TransportLimits limits, ConnectionListener listener) {
        this.limits = limits;
        this.listener = listener;
        this.outbound = new OutboundBudget(limits.unsentBytesTotalMax(), listener::pressureEased);
        this.ofClients = new UnfinishedFrames(limits.unfinishedBytesTotalMax());
        this.ofPeers = new UnfinishedFrames(limits.unfinishedBytesTotalMax());
        this.budget = new InboundBudget(limits.unhandledBytesMax(), limits.unhandledBytesTotalMax());
    }

    InboundBudget budget() {
        return budget;
    }

    OutboundBudget outbound() {
        return outbound;
    }

    /** On the event loop, once TLS is up and the protocol agreed. */
    void addTo(
            Channel channel,
            Protocol protocol,
            Optional<String> dialledServer,
            OptionalLong returningDevice,
            byte[] acceptorSpkiSha256,
            Runnable onAuthenticated) {
        int waitsBytesMax = protocol == Protocol.PEER ? limits.peerFrameBytesMax() : limits.strangerFrameBytesMax();
        FrameReader reader = new FrameReader(limits.strangerFrameBytesMax(), waitsBytesMax);
        FrameHandler handler = new FrameHandler(
                limits,
                reader,
                listener,
                budget,
                protocol == Protocol.CLIENT ? ofClients : ofPeers,
                liftLimits -> new Connection(
                        lastId.incrementAndGet(),
                        channel,
                        protocol,
                        dialledServer,
                        returningDevice,
                        acceptorSpkiSha256,
                        limits,
                        budget,
                        outbound,
                        listener,
                        () -> {
                            liftLimits.run();
                            onAuthenticated.run();
                        }));
        ChannelPipeline pipeline = channel.pipeline();
        pipeline.addLast(READER, reader);
        pipeline.addLast(HANDLER, handler);
    }
}
