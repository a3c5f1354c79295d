package chat.samara.client;

import chat.samara.client.refusal.ClientException;
import java.nio.file.Path;

/**
 * A member's device on a disk: keys, channels, history, in one folder, encrypted under a passphrase (Argon2id). Open in at most one
 * process at a time.
 */
@SuppressWarnings("DoNotCallSuggester") // until the methods do something
public final class Profile implements AutoCloseable {
    private Profile() {}

    /** Whether there is a profile in the folder. */
    public static boolean exists(Path folder) {
        throw new UnsupportedOperationException("under construction: " + folder);
    }

    /**
     * Creates a profile in the folder, which is made if need be.
     *
     * @throws ClientException PROFILE_EXISTS, PROFILE_IN_USE, PROFILE_DAMAGED
     */
    public static Profile create(Path folder, char[] passphrase) throws ClientException {
        throw new UnsupportedOperationException("under construction: " + folder + passphrase.length);
    }

    /**
     * Opens the profile in the folder. A refusal changes nothing.
     *
     * @throws ClientException PROFILE_MISSING, PROFILE_IN_USE, PROFILE_NEWER, PROFILE_DAMAGED, WRONG_PASSPHRASE
     */
    public static Profile open(Path folder, char[] passphrase) throws ClientException {
        throw new UnsupportedOperationException("under construction: " + folder + passphrase.length);
    }

    /** Starts the device; the client owns the profile from now on and closes it. To be called once. */
    public Client connect() {
        throw new UnsupportedOperationException("under construction");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("under construction");
    }
}
