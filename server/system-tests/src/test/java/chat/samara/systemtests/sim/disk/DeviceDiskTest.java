package chat.samara.systemtests.sim.disk;

import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.DeviceStoreContract;
import org.junit.jupiter.api.DisplayName;

@DisplayName("A simulated device's disk")
class DeviceDiskTest extends DeviceStoreContract {
    @Override
    protected DeviceStore create() {
        return new DeviceDisk();
    }

    @Override
    protected DeviceStore reopened(DeviceStore store) {
        return ((DeviceDisk) store).copy();
    }
}
