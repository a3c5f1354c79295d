package chat.samara.client.example;

import chat.samara.client.Client;
import chat.samara.client.Profile;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.device.ClientEvent;
import chat.samara.client.refusal.ClientException;
import java.nio.file.Path;
import java.time.Duration;

/** Says back what others say that begins with "!echo ". */
public final class EchoBot implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Client client;

    private EchoBot(Client client) {
        this.client = client;
        client.listen(this::on);
    }

    /** Starts the bot; the first time, it needs an invite. */
    public static EchoBot start(Path folder, char[] passphrase, String invite) throws ClientException {
        Client client;
        if (Profile.exists(folder)) {
            client = Client.open(folder, passphrase);
        } else {
            client = Client.create(folder, passphrase);
            client.join(invite, "echo", PATIENCE);
        }
        return new EchoBot(client);
    }

    private void on(ClientEvent event) {
        if (event instanceof ClientEvent.MessageReceived received
                && received.message().body() instanceof MessageBody.Text text
                && text.text().startsWith("!echo ")) {
            answer(received.message(), text.text().substring("!echo ".length()));
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
