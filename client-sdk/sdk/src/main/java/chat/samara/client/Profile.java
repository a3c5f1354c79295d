package chat.samara.client;

import chat.samara.client.device.EngineConfig;
import chat.samara.client.profile.ProfileStore;
import chat.samara.client.refusal.ClientException;
import chat.samara.mls.crypto.RandomSource;
import java.nio.file.Path;

/**
 * A member's device on a disk: keys, channels, history, in one folder, encrypted, and opened by a passphrase (Argon2id). Open in at most one
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
     * @throws ClientException PROFILE_EXISTS, PROFILE_IN_USE, PROFILE_EXPOSED, PASSPHRASE_INVALID, PROFILE_DAMAGED; nothing is left behind then
     */
    public static Profile create(Path folder, char[] passphrase) throws ClientException {
        return new Profile(ProfileStore.create(folder, passphrase));
    }

    /**
     * Opens the profile in the folder. A refusal changes nothing. One that was written by an earlier version is converted.
     *
     * @throws ClientException PROFILE_MISSING, PROFILE_IN_USE, PROFILE_NEWER, PROFILE_DAMAGED, PROFILE_EXPOSED, PASSPHRASE_INVALID, WRONG_PASSPHRASE
     */
    public static Profile open(Path folder, char[] passphrase) throws ClientException {
        return new Profile(ProfileStore.open(folder, passphrase));
    }

    /**
     * Gives the profile in the folder, which must not be open, another passphrase. Whenever this is cut off, one of the two opens it; afterwards
     * only the new one does, and copies of the old header open nothing of the new files.
     *
     * @throws ClientException as of {@link #open}, and PASSPHRASE_INVALID for the new one; nothing was changed then
     */
    public static void changePassphrase(Path folder, char[] passphrase, char[] fresh) throws ClientException {
        try (ProfileStore store = ProfileStore.open(folder, passphrase)) {
            store.changePassphrase(fresh);
        }
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
