package chat.samara.systemtests.sim.disk;

import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.DeviceStoreContract;
import org.junit.jupiter.api.DisplayName;

@DisplayName("A simulated device's disk")
class RowDiskTest extends DeviceStoreContract {
    @Override
    protected DeviceStore create() {
        return new RowDisk();
    }

    @Override
    protected DeviceStore reopened(DeviceStore store) {
        return ((RowDisk) store).copy();
    }
}
