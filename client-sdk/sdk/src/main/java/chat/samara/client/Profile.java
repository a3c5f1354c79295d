package chat.samara.client;

import chat.samara.client.content.CompressionLibrary;
import chat.samara.client.device.EngineConfig;
import chat.samara.client.profile.NativeFolder;
import chat.samara.client.profile.ProfileFault;
import chat.samara.client.profile.ProfileStore;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.crypto.Primitives;
import chat.samara.mls.crypto.RandomSource;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member's device on a disk: keys, channels, history, in one folder, encrypted, and opened by a passphrase (Argon2id). Open in at most one
 * process at a time.
 */
public final class Profile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Profile.class);

    private final Path folder;
    private final ProfileStore store;

    /** Whether a client owns it, or it is closed. */
    private final AtomicBoolean given = new AtomicBoolean();

    private Profile(Path folder, ProfileStore store) {
        this.folder = folder;
        this.store = store;
    }

    /** Whether there is a profile in the folder. */
    public static boolean exists(Path folder) {
        return ProfileStore.exists(folder);
    }

    /**
     * Creates a profile in the folder, which is made if need be.
     *
     * @throws ClientException PROFILE_EXISTS, PROFILE_IN_USE, PROFILE_EXPOSED, PROFILE_DISK_FULL, PROFILE_UNUSABLE, PROFILE_FAILED, PASSPHRASE_INVALID,
     *     NATIVE_LIBRARY, PROFILE_DAMAGED (parts of a profile are there); nothing is left behind
     */
    public static Profile create(Path folder, char[] passphrase) throws ClientException {
        ProfileStore store = ProfileStore.create(folder, passphrase);
        boolean ready = false;
        try {
            Profile profile = ready(folder, store);
            ready = true;
            return profile;
        } finally {
            if (!ready) {
                store.discard();
            }
        }
    }

    /**
     * Opens the profile in the folder. A refusal changes nothing. One that was written by an earlier version is converted.
     *
     * @throws ClientException PROFILE_MISSING, PROFILE_IN_USE, PROFILE_NEWER, PROFILE_DAMAGED, PROFILE_EXPOSED, PROFILE_UNUSABLE, PROFILE_DISK_FULL,
     *     PROFILE_FAILED, PASSPHRASE_INVALID, WRONG_PASSPHRASE, NATIVE_LIBRARY
     */
    public static Profile open(Path folder, char[] passphrase) throws ClientException {
        return ready(folder, ProfileStore.open(folder, passphrase));
    }

    /** Loads what a device needs from beside the profile, where it can be loaded whatever the folder for temporary files is like. */
    private static Profile ready(Path folder, ProfileStore store) throws ClientException {
        boolean loaded = false;
        try {
            Path libraries = NativeFolder.prepare(folder);
            CompressionLibrary.load(libraries);
            LOG.debug("signatures and key agreements by {}", Primitives.choose(libraries.toString()));
            loaded = true;
            return new Profile(folder, store);
        } catch (IOException e) {
            if (ProfileFault.isDiskFull(e, folder)) {
                throw ProfileFault.diskFull(folder, e);
            }
            throw new ClientException(
                    RefusalCode.NATIVE_LIBRARY,
                    "no folder for libraries can be made in the profile " + folder + ": " + e.getMessage(),
                    e);
        } catch (Primitives.ForcedException e) {
            throw new ClientException(RefusalCode.NATIVE_LIBRARY, String.valueOf(e.getMessage()), e);
        } catch (UnsatisfiedLinkError e) {
            // The sentence names both folders. Of a full disk it cannot be said whose that is, unless one looks.
            if (ProfileFault.hasNoRoom(folder)) {
                throw ProfileFault.diskFull(folder, e);
            }
            throw new ClientException(RefusalCode.NATIVE_LIBRARY, String.valueOf(e.getMessage()), e);
        } finally {
            if (!loaded) {
                store.close();
            }
        }
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

    /**
     * Starts the device; the client owns the profile from now on and closes it.
     *
     * @throws IllegalStateException if it was connected or closed before
     */
    public Client connect() {
        if (!given.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "the profile in " + folder + " was connected or closed already; open it anew");
        }
        return DeviceClient.start(
                store,
                new DeviceClient.Ending() {
                    @Override
                    public void close() {
                        store.close();
                    }

                    @Override
                    public void discard() {
                        store.discard();
                    }
                },
                Optional.of(folder),
                RandomSource.secure(),
                EngineConfig.standard(),
                Backlog.STANDARD);
    }

    /** Closes a profile that was not connected; does nothing to one that a client owns. */
    @Override
    public void close() {
        if (given.compareAndSet(false, true)) {
            store.close();
        }
    }
}
