package chat.samara.server.node.command;

import chat.samara.server.node.admin.AdminClient;
import chat.samara.server.node.admin.AdminClient.AdminException;
import chat.samara.wire.Visible;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code server status}. */
@Command(name = "status", mixinStandardHelpOptions = true, description = "Says how the server stands.")
final class StatusCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable ServerCommand server;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--json", description = "One JSON object, for scripts")
    private boolean json;

    @Override
    public Integer call() throws AdminException {
        Asked asked = Asked.of(server, spec);
        JsonObject status = AdminClient.of(asked.dataFolder()).get("status");
        PrintWriter out = asked.out();
        if (json) {
            out.println(Visible.inJson(status.toString()));
            return ExitCode.OK;
        }
        out.println("Samara server " + text(status, "name"));
        out.println("  root key        " + text(status, "root_key"));
        out.println("  data folder     " + asked.dataFolder().toAbsolutePath().normalize());
        out.println("  members         " + text(status, "accounts"));
        out.println("  devices online  " + text(status, "devices_online"));
        out.println("  channels        " + text(status, "channels"));
        out.println("  peers           " + text(status, "peers") + ", linked now " + text(status, "links_up"));
        out.println("  outbox          " + text(status, "outbox_records") + " records wait for another server");
        // A server of an earlier version that still runs says nothing of these.
        if (status.has("limits")) {
            printLimits(out, status.getAsJsonObject("limits"));
            out.println("  signatures      " + text(status, "signatures"));
            out.println("  network         " + text(status, "network"));
        }
        for (JsonElement warning : status.getAsJsonArray("warnings")) {
            out.println("  Warning: " + Visible.of(warning.getAsString()));
        }
        return ExitCode.OK;
    }

    private static void printLimits(PrintWriter out, JsonObject limits) {
        out.println("  limits          each member a day: " + text(limits, "member_records_per_day")
                + " messages and changes, " + text(limits, "member_mebibytes_per_day")
                + " MiB (of both, a quarter at once), " + text(limits, "member_channels_per_day") + " new channels");
        out.println("                  each peer a day, in this server's channels: "
                + text(limits, "peer_records_per_day") + " messages and changes, "
                + text(limits, "peer_mebibytes_per_day") + " MiB");
        // A server of an earlier version that still runs says nothing of it.
        if (limits.has("hub_mebibytes_per_day")) {
            out.println("                  each hub a day, of logs that are kept here: "
                    + text(limits, "hub_mebibytes_per_day") + " MiB");
        }
    }

    private static String text(JsonObject status, String field) {
        return Visible.of(status.get(field).getAsString());
    }
}
