package chat.samara.server.node.command;

import chat.samara.server.node.run.AddressText;
import chat.samara.server.node.run.Node.Started;
import chat.samara.wire.identity.Fingerprint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What a starting server prints.
 *
 * @param commandPrefix what stands in front of the operator's commands
 * @param stop how it is stopped
 */
record Greeting(Started started, Path dataFolder, String commandPrefix, String stop) {
    /** How the server stands. */
    List<String> standing() {
        List<String> lines = new ArrayList<>();
        lines.add("Samara server " + started.manifest().serverName());
        lines.add("  data folder   " + dataFolder + (started.isNew() ? " (new)" : ""));
        lines.add("  listening on  " + AddressText.of(started.listening()));
        lines.add("  reachable at  "
                + started.manifest().addresses().stream().map(Object::toString).collect(Collectors.joining(", ")));
        lines.add("  admin         http://127.0.0.1:" + started.adminPort() + " (/health, /metrics)");
        lines.add("  root key      " + Fingerprint.of(started.manifest().rootKey()));
        if (started.isNew() && !started.isNameChosen()) {
            lines.add("");
            lines.add("The name " + started.manifest().serverName()
                    + " is this machine's; it stays. For another, stop, remove the folder, and start with --name.");
        }
        if (started.isNew() && !started.areAddressesChosen()) {
            lines.add("");
            lines.add("Links carry the addresses above. If others reach this server elsewhere, start it with"
                    + " --advertise HOST:PORT.");
        }
        return lines;
    }

    /** What to do while nobody has joined. */
    List<String> firstMember(String invite) {
        return List.of(
                "",
                "Nobody has joined yet. The first member joins with (one account, valid for 7 days):",
                "",
                "  ./samara join '" + invite + "' --as alice",
                "",
                "Another invite:               " + commandPrefix + " invite",
                "Federate with another server: " + commandPrefix + " peer link",
                "Stop with " + stop + ".");
    }

    /** What to do at other times. */
    List<String> more() {
        return List.of("", "An invite: " + commandPrefix + " invite    Status: " + commandPrefix + " status");
    }
}
