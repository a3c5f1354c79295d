package chat.samara.server.core.channel;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Done;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.FetchWelcomes;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SharedChannels;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * An event that meets a bug halfway: here a commit, when the group in memory is in the next epoch already, meets a row of somebody's KeyPackage that
 * cannot be read.
 */
@DisplayName("An event that is undone (I9)")
final class UndoneEventTest {
    private static final int OTHERS = 3_000;
    private static final PeerFrame NOTHING =
            PeerFrame.newBuilder().setDone(Done.getDefaultInstance()).build();

    private final World world = new World(47);
    private final TestServer berlin = world.server("berlin.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice bob = alice;
    private TestChannel home = alice.channel(alice.draft().id());
    private TestChannel garden = home;
    private Bytes refKey = Bytes.EMPTY;
    private Bytes owner = Bytes.EMPTY;

    @BeforeEach
    void found() {
        alice = berlin.member("alice");
        bob = berlin.member("bob");
        home = alice.found();
        garden = alice.found();
        alice.say(home, "before");
        alice.say(garden, "before");
    }

    /** A commit that adds bob, and that meets a bug. */
    private Submission doomed() throws MlsException {
        return doomed(bob);
    }

    /** A commit that adds a device, and that meets a bug at the device's server. */
    private Submission doomed(TestDevice device) throws MlsException {
        List<ClaimedKeyPackage> claimed = alice.claim(device.user(), Bytes.of(new byte[16]))
                .getClaimedKeyPackages()
                .getKeyPackagesList();
        refKey = MlsMessage.decode(claimed.get(0).getKeyPackage().toByteArray())
                .requireKeyPackage()
                .ref();
        owner = Bytes.of(device.server()
                .disk()
                .get(Table.KEY_PACKAGE_REF, refKey.toByteArray())
                .orElseThrow());
        put(device.server(), Table.KEY_PACKAGE_REF, refKey, Bytes.of(new byte[] {-1, -1, -1}));
        return alice.add(home, claimed);
    }

    private static void put(TestServer server, Table table, Bytes key, Bytes value) {
        WriteBatch batch = new WriteBatch();
        batch.put(table, key, value);
        server.disk().write(batch);
    }

    private void comeBack(TestDevice device) {
        device.reconnect();
        device.follow();
    }

    @Test
    @DisplayName("leaves nothing in memory: the same commit is taken as soon as what it met is mended")
    void nothingIsLeft() throws MlsException {
        Submission commit = doomed();
        assertThat(alice.submit(commit).hasReceipt()).isFalse();
        assertThat(berlin.core().figures().faults()).isEqualTo(1);
        comeBack(alice);
        alice.say(garden, "goes on");

        put(berlin, Table.KEY_PACKAGE_REF, refKey, owner);
        Expect.receipt(alice.submit(commit), ReceiptStatus.ORDERED);
        bob.join();
        alice.say(home, "after");
        assertThat(bob.channel(home.id()).texts()).containsExactly("after");

        berlin.restart();
        comeBack(alice);
        comeBack(bob);
        alice.say(home, "after a restart");
        assertThat(bob.channel(home.id()).texts()).endsWith("after a restart");
    }

    @Test
    @DisplayName("costs what it touched and no look at any other channel, however many there are")
    void costsWhatItTouched() throws MlsException {
        Bytes row = Bytes.of(berlin.disk()
                .get(Table.CHANNEL, home.id().bytes().toByteArray())
                .orElseThrow());
        for (int i = 0; i < OTHERS; i++) {
            Bytes id = Key.of(home.id().bytes().slice(0, 24)).and(i).bytes();
            put(berlin, Table.CHANNEL, id, row);
            put(
                    berlin,
                    Table.CHANNEL_OF_HUB,
                    Key.of(berlin.name().value()).and(id).bytes(),
                    Bytes.EMPTY);
        }
        Submission commit = doomed();
        long channelsInMemory = berlin.core().figures().channelsCached();
        long before = berlin.reads();

        assertThat(alice.submit(commit).hasReceipt()).isFalse();

        assertThat(berlin.core().figures().faults()).isEqualTo(1);
        assertThat(berlin.reads() - before).isLessThan(100);
        assertThat(berlin.core().figures().channelsCached()).isGreaterThanOrEqualTo(channelsInMemory - 1);
        comeBack(alice);
        long groups = berlin.reads(Table.GROUP);
        alice.say(garden, "nothing is loaded for this");
        assertThat(berlin.reads(Table.GROUP)).isEqualTo(groups);
    }

    @Test
    @DisplayName(
            "leaves no pull waiting that never left: where a hub names a channel that cannot be read, all others are pulled soon")
    void pulls() {
        ManyChannels many = new ManyChannels(48, 2);
        TestChannel dinas = many.dina.found();
        Expect.receipt(many.dina.invite(dinas, many.alice), ReceiptStatus.ORDERED);
        many.world.pass(ManyChannels.HEAL);
        many.berlin.tamper(frame -> frame.hasHeadHint() || frame.hasSharedChannels() ? NOTHING : frame);
        many.channels.forEach(channel -> many.alice.say(channel, "missed"));
        SharedChannels all = SharedChannels.newBuilder()
                .addChannels(named(many.berlin, many.channels.get(0)))
                .addChannels(named(many.berlin, many.channels.get(1)))
                .addChannels(named(many.tunis, dinas))
                .build();
        put(many.tunis, Table.CHANNEL, dinas.id().bytes(), Bytes.of(new byte[] {-1, -1, -1}));
        many.berlin.tamper(frame -> frame.hasHeadHint()
                ? PeerFrame.newBuilder().setSharedChannels(all).build()
                : frame);
        many.alice.say(many.channels.get(0), "now");
        many.berlin.tamper(frame -> frame);
        many.world.pass(ManyChannels.HEAL);

        assertThat(many.tunis.core().figures().channelsSetAside()).isEqualTo(1);
        assertThat(many.tunis.core().figures().pullsUnderWay()).isZero();
        for (TestChannel channel : many.channels) {
            assertThat(many.tunis.logs().position(channel.id()))
                    .isEqualTo(many.berlin.logs().position(channel.id()));
        }
    }

    private static SharedChannel named(TestServer hub, TestChannel channel) {
        LogPosition end = hub.logs().position(channel.id()).orElseThrow();
        return SharedChannel.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.id().bytes()))
                .setHub(hub.name().value())
                .setTerm(end.term())
                .setSeq(end.seq())
                .setEntryHash(Protobuf.toByteString(end.entryHash()))
                .build();
    }

    /** The first work that meets it sets the channel aside, and is done again without it. */
    private void cannotRead(TestChannel channel) {
        berlin.restart();
        comeBack(alice);
        put(berlin, Table.CHANNEL, channel.id().bytes(), Bytes.of(new byte[] {-1, -1, -1}));
    }

    @Test
    @DisplayName("and is done again without what it met takes from nobody one of the requests that may be under way")
    void requestsInFlight() {
        cannotRead(home);
        Expect.error(alice.say(home, "meets it"), ErrorCode.HUB_BEHIND);
        assertThat(berlin.core().figures().channelsSetAside()).isEqualTo(1);

        ClientFrame.Builder fetch = ClientFrame.newBuilder().setFetchWelcomes(FetchWelcomes.getDefaultInstance());
        for (int i = 1; i < Limits.REQUESTS_IN_FLIGHT_PER_SESSION_MAX; i++) {
            alice.send(fetch);
        }
        long last = alice.send(fetch);
        world.settle();
        assertThat(alice.answer(last).orElseThrow().hasWelcomes()).isTrue();
    }

    @Test
    @DisplayName("and is done again without what it met closes what the first time would have closed")
    void closes() {
        cannotRead(home);
        TestDevice successor = alice.successor();
        successor.connect();
        assertThat(successor.replace(alice.who().device()).hasLoggedIn()).isTrue();
        assertThat(berlin.core().figures().channelsSetAside()).isEqualTo(1);

        assertThat(alice.takePushes())
                .filteredOn(ServerFrame::hasError)
                .extracting(it -> it.getError().getCode())
                .containsExactly(ErrorCode.DEVICE_REPLACED);
        assertThat(alice.isConnected()).isFalse();
    }

    @Test
    @DisplayName("leaves what waits for a hub waiting, and on its way again")
    void outbox() throws MlsException {
        TestServer tunis = world.server("tunis.example");
        world.peer(berlin, tunis);
        TestDevice dina = tunis.member("dina");
        TestDevice emil = tunis.member("emil");
        Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
        world.settle();
        dina.join();
        TestChannel dinas = dina.channel(home.id());
        Submission commit = doomed(emil);
        // Tunis gets both in one frame: its own record, which leaves the outbox with that, and the commit.
        berlin.tamper(
                frame -> frame.hasEntries() || frame.hasHeadHint() || frame.hasRecordReceipts() ? NOTHING : frame);
        dina.say(dinas, "one");
        Expect.receipt(alice.submit(commit), ReceiptStatus.ORDERED);
        berlin.tamper(frame -> frame);
        world.pass(ManyChannels.HEAL);

        assertThat(tunis.core().figures().faults()).isPositive();
        assertThat(tunis.logs().outboxSize(home.id())).isEqualTo(1);
        assertThat(tunis.core().figures().outboxRecords()).isEqualTo(1);

        put(tunis, Table.KEY_PACKAGE_REF, refKey, owner);
        // The link has ended with each such event, and is begun ever more seldom.
        world.pass(5 * ManyChannels.HEAL);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        assertThat(tunis.core().figures().outboxRecords()).isZero();
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        assertThat(home.texts()).containsOnlyOnce("one");
        emil.join();
        Expect.receipt(dina.say(dinas, "two"), ReceiptStatus.STORED);
        world.pass(ManyChannels.HEAL);
        assertThat(home.texts()).endsWith("one", "two");
        assertThat(emil.channel(home.id()).texts()).containsExactly("two");
    }
}
