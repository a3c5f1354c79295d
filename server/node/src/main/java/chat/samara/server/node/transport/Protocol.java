package chat.samara.server.node.transport;

import chat.samara.wire.Refusal;
import chat.samara.wire.frame.Alpn;
import chat.samara.wire.frame.FrameCodec;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ServerFrame;
import java.util.Optional;

/** The protocols that share the port, told apart by ALPN (RFC 7301). */
public enum Protocol {
    /** Frames between a device and its server. */
    CLIENT(Alpn.CLIENT),
    /** Frames between two servers. */
    PEER(Alpn.PEER);

    private final String alpn;

    Protocol(String alpn) {
        this.alpn = alpn;
    }

    /** The name in the ALPN extension. */
    public String alpn() {
        return alpn;
    }

    static Optional<Protocol> of(String alpn) {
        for (Protocol protocol : values()) {
            if (protocol.alpn.equals(alpn)) {
                return Optional.of(protocol);
            }
        }
        return Optional.empty();
    }

    /** The last push before a connection is closed: an error of this protocol, encoded. */
    byte[] encodeError(Refusal refusal) {
        return this == CLIENT
                ? FrameCodec.body(
                        ServerFrame.newBuilder().setError(refusal.toProto()).build())
                : FrameCodec.body(
                        PeerFrame.newBuilder().setError(refusal.toProto()).build());
    }
}
