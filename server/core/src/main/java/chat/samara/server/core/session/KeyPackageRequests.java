package chat.samara.server.core.session;

import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.proto.ClaimKeyPackages;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.PublishKeyPackages;
import java.util.List;

/** What devices ask about KeyPackages; answered by package {@code keypackage}. */
public interface KeyPackageRequests {
    /** One-time KeyPackages of the device that are left, by suite: also for suites without any. */
    List<KeyPackageCount> left(DeviceId device);

    /** The device was struck off: nothing of it is handed out any more. */
    void struckOff(DeviceId device);

    /** See {@code samara.v1.PublishKeyPackages}. */
    void publish(Reply reply, PublishKeyPackages request) throws RefusedException;

    /** See {@code samara.v1.ClaimKeyPackages}. */
    void claim(Reply reply, ClaimKeyPackages request) throws RefusedException;
}
