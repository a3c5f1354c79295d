package chat.samara.client.device;

import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;

/**
 * The server that some devices have their accounts at, where it is another than the hub: it passes everything on, and may change
 * what it likes. The hub's key it has not.
 */
interface OwnServer {
    /** What a device is given in the place of a frame. */
    List<ServerFrame> toDevice(FakeServer.FakeSession session, ServerFrame frame);

    /** Whether the frame goes on; if not, the server has done with it what it wanted. */
    boolean takes(FakeServer.FakeSession session, ClientFrame frame);
}
