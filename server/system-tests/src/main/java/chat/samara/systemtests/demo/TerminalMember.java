package chat.samara.systemtests.demo;

import chat.samara.wire.identity.UserId;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A member who uses the terminal client as scripts do: each command is a process of its own, and between two of them the device is off.
 */
final class TerminalMember implements Member {
    private static final String MAIN = "chat.samara.cli.Main";
    private static final Duration COMMAND = Duration.ofSeconds(60);

    /** How a command ended. */
    record Ended(int exitCode, List<String> lines) {}

    private final UserId user;
    private final Path profile;
    private final String passphrase;
    private final Path log;
    private final Deadline deadline;
    private final Children children;
    private Optional<List<JsonObject>> fetched = Optional.empty();

    TerminalMember(UserId user, Path profile, String passphrase, Deadline deadline, Children children) {
        this.user = user;
        this.profile = profile;
        this.passphrase = passphrase;
        this.log = profile.resolveSibling(profile.getFileName() + ".log");
        this.deadline = deadline;
        this.children = children;
    }

    @Override
    public UserId user() {
        return user;
    }

    @Override
    public Path profile() {
        return profile;
    }

    /** {@code samara join}. */
    void join(String invite) throws DemoFailure, InterruptedException {
        List<String> unused = succeed("join", invite, "--as", name());
    }

    /** {@code samara send}; waits until the own server has stored it, and with {@code ordered} until it is in the log. */
    void send(String channel, String text, boolean ordered) throws DemoFailure, InterruptedException {
        List<String> unused = succeed("send", channel, text, "--wait", ordered ? "ordered" : "stored");
    }

    /** {@code samara send}, which may fail. */
    Ended trySend(String channel, String text) throws DemoFailure, InterruptedException {
        return run("send", channel, text, "--wait", "ordered", "--timeout", "15");
    }

    /** {@code samara tail --json}: everything that the device has, after it has fetched what its server has. */
    List<JsonObject> tail() throws DemoFailure, InterruptedException {
        List<JsonObject> objects = new ArrayList<>();
        for (String line : succeed("tail", "--no-follow", "--json", "--since", "0")) {
            objects.add(JsonParser.parseString(line).getAsJsonObject());
        }
        return objects;
    }

    @Override
    public List<Heard> heard() throws DemoFailure, InterruptedException {
        return texts(fetched.isPresent() ? fetched.get() : tail());
    }

    /** Asks the server one last time, and keeps the answer for when no server runs any more. */
    void fetch() throws DemoFailure, InterruptedException {
        fetched = Optional.of(tail());
    }

    /** Whether the last {@link #fetch} told that this device is no member any more. */
    boolean wasToldOfRemoval() {
        return fetched.orElse(List.of()).stream()
                .anyMatch(line -> line.get("type").getAsString().equals("removed_here"));
    }

    static List<Heard> texts(List<JsonObject> lines) {
        return lines.stream()
                .filter(line -> line.get("type").getAsString().equals("text"))
                // What this device wrote and its server refused: only its own profile has it.
                .filter(line -> !line.get("state").getAsString().equals("refused"))
                .map(line -> new Heard(
                        line.get("id").getAsString(),
                        line.has("seq") ? line.get("seq").getAsLong() : 0,
                        line.get("from").getAsString(),
                        line.get("text").getAsString()))
                .toList();
    }

    private List<String> succeed(String... arguments) throws DemoFailure, InterruptedException {
        Ended ended = run(arguments);
        if (ended.exitCode() != 0) {
            throw new DemoFailure("samara " + arguments[0] + " of " + user + " ended with exit code " + ended.exitCode()
                    + "; see " + log + ".err");
        }
        return ended.lines();
    }

    private Ended run(String... arguments) throws DemoFailure, InterruptedException {
        Map<String, String> environment = Map.of("SAMARA_PROFILE", profile.toString(), "SAMARA_PASSPHRASE", passphrase);
        try {
            JavaProcess process = children.add(
                    JavaProcess.start(MAIN, List.of("-Xmx192m"), environment, log, true, List.of(arguments)));
            int exitCode = process.awaitExit(deadline, "samara " + arguments[0] + " of " + user, COMMAND);
            return new Ended(exitCode, process.lines());
        } catch (IOException broken) {
            throw new DemoFailure("samara " + arguments[0] + " could not be started: " + broken.getMessage(), broken);
        }
    }
}
