package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.Farewell;
import chat.samara.cli.message.ChannelStanding;
import chat.samara.cli.message.JsonLine;
import chat.samara.cli.message.Mark;
import chat.samara.cli.message.MessageJson;
import chat.samara.cli.message.Unsent;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.Sending;
import chat.samara.client.channel.MessageState;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.Limits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code samara send}: says one thing. */
@picocli.CommandLine.Command(
        name = "send",
        description = "Say something in a channel.",
        footer = {
            "",
            "Waits until your own server has the message on disk: from then on it arrives, whatever happens.",
            "If that does not happen in time, the message stays in the profile and goes out at the next start (exit"
                    + " code 5).",
            "Prints with --json: {\"type\":\"sent\", channel, channel_name, id, state, seq}"
        })
final class SendCommand extends Command {
    /** How far a message has to come before the command ends. */
    enum Wait {
        /** On your own server's disk. */
        stored,
        /** In the channel's log, on its hub's disk. */
        ordered,
        /** In the profile on this machine. */
        queued
    }

    private static final Set<MessageState> IN_LOG = EnumSet.of(MessageState.ORDERED, MessageState.STABLE);

    // With the end of the line, which is none of the message's: a wrong file does not fill the memory.
    private static final int INPUT_BYTES_MAX = Limits.TEXT_BYTES_MAX + 1;

    @Parameters(index = "0", paramLabel = "CHANNEL", description = "Its name, or 6 or more first digits of its id.")
    private String channelName = "";

    @Parameters(
            index = "1",
            arity = "1..*",
            paramLabel = "TEXT",
            description = "What to say; a single - reads it from standard input (UTF-8).")
    private List<String> words = List.of();

    @Option(
            names = "--wait",
            paramLabel = "STATE",
            defaultValue = "stored",
            description = "Wait until it is ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    private Wait wait = Wait.stored;

    @Override
    ExitCode run() throws CommandFailure, ClientException {
        if (!words.equals(List.of("-"))) {
            requireSomething(String.join(" ", words));
        }
        try (Client client = open()) {
            // Behind the question for the passphrase: what a person types first is the answer to that.
            String text = text();
            requireSomething(text);
            if (!NamedChannel.isKnownId(client, channelName)) {
                catchUpOrGoOn(client, "which channel is meant");
            }
            Channel channel = channel(client, channelName);
            means(channel);
            Sending sending = channel.send(text);
            Farewell.Awaited farewell = surroundings().farewell().ifEnded(() -> Unsent.of(channel, next()));
            try {
                await(sending);
            } catch (ClientException refused) {
                remarkRefusedBefore(channel, sending);
                if (sending.state() == MessageState.REFUSED) {
                    throw refusedForGood(refused, channel, sending.id());
                }
                throw ExitCode.of(refused.code()) == ExitCode.LATER
                        ? kept(refused, client.connectionProblem(), sending, channel)
                        : refused;
            } finally {
                farewell.close();
            }
            MessageState state = sending.state();
            // It may be in the log by now, and what is said is of one moment.
            OptionalLong seq = IN_LOG.contains(state) ? sending.seq() : OptionalLong.empty();
            print(
                    new JsonLine("sent")
                            .with("channel", channel.id().toString())
                            .with("channel_name", channel.state().name())
                            .with("id", MessageJson.id(sending.id()))
                            .with("state", MessageJson.state(state))
                            .with("seq", seq),
                    Mark.of(state, true).strip() + " " + MessageJson.state(state)
                            + (seq.isPresent() ? " at " + seq.getAsLong() : ""));
            remarkRefusedBefore(channel, sending);
            return ExitCode.DONE;
        }
    }

    /** That one was stored by the own server was how the command ended that sent it; the hub has refused it since. */
    private void remarkRefusedBefore(Channel channel, Sending sending) {
        long refused;
        try {
            refused = channel.pending().stream()
                    .filter(message -> message.own() && message.state() == MessageState.REFUSED)
                    .filter(message -> !message.id().equals(Optional.of(sending.id())))
                    .count();
        } catch (ClientClosedException ended) {
            // What ended it is said, and what is kept.
            return;
        }
        if (refused > 0) {
            remark((refused == 1 ? "One message of yours was" : refused + " messages of yours were")
                    + " refused here before, and nobody reads "
                    + (refused == 1 ? "it" : "them") + ". To see it, to send it again, or to drop it: "
                    + Unsent.line(channel, next()));
        }
    }

    @Override
    boolean tellsOfItsChannel() {
        return true;
    }

    private void await(Sending sending) throws ClientException {
        switch (wait) {
            case stored -> sending.awaitStored(timeout());
            case ordered -> sending.awaitOrdered(timeout());
            case queued -> {
                // send() itself has made it durable in the profile.
            }
        }
    }

    /** @param connection why there is none: then that is the reason */
    private ClientException kept(
            ClientException refused, Optional<Refusal> connection, Sending sending, Channel channel) {
        // Of a limit that is known to last longer, nobody waits for the end of the timeout.
        String when = refused.code() == RefusalCode.LIMIT_REACHED
                ? " yet"
                : " within " + timeout().toSeconds() + " s";
        String late = "not " + wait + when + ": "
                + connection.orElse(refused.refusal()).sentence();
        boolean isHere = sending.state() == MessageState.QUEUED;
        return new ClientException(
                refused.code(),
                isHere
                        ? late
                                + ". The message is "
                                + ChannelStanding.kept(
                                        channel.state(), " and goes out when samara runs next and the server takes it")
                                + "; to see it, or to drop it: " + Unsent.line(channel, next())
                        : late + ". Your server has the message and passes it on by itself; to see how far it is: "
                                + Unsent.line(channel, next()),
                refused);
    }

    private static void requireSomething(String text) throws CommandFailure {
        if (text.isBlank()) {
            throw new CommandFailure(ExitCode.USAGE, "the text is empty; nothing was sent.");
        }
    }

    private String text() throws ClientException, CommandFailure {
        if (!words.equals(List.of("-"))) {
            return String.join(" ", words);
        }
        if (surroundings().prompt().hasTerminal()) {
            surroundings().err().println("Type the message; Ctrl-D ends it, Ctrl-C leaves without sending.");
        }
        try {
            InputStream in = surroundings().in();
            byte[] bytes = in.readNBytes(INPUT_BYTES_MAX + 1);
            if (bytes.length > INPUT_BYTES_MAX) {
                throw new ClientException(
                        RefusalCode.TOO_LARGE,
                        "standard input has more than " + Limits.TEXT_BYTES_MAX
                                + " bytes, the most that one message may have; nothing was sent: send it in parts");
            }
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
            return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        } catch (CharacterCodingException notText) {
            throw new ClientException(
                    RefusalCode.TEXT_INVALID, "standard input is not UTF-8 text; only text can be sent", notText);
        } catch (IOException broken) {
            throw new CommandFailure(
                    ExitCode.USAGE, "standard input cannot be read (" + broken.getMessage() + "); nothing was sent.");
        }
    }
}
