package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import chat.samara.cli.hosting.Guest;
import chat.samara.cli.hosting.Host;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageBody;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("While a profile is open in one samara, another one")
@Timeout(60)
class HostingTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private final TestSurroundings hosting = new TestSurroundings();
    private final TestSurroundings guest = new TestSurroundings();
    private Host host;
    private FakeClient.FakeChannel home;

    @BeforeEach
    void serve() {
        hosting.client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        home = hosting.client.addChannel("home", 0xab);
        host = hosting.serve(folder);
        guest.looksForHosts = true;
        guest.environment.remove("SAMARA_PASSPHRASE");
    }

    @AfterEach
    void end() {
        host.close();
    }

    private int run(String line) {
        return guest.run((line + " --profile " + folder).split(" "));
    }

    @Test
    @DisplayName("sends through it, without a passphrase, and what it does not ask for of its input stays there")
    void sends() {
        guest.in = "the shell's next command".getBytes(StandardCharsets.UTF_8);

        assertThat(run("send home hello")).isZero();

        assertThat(hosting.client.calls).contains("send hello");
        assertThat(guest.out()).contains("✓");
        assertThat(guest.questions).isEmpty();
        assertThat(guest.opened).isEmpty();
        assertThat(guest.standardInput.available()).isEqualTo(guest.in.length);
        assertThat(hosting.client.closed).isFalse();
        assertThat(hosting.out()).isEmpty();
    }

    @Test
    @DisplayName("sends its own input, however long")
    void sendsInput() {
        String text = "ñ".repeat(60_000);
        guest.in = text.getBytes(StandardCharsets.UTF_8);

        assertThat(run("send home -")).isZero();

        assertThat(hosting.client.calls).contains("send " + text);
    }

    @Test
    @DisplayName("reads the same as the one that has it open, and ends as that would")
    void reads() {
        home.say("bob@tunis.example", new MessageBody.Text("السلام عليكم"));
        hosting.run("tail", "home", "--no-follow", "--json");

        assertThat(run("tail home --no-follow --json")).isZero();
        assertThat(guest.out()).isEqualTo(hosting.out()).contains("السلام عليكم");
        assertThat(run("tail nowhere --no-follow")).isEqualTo(ExitCode.REFUSED.number());
        assertThat(guest.err()).contains("nowhere");
        assertThat(run("send home")).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    @DisplayName("can be asked, and answers from its own input")
    void isAsked() {
        home.membership = Membership.REMOVED;
        guest.in = "no\n".getBytes(StandardCharsets.UTF_8);
        run("channel forget home");
        assertThat(hosting.client.calls).noneMatch(call -> call.startsWith("forgot"));
        guest.in = "yes\n".getBytes(StandardCharsets.UTF_8);
        assertThat(run("channel forget home")).isZero();
        assertThat(hosting.client.calls).anyMatch(call -> call.startsWith("forgot"));
        assertThat(guest.err()).contains("Type yes:");
    }

    @Test
    @DisplayName("cannot chat in it, and is told what it can")
    void chats() {
        guest.hasTerminal = true;
        assertThat(run("chat home")).isEqualTo(ExitCode.PROFILE.number());
        assertThat(guest.err()).contains("samara send", "open in another");
    }

    @Test
    @DisplayName("that has gone has its command ended")
    void leaves() throws Exception {
        int before = hosting.client.listeners();
        try (SocketChannel connection = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
            order(connection, "tail", "home");
            await().atMost(PATIENCE).until(() -> hosting.client.listeners() > before);
        }
        await().atMost(PATIENCE).until(() -> hosting.client.listeners() == before);
    }

    @Test
    @DisplayName("ends when that ends, and then finds nobody")
    void hostEnds() {
        CompletableFuture<Integer> following = CompletableFuture.supplyAsync(() -> run("tail home"));
        await().atMost(PATIENCE).until(() -> hosting.client.listeners() > 0);
        host.close();
        assertThat(following).succeedsWithin(PATIENCE);
        assertThat(socket()).doesNotExist();
        assertThat(Guest.isServed(folder)).isFalse();
    }

    @Test
    @DisplayName("finds nobody behind a socket that a process has left behind, and the next one takes its place")
    void leftBehind() throws IOException {
        host.close();
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(socket()));
        }
        assertThat(Files.exists(socket())).isTrue();
        assertThat(Guest.isServed(folder)).isFalse();
        host = hosting.serve(folder);
        assertThat(run("send home again")).isZero();
    }

    @Test
    @DisplayName("that sends anything but an order harms nobody")
    void garbage() throws IOException {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int i = 0; i < 40; i++) {
            byte[] bytes = new byte[random.nextInt(200)];
            random.nextBytes(bytes);
            if (bytes.length > 5 && random.nextBoolean()) {
                // As if it were an order, with lengths by chance.
                ByteBuffer.wrap(bytes).put((byte) 1).putInt(bytes.length - 5).putInt(1);
            }
            try (SocketChannel connection = SocketChannel.open(UnixDomainSocketAddress.of(socket()))) {
                ByteBuffer sent = ByteBuffer.wrap(bytes);
                while (sent.hasRemaining()) {
                    connection.write(sent);
                }
            } catch (IOException turnedAway) {
                continue;
            }
        }
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(run("send home still")).as("seed %d", seed).isZero());
    }

    @Test
    @DisplayName("names files from where it was started, and none that only its own shell has")
    void files() throws IOException {
        Path file = Path.of("members-of-home.txt").toAbsolutePath();
        Files.writeString(file, "bob@tunis.example\n");
        try {
            assertThat(run("channel add home --from members-of-home.txt")).isZero();
        } finally {
            Files.delete(file);
        }
        assertThat(hosting.client.calls).anyMatch(call -> call.contains("bob@tunis.example"));
        assertThat(run("channel add home carol@tunis.example --from /dev/null")).isEqualTo(ExitCode.USAGE.number());
        assertThat(guest.err()).contains("/dev/null");
    }

    @Test
    @DisplayName("finds the socket closed to all but its owner")
    void ownerOnly() throws IOException {
        assertThat(Files.getPosixFilePermissions(socket()))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    }

    private Path socket() {
        return folder.resolve("profile.socket");
    }

    /** As a guest sends it, by hand. */
    private static void order(SocketChannel connection, String... arguments) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream order = new DataOutputStream(bytes);
        order.writeInt(1);
        order.writeInt(arguments.length);
        for (String argument : arguments) {
            order.writeInt(argument.length());
            order.write(argument.getBytes(StandardCharsets.UTF_8));
        }
        order.writeInt(0);
        order.writeInt(0);
        order.writeInt(0);
        order.writeInt(-1);
        order.writeInt(-1);
        order.writeBoolean(false);
        DataOutputStream out = new DataOutputStream(Channels.newOutputStream(connection));
        out.writeByte(1);
        out.writeInt(bytes.size());
        out.write(bytes.toByteArray());
        out.flush();
    }
}
