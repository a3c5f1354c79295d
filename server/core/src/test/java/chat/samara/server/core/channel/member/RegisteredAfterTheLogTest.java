package chat.samara.server.core.channel.member;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Table;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LoggedIn;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName(
        "A device that joined and was added to channels after the copy was made from which its server was restored")
class RegisteredAfterTheLogTest {
    /** Long enough for a link to be dialled and for everything to be said again, and far below the time for which a dropped channel stays dropped. */
    private static final long HEAL = 90_000;

    private final World world = new World(83);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer oran = world.server("oran.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice emil = TestDevice.stranger(oran, "nobody");
    private TestChannel town = alice.channel(alice.draft().id());
    private TestChannel choir = town;

    /** Alice on the hub and Emil on the follower are in both channels. */
    @BeforeEach
    void found() {
        world.peer(berlin, oran);
        alice = berlin.member("alice");
        emil = oran.member("emil");
        town = alice.found();
        choir = alice.found();
        for (TestChannel channel : channels()) {
            Expect.receipt(alice.invite(channel, emil), ReceiptStatus.ORDERED);
            alice.say(channel, "before the copy");
        }
        emil.join();
        world.pass(HEAL);
    }

    private List<TestChannel> channels() {
        return List.of(town, choir);
    }

    /** She joins and talks, in both channels. */
    private TestDevice dora(TestServer home) {
        TestDevice dora = home.member("dora");
        channels().forEach(channel -> Expect.receipt(alice.invite(channel, dora), ReceiptStatus.ORDERED));
        dora.join();
        channels().forEach(channel -> dora.say(dora.channel(channel.id()), "new here"));
        world.pass(HEAL);
        return dora;
    }

    private void restore(TestServer server, MemoryStore copy) {
        server.crash();
        server.restore(copy);
        server.start();
        world.pass(HEAL);
        List.of(alice, emil).forEach(device -> {
            if (device.server() == server) {
                comeBack(device);
            }
        });
    }

    private void comeBack(TestDevice device) {
        count(device, device.reconnect().getLoggedIn());
        device.follow();
    }

    /** The server says from which number on it counts; in what it does not name, from the first. */
    private void count(TestDevice device, LoggedIn loggedIn) {
        channels().forEach(channel -> device.channel(channel.id()).expectDeviceSeq(1));
        loggedIn.getChannelsList()
                .forEach(state -> device.channel(new ChannelId(Protobuf.toBytes(state.getChannelId())))
                        .expectDeviceSeq(state.getNextDeviceSeq()));
    }

    private ServerFrame registerAgain(TestDevice device) {
        device.disconnect();
        device.connect();
        ServerFrame answer = device.register(device.server().invite(1).token());
        count(device, answer.getLoggedIn());
        return answer;
    }

    private void assertTheyAllTalk(TestDevice dora) {
        for (TestChannel channel : channels()) {
            dora.say(dora.channel(channel.id()), "still here");
            alice.say(channel, "so are we");
            world.pass(HEAL);
            emil.say(emil.channel(channel.id()), "all of us");
            world.pass(HEAL);
            for (TestDevice each : List.of(alice, emil, dora)) {
                assertThat(each.channel(channel.id()).texts())
                        .as(each.user().toString())
                        .endsWith("still here", "so are we", "all of us")
                        .containsOnlyOnce("still here");
            }
        }
        Expect.sound(berlin, oran);
    }

    /** Where she is. */
    enum At {
        HUB,
        FOLLOWER
    }

    private TestServer server(At at) {
        return at == At.HUB ? berlin : oran;
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("is told of its channels when it registers again, and talks on in them, at the hub and at a follower")
    void talksOn(At at) {
        MemoryStore copy = server(at).disk().copy();
        TestDevice dora = dora(server(at));
        restore(server(at), copy);
        alice.say(town, "while she is away");
        assertThat(registerAgain(dora).getLoggedIn().getChannelsCount()).isEqualTo(2);
        assertThat(dora.follow().hasDone()).isTrue();
        assertThat(dora.channel(town.id()).texts()).endsWith("while she is away");
        assertTheyAllTalk(dora);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("the same, wherever the server crashes between the registration and what follows from it")
    void crashes(At at) {
        MemoryStore copy = server(at).disk().copy();
        TestDevice dora = dora(server(at));
        for (TestServer.CrashPoint point :
                List.of(TestServer.CrashPoint.BEFORE_WRITE, TestServer.CrashPoint.AFTER_WRITE)) {
            restore(server(at), copy);
            dora.disconnect();
            dora.connect();
            var token = server(at).invite(1).token();
            server(at).crashAfter(0, point);
            dora.register(token);
            assertThat(server(at).hasCrashed()).isTrue();
            world.pass(HEAL);
            dora.connect();
            count(dora, dora.register(token).getLoggedIn());
            assertThat(dora.follow().hasDone()).as(point.toString()).isTrue();
            List.of(alice, emil).forEach(this::comeBack);
            assertThat(ReaderTable.channels(
                            new StoreRows(server(at).disk()), dora.who().device()))
                    .hasSize(2);
        }
        assertTheyAllTalk(dora);
    }

    @Test
    @DisplayName("learns of its removal, too, if it was removed before it registered again")
    void removedMeanwhile() {
        MemoryStore copy = oran.disk().copy();
        TestDevice dora = dora(oran);
        restore(oran, copy);
        alice.submit(alice.remove(town, dora));
        long removedAt = town.seq();
        alice.say(town, "among ourselves");
        world.pass(HEAL);
        registerAgain(dora);
        dora.follow();
        TestChannel hers = dora.channel(town.id());
        assertThat(hers.group().isActive()).isFalse();
        assertThat(hers.seq()).isEqualTo(removedAt);
        Expect.sound(berlin, oran);
    }

    @Nested
    @DisplayName("at a follower that knew nothing of the channel")
    class Dropped {
        private final TestServer tunis = world.server("tunis.example");

        @BeforeEach
        void peer() {
            world.peer(berlin, tunis);
            world.pass(HEAL);
        }

        @Test
        @DisplayName("gets it back, though the follower had dropped it since nobody of its own was in it")
        void comesBack() {
            MemoryStore copy = tunis.disk().copy();
            TestDevice dora = dora(tunis);
            restore(tunis, copy);
            world.pass(3 * HEAL);
            assertThat(tunis.logs().position(town.id())).isEmpty();
            registerAgain(dora);
            Expect.error(dora.follow(), ErrorCode.UNKNOWN_CHANNEL);
            assertThat(warnings())
                    .hasSize(2)
                    .allSatisfy(it -> assertThat(it)
                            .contains("not known here", "dora@tunis.example reads on in it", "After a restore"));
            world.pass(HEAL);
            assertThat(warnings()).isEmpty();
            assertTheyAllTalk(dora);
        }

        private List<String> warnings() {
            return ((AdminResult.Status) tunis.admin(new AdminCommand.ShowStatus())).warnings();
        }

        @Test
        @DisplayName("who registers while the log is being pulled keeps it from being dropped")
        void inTheMidst() {
            MemoryStore copy = tunis.disk().copy();
            TestDevice dora = dora(tunis);
            for (int i = 0; i < 40; i++) {
                alice.say(town, "x".repeat(8_000));
            }
            world.cut(berlin, tunis);
            restore(tunis, copy);
            world.slow(16_384);
            world.heal(berlin, tunis);
            long addedAt = dora.channel(town.id()).entries().get(0).seq();
            while (tunis.logs().position(town.id()).map(LogPosition::seq).orElse(0L) <= addedAt) {
                world.pass(1_000);
            }
            assertThat(tunis.logs().position(town.id()).orElseThrow().seq()).isLessThan(town.seq());
            registerAgain(dora);
            dora.follow();
            world.pass(HEAL);
            world.slow(0);
            assertTheyAllTalk(dora);
        }

        @Test
        @DisplayName("leaves no row behind when a log is dropped")
        void leavesNothing() {
            TestDevice ghost = TestDevice.stranger(tunis, "ghost");
            Expect.receipt(alice.submit(alice.addDevice(town, ghost)), ReceiptStatus.ORDERED);
            world.pass(5 * HEAL);
            assertThat(tunis.logs().position(town.id())).isEmpty();
            for (Table table : List.of(Table.READER, Table.UNREGISTERED_READER, Table.CHANNEL)) {
                int[] rows = new int[1];
                tunis.disk().scan(table, new byte[0], new byte[0], (key, value) -> {
                    rows[0]++;
                    return true;
                });
                assertThat(rows[0]).as(table.toString()).isZero();
            }
        }

        @Test
        @DisplayName("cannot have a log pulled over and over in which it is not")
        void onlyOnce() {
            TestDevice ghost = TestDevice.stranger(tunis, "ghost");
            TestDevice eve = tunis.member("eve");
            Expect.receipt(alice.submit(alice.addDevice(town, ghost)), ReceiptStatus.ORDERED);
            world.pass(5 * HEAL);
            berlin.takeSentToPeers();
            eve.channel(town.id());
            for (int i = 0; i < 10; i++) {
                eve.follow();
                world.pass(40_000);
            }
            long logs = berlin.takeSentToPeers().stream()
                    .filter(frame -> frame.hasEntries() && frame.getEntries().getEntriesCount() > 0)
                    .count();
            assertThat(logs).isBetween(1L, 2L);
            assertThat(tunis.logs().position(town.id())).isEmpty();
        }
    }

    @Nested
    @DisplayName("Somebody else who registers")
    class SomebodyElse {
        @ParameterizedTest
        @EnumSource
        @DisplayName("under the device's name with another key is in none of its channels")
        void underTheName(At at) {
            MemoryStore copy = server(at).disk().copy();
            TestDevice dora = dora(server(at));
            restore(server(at), copy);
            gainsNothing(dora.impostor());
        }

        @ParameterizedTest
        @EnumSource
        @DisplayName(
                "with the device's key under another name than its leaf's is in none of its channels, nor is who replaces that one")
        void underAnotherName(At at) {
            MemoryStore copy = server(at).disk().copy();
            TestDevice dora = dora(server(at));
            restore(server(at), copy);
            TestDevice eve = dora.under("eve");
            gainsNothing(eve);
            TestDevice next = eve.successor();
            next.connect();
            assertThat(next.replace(eve.who().device()).getLoggedIn().getChannelsCount())
                    .isZero();
        }

        private void gainsNothing(TestDevice eve) {
            assertThat(registerAgain(eve).hasLoggedIn()).isTrue();
            assertThat(registerAgain(eve).getLoggedIn().getChannelsCount()).isZero();
            TestChannel hers = eve.channel(town.id());
            Expect.error(eve.follow(), ErrorCode.UNKNOWN_CHANNEL);
            alice.say(town, "not for her");
            world.pass(HEAL);
            assertThat(eve.takePushes()).noneMatch(ServerFrame::hasEntries);
            assertThat(hers.entries()).isEmpty();
            Expect.sound(berlin, oran);
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("that had taken another's place after the copy was made takes it again, and reads what both could")
    void replaced(At at) {
        TestDevice dora = dora(server(at));
        MemoryStore copy = server(at).disk().copy();
        TestDevice successor = dora.successor();
        successor.connect();
        assertThat(successor.replace(dora.who().device()).hasLoggedIn()).isTrue();
        successor.submit(successor.externalCommitInPlaceOf(town, dora));
        world.pass(HEAL);
        long returnedAt = town.seq();
        alice.say(town, "after the return");
        world.pass(HEAL);
        restore(server(at), copy);
        successor.disconnect();
        successor.connect();
        assertThat(successor.replace(dora.who().device()).getLoggedIn().getChannelsCount())
                .isEqualTo(2);
        var row = ReaderTable.find(
                        new StoreRows(server(at).disk()), successor.who().device(), town.id())
                .orElseThrow();
        assertThat(row.getStretchesCount()).isEqualTo(1);
        assertThat(ReaderTable.isOpen(row)).isTrue();
        assertThat(row.getStretches(0).getFromSeq()).isLessThan(returnedAt);
        Expect.sound(berlin, oran);
    }
}
