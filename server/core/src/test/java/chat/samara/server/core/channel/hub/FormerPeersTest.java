package chat.samara.server.core.channel.hub;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.Limits;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A server that shares a channel and is no peer any more")
class FormerPeersTest {
    private static final long HEAL_MILLIS = 90_000;

    private final World world = new World(43);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice dina = TestDevice.stranger(tunis, "nobody");
    private TestChannel home = alice.channel(alice.draft().id());
    private TestChannel dinas = home;

    @BeforeEach
    void talk() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        dina = tunis.member("dina");
        home = alice.found();
        Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
        dina.join();
        dinas = dina.channel(home.id());
        dina.say(dinas, "salam");
        world.pass(HEAL_MILLIS);
    }

    private static List<String> warnings(TestServer server) {
        return ((AdminResult.Status) server.admin(new AdminCommand.ShowStatus())).warnings();
    }

    private static int sharedWith(TestServer server, TestServer peer) {
        return ((AdminResult.Peers) server.admin(new AdminCommand.ListPeers()))
                .peers().stream()
                        .filter(it -> it.name().equals(peer.name()))
                        .findFirst()
                        .orElseThrow()
                        .sharedChannels();
    }

    private String idShown() {
        return home.id().toString().substring(0, 12);
    }

    @Test
    @DisplayName("is named by the channel's hub, with the channel and the remedy, until it is a peer again")
    void atTheHub() {
        assertThat(warnings(berlin)).isEmpty();
        berlin.admin(new AdminCommand.RemovePeer(tunis.name()));
        world.pass(HEAL_MILLIS);

        assertThat(warnings(berlin))
                .singleElement()
                .satisfies(it ->
                        assertThat(it).contains("tunis.example is no peer", "shares a channel", idShown(), "peer add"));

        berlin.admin(new AdminCommand.AddPeer(tunis.peerLink()));
        world.pass(HEAL_MILLIS);
        assertThat(warnings(berlin)).isEmpty();
    }

    @Test
    @DisplayName("is named by one that follows, with how much waits for it")
    void atTheFollower() {
        tunis.admin(new AdminCommand.RemovePeer(berlin.name()));
        Expect.receipt(dina.say(dinas, "is anybody there?"), ReceiptStatus.STORED);
        world.pass(HEAL_MILLIS);

        assertThat(warnings(tunis))
                .singleElement()
                .satisfies(
                        it -> assertThat(it).contains("berlin.example is no peer", idShown(), "1 records wait for it"));
    }

    @Test
    @DisplayName("was counted as sharing the same channels while it was a peer, on both sides")
    void oneCount() {
        assertThat(sharedWith(berlin, tunis)).isOne();
        assertThat(sharedWith(tunis, berlin)).isOne();

        Expect.receipt(alice.submit(alice.remove(home, dina)), ReceiptStatus.ORDERED);
        world.pass(HEAL_MILLIS);

        assertThat(sharedWith(berlin, tunis)).isZero();
    }

    @Test
    @DisplayName("is not named any more once none of its members is in the channel")
    void noMembersLeft() {
        Expect.receipt(alice.submit(alice.remove(home, dina)), ReceiptStatus.ORDERED);
        world.pass(HEAL_MILLIS);
        berlin.admin(new AdminCommand.RemovePeer(tunis.name()));

        assertThat(warnings(berlin)).isEmpty();
    }

    @Test
    @DisplayName("is not named by one that follows any more once none of that one's members is in the channel")
    void noMembersLeftAtTheFollower() {
        Expect.receipt(alice.submit(alice.remove(home, dina)), ReceiptStatus.ORDERED);
        world.pass(HEAL_MILLIS);
        tunis.admin(new AdminCommand.RemovePeer(berlin.name()));

        assertThat(warnings(tunis)).isEmpty();
    }

    @Test
    @DisplayName("is named beside others, however many there are")
    void many() {
        List<String> names = new ArrayList<>();
        for (int i = 0; i < Limits.FORMER_PEERS_TOLD_MAX + 3; i++) {
            TestServer other = world.server("s" + (char) ('a' + i) + ".example");
            world.peer(berlin, other);
            TestDevice device = other.member("m");
            Expect.receipt(alice.invite(home, device), ReceiptStatus.ORDERED);
            world.pass(HEAL_MILLIS);
            berlin.admin(new AdminCommand.RemovePeer(other.name()));
            names.add(other.name().value());
        }

        List<String> warnings = warnings(berlin);
        assertThat(warnings).hasSize(Limits.FORMER_PEERS_TOLD_MAX + 1);
        assertThat(warnings.get(Limits.FORMER_PEERS_TOLD_MAX)).startsWith("3 more servers are no peers");
        assertThat(names)
                .allSatisfy(name -> assertThat(String.join("\n", warnings)).contains(name));
    }
}
