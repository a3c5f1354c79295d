package chat.samara.systemtests.demo;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.Sending;
import chat.samara.client.channel.Membership;
import chat.samara.client.refusal.RefusalCode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** As the operator's manual has it: stop, copy the folder, start, go on for a day, lose the disk, put the copy in its place, start. */
@DisplayName("A server that lost its disk and was restored from a copy")
@Tag("processes")
class RestoreTest {
    private static final String PASSPHRASE = "seeds on the wind 1968";
    private static final Duration PATIENCE = Duration.ofSeconds(25);

    private final Deadline deadline = new Deadline(Duration.ofMinutes(4));
    private final Children children = new Children();

    @TempDir
    Path folder;

    @AfterEach
    void endAll() {
        children.killAll();
    }

    private ServerProcess server(String name) throws Exception {
        ServerProcess server = new ServerProcess(name, folder.resolve(name), deadline, children);
        Duration unused = server.start();
        return server;
    }

    private SdkMember member(String name, String invite) throws DemoFailure {
        return SdkMember.join(folder.resolve("profiles").resolve(name), PASSPHRASE, invite, name, deadline);
    }

    private Path copyOf(ServerProcess server) throws Exception {
        Path copy = folder.resolve("copy");
        assertThat(server.stop()).isZero();
        server.copyData(copy);
        Duration unused = server.start();
        return copy;
    }

    private static void restore(ServerProcess server, Path copy) throws Exception {
        assertThat(server.stop()).isZero();
        server.restoreData(copy);
        Duration unused = server.start();
    }

    private static List<String> texts(SdkMember member) {
        return member.heard().stream().map(Member.Heard::text).toList();
    }

    @Test
    @DisplayName(
            "has back from a following server what it had ordered; nobody's copy is frozen, and all read and write on")
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void withAFollower() throws Exception {
        ServerProcess berlin = server("berlin.example");
        ServerProcess tunis = server("tunis.example");
        berlin.addPeer(tunis.peerLink());
        tunis.addPeer(berlin.peerLink());
        try (SdkMember dawit = member("dawit", berlin.firstInvite());
                SdkMember leila = member("leila", tunis.firstInvite())) {
            dawit.createChannel("home");
            dawit.add(leila.user());
            leila.awaitChannel("home");
            dawit.awaitOrdered(dawit.send("before the copy"));
            Path copy = copyOf(berlin);
            dawit.awaitOrdered(dawit.send("after the copy"));
            leila.awaitOrdered(leila.send("this, too"));
            restore(berlin, copy);
            dawit.awaitOrdered(dawit.send("after the restore"));
            leila.awaitOrdered(leila.send("as if nothing had happened"));
            leila.awaitTexts(5);
            dawit.awaitTexts(5);
            assertThat(texts(dawit))
                    .containsExactly(
                            "before the copy",
                            "after the copy",
                            "this, too",
                            "after the restore",
                            "as if nothing had happened");
            assertThat(leila.heard()).isEqualTo(dawit.heard());
            assertThat(List.of(dawit.membership(), leila.membership())).containsOnly(Membership.MEMBER);
            assertThat(dawit.complaints()).isEmpty();
            assertThat(leila.complaints()).isEmpty();
            assertThat(berlin.status()).doesNotContain("is held");
        }
    }

    @Test
    @DisplayName(
            "orders nothing in place of what only its members' devices have, and says so to them and to its operator")
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void withoutAFollower() throws Exception {
        ServerProcess berlin = server("berlin.example");
        try (SdkMember dawit = member("dawit", berlin.firstInvite());
                SdkMember minh = member("minh", berlin.invite())) {
            dawit.createChannel("home");
            dawit.add(minh.user());
            minh.awaitChannel("home");
            dawit.awaitOrdered(dawit.send("before the copy"));
            Path copy = copyOf(berlin);
            dawit.awaitOrdered(dawit.send("on the devices only"));
            minh.awaitText("on the devices only");
            restore(berlin, copy);
            Sending waits = minh.send("instead?");
            assertThat(minh.awaitWhyNot(waits, PATIENCE)).isEqualTo(RefusalCode.HUB_BEHIND);
            assertThat(berlin.status()).contains("is held", "After a restore");
            assertThat(berlin.stop()).isZero();
            Duration unused = berlin.start();
            assertThat(dawit.awaitWhyNot(dawit.send("now?"), PATIENCE)).isEqualTo(RefusalCode.HUB_BEHIND);
            assertThat(List.of(dawit.membership(), minh.membership())).containsOnly(Membership.MEMBER);
            assertThat(texts(minh)).contains("before the copy", "on the devices only");
            assertThat(texts(dawit)).contains("before the copy", "on the devices only");
        }
    }

    @Test
    @DisplayName(
            "lets a member back in who joined after the copy was made, with a new invite, and that member talks on")
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void withAMemberOfLater() throws Exception {
        ServerProcess berlin = server("berlin.example");
        ServerProcess tunis = server("tunis.example");
        berlin.addPeer(tunis.peerLink());
        tunis.addPeer(berlin.peerLink());
        try (SdkMember dawit = member("dawit", berlin.firstInvite());
                SdkMember leila = member("leila", tunis.firstInvite())) {
            dawit.createChannel("home");
            dawit.add(leila.user());
            leila.awaitChannel("home");
            Path copy = copyOf(berlin);
            try (SdkMember dora = member("dora", berlin.invite())) {
                dawit.add(dora.user());
                dora.awaitChannel("home");
                dora.awaitOrdered(dora.send("new here"));
                leila.awaitTexts(1);
                restore(berlin, copy);
                dawit.awaitOrdered(dawit.send("after the restore"));
                dora.joinAgain(berlin.invite());
                dora.awaitOrdered(dora.send("still here"));
                leila.awaitTexts(3);
                dora.awaitTexts(3);
                dawit.awaitTexts(3);
                assertThat(dora.heard()).isEqualTo(dawit.heard());
                assertThat(leila.heard()).isEqualTo(dawit.heard());
                assertThat(dora.membership()).isEqualTo(Membership.MEMBER);
            }
        }
    }
}
