package chat.samara.server.core.channel.member;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.welcome.Welcome;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Table;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.FetchWelcomes;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a commit hands to the devices of this server that it adds. */
final class WelcomesTest {
    private static final int MANY = 500;

    private final World world = new World(41);
    private final TestServer berlin = world.server("berlin.example");
    private final TestDevice alice = berlin.member("alice");
    private final TestChannel home = alice.found();

    private List<TestDevice> members(int count) {
        List<TestDevice> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(berlin.member("m" + i));
        }
        return members;
    }

    /** By one commit; each claims the KeyPackage of the next, since one member may not claim so many. */
    private void addAll(List<TestDevice> devices) {
        List<ClaimedKeyPackage> claimed = new ArrayList<>();
        for (int i = 0; i < devices.size(); i++) {
            TestDevice next = devices.get((i + 1) % devices.size());
            claimed.addAll(devices.get(i)
                    .claim(next.user(), Bytes.of(new byte[16]))
                    .getClaimedKeyPackages()
                    .getKeyPackagesList());
        }
        assertThat(claimed).hasSameSizeAs(devices);
        devices.forEach(TestDevice::takePushes);
        berlin.takeEffects();
        Expect.receipt(alice.submit(alice.add(home, claimed)), ReceiptStatus.ORDERED);
    }

    private static List<WaitingWelcome> fetch(TestDevice device) {
        ClientFrame.Builder fetch = ClientFrame.newBuilder().setFetchWelcomes(FetchWelcomes.getDefaultInstance());
        return device.ask(fetch).getWelcomes().getWelcomesList();
    }

    private static long bytesToSessions(List<Effect> effects) {
        return effects.stream()
                .filter(Effect.SendToSession.class::isInstance)
                .mapToLong(it -> ((Effect.SendToSession) it).frame().size())
                .sum();
    }

    @Test
    @DisplayName(
            "what waits for a device that is struck off comes behind what waits for its successor, and nothing is lost")
    void handedOn() {
        TestDevice bob = berlin.member("bob");
        Expect.receipt(alice.invite(home, bob), ReceiptStatus.ORDERED);
        List<WaitingWelcome> before = fetch(bob);
        TestDevice successor = bob.successor();
        Journal journal = new Journal(berlin.disk());
        WelcomeTable table = new WelcomeTable(journal);
        Bytes row = Bytes.of(berlin.disk()
                .get(
                        Table.WELCOME,
                        Key.of(bob.who().device().bytes()).and(1).bytes().toByteArray())
                .orElseThrow());
        journal.put(
                Table.WELCOME, Key.of(successor.who().device().bytes()).and(1).bytes(), row);
        table.move(bob.who().device(), successor.who().device());

        assertThat(before).hasSize(1);
        assertThat(WelcomeTable.waiting(journal, successor.who().device()))
                .extracting(waiting -> Key.numberAt(waiting.key(), DeviceId.SIZE_BYTES))
                .containsExactly(1L, 2L);
        assertThat(WelcomeTable.waiting(journal, bob.who().device())).isEmpty();
    }

    @Test
    @DisplayName(
            "five hundred that one commit adds are each told in some bytes, and fetch their own part of the Welcome; the commit is read once for all")
    void manyAtOnce() throws Exception {
        List<TestDevice> added = members(MANY);

        addAll(added);

        // With the entry for alice, who reads it and gets it back as any reader does.
        long entry = berlin.disk()
                .get(Table.ENTRY, LogTable.key(home.id(), home.seq()).toByteArray())
                .orElseThrow()
                .length;
        assertThat(bytesToSessions(berlin.takeEffects())).isLessThan(2 * entry + 100L * MANY);
        assertThat(added)
                .allSatisfy(device -> assertThat(device.takePushes())
                        .filteredOn(ServerFrame::hasWelcomes)
                        .singleElement()
                        .satisfies(push -> assertThat(push.getWelcomes().getWelcomesCount())
                                .isZero()));

        long before = berlin.reads(Table.ENTRY);
        for (TestDevice device : added) {
            WaitingWelcome own = fetch(device).get(0);
            Welcome welcome = MlsMessage.decode(own.getWelcome().toByteArray()).requireWelcome();
            assertThat(welcome.secrets())
                    .singleElement()
                    .satisfies(it -> assertThat(it.newMember()).isEqualTo(Protobuf.toBytes(own.getKeyPackageRef())));
        }
        assertThat(berlin.reads(Table.ENTRY) - before).isEqualTo(2);
        assertThat(bytesToSessions(berlin.takeEffects())).isLessThan(2_000L * MANY);
    }

    @Test
    @DisplayName("a device joins by its part, also where the folder is of a version that gave it whole")
    void joinsByItsPart() {
        List<TestDevice> added = members(3);
        addAll(added);
        // Nothing but the rows of that version is left of what it did; they are the same.
        berlin.restart();
        for (TestDevice device : added) {
            device.connect();
            assertThat(device.login().getLoggedIn().getWelcomesWaiting()).isEqualTo(1);
            device.join();
            assertThat(fetch(device)).isEmpty();
        }
        alice.connect();
        alice.login();
        alice.follow();
        alice.say(home, "welcome");
        assertThat(added)
                .allSatisfy(
                        device -> assertThat(device.channel(home.id()).texts()).containsExactly("welcome"));
        Expect.sound(berlin);
    }

    @Test
    @DisplayName("what is kept in parts is bounded by its bytes, and is read again beyond that")
    void bounded() {
        List<TestDevice> added = members(2);
        addAll(added);
        CountedRows rows = new CountedRows(new StoreRows(berlin.disk()));
        WelcomeTable.Waiting waiting =
                WelcomeTable.waiting(rows, added.get(0).who().device()).get(0);
        PartedWelcomes roomy = new PartedWelcomes(Limits.WELCOMES_PARTED_BYTES_MAX);
        PartedWelcomes tight = new PartedWelcomes(100);

        WaitingWelcome once = roomy.message(rows, waiting);
        assertThat(roomy.message(rows, waiting)).isEqualTo(once);
        assertThat(rows.gets).isEqualTo(2);
        assertThat(tight.message(rows, waiting)).isEqualTo(once);
        assertThat(tight.message(rows, waiting)).isEqualTo(once);
        assertThat(rows.gets).isEqualTo(6);
    }

    /** Rows, and how many of them were asked for. */
    private static final class CountedRows implements Rows {
        private final Rows rows;
        private int gets;

        CountedRows(Rows rows) {
            this.rows = rows;
        }

        @Override
        public Optional<Bytes> get(Table table, Bytes key) {
            gets++;
            return rows.get(table, key);
        }

        @Override
        public void scan(Table table, Bytes fromInclusive, Bytes toExclusive, Visitor visitor) {
            rows.scan(table, fromInclusive, toExclusive, visitor);
        }
    }
}
