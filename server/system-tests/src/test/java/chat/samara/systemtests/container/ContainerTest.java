package chat.samara.systemtests.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import chat.samara.client.Client;
import chat.samara.client.channel.MessageBody;
import chat.samara.client.refusal.ClientException;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Network;
import org.testcontainers.images.builder.ImageFromDockerfile;

@DisplayName("Two servers in containers")
class ContainerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final char[] PASSPHRASE = "correct horse battery staple".toCharArray();

    @TempDir
    private Path folder = Path.of("");

    @Test
    @Timeout(300)
    @DisplayName("are peered by their operators, carry messages both ways, and go on after one was killed")
    void talkThroughAKill() throws Exception {
        String image = buildImage();
        try (Network network = Network.newNetwork();
                ServerContainer berlin = new ServerContainer(image, network, "berlin");
                ServerContainer tunis = new ServerContainer(image, network, "tunis")) {
            berlin.start();
            tunis.start();
            tunis.operator("peer", "add", berlin.link("peer", "link"));
            berlin.operator("peer", "add", tunis.link("peer", "link"));
            try (Client alice = Client.create(folder.resolve("alice"), PASSPHRASE.clone());
                    Client bilal = Client.create(folder.resolve("bilal"), PASSPHRASE.clone())) {
                alice.join(berlin.link("invite"), "alice", PATIENCE);
                bilal.join(tunis.link("invite"), "bilal", PATIENCE);
                ChannelId channel = meet(alice, UserId.parse("bilal@tunis"), bilal);
                say(alice, channel, "مرحبا بلال");
                awaitText(bilal, channel, "مرحبا بلال");
                say(bilal, channel, "Hallo Alice");
                awaitText(alice, channel, "Hallo Alice");

                tunis.killHard();
                alice.channel(channel).send("are you there?");
                tunis.startAgain();
                awaitText(bilal, channel, "are you there?");
                say(bilal, channel, "back again");
                awaitText(alice, channel, "back again");

                berlin.killHard();
                bilal.channel(channel).send("and you?");
                berlin.startAgain();
                awaitText(alice, channel, "and you?");
                awaitText(bilal, channel, "and you?");
                assertThat(texts(alice, channel)).isEqualTo(texts(bilal, channel));
            }
        }
    }

    private static ChannelId meet(Client founder, UserId other, Client guest) throws ClientException {
        Client.Channel channel = founder.createChannel("home town", PATIENCE);
        // The servers have only just been introduced: until their link stands, nobody of the other side can be found.
        Awaitility.await().atMost(PATIENCE).ignoreExceptions().untilAsserted(() -> {
            if (channel.members().stream().noneMatch(member -> member.user().equals(other))) {
                channel.add(other, PATIENCE);
            }
        });
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() ->
                        guest.channels().stream().anyMatch(joined -> joined.id().equals(channel.id())));
        return channel.id();
    }

    private static void say(Client client, ChannelId channel, String text) throws ClientException {
        assertThat(client.channel(channel).send(text).awaitOrdered(PATIENCE)).isPositive();
    }

    private static void awaitText(Client client, ChannelId channel, String text) {
        Awaitility.await()
                .atMost(PATIENCE)
                .untilAsserted(() -> assertThat(texts(client, channel)).containsOnlyOnce(text));
    }

    private static List<String> texts(Client client, ChannelId channel) throws ClientException {
        return client.channel(channel).history(0, 1_000).stream()
                .flatMap(message -> message.body() instanceof MessageBody.Text text
                        ? Optional.of(text.text()).stream()
                        : Optional.<String>empty().stream())
                .toList();
    }

    /** The project's image, of the jars that this build has made; skips the test where that is not possible. */
    private static String buildImage() throws IOException {
        assumeTrue(
                DockerClientFactory.instance().isDockerAvailable(),
                "skipped: no Docker engine answers (.ci/containers.sh starts one on Debian)");
        Path root = Path.of(System.getProperty("samara.root", "")).toAbsolutePath();
        Path target = root.resolve("server/node/target");
        Optional<Path> jar = serverJar(target);
        assumeTrue(
                jar.isPresent() && Files.isDirectory(target.resolve("lib")),
                "skipped: the server is not packaged (run `mvn package` first)");
        Path packaged = jar.get();
        ImageFromDockerfile image = new ImageFromDockerfile("samara-server-under-test", true)
                .withFileFromPath("Dockerfile", root.resolve("Dockerfile"))
                .withFileFromPath("server/node/target/lib", target.resolve("lib"))
                .withFileFromPath("server/node/target/" + packaged.getFileName(), packaged);
        String base = System.getProperty("samara.container.base", System.getenv("SAMARA_CONTAINER_BASE"));
        return (base == null || base.isBlank() ? image : image.withBuildArg("BASE_IMAGE", base)).get();
    }

    private static Optional<Path> serverJar(Path target) throws IOException {
        if (!Files.isDirectory(target)) {
            return Optional.empty();
        }
        try (DirectoryStream<Path> jars = Files.newDirectoryStream(target, "samara-server-node-*.jar")) {
            for (Path jar : jars) {
                if (!jar.toString().endsWith("-tests.jar") && !jar.toString().endsWith("-sources.jar")) {
                    return Optional.of(jar);
                }
            }
            return Optional.empty();
        }
    }
}
