package chat.samara.cli.profile;

import chat.samara.client.Client;
import chat.samara.client.Profile;
import chat.samara.client.refusal.ClientException;
import java.nio.file.Path;

/** How profiles on the disk become clients. */
public interface Profiles {
    /** Whether there is one in the folder. */
    boolean exists(Path folder);

    /** Makes one and opens it. */
    Client create(Path folder, char[] passphrase) throws ClientException;

    /** Opens one. */
    Client open(Path folder, char[] passphrase) throws ClientException;

    /** Refuses a passphrase that is not the profile's; changes nothing else. */
    void checkPassphrase(Path folder, char[] passphrase) throws ClientException;

    /** Gives one another passphrase. */
    void changePassphrase(Path folder, char[] passphrase, char[] fresh) throws ClientException;

    /** The SDK's. */
    static Profiles ofSdk() {
        return new Profiles() {
            @Override
            public boolean exists(Path folder) {
                return Profile.exists(folder);
            }

            @Override
            public Client create(Path folder, char[] passphrase) throws ClientException {
                return Client.create(folder, passphrase);
            }

            @Override
            public Client open(Path folder, char[] passphrase) throws ClientException {
                return Client.open(folder, passphrase);
            }

            @Override
            public void checkPassphrase(Path folder, char[] passphrase) throws ClientException {
                Profile.open(folder, passphrase).close();
            }

            @Override
            public void changePassphrase(Path folder, char[] passphrase, char[] fresh) throws ClientException {
                Profile.changePassphrase(folder, passphrase, fresh);
            }
        };
    }
}
