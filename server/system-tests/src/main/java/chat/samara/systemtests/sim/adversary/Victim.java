package chat.samara.systemtests.sim.adversary;

import chat.samara.client.device.DeviceEngine;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.systemtests.sim.workload.Member;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.ServerFrame;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A device to which its server lies at present: which lies it has in mind, and what the device has asked on the present connection. */
final class Victim {
    private final Member member;
    private final Seed seed;
    private final List<Lie> lies;
    private final Set<UploadLies.Change> changes;
    private final Map<Long, ClientFrame> asked = new HashMap<>();
    private long connectionId;
    private @Nullable ServerFrame heldBack;

    Victim(Member member, Seed seed, List<Lie> lies, Set<UploadLies.Change> changes) {
        this.member = member;
        this.seed = seed;
        this.lies = lies;
        this.changes = changes;
    }

    Seed seed() {
        return seed;
    }

    List<Lie> lies() {
        return lies;
    }

    Set<UploadLies.Change> changes() {
        return changes;
    }

    String host() {
        return member.device().host();
    }

    String server() {
        return member.server().name().value();
    }

    Optional<DeviceEngine> engine() {
        return member.device().engine();
    }

    /** What was asked on an earlier connection is not answered on this one. */
    void connectedBy(long id) {
        if (id != connectionId) {
            connectionId = id;
            asked.clear();
            heldBack = null;
        }
    }

    void asks(ClientFrame request) {
        asked.put(request.getRequestId(), request);
    }

    /** The request that this frame answers, if it was seen. */
    Optional<ClientFrame> asked(ServerFrame answer) {
        return Optional.ofNullable(asked.get(answer.getRequestId()));
    }

    /** Keeps a frame back until the next one has been delivered; false if one is kept already. */
    boolean holdBack(ServerFrame frame) {
        if (heldBack != null) {
            return false;
        }
        heldBack = frame;
        return true;
    }

    Optional<ServerFrame> takeHeldBack() {
        Optional<ServerFrame> held = Optional.ofNullable(heldBack);
        heldBack = null;
        return held;
    }
}
