package chat.samara.server.node.transport;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The names in the ALPN extension of a ClientHello (RFC 8446 §4.1.2, RFC 7301 §3.1), from outside: TLS itself has not seen it yet. */
final class OfferedNames {
    /** An honest side offers two. */
    private static final int NAMES_MAX = 8;

    private static final int VERSION_AND_RANDOM_BYTES = 34;
    private static final int ALPN = 16;

    private OfferedNames() {}

    /**
     * Those at the beginning of the list; none if there is no such extension, or the hello is not well formed, which TLS will say.
     *
     * @param clientHello the body of the handshake message; it is not changed
     */
    static List<String> in(ByteBuf clientHello) {
        try {
            ByteBuf hello = clientHello.slice();
            hello.skipBytes(VERSION_AND_RANDOM_BYTES);
            hello.skipBytes(hello.readUnsignedByte());
            hello.skipBytes(hello.readUnsignedShort());
            hello.skipBytes(hello.readUnsignedByte());
            ByteBuf extensions = hello.readSlice(hello.readUnsignedShort());
            while (extensions.isReadable()) {
                int type = extensions.readUnsignedShort();
                ByteBuf extension = extensions.readSlice(extensions.readUnsignedShort());
                if (type == ALPN) {
                    return names(extension.readSlice(extension.readUnsignedShort()));
                }
            }
            return List.of();
        } catch (IndexOutOfBoundsException endsEarly) {
            return List.of();
        }
    }

    private static List<String> names(ByteBuf list) {
        List<String> names = new ArrayList<>();
        while (list.isReadable() && names.size() < NAMES_MAX) {
            names.add(list.readSlice(list.readUnsignedByte()).toString(StandardCharsets.US_ASCII));
        }
        return names;
    }
}
