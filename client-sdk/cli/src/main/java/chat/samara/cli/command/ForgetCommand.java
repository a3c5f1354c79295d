package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.cli.ExitCode;
import chat.samara.cli.message.ChannelStanding;
import chat.samara.cli.message.JsonLine;
import chat.samara.client.Client;
import chat.samara.client.Client.Channel;
import chat.samara.client.channel.ChannelChoice;
import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code samara channel forget}: nothing is left on this device of a channel that it is out of. */
@picocli.CommandLine.Command(
        name = "forget",
        description = {
            "Erase all that this profile has of a channel that you were removed from, that is FROZEN, or of which your",
            "server says that it does not know it any more, does not make it yet, or that it cannot go on.",
            "What was said in it goes, too, and nothing brings it back. Others keep what they have.",
            "If you are added again, or your server knows it again, the channel begins anew; a frozen one never does."
        },
        footer = {
            "",
            "Asks before it does so, and does it only for the answer yes, on standard input; scripts say --yes.",
            "Prints with --json: {\"type\":\"forgotten\", channel, channel_name}"
        })
final class ForgetCommand extends Command {
    @Parameters(index = "0", paramLabel = "CHANNEL", description = "Its name, or 6 or more first digits of its id.")
    private String channelName = "";

    @Option(names = "--yes", description = "Do not ask.")
    private boolean yes;

    @Override
    ExitCode run() throws CommandFailure, ClientException {
        profile().requireHere();
        try (Client client = open()) {
            if (client.choose(channelName) instanceof ChannelChoice.None) {
                // It may have been added to one since it was connected last.
                catchUpOrGoOn(client, "which channel is meant");
            }
            Channel channel = channel(client, channelName);
            String name = channel.state().name();
            if (!channel.state().membership().isOver()) {
                catchUpOrGoOn(client, "whether you are still in this channel, and whether your server knows it");
            }
            if (channel.state().membership() == Membership.FOUNDING) {
                OwnWaiting.awaitAnswer(client, channel, timeout());
            }
            // Where it cannot be done, that is said before anybody is asked.
            if (mayBeForgotten(channel.state()) && !yes && !isWanted(channel)) {
                remark("Not forgotten: the answer was not yes.");
                return ExitCode.REFUSED;
            }
            String shown = NamedChannel.named(channel);
            client.forgetChannel(channel.id());
            print(
                    new JsonLine("forgotten")
                            .with("channel", channel.id().toString())
                            .with("channel_name", name),
                    "Forgotten: " + shown + ".");
            return ExitCode.DONE;
        }
    }

    private static boolean mayBeForgotten(ChannelState state) {
        return state.membership().isOver()
                || isUnknown(state)
                || isNotMadeYet(state)
                || ChannelStanding.isSaidToBeOver(state);
    }

    private static boolean isNotMadeYet(ChannelState state) {
        return state.membership() == Membership.FOUNDING && state.heldBy().isPresent();
    }

    private static boolean isUnknown(ChannelState state) {
        return state.heldBy()
                .filter(why -> why.code() == RefusalCode.UNKNOWN_CHANNEL)
                .isPresent();
    }

    private boolean isWanted(Channel channel) {
        ChannelState state = channel.state();
        boolean isServersWord = !state.membership().isOver();
        if (isServersWord && isUnknown(state)) {
            remark(
                    "Your server says that it does not know this channel. If that is its mistake, the others go on in it without you.");
        } else if (isNotMadeYet(state)) {
            remark("Your server has not made this channel yet: "
                    + state.heldBy().map(Refusal::sentence).orElse("") + ". Nobody else knows of it.");
        } else if (isServersWord) {
            remark("Your server says that this channel cannot go on: "
                    + state.heldBy().map(Refusal::sentence).orElse("")
                    + ". This device has no proof of it: if that is a mistake, the others go on in it without you.");
        }
        long waiting = channel.pending().stream().filter(Message::own).count();
        if (waiting > 0) {
            remark(waiting + (waiting == 1 ? " message of yours is" : " messages of yours are")
                    + " not in the channel's log, and given up with it.");
        }
        remark("Forget " + NamedChannel.named(channel) + " (" + NamedChannel.shortId(channel)
                + ")? What was said in it is erased from this profile, and nothing brings it back. Type yes:");
        try {
            String answer =
                    new BufferedReader(new InputStreamReader(surroundings().in(), StandardCharsets.UTF_8)).readLine();
            return answer != null && answer.strip().toLowerCase(Locale.ROOT).equals("yes");
        } catch (IOException unreadable) {
            return false;
        }
    }
}
