package chat.samara.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import chat.samara.cli.hosting.Guest;
import chat.samara.cli.hosting.Host;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
    void serve() throws IOException {
        hosting.client.account = Optional.of(FakeClient.account("alice@berlin.example"));
        home = hosting.client.addChannel("home", 0xab);
        Files.writeString(folder.resolve("profile.header"), "of the profile's owner");
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

    @ParameterizedTest
    @ValueSource(
            strings = {
                "verify bob@tunis.example --matches",
                "verify bob@tunis.example --accept-new-key",
                "device take-over",
                "channel forget home --yes"
            })
    @DisplayName("has nothing done that takes the passphrase, by whatever it sends")
    void takesThePassphrase(String line) throws Exception {
        assertThat(run(line)).isEqualTo(ExitCode.PROFILE.number());
        assertThat(guest.err()).contains("takes the passphrase");
        try (SocketChannel connection = connect()) {
            order(connection, line.split(" "));
            assertThat(exitCode(connection)).isEqualTo(ExitCode.PROFILE.number());
        }
        assertThat(hosting.client.calls)
                .noneMatch(
                        call -> call.startsWith("forgot") || call.startsWith("verified") || call.startsWith("accept"));
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
        try (SocketChannel connection = connect()) {
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
                assertThat(turnedAway).as("seed %d", seed).hasMessageContaining("pipe");
            }
        }
        await().atMost(PATIENCE)
                .untilAsserted(() ->
                        assertThat(run("send home still")).as("seed %d", seed).isZero());
    }

    @Test
    @DisplayName("has no file read for it")
    void files() throws IOException {
        Path file = Files.writeString(folder.resolve("members"), "bob@tunis.example\n");
        assertThat(run("channel add home --from " + file)).isEqualTo(ExitCode.USAGE.number());
        assertThat(guest.err()).contains("$(sed");
        assertThat(hosting.client.calls).noneMatch(call -> call.startsWith("add"));
    }

    @Test
    @DisplayName("that has gone before its command had begun has nothing done")
    void cancelled() throws Exception {
        CountDownLatch catchingUp = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        hosting.client.whileCatchingUp = () -> {
            catchingUp.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException told) {
                Thread.currentThread().interrupt();
                stopped.countDown();
            }
        };
        hosting.client.catchUpRefusal = new ClientException(RefusalCode.TIMEOUT, "interrupted while catching up");
        try (SocketChannel connection = connect()) {
            order(connection, "channel", "create", "another");
            assertThat(catchingUp.await(30, TimeUnit.SECONDS)).isTrue();
        }
        assertThat(stopped.await(30, TimeUnit.SECONDS)).isTrue();
        host.close();
        assertThat(hosting.client.calls).noneMatch(call -> call.startsWith("create"));
    }

    @Test
    @DisplayName("says nothing to a process that does not answer, and waits a moment only")
    void stopped() throws Exception {
        host.close();
        try (ServerSocketChannel silent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            silent.bind(UnixDomainSocketAddress.of(socket()));
            assertThat(run("send home once")).isEqualTo(ExitCode.PROFILE.number());
            assertThat(guest.err()).contains("nothing was done", "fg");
            silent.configureBlocking(false);
            for (SocketChannel late = silent.accept(); late != null; late = silent.accept()) {
                assertThat(late.read(ByteBuffer.allocate(10))).isNegative();
                late.close();
            }
        }
    }

    @Test
    @DisplayName("is told that too many use the profile, and that nothing was done")
    void tooMany() throws IOException {
        List<SocketChannel> others = new ArrayList<>();
        try {
            for (int i = 0; i < 20; i++) {
                others.add(connect());
            }
            await().atMost(PATIENCE).untilAsserted(() -> {
                assertThat(run("send home once")).isEqualTo(ExitCode.LATER.number());
                assertThat(guest.err()).contains("nothing was done. Try again");
            });
        } finally {
            for (SocketChannel other : others) {
                other.close();
            }
        }
        assertThat(hosting.client.calls).noneMatch(call -> call.startsWith("send"));
    }

    @Test
    @DisplayName("finds the socket closed to all but its owner")
    void ownerOnly() throws IOException {
        assertThat(Files.getPosixFilePermissions(socket()))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    }

    private SocketChannel connect() throws IOException {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket()));
    }

    /** The last frame's, which is its end. */
    private static int exitCode(SocketChannel connection) throws IOException {
        ByteBuffer all = ByteBuffer.allocate(1 << 16);
        while (connection.read(all) >= 0) {
            assertThat(all.hasRemaining()).isTrue();
        }
        return all.getInt(all.position() - Integer.BYTES);
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
