package chat.samara.client;

import chat.samara.client.device.EngineConfig;
import chat.samara.client.profile.ProfileStore;
import chat.samara.client.refusal.ClientException;
import chat.samara.mls.crypto.RandomSource;
import java.nio.file.Path;

/**
 * A member's device on a disk: keys, channels, history, in one folder, encrypted under a passphrase (Argon2id). Open in at most one
 * process at a time.
 */
public final class Profile implements AutoCloseable {
    private final ProfileStore store;

    private Profile(ProfileStore store) {
        this.store = store;
    }

    /** Whether there is a profile in the folder. */
    public static boolean exists(Path folder) {
        return ProfileStore.exists(folder);
    }

    /**
     * Creates a profile in the folder, which is made if need be.
     *
     * @throws ClientException PROFILE_EXISTS, PROFILE_IN_USE, PROFILE_DAMAGED; nothing is left behind then
     */
    public static Profile create(Path folder, char[] passphrase) throws ClientException {
        return new Profile(ProfileStore.create(folder, passphrase));
    }

    /**
     * Opens the profile in the folder. A refusal changes nothing.
     *
     * @throws ClientException PROFILE_MISSING, PROFILE_IN_USE, PROFILE_NEWER, PROFILE_DAMAGED, WRONG_PASSPHRASE
     */
    public static Profile open(Path folder, char[] passphrase) throws ClientException {
        return new Profile(ProfileStore.open(folder, passphrase));
    }

    /** Starts the device; the client owns the profile from now on and closes it. To be called once. */
    public Client connect() {
        return DeviceClient.start(store, store::close, RandomSource.secure(), EngineConfig.standard());
    }

    /** Closes a profile that was not connected. */
    @Override
    public void close() {
        store.close();
    }
}
