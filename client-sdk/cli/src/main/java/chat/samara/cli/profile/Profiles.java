package chat.samara.cli.profile;

import chat.samara.cli.CommandRunner;
import chat.samara.cli.Surroundings;
import chat.samara.cli.hosting.Guest;
import chat.samara.cli.hosting.Host;
import chat.samara.client.Client;
import chat.samara.client.Profile;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import java.nio.file.Path;
import java.util.Optional;

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

    /** The client of a profile that this process has open already, for a command of another process. */
    default Optional<Client> openAlready() {
        return Optional.empty();
    }

    /** Whether another process has the profile open and does what commands want of it. */
    default boolean isServedElsewhere(Path folder) {
        return false;
    }

    /** Serves other processes' commands over this client, until the result is closed. */
    default Served serve(Path folder, Client client, Surroundings own) {
        return () -> {};
    }

    /** Ends a {@link #serve}. */
    @FunctionalInterface
    interface Served extends AutoCloseable {
        @Override
        void close();
    }

    /** Of a command that another process has asked for: there is the one profile that this process has open, whatever the folder is called from there. */
    static Profiles ofOne(Client client) {
        return new Profiles() {
            @Override
            public boolean exists(Path folder) {
                return true;
            }

            @Override
            public Optional<Client> openAlready() {
                return Optional.of(client);
            }

            @Override
            public Client create(Path folder, char[] passphrase) throws ClientException {
                throw inUse();
            }

            @Override
            public Client open(Path folder, char[] passphrase) throws ClientException {
                throw inUse();
            }

            @Override
            public void checkPassphrase(Path folder, char[] passphrase) throws ClientException {
                throw inUse();
            }

            @Override
            public void changePassphrase(Path folder, char[] passphrase, char[] fresh) throws ClientException {
                throw inUse();
            }

            private ClientException inUse() {
                return new ClientException(
                        RefusalCode.PROFILE_IN_USE, "the profile is open; end the samara that has it");
            }
        };
    }

    /**
     * The SDK's.
     *
     * @param commands does what other processes want of a profile that is served
     */
    static Profiles ofSdk(CommandRunner commands) {
        return new Profiles() {
            @Override
            public boolean isServedElsewhere(Path folder) {
                return Guest.isServed(folder);
            }

            @Override
            public Served serve(Path folder, Client client, Surroundings own) {
                return Host.open(folder, client, own, commands);
            }

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
