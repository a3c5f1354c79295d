package chat.samara.client.device;

import org.junit.jupiter.api.DisplayName;

@DisplayName("A store in memory")
class MemoryStoreTest extends DeviceStoreContract {
    @Override
    protected DeviceStore create() {
        return new MemoryStore();
    }

    @Override
    protected DeviceStore reopened(DeviceStore store) {
        return ((MemoryStore) store).copy();
    }
}
