package chat.samara.server.node.command;

import chat.samara.server.node.admin.AdminClient;
import chat.samara.server.node.admin.AdminClient.AdminException;
import chat.samara.wire.RefusedException;
import chat.samara.wire.Visible;
import chat.samara.wire.identity.PeerLink;
import chat.samara.wire.identity.ServerName;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code server peer …}: whom this server federates with. Both operators must accept each other. */
@Command(
        name = "peer",
        mixinStandardHelpOptions = true,
        description = "Federates with other servers: both operators exchange links and add each other's.",
        subcommands = {
            PeerCommand.Link.class,
            PeerCommand.Add.class,
            PeerCommand.Listing.class,
            PeerCommand.Remove.class
        })
final class PeerCommand implements Callable<Integer> {
    @ParentCommand
    private @Nullable ServerCommand server;

    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        throw new ParameterException(asked().spec().commandLine(), "Say what to do: link, add, list or remove.");
    }

    private Asked asked() {
        return Asked.of(server, spec);
    }

    private static Asked of(@Nullable PeerCommand peer) {
        if (peer == null) {
            throw new IllegalStateException("no parent command, expected picocli to have set it");
        }
        return peer.asked();
    }

    private static Stream<JsonObject> peers(AdminClient client) throws AdminException {
        return client.get("peers").getAsJsonArray("peers").asList().stream().map(JsonElement::getAsJsonObject);
    }

    @Command(
            name = "link",
            mixinStandardHelpOptions = true,
            description = "Prints this server's link, for the operator of another server.")
    static final class Link implements Callable<Integer> {
        @ParentCommand
        private @Nullable PeerCommand peer;

        @Override
        public Integer call() throws AdminException {
            Asked asked = of(peer);
            String link = AdminClient.of(asked.dataFolder())
                    .get("peer-link")
                    .get("link")
                    .getAsString();
            asked.out().println(link);
            asked.err().println("Send it to the other operator on a way that both of you trust; they run:");
            asked.err().println("  ./samara server peer add '" + link + "'");
            return ExitCode.OK;
        }
    }

    @Command(
            name = "add",
            mixinStandardHelpOptions = true,
            description = "Accepts another server by its link, or gives it new addresses.")
    static final class Add implements Callable<Integer> {
        @ParentCommand
        private @Nullable PeerCommand peer;

        @Spec
        private @Nullable CommandSpec spec;

        @Parameters(paramLabel = "LINK", description = "What `server peer link` prints on the other server")
        private String link = "";

        @Override
        public Integer call() throws AdminException {
            Asked asked = of(peer);
            PeerLink parsed = parse();
            JsonObject body = new JsonObject();
            body.addProperty("link", link);
            AdminClient client = AdminClient.of(asked.dataFolder());
            boolean wasLinked = isLinked(client, parsed.server());
            JsonObject unused = client.post("peers", body);
            if (wasLinked) {
                asked.err()
                        .println(parsed.server()
                                + " is a peer already, and linked; it has the addresses of this link now.");
                return ExitCode.OK;
            }
            String own = client.get("peer-link").get("link").getAsString();
            asked.err()
                    .println("Accepted " + parsed.server()
                            + ". Unless its operator has done so already, they accept this server with:");
            asked.err().println("  ./samara server peer add '" + own + "'");
            return ExitCode.OK;
        }

        private static boolean isLinked(AdminClient client, ServerName name) throws AdminException {
            return peers(client)
                    .anyMatch(peer -> peer.get("name").getAsString().equals(name.value())
                            && peer.get("link_up").getAsBoolean());
        }

        private PeerLink parse() {
            try {
                return PeerLink.parse(link);
            } catch (RefusedException refused) {
                if (spec == null) {
                    throw new IllegalStateException("no command spec, expected picocli to have set it");
                }
                throw new ParameterException(
                        spec.commandLine(), refused.refusal().reason());
            }
        }
    }

    @Command(name = "list", mixinStandardHelpOptions = true, description = "Lists the servers that are accepted.")
    static final class Listing implements Callable<Integer> {
        @ParentCommand
        private @Nullable PeerCommand peer;

        @Option(names = "--json", description = "One JSON object, for scripts")
        private boolean json;

        @Override
        public Integer call() throws AdminException {
            Asked asked = of(peer);
            JsonObject answer = AdminClient.of(asked.dataFolder()).get("peers");
            if (json) {
                asked.out().println(Visible.inJson(answer.toString()));
                return ExitCode.OK;
            }
            JsonArray peers = answer.getAsJsonArray("peers");
            for (JsonElement each : peers) {
                asked.out().println(line(each.getAsJsonObject()));
            }
            if (peers.isEmpty()) {
                asked.err().println("No peers yet; see " + asked.commandPrefix() + " peer --help");
            }
            return ExitCode.OK;
        }

        private static String line(JsonObject peer) {
            String problem = Visible.of(peer.get("problem").getAsString());
            return Visible.of(peer.get("name").getAsString()) + "  "
                    + (peer.get("link_up").getAsBoolean() ? "linked" : "not linked")
                    + (problem.isEmpty() ? "" : " (" + problem + ")")
                    + ", shared channels: " + peer.get("shared_channels").getAsInt()
                    + ", root key " + Visible.of(peer.get("root_key").getAsString());
        }
    }

    @Command(
            name = "remove",
            mixinStandardHelpOptions = true,
            description = "No longer accepts a server; its link is closed.")
    static final class Remove implements Callable<Integer> {
        @ParentCommand
        private @Nullable PeerCommand peer;

        @Parameters(paramLabel = "NAME", description = "As `server peer list` shows it")
        private @Nullable ServerName name;

        @Option(names = "--yes", description = "Do not ask, also if the two servers share channels")
        private boolean yes;

        @Override
        public Integer call() throws AdminException {
            Asked asked = of(peer);
            AdminClient client = AdminClient.of(asked.dataFolder());
            int shared = sharedChannels(client);
            if (shared > 0 && !yes && !isWanted(asked, shared)) {
                asked.err().println("Not removed: the answer was not yes. Scripts say --yes.");
                return ExitCode.FAILED;
            }
            JsonObject unused = client.delete("peers/" + name);
            asked.err()
                    .println("Removed " + name + "."
                            + (shared > 0
                                    ? " " + asked.commandPrefix() + " status names the channels that it shares."
                                    : ""));
            return ExitCode.OK;
        }

        private int sharedChannels(AdminClient client) throws AdminException {
            return peers(client)
                    .filter(peer -> peer.get("name").getAsString().equals(String.valueOf(name)))
                    .mapToInt(peer -> peer.get("shared_channels").getAsInt())
                    .sum();
        }

        private boolean isWanted(Asked asked, int shared) {
            asked.err()
                    .println(name + " and this server share " + (shared == 1 ? "a channel" : shared + " channels")
                            + ". Once it is no peer, what is said there does not reach the other's members any more:"
                            + " it waits, until both servers accept each other again. Remove it? Type yes:");
            asked.err().flush();
            try {
                String answer = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).readLine();
                return answer != null && answer.strip().toLowerCase(Locale.ROOT).equals("yes");
            } catch (IOException unreadable) {
                return false;
            }
        }
    }
}
