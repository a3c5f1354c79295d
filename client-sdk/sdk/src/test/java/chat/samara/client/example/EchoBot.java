package chat.samara.client.example;

import chat.samara.client.Client;
import chat.samara.client.Profile;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.refusal.ClientException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Says back what others say that begins with "!echo ". */
public final class EchoBot implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Client client;
    private final CompletableFuture<String> end = new CompletableFuture<>();

    private EchoBot(Client client) {
        this.client = client;
        client.listen(this::on);
    }

    /** Arguments: a folder for the profile, and an invite until it has joined. The passphrase is in $ECHO_PASSPHRASE. */
    public static void main(String[] arguments) {
        String passphrase = System.getenv("ECHO_PASSPHRASE");
        if (arguments.length == 0 || passphrase == null) {
            System.err.println("usage: ECHO_PASSPHRASE=… EchoBot FOLDER [INVITE]");
            System.exit(2);
        }
        String invite = arguments.length > 1 ? arguments[1] : "";
        try (EchoBot bot = start(Path.of(arguments[0]), passphrase.toCharArray(), invite)) {
            System.out.println("This is " + bot.client.whoami().orElseThrow().user() + ".");
            System.err.println(bot.end.join());
        } catch (ClientException e) {
            System.err.println(e.code() + ": " + e.getMessage());
        }
        System.exit(1);
    }

    /** Starts the bot; until it has joined once, it needs an invite. */
    public static EchoBot start(Path folder, char[] passphrase, String invite) throws ClientException {
        boolean isNew = !Profile.exists(folder);
        Client client = isNew ? Client.create(folder, passphrase) : Client.open(folder, passphrase);
        try {
            // A profile is no account yet: an earlier start may have ended before there was one.
            if (client.whoami().isEmpty()) {
                client.join(invite, "echo", PATIENCE);
            }
            return new EchoBot(client);
        } catch (ClientException e) {
            if (isNew) {
                client.discard(); // keeps what may have an account at the server
            } else {
                client.close();
            }
            throw e;
        }
    }

    private void on(ClientEvent event) {
        if (event instanceof ClientEvent.MessageReceived received
                && received.message().body() instanceof MessageBody.Text text
                && text.text().startsWith("!echo ")) {
            answer(received.message(), text.text().substring("!echo ".length()));
        } else if (event instanceof ClientEvent.ConnectionChanged changed) {
            changed.problem().ifPresent(it -> System.err.println(it.code() + ": " + it.sentence()));
            if (changed.state() == ConnectionState.CLOSED) {
                end.complete("the bot has ended");
            }
        }
    }

    private void answer(Message message, String text) {
        try {
            client.channel(message.channel()).send(text);
        } catch (ClientException e) {
            System.err.println(e.code() + ": " + e.getMessage());
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
