package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.Farewell;
import chat.samara.cli.chat.Conversation;
import chat.samara.cli.chat.TypedAhead;
import chat.samara.cli.message.Mark;
import chat.samara.cli.profile.Profiles;
import chat.samara.client.Client;
import chat.samara.client.refusal.ClientException;
import java.io.IOException;
import java.util.Optional;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code samara chat}: talk, in an interactive terminal. */
@picocli.CommandLine.Command(
        name = "chat",
        description = "Talk in a channel, in an interactive terminal.",
        footer = {"", Mark.LEGEND, "", "Set NO_COLOR for no colours."})
final class ChatCommand extends Command {
    @Parameters(index = "0", paramLabel = "CHANNEL", description = "Its name, or 6 or more first digits of its id.")
    private String channelName = "";

    @Option(
            names = "--last",
            paramLabel = "COUNT",
            converter = Count.class,
            defaultValue = "50",
            description = "Show the last COUNT messages and events first (default: ${DEFAULT-VALUE}).")
    private long last = 50;

    @Override
    ExitCode run() throws CommandFailure, ClientException {
        if (!surroundings().prompt().hasTerminal()) {
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "chat needs a terminal, and this is not one. For scripts there are: samara send, samara tail"
                            + " --json.");
        }
        profile().requireHere();
        try (Client client = profile().open();
                Terminal terminal = TerminalBuilder.builder()
                        .name("samara")
                        .system(true)
                        .encoding(java.nio.charset.StandardCharsets.UTF_8)
                        // To ask the terminal what it can, JLine reads its answer, and throws away what was typed
                        // before.
                        .graphemeCluster(false)
                        .build()) {
            Profiles.Served served = profile().serve(client);
            try {
                return talk(client, terminal);
            } finally {
                served.close();
            }
        } catch (IOException noTerminal) {
            throw new CommandFailure(ExitCode.USAGE, "the terminal cannot be used: " + noTerminal.getMessage());
        }
    }

    private ExitCode talk(Client client, Terminal terminal) throws CommandFailure, ClientException {
        Optional<CommandFailure> stopped = catchUpOrRemark(client);
        boolean colours = !surroundings().environment().containsKey("NO_COLOR");
        Conversation conversation = new Conversation(
                client,
                channel(client, channelName),
                terminal,
                surroundings().clock().getZone(),
                colours,
                last,
                timeout(),
                surroundings().burstPause(),
                next());
        if (stopped.isPresent()) {
            conversation.showHistory();
            throw stopped.get();
        }
        Farewell.Awaited farewell = surroundings().farewell().ifEnded(conversation::unsent);
        try {
            ExitCode exitCode = conversation.run(TypedAhead.on(terminal));
            conversation.unsent().ifPresent(this::remark);
            return exitCode;
        } finally {
            farewell.close();
        }
    }
}
