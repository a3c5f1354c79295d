package chat.samara.server.core.channel.state;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Effect;
import chat.samara.server.core.admin.AdminCommand;
import chat.samara.server.core.admin.AdminResult;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.proto.StoredEvidence;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.Record;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@DisplayName("A row of one channel that cannot be read (I9)")
final class DamagedChannelTest {
    private static final long HEAL = 90_000;

    private final World world = new World(43);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice ben = alice;
    private TestDevice dina = alice;

    /** Berlin is the hub of these two; the first is the one that is damaged. */
    private TestChannel home = alice.channel(alice.draft().id());

    private TestChannel other = home;

    /** Of this one Tunis is. */
    private TestChannel garden = home;

    private record Row(Table table, Bytes key, Bytes value) {}

    @BeforeEach
    void found() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        ben = berlin.member("ben");
        dina = tunis.member("dina");
        home = alice.found();
        other = alice.found();
        garden = dina.found();
        Expect.receipt(alice.invite(home, ben, dina), ReceiptStatus.ORDERED);
        Expect.receipt(alice.invite(other, ben, dina), ReceiptStatus.ORDERED);
        Expect.receipt(dina.invite(garden, alice), ReceiptStatus.ORDERED);
        world.settle();
        alice.join();
        ben.join();
        dina.join();
        alice.say(home, "before");
        world.pass(HEAL);
    }

    private TestChannel of(TestDevice device, TestChannel channel) {
        return device.channel(channel.id());
    }

    /** The rows that are this channel's, by their keys. */
    private List<Row> rowsOf(TestServer server, TestChannel channel) {
        List<Row> rows = new ArrayList<>();
        for (Table table : Table.values()) {
            server.disk().scan(table, new byte[0], new byte[0], (key, value) -> {
                if (Bytes.of(key).hex().contains(channel.id().bytes().hex())) {
                    rows.add(new Row(table, Bytes.of(key), Bytes.of(value)));
                }
                return true;
            });
        }
        return rows;
    }

    private static void put(TestServer server, Row row, Bytes value) {
        WriteBatch batch = new WriteBatch();
        batch.put(row.table(), row.key(), value);
        server.disk().write(batch);
    }

    private void restartWith(TestServer server, Row row, Bytes value) {
        server.crash();
        put(server, row, value);
        server.start();
        comeBack(server);
    }

    private void comeBack(TestServer server) {
        world.pass(HEAL);
        for (TestDevice device : List.of(alice, ben, dina)) {
            if (device.server() == server) {
                assertThat(device.reconnect().hasLoggedIn())
                        .as("%s logs in", device.user())
                        .isTrue();
                device.follow();
            }
        }
    }

    /** Everybody talks in the other channels, both ways, and what is due there is done. */
    private void allElseGoesOn(String text) {
        Expect.receipt(alice.say(other, "alice " + text), ReceiptStatus.ORDERED);
        Expect.receipt(ben.submit(ben.update(of(ben, other))), ReceiptStatus.ORDERED);
        dina.say(of(dina, other), "dina " + text);
        alice.say(of(alice, garden), "alice " + text);
        world.pass(HEAL);
        dina.say(garden, "dina " + text);
        world.pass(HEAL);
        List<String> said = List.of("alice " + text, "dina " + text);
        for (TestChannel each : List.of(other, of(ben, other), of(dina, other), garden, of(alice, garden))) {
            assertThat(each.texts()).as("texts of %s", each.id()).endsWith(said.get(0), said.get(1));
        }
        for (TestChannel each : List.of(other, garden)) {
            assertThat(tunis.logs().position(each.id())).isEqualTo(berlin.logs().position(each.id()));
        }
        assertThat(alice.isConnected()).isTrue();
        assertThat(dina.isConnected()).isTrue();
    }

    private List<String> warnings(TestServer server) {
        return ((AdminResult.Status) server.admin(new AdminCommand.ShowStatus())).warnings();
    }

    private void isSetAside(TestServer server, TestChannel channel) {
        assertThat(server.core().figures().channelsSetAside()).isEqualTo(1);
        assertThat(warnings(server))
                .anySatisfy(it -> assertThat(it).contains(channel.id().toString(), "backup", "docs/operating"));
    }

    @ParameterizedTest
    @EnumSource(Harm.class)
    @DisplayName(
            "never keeps another channel from going on, whichever row it is, and over a restart; put back, the channel goes on as well")
    void anyRow(Harm harm) {
        int setAside = 0;
        for (Row row : rowsOf(berlin, home)) {
            if (row.value().isEmpty()) {
                continue;
            }
            restartWith(berlin, row, harm.done(row.value()));
            allElseGoesOn("with a row of " + row.table());
            boolean wasSetAside = berlin.core().figures().channelsSetAside() > 0;
            setAside += wasSetAside ? 1 : 0;
            berlin.restart();
            comeBack(berlin);
            allElseGoesOn("with a row of " + row.table() + ", once more");
            restartWith(berlin, row, row.value());
            assertThat(berlin.core().figures().channelsSetAside())
                    .as("put back: %s", row.table())
                    .isZero();
        }
        assertThat(setAside).as("rows that were found to be damaged").isGreaterThan(3);
        Expect.receipt(alice.say(home, "afterwards"), ReceiptStatus.ORDERED);
    }

    private enum Harm {
        GARBLED,
        CUT;

        Bytes done(Bytes value) {
            return switch (this) {
                case GARBLED -> Bytes.ofHex("ffffffffffffffffffff07");
                case CUT -> value.slice(0, value.size() / 2);
            };
        }
    }

    @Test
    @DisplayName(
            "that makes a handshake not verify any more sets the channel aside: its members and the operator are told, and it stays so over restarts")
    void handshake() {
        Row snapshot = only(Table.GROUP);
        Expect.receipt(ben.submit(ben.update(of(ben, home))), ReceiptStatus.ORDERED);
        long seq = berlin.logs().position(home.id()).orElseThrow().seq();
        Row commit = new Row(
                Table.ENTRY,
                LogTable.key(home.id(), seq),
                LogTable.encoded(new StoreRows(berlin.disk()), home.id(), seq).orElseThrow());
        put(berlin, snapshot, snapshot.value());
        restartWith(berlin, commit, withPayloadChanged(commit.value()));

        Expect.error(alice.say(home, "is anybody there?"), ErrorCode.HUB_BEHIND);
        isSetAside(berlin, home);
        allElseGoesOn("while it is set aside");
        assertThat(alice.reconnect().getLoggedIn().getChannelsList())
                .filteredOn(ChannelState::hasHeld)
                .singleElement()
                .satisfies(it -> {
                    assertThat(it.getChannelId().toByteArray())
                            .isEqualTo(home.id().bytes().toByteArray());
                    assertThat(it.getHeld().getCode()).isEqualTo(ErrorCode.HUB_BEHIND);
                    assertThat(it.getHeld().getReason())
                            .contains(
                                    "berlin.example cannot read",
                                    "operator",
                                    "backup",
                                    "waits",
                                    "nobody else has to do");
                });
        berlin.restart();
        comeBack(berlin);
        isSetAside(berlin, home);
        Expect.error(alice.say(home, "and now?"), ErrorCode.HUB_BEHIND);
        allElseGoesOn("after a restart");
        Expect.sound(berlin, tunis);

        restartWith(berlin, commit, commit.value());
        assertThat(berlin.core().figures().channelsSetAside()).isZero();
        Expect.receipt(alice.say(home, "we are back"), ReceiptStatus.ORDERED);
        dina.say(of(dina, home), "so we are");
        world.pass(HEAL);
        assertThat(home.texts()).endsWith("we are back", "so we are");
    }

    private Row only(Table table) {
        return rowsOf(berlin, home).stream()
                .filter(it -> it.table() == table)
                .findFirst()
                .orElseThrow();
    }

    private static Bytes withPayloadChanged(Bytes logEntry) {
        try {
            LogEntry message = LogEntry.parseFrom(logEntry.toByteArray());
            Entry entry = Entry.parseFrom(message.getEntry());
            Record record = Record.parseFrom(entry.getRecord());
            byte[] payload = record.getPayload().toByteArray();
            payload[payload.length / 2] ^= 1;
            return Bytes.of(message.toBuilder()
                    .setEntry(entry.toBuilder()
                            .setRecord(record.toBuilder()
                                    .setPayload(ByteString.copyFrom(payload))
                                    .build()
                                    .toByteString())
                            .build()
                            .toByteString())
                    .build()
                    .toByteArray());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("that is met by what follows a batch, or by a tick, is set aside by itself, without anybody asking")
    void metByTheTick() {
        Expect.receipt(ben.submit(ben.update(of(ben, home))), ReceiptStatus.ORDERED);
        Row epoch = only(Table.EPOCH);
        put(berlin, epoch, Harm.GARBLED.done(epoch.value()));
        world.pass(HEAL);
        isSetAside(berlin, home);
        allElseGoesOn("while it is set aside");
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("at a follower is not pulled over, and the hub and all other channels go on")
    void atAFollower() {
        Row row = rowsOf(tunis, home).stream()
                .filter(it -> it.table() == Table.CHANNEL)
                .findFirst()
                .orElseThrow();
        restartWith(tunis, row, Harm.GARBLED.done(row.value()));
        isSetAside(tunis, home);
        Expect.receipt(alice.say(home, "without Tunis"), ReceiptStatus.ORDERED);
        Expect.error(dina.say(of(dina, home), "not taken"), ErrorCode.HUB_BEHIND);
        allElseGoesOn("while it is set aside");
        assertThat(tunis.logs().entries(home.id(), 1, Long.MAX_VALUE - 1)).isNotEmpty();
        restartWith(tunis, row, row.value());
        dina.say(of(dina, home), "here again");
        world.pass(HEAL);
        assertThat(home.texts()).endsWith("without Tunis", "here again");
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName(
            "at the hub lets what members elsewhere say wait, which is told with a reason that ends, and comes into the log afterwards")
    void atTheHub() {
        Row row = only(Table.CHANNEL);
        restartWith(berlin, row, Harm.GARBLED.done(row.value()));
        isSetAside(berlin, home);
        Submission waits = dina.text(of(dina, home), "waits");
        Expect.receipt(dina.submit(waits), ReceiptStatus.STORED);
        world.pass(HEAL);
        Receipt status = dina.status(home.id(), waits.key());
        assertThat(status.getStatus()).isEqualTo(ReceiptStatus.STORED);
        assertThat(status.getUnordered().getCode()).isEqualTo(ErrorCode.HUB_BEHIND);
        assertThat(status.getUnordered().getReason()).contains("berlin.example cannot read", "waits");
        assertThat(tunis.logs().stopped(home.id())).isEmpty();

        restartWith(berlin, row, row.value());
        assertThat(dina.status(home.id(), waits.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
        assertThat(dina.status(home.id(), waits.key()).hasUnordered()).isFalse();
        world.pass(HEAL);
        assertThat(home.texts()).endsWith("waits");
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("that the disk does not give back at all is as one that is garbled")
    void checksum() {
        Expect.receipt(ben.submit(ben.update(of(ben, home))), ReceiptStatus.ORDERED);
        berlin.restart();
        berlin.cannotRead(Table.GROUP, only(Table.GROUP).key());
        comeBack(berlin);
        Expect.error(alice.say(home, "is anybody there?"), ErrorCode.HUB_BEHIND);
        isSetAside(berlin, home);
        allElseGoesOn("while it is set aside");
        berlin.restart();
        assertThat(berlin.core().figures().channelsSetAside())
                .as("the disk gives it back again")
                .isZero();
        comeBack(berlin);
        Expect.receipt(alice.say(home, "we are back"), ReceiptStatus.ORDERED);
        Expect.sound(berlin, tunis);
    }

    @ParameterizedTest
    @EnumSource(
            value = Table.class,
            names = {"ENTRY", "HEAD"})
    @DisplayName(
            "that is met while a device is sent what it lacks keeps back nothing of its other channels, nor the answer that it waits for")
    void metByAReader(Table table) {
        damageWhatIsServedFirst();
        ben.disconnect();
        alice.say(home, "missed at home");
        alice.say(other, "missed elsewhere");
        world.pass(HEAL);
        Row row = last(table);
        put(berlin, row, Harm.GARBLED.done(row.value()));
        ben.connect();
        assertThat(ben.login().hasLoggedIn()).isTrue();
        assertThat(ben.follow().hasDone()).isTrue();
        assertThat(of(ben, other).texts()).endsWith("missed elsewhere");
        assertThat(of(ben, home).texts()).doesNotContain("missed at home");
        world.pass(HEAL);
        isSetAside(berlin, home);
        allElseGoesOn("while it is set aside");
    }

    private void damageWhatIsServedFirst() {
        if (home.id().compareTo(other.id()) > 0) {
            TestChannel first = other;
            other = home;
            home = first;
        }
    }

    private Row last(Table table) {
        return rowsOf(berlin, home).stream()
                .filter(it -> it.table() == table)
                .reduce((one, later) -> later)
                .orElseThrow();
    }

    @Test
    @DisplayName(
            "that the disk does not give back ends no start and keeps no other channel from going on, whichever row it is")
    void checksumAtTheStart() {
        Expect.receipt(ben.submit(ben.update(of(ben, home))), ReceiptStatus.ORDERED);
        Bytes proof = Key.of(home.id().bytes()).and(1).bytes();
        put(
                berlin,
                new Row(Table.EVIDENCE, proof, Bytes.EMPTY),
                Stored.encode(StoredEvidence.newBuilder().setReason("a proof").build()));
        for (Row row : rowsOf(berlin, home)) {
            if (row.table() != Table.CHANNEL_OF_HUB
                    && row.table().channelOf(row.key()).isEmpty()) {
                continue;
            }
            berlin.crash();
            berlin.startWithout(row.table(), row.key());
            assertThat(berlin.isUp()).as("starts without %s", row.table()).isTrue();
            assertThat(alice.reconnect().hasLoggedIn()).isTrue();
            alice.follow();
            Expect.receipt(alice.say(other, "without " + row.table()), ReceiptStatus.ORDERED);
            world.pass(HEAL);
            assertThat(other.texts()).endsWith("without " + row.table());
            assertThat(berlin.core().figures().channelsSetAside())
                    .as("set aside without %s", row.table())
                    .isLessThanOrEqualTo(1);
            restartWith(berlin, row, row.value());
            assertThat(berlin.core().figures().channelsSetAside())
                    .as("the disk gives %s back", row.table())
                    .isZero();
        }
    }

    @Test
    @DisplayName("that is met when a link begins leaves the link up, and all else that is due then is done")
    void metWhenALinkBegins() {
        tunis.crash();
        world.settle();
        Row row = only(Table.FOLLOWER);
        put(berlin, row, Harm.GARBLED.done(row.value()));
        berlin.takeEffects();
        berlin.takeSentToPeers();
        tunis.start();
        world.settle();
        assertThat(berlin.takeEffects())
                .anySatisfy(it -> assertThat(it)
                        .isInstanceOfSatisfying(
                                Effect.LinkAuthenticated.class,
                                up -> assertThat(up.peer()).isEqualTo(tunis.name())));
        assertThat(berlin.takeSentToPeers()).anyMatch(PeerFrame::hasSharedChannels);
        isSetAside(berlin, home);
        comeBack(tunis);
        allElseGoesOn("while it is set aside");
    }

    @Test
    @DisplayName("keeps no newcomer from the other channels that wait for it, and is not founded anew")
    void welcomes() {
        TestDevice erik = berlin.member("erik");
        Expect.receipt(alice.invite(home, erik), ReceiptStatus.ORDERED);
        Expect.receipt(alice.invite(other, erik), ReceiptStatus.ORDERED);
        Row row = only(Table.CHANNEL);
        erik.disconnect();
        restartWith(berlin, row, Harm.GARBLED.done(row.value()));
        erik.connect();
        assertThat(erik.login().hasLoggedIn()).isTrue();
        erik.join();
        Expect.receipt(erik.say(of(erik, other), "hello"), ReceiptStatus.ORDERED);
        assertThat(erik.isConnected()).isTrue();
        Expect.sound(berlin, tunis);
    }
}
