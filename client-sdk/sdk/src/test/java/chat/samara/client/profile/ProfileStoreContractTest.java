package chat.samara.client.profile;

import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.DeviceStoreContract;
import chat.samara.client.refusal.ClientException;
import chat.samara.mls.crypto.PasswordHash;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("A profile as a store")
class ProfileStoreContractTest extends DeviceStoreContract {
    private static final PasswordHash CHEAP = new PasswordHash(64, 1, 1);

    @TempDir
    private Path folder;

    @Override
    protected DeviceStore create() throws ClientException {
        return ProfileStore.create(folder.resolve("alice"), "correct horse".toCharArray(), CHEAP);
    }

    @Override
    protected DeviceStore reopened(DeviceStore store) throws ClientException {
        ((ProfileStore) store).close();
        return ProfileStore.open(folder.resolve("alice"), "correct horse".toCharArray(), CHEAP);
    }
}
