package chat.samara.client.device;

import chat.samara.client.device.Village.Resident;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;

/** A member's own server that keeps the hub's heads to itself. */
final class WithoutHeads implements OwnServer {
    private final Resident member;

    WithoutHeads(Resident member) {
        this.member = member;
    }

    @Override
    public List<ServerFrame> toDevice(FakeServer.FakeSession session, ServerFrame frame) {
        boolean withheld = frame.hasEntries()
                && session.device.filter(it -> it.user.equals(member.user())).isPresent();
        return List.of(
                withheld
                        ? frame.toBuilder()
                                .setEntries(frame.getEntries().toBuilder().clearHead())
                                .build()
                        : frame);
    }

    @Override
    public boolean takes(FakeServer.FakeSession session, ClientFrame frame) {
        return true;
    }
}
