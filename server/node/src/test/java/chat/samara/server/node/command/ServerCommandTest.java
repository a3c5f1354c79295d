package chat.samara.server.node.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.node.command.ServerProcess.Finished;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.PeerLink;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

@Timeout(180)
class ServerCommandTest {
    private static final Duration LINK_TIMEOUT = Duration.ofSeconds(60);
    private static final Pattern INVITE = Pattern.compile("\\./samara join '(samara://[^']+)' --as alice");
    private static final Pattern REACHABLE = Pattern.compile("reachable at {2}(\\S+)");

    @TempDir
    private Path temp = Path.of("");

    @Test
    @DisplayName(
            "a rehearsal lets a device join and log in, and ends; in a folder that is there it is refused, since it makes an account")
    void rehearsal() throws Exception {
        String[] arguments = {"--rehearse", "--name", "rehearsal.example", "--listen", "127.0.0.1:0"};
        try (ServerProcess server = start(arguments)) {
            Finished finished = server.finish();
            assertThat(finished.exitCode()).as(finished.output()).isZero();
        }
        try (ServerProcess server = start(arguments)) {
            Finished finished = server.finish();
            assertThat(finished.exitCode()).isNotZero();
            assertThat(finished.output()).contains("--rehearse", "is there already");
        }
    }

    @Test
    @DisplayName(
            "the first start makes keys and an invite; after SIGTERM a second start is the same server with the same invite")
    void firstAndSecondStart() throws Exception {
        String first;
        try (ServerProcess server = start("--name", "berlin.example", "--listen", "127.0.0.1:0")) {
            first = server.awaitOutput("Stop with Ctrl-C.");
            server.terminate();
            Finished finished = server.finish();
            assertThat(finished.exitCode()).isZero();
            assertThat(finished.output()).contains("Stopped.").doesNotContain("Exception");
        }
        InviteLink invite = InviteLink.parse(invite(first));
        assertThat(invite.server().value()).isEqualTo("berlin.example");
        assertThat(first).contains("(new)").contains(group(REACHABLE, first));
        assertThat(data().resolve("admin.json")).doesNotExist();

        try (ServerProcess server = start()) {
            String second = server.awaitOutput("Stop with Ctrl-C.");
            assertThat(second).contains("Samara server berlin.example").doesNotContain("(new)");
            assertThat(InviteLink.parse(invite(second)).token()).isEqualTo(invite.token());
            assertThat(InviteLink.parse(invite(second)).rootKey()).isEqualTo(invite.rootKey());
        }
    }

    @Test
    @DisplayName(
            "the log says which primitives are in use; one that is demanded and cannot be had stops the start, with the remedy")
    void primitives() throws Exception {
        String[] options = {"--name", "berlin.example", "--listen", "127.0.0.1:0"};
        try (ServerProcess server = startWith("-Dsamara.crypto=bouncycastle", options)) {
            assertThat(server.awaitOutput("Stop with Ctrl-C."))
                    .contains("signatures and key agreements by Bouncy Castle (-Dsamara.crypto=bouncycastle)");
        }
        try (ServerProcess server = startWith("-Dorg.conscrypt.native.workdir=/dev/null", options)) {
            assertThat(server.awaitOutput("Stop with Ctrl-C."))
                    .contains("signatures and key agreements by Bouncy Castle (Conscrypt cannot be used here: ");
        }
        try (ServerProcess server = startWith("-Dsamara.crypto=openssl", options)) {
            Finished finished = server.finish();
            assertThat(finished.exitCode()).isEqualTo(ExitCode.FAILED);
            assertThat(finished.output())
                    .contains("-Dsamara.crypto=openssl is not known; it can be conscrypt or bouncycastle")
                    .doesNotContain("Exception");
        }
    }

    @Test
    @DisplayName("commands ask the running server; after SIGKILL it starts again and still knows what it was told")
    void commands() throws Exception {
        try (ServerProcess server = start("--name", "berlin.example", "--listen", "127.0.0.1:0")) {
            String unused = server.awaitOutput("Stop with Ctrl-C.");
            String invite = run("invite", "--uses", "3").output();
            assertThat(invite).containsPattern("Opens 3 accounts, until \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:00Z\\.");
            assertThat(InviteLink.parse(invite.lines().findFirst().orElseThrow())
                            .server()
                            .value())
                    .isEqualTo("berlin.example");
            PeerLink own = PeerLink.parse(
                    run("peer", "link").output().lines().findFirst().orElseThrow());
            assertThat(own.server().value()).isEqualTo("berlin.example");
            String tunis =
                    own.format().replace("berlin.example", "tunis.example").replace("key=", "key=A");
            assertThat(run("peer", "add", tunis).exitCode()).isEqualTo(ExitCode.USAGE);
            Finished added = run("peer", "add", otherServersLink());
            assertThat(added.exitCode()).as(added.output()).isZero();
            server.kill();
            Finished unusedToo = server.finish();
        }
        assertThat(run("status").exitCode()).isEqualTo(ExitCode.NOT_RUNNING);
        try (ServerProcess server = start()) {
            String unused = server.awaitOutput("Stop with Ctrl-C.");
            assertThat(run("peer", "list").output()).startsWith("tunis.example  not linked");
            JsonObject status =
                    JsonParser.parseString(run("status", "--json").output()).getAsJsonObject();
            assertThat(status.get("name").getAsString()).isEqualTo("berlin.example");
            assertThat(status.get("peers").getAsInt()).isEqualTo(1);
            assertThat(status.getAsJsonObject("limits")
                            .get("hub_mebibytes_per_day")
                            .getAsInt())
                    .isEqualTo(CoreConfig.standard().hubMebibytesPerDay());
            assertThat(run("peer", "remove", "tunis.example").exitCode()).isZero();
            assertThat(run("peer", "list").output()).doesNotContain("tunis.example");
        }
    }

    @Test
    @DisplayName("two servers that accept each other are linked, also after one was killed and started again")
    void peering() throws Exception {
        Path other = temp.resolve("tunis");
        try (ServerProcess berlin = start("--name", "berlin.example", "--listen", freeAddress());
                ServerProcess tunis = startAt(other, "--name", "tunis.example", "--listen", freeAddress())) {
            String unused = berlin.awaitOutput("Stop with Ctrl-C.");
            String unusedToo = tunis.awaitOutput("Stop with Ctrl-C.");
            assertThat(run("peer", "add", link(other)).exitCode()).isZero();
            assertThat(runAt(other, "peer", "add", link(data())).exitCode()).isZero();
            awaitLinked(other, "berlin.example");
            awaitLinked(data(), "tunis.example");
            assertThat(run("peer", "add", link(other)).output())
                    .contains("tunis.example is a peer already, and linked")
                    .doesNotContain("Unless");
            berlin.kill();
            assertThat(berlin.finish().exitCode()).isNotZero();
            await().atMost(LINK_TIMEOUT).until(() -> peers(other).startsWith("berlin.example  not linked"));
            try (ServerProcess again = start()) {
                String unusedAgain = again.awaitOutput("Stop with Ctrl-C.");
                awaitLinked(data(), "tunis.example");
                awaitLinked(other, "berlin.example");
            }
        }
    }

    @Test
    @DisplayName("mistakes get one sentence and an exit code, never a stack trace")
    void mistakes() throws Exception {
        assertMistake(run("--name", "bad name"), ExitCode.USAGE, "bad name");
        assertMistake(run("--listen", "7443"), ExitCode.USAGE, "HOST:PORT");
        assertMistake(run("--advertise", "berlin"), ExitCode.USAGE, "host:port");
        assertMistake(
                run("--advertise", "berlin.example:70000"), ExitCode.USAGE, "has port 70000, expected 1 to 65535");
        assertMistake(run("--advertise", ":0"), ExitCode.USAGE, "\":0\" is not host:port");
        assertMistake(
                run("--listen", "0.0.0.0:99999"),
                ExitCode.USAGE,
                "--listen: \"0.0.0.0:99999\" has port 99999, expected 0 (any) to 65535");
        assertMistake(run("--listen", ":7443"), ExitCode.USAGE, "write 0.0.0.0:7443");
        assertMistake(run("--listen", "::1:7443"), ExitCode.USAGE, "stands in brackets: write [::1]:7443");
        assertMistake(run("--listen", "2001:db8::1"), ExitCode.USAGE, "write it like 0.0.0.0:7443 or [::]:7443");
        assertMistake(run("--restored", "invite"), ExitCode.USAGE, "--restored is for a start, and invite asks");
        assertMistake(run("--admin-port", "9", "status"), ExitCode.USAGE, "./samara server --admin-port …");
        assertMistake(
                run("peer", "remove", "not_a_name"),
                ExitCode.USAGE,
                "NAME: server name \"not_a_name\" contains U+005F");
        assertMistake(run("--nmae", "x"), ExitCode.USAGE, "--nmae");
        assertMistake(runHere("--data", ""), ExitCode.USAGE, "is a variable empty?");
        Path other = Files.createDirectories(temp.resolve("other").resolve("of somebody"));
        assertMistake(
                runHere("--data", String.valueOf(other.getParent())),
                ExitCode.FAILED,
                "is no server's data folder, and something else lies in it (of somebody)");
        assertMistake(run("peer"), ExitCode.USAGE, "link, add, list or remove");
        assertMistake(run("peer", "add"), ExitCode.USAGE, "LINK is missing: What `server peer link` prints");
        assertMistake(run("peers"), ExitCode.USAGE, "There is no command \"peers\"; did you mean peer");
        assertMistake(run("status", "now"), ExitCode.USAGE, "\"now\" is one word too many");
        assertMistake(run("--admin-port", "99999"), ExitCode.USAGE, "--admin-port is 99999");
        assertMistake(run("invite", "--valid-hours", "0"), ExitCode.USAGE, "--valid-hours is 0, expected 1 to 8784");
        assertMistake(run("invite", "--uses", "10001"), ExitCode.USAGE, "--uses is 10001, expected 1 to 10000");
        assertMistake(run("invite", "--uses", "x"), ExitCode.USAGE, "'x' is not a whole number, for example 3");
        assertMistake(run("invite", "--note", "x".repeat(201)), ExitCode.USAGE, "--note has 201 characters");
        assertMistake(run("invite"), ExitCode.NOT_RUNNING, "No server runs on the data folder");
        assertMistake(run("--listen", "no.such.invalid:1"), ExitCode.FAILED, "no.such.invalid");
        Path file = Files.writeString(temp.resolve("file"), "");
        assertMistake(runHere("--data", file.toString()), ExitCode.FAILED, "is a file");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = "127.0.0.1:" + taken.getLocalPort();
            assertMistake(run("--listen", port), ExitCode.FAILED, "Cannot listen on " + port);
            assertThat(data().resolve("settings.json"))
                    .as("what a start that failed was told is not remembered")
                    .doesNotExist();
        }
    }

    @Test
    @DisplayName("a second server on the folder, another name, and a newer folder are refused")
    void foldersThatCannotBeUsed() throws Exception {
        try (ServerProcess server = start("--name", "berlin.example", "--listen", "127.0.0.1:0")) {
            String unused = server.awaitOutput("Stop with Ctrl-C.");
            assertMistake(run("--listen", "127.0.0.1:0"), ExitCode.FAILED, "Another server already runs");
            Files.writeString(data().resolve("admin.json"), "{\"port\":1,\"token\":\"of another network namespace\"}");
            assertMistake(run("status"), ExitCode.FAILED, "but cannot be reached from here");
            server.terminate();
            assertThat(server.finish().exitCode()).isZero();
        }
        assertMistake(
                run("--name", "tunis.example"), ExitCode.FAILED, "is berlin.example and cannot become tunis.example");
        Files.writeString(data().resolve("format"), "99\n");
        assertMistake(run(), ExitCode.FAILED, "format 99");
    }

    @Test
    @DisplayName("a first start that fails behind its name says that the server has it from now on")
    void named() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = String.valueOf(taken.getLocalPort());
            String[] options = {"--name", "berlin.example", "--listen", "127.0.0.1:0", "--admin-port", port};
            try (ServerProcess first = start(options)) {
                assertMistake(
                        first.finish(),
                        ExitCode.FAILED,
                        "The server has its name, berlin.example, from now on; for another, remove the folder");
            }
            try (ServerProcess second = start(options)) {
                assertThat(second.finish().output()).contains(port).doesNotContain("has its name");
            }
        }
    }

    @Test
    @DisplayName("in a container it says what is typed outside, and does not take the container's name for its own")
    void container() throws Exception {
        try (ServerProcess server = ServerProcess.startInContainer(
                "home town", parent(data()), withData(data(), "--listen", "127.0.0.1:0"))) {
            Finished finished = server.finish();
            assertThat(finished.exitCode()).as(finished.output()).isEqualTo(ExitCode.USAGE);
            assertThat(finished.output()).contains("needs --name", "docker run … samara --name berlin.example");
        }
        String[] options = withData(data(), "--name", "berlin.example", "--listen", "127.0.0.1:0");
        try (ServerProcess server = ServerProcess.startInContainer("home town", parent(data()), options)) {
            assertThat(server.awaitOutput("Stop with docker stop 'home town'."))
                    .contains("docker exec 'home town' samara-server invite")
                    .doesNotContain("./samara server");
        }
    }

    @Test
    @DisplayName("a disk that is full is told from one that fails, with how much room is needed")
    void disks() {
        assertThat(ServerCommand.diskSentence(true))
                .isEqualTo("the disk of the data folder is full (512 MiB needed; make room)");
        assertThat(ServerCommand.diskSentence(false)).isEqualTo("the disk of the data folder failed");
    }

    private static void assertMistake(Finished finished, int exitCode, String part) {
        assertThat(finished.exitCode()).as(finished.output()).isEqualTo(exitCode);
        assertThat(finished.output()).contains(part).doesNotContain("\tat ").doesNotContain("Exception");
        assertThat(finished.output().lines().count()).as(finished.output()).isLessThanOrEqualTo(2);
    }

    private static void awaitLinked(Path data, String peer) {
        await().atMost(LINK_TIMEOUT).until(() -> peers(data).startsWith(peer + "  linked"));
    }

    private static String peers(Path data) {
        return runAt(data, "peer", "list").output();
    }

    private static String link(Path data) {
        return runAt(data, "peer", "link").output().lines().findFirst().orElseThrow();
    }

    private static String otherServersLink() {
        return "samara://127.0.0.1:9/peer#name=tunis.example&key=" + "A".repeat(43);
    }

    private static String freeAddress() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return "127.0.0.1:" + socket.getLocalPort();
        }
    }

    private static String invite(String output) {
        return group(INVITE, output);
    }

    private static String group(Pattern pattern, String output) {
        Matcher matcher = pattern.matcher(output);
        assertThat(matcher.find()).as(output).isTrue();
        return matcher.group(1);
    }

    private Path data() {
        return temp.resolve("berlin");
    }

    private ServerProcess start(String... args) throws IOException {
        return startAt(data(), args);
    }

    private ServerProcess startWith(String javaOption, String... args) throws IOException {
        return ServerProcess.startWithJavaOption(javaOption, parent(data()), withData(data(), args));
    }

    private static ServerProcess startAt(Path data, String... args) throws IOException {
        return ServerProcess.start(parent(data), withData(data, args));
    }

    private Finished run(String... args) {
        return runAt(data(), args);
    }

    private static Finished runAt(Path data, String... args) {
        return runHere(withData(data, args));
    }

    /** A command that ends by itself needs no process of its own. */
    private static Finished runHere(String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine line = ServerCommand.commandLine();
        line.setOut(new PrintWriter(out, true));
        line.setErr(new PrintWriter(err, true));
        int exitCode = line.execute(args);
        return new Finished(exitCode, out + err.toString());
    }

    private static Path parent(Path data) {
        Path parent = data.getParent();
        if (parent == null) {
            throw new IllegalArgumentException(data + " has no parent");
        }
        return parent;
    }

    private static String[] withData(Path data, String... args) {
        String[] all = new String[args.length + 2];
        all[0] = "--data";
        all[1] = data.toString();
        System.arraycopy(args, 0, all, 2, args.length);
        return all;
    }
}
