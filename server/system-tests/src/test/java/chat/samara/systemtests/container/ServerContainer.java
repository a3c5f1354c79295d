package chat.samara.systemtests.container;

import com.github.dockerjava.api.model.ExposedPort;
import com.github.dockerjava.api.model.Ports;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.testcontainers.containers.Container.ExecResult;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;

/**
 * A server in a container. It advertises two addresses: its name in the private network, for its peer, and a port of this machine,
 * for the test's own clients; so every link it prints works from both sides.
 */
final class ServerContainer extends GenericContainer<ServerContainer> {
    private static final int PORT = 7443;
    private static final Duration START_MAX = Duration.ofSeconds(60);
    private static final Pattern LINK = Pattern.compile("samara://\\S+");

    ServerContainer(String image, Network network, String name) {
        super(image);
        int port = freePort();
        withNetwork(network);
        withNetworkAliases(name);
        withExposedPorts(PORT);
        withImagePullPolicy(imageName -> false);
        withCreateContainerCmdModifier(command -> Objects.requireNonNull(command.getHostConfig())
                .withPortBindings(new Ports(ExposedPort.tcp(PORT), Ports.Binding.bindIpAndPort("127.0.0.1", port))));
        withCommand("--name", name, "--advertise", name + ":" + PORT, "--advertise", "127.0.0.1:" + port);
        waitingFor(Wait.forLogMessage("(?s).*listening on.*", 1).withStartupTimeout(START_MAX));
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs an operator's command in the container. */
    String operator(String... arguments) {
        String[] command = new String[arguments.length + 1];
        command[0] = "samara-server";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        try {
            ExecResult result = execInContainer(command);
            if (result.getExitCode() != 0) {
                throw new AssertionError(Arrays.toString(command) + " ended with " + result.getExitCode() + ": "
                        + result.getStdout() + result.getStderr());
            }
            return result.getStdout();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted in " + Arrays.toString(command), e);
        }
    }

    /** The link that an operator's command prints. */
    String link(String... arguments) {
        String printed = operator(arguments);
        Matcher matcher = LINK.matcher(printed);
        if (!matcher.find()) {
            throw new AssertionError("no link in what " + List.of(arguments) + " prints: " + printed);
        }
        return matcher.group();
    }

    /** SIGKILL: nothing is told, nothing is flushed. */
    void killHard() {
        getDockerClient().killContainerCmd(getContainerId()).withSignal("KILL").exec();
    }

    /** The same container again, with its disk as the kill left it. */
    void startAgain() {
        getDockerClient().startContainerCmd(getContainerId()).exec();
    }
}
