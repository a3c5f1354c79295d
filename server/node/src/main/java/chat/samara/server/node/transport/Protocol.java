package chat.samara.server.node.transport;

import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ServerFrame;
import java.util.Optional;

/** The protocols that share the port, told apart by ALPN (RFC 7301). */
public enum Protocol {
    /** Frames between a device and its server. */
    CLIENT("samara-client/1"),
    /** Frames between two servers. */
    PEER("samara-peer/1");

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
    byte[] encodeError(ErrorCode code, String reason, String detail) {
        Error error = Error.newBuilder()
                .setCode(code)
                .setReason(reason)
                .setDetail(detail)
                .build();
        return this == CLIENT
                ? ServerFrame.newBuilder().setError(error).build().toByteArray()
                : PeerFrame.newBuilder().setError(error).build().toByteArray();
    }
}
