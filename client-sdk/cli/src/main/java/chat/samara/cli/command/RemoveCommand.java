package chat.samara.cli.command;

import chat.samara.cli.CommandFailure;
import chat.samara.client.Client.Channel;
import chat.samara.client.device.Change;
import chat.samara.client.refusal.ClientException;
import chat.samara.wire.identity.UserId;
import java.util.List;
import picocli.CommandLine.Parameters;

/** {@code samara channel remove}. */
@picocli.CommandLine.Command(
        name = "remove",
        description = "Remove members. Their devices cannot decrypt anything that is said afterwards.",
        footer = {
            "",
            "Prints with --json, one a member: {\"type\":\"removed\", channel, channel_name, user};",
            "  where it waits {\"type\":\"change_waiting\", channel, channel_name, change, user, handed_over};"
                    + " where an",
            "  addition that waited is taken back {\"type\":\"taken_back\", channel, channel_name, change, user}."
        })
final class RemoveCommand extends MemberChangeCommand {
    @Parameters(
            index = "1",
            arity = "1..*",
            paramLabel = "MEMBER",
            description = "One or more, for example bob@tunis.example.")
    private List<String> members = List.of();

    @Override
    List<UserId> users() throws CommandFailure {
        return users(members);
    }

    @Override
    void change(Channel channel, UserId user) throws ClientException {
        channel.remove(user, timeout());
    }

    @Override
    Change wanted(UserId user) {
        return new Change.Remove(user);
    }

    @Override
    Change opposite(UserId user) {
        return new Change.Add(user);
    }

    @Override
    String verb() {
        return "remove";
    }

    @Override
    String done() {
        return "Removed";
    }
}
