package chat.samara.server.node.command;

import chat.samara.server.node.admin.AdminClient;
import chat.samara.server.node.admin.AdminClient.AdminException;
import com.google.gson.JsonObject;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code server invite}: the link alone on standard output, so that it can be piped. */
@Command(
        name = "invite",
        mixinStandardHelpOptions = true,
        description = "Makes an invite: a link with which new members open accounts.")
final class InviteCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable ServerCommand server;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--uses", paramLabel = "N", defaultValue = "1", description = "Accounts that it opens. Default: 1")
    private int uses;

    @Option(
            names = "--valid-hours",
            paramLabel = "H",
            defaultValue = "168",
            description = "For how many hours it is valid. Default: 168, a week")
    private int validHours;

    @Option(names = "--note", paramLabel = "TEXT", defaultValue = "", description = "For the operator's own list")
    private String note = "";

    @Override
    public Integer call() throws AdminException {
        Asked asked = Asked.of(server, spec);
        JsonObject body = new JsonObject();
        body.addProperty("uses", uses);
        body.addProperty("valid_hours", validHours);
        body.addProperty("note", note);
        String link = AdminClient.of(asked.dataFolder())
                .post("invites", body)
                .get("link")
                .getAsString();
        asked.out().println(link);
        asked.err().println(uses == 1 ? "Opens one account." : "Opens " + uses + " accounts.");
        asked.err().println("Pass it on in private; join with: ./samara join '" + link + "' --as NAME");
        return ExitCode.OK;
    }
}
