package chat.samara.systemtests.sim.workload;

import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.network.End;
import chat.samara.systemtests.sim.network.Mangler;
import chat.samara.systemtests.sim.network.Port;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;

/**
 * Delivers some frames twice, as a sender would that repeats itself after a doubt. TCP does not do that; but everything after
 * the login must be idempotent, and this shows whether it is (I3).
 */
public final class Repeater implements Mangler {
    private static final double REPEATED = 0.02;

    private final Seed seed;

    public Repeater(Seed seed) {
        this.seed = seed.stream("repeater");
    }

    @Override
    public List<byte[]> deliver(End to, byte[] frame) {
        return seed.chance(REPEATED) && isRepeatable(to, frame) ? List.of(frame, frame) : List.of(frame);
    }

    /** A challenge is answered once; everything else may come again. */
    private static boolean isRepeatable(End to, byte[] frame) {
        try {
            if (to.port() == Port.PEER) {
                PeerFrame peer = PeerFrame.parseFrom(frame);
                return !peer.hasHello() && !peer.hasProof();
            }
            if (to.dialled()) {
                ServerFrame server = ServerFrame.parseFrom(frame);
                return !server.hasServerHello() && !server.hasLoggedIn();
            }
            ClientFrame client = ClientFrame.parseFrom(frame);
            return !client.hasLogin() && !client.hasRegister();
        } catch (InvalidProtocolBufferException e) {
            return false;
        }
    }
}
