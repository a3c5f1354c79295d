package chat.samara.server.core.channel.member;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.proto.StoredReader;
import chat.samara.server.core.store.proto.StoredStretch;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ReceiptStatus;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A device that another server puts into channel after channel (I7)")
final class CrowdedDeviceTest {
    private static final long HEAL = 500_000;

    private final World world = new World(61);
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice dina = alice;

    @BeforeEach
    void begin() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        dina = tunis.member("dina");
    }

    /** An id that comes before those of real channels. */
    private static Bytes early(int number) {
        return Bytes.of(ByteBuffer.allocate(ChannelId.SIZE_BYTES)
                .putInt(Integer.BYTES, number)
                .array());
    }

    private void isIn(Bytes channel, String hub, long throughSeq, long acknowledgedSeq) {
        isIn(channel, hub, "", throughSeq, acknowledgedSeq);
    }

    private void isIn(Bytes channel, String hub, String addedBy, long throughSeq, long acknowledgedSeq) {
        WriteBatch batch = new WriteBatch();
        batch.put(
                Table.READER,
                Key.of(alice.who().device().bytes()).and(channel).bytes(),
                Stored.encode(StoredReader.newBuilder()
                        .setHub(hub)
                        .setAddedBy(addedBy)
                        .setAcknowledgedSeq(acknowledgedSeq)
                        .addStretches(StoredStretch.newBuilder().setFromSeq(1).setThroughSeq(throughSeq))
                        .build()));
        berlin.disk().write(batch);
    }

    private long rows() {
        return ReaderTable.channels(new StoreRows(berlin.disk()), alice.who().device())
                .size();
    }

    private boolean reads(TestChannel channel) {
        return ReaderTable.find(new StoreRows(berlin.disk()), alice.who().device(), channel.id())
                .isPresent();
    }

    @Test
    @DisplayName(
            "is in so many of one hub's at the most; beyond that nothing is kept here of the channel, and other hubs' are not concerned")
    void atAFollower() {
        for (int i = 0; i < Limits.CHANNELS_PER_DEVICE_AND_PEER_MAX; i++) {
            isIn(early(i), tunis.name().value(), 0, 0);
        }
        TestChannel more = dina.found();
        Expect.receipt(dina.invite(more, alice), ReceiptStatus.ORDERED);
        world.pass(HEAL);
        assertThat(reads(more)).isFalse();
        assertThat(rows()).isEqualTo(Limits.CHANNELS_PER_DEVICE_AND_PEER_MAX);
        assertThat(berlin.logs().channels()).doesNotContain(more.id());

        TestDevice ben = berlin.member("ben");
        TestChannel own = ben.found();
        Expect.receipt(ben.invite(own, alice), ReceiptStatus.ORDERED);
        assertThat(reads(own)).isTrue();
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("has room for one who adds it now and then, whatever ten others have put it into")
    void tenAdders() {
        Journal journal = new Journal(new MemoryStore());
        ReaderTable table = new ReaderTable(journal);
        DeviceId device = alice.who().device();
        int channels = 0;
        for (int who = 0; who < 10; who++) {
            UserId adder = new UserId("mallory" + who, tunis.name());
            for (int i = 0; i < Limits.CHANNELS_UNOPENED_PER_DEVICE_AND_ADDER_MAX; i++) {
                ReaderTable.Addition addition =
                        new ReaderTable.Addition(new ChannelId(early(channels++)), tunis.name(), adder, 1);
                if (table.hasRoom(device, alice.user(), addition)) {
                    table.joined(device, alice.user(), addition);
                }
            }
        }
        for (int i = 0; i < Limits.CHANNELS_PER_DEVICE_AND_PEER_MAX / Limits.ROOM_PARTS_OF_LITTLE; i++) {
            ReaderTable.Addition addition =
                    new ReaderTable.Addition(new ChannelId(early(channels++)), tunis.name(), dina.user(), 1);
            assertThat(table.hasRoom(device, alice.user(), addition))
                    .as("addition %s", i)
                    .isTrue();
            table.joined(device, alice.user(), addition);
        }
    }

    @Test
    @DisplayName(
            "is remembered in so many that it was removed from and has read; in what it is, or has not read, however many there are")
    void left() {
        Journal journal = new Journal(new MemoryStore());
        ReaderTable table = new ReaderTable(journal);
        DeviceId device = alice.who().device();
        ChannelId open = new ChannelId(early(0));
        ChannelId unread = new ChannelId(early(1));
        int left = Limits.CHANNELS_LEFT_PER_DEVICE_MAX + 3;
        for (int i = 0; i < left + 2; i++) {
            // The later it was left, the earlier its id: none is kept for its id alone.
            ChannelId channel = i < 2 ? new ChannelId(early(i)) : new ChannelId(early(left + 10 - i));
            table.joined(device, alice.user(), new ReaderTable.Addition(channel, berlin.name(), alice.user(), 1));
            if (!channel.equals(open)) {
                table.removed(device, channel, 5);
            }
            table.acknowledged(device, channel, channel.equals(unread) ? 4 : 5);
            assertThat(ReaderTable.channels(journal, device)).containsKey(channel);
        }
        assertThat(ReaderTable.channels(journal, device))
                .hasSize(2 + Limits.CHANNELS_LEFT_PER_DEVICE_MAX)
                .containsKeys(open, unread);
    }

    @Test
    @DisplayName("is in so many that one user has put it into and that it never opened; others can go on to add it")
    void byOneUserElsewhere() {
        TestDevice emil = tunis.member("emil");
        for (int i = 0; i < Limits.CHANNELS_UNOPENED_PER_DEVICE_AND_ADDER_MAX; i++) {
            isIn(early(i), tunis.name().value(), dina.user().toString(), i % 2, 0);
        }
        TestChannel more = dina.found();
        Expect.receipt(dina.invite(more, alice), ReceiptStatus.ORDERED);
        TestChannel another = emil.found();
        Expect.receipt(emil.invite(another, alice), ReceiptStatus.ORDERED);
        world.pass(HEAL);
        assertThat(reads(more)).isFalse();
        assertThat(berlin.logs().channels()).doesNotContain(more.id());
        assertThat(reads(another)).isTrue();
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName(
            "of its own server's, too: the commit is refused, whoever else adds it is not, and where it opens one there is room for one more")
    void byOneUserHere() {
        TestDevice ben = berlin.member("ben");
        TestDevice carl = berlin.member("carl");
        alice.publish(8);
        TestChannel first = ben.found();
        Expect.receipt(ben.invite(first, alice), ReceiptStatus.ORDERED);
        for (int i = 1; i < Limits.CHANNELS_UNOPENED_PER_DEVICE_AND_ADDER_MAX; i++) {
            isIn(early(i), berlin.name().value(), ben.user().toString(), 0, 0);
        }
        TestChannel more = ben.found();
        assertThat(Expect.rejected(ben.invite(more, alice), ErrorCode.TOO_LARGE)
                        .getError()
                        .getDetail())
                .isEqualTo("channels-unopened-by-one<=" + Limits.CHANNELS_UNOPENED_PER_DEVICE_AND_ADDER_MAX);
        TestChannel another = carl.found();
        Expect.receipt(carl.invite(another, alice), ReceiptStatus.ORDERED);

        // Nothing was said in it: to follow it is enough.
        alice.join();
        world.pass(HEAL);
        Expect.receipt(ben.invite(more, alice), ReceiptStatus.ORDERED);
        assertThat(reads(more)).isTrue();
    }

    @Test
    @DisplayName("is in so many of its own server's at the most: the commit that adds it to one more is refused")
    void inTooManyOfItsOwnServer() {
        for (int i = 0; i < Limits.CHANNELS_PER_DEVICE_MAX; i++) {
            isIn(early(i), berlin.name().value(), 0, 1);
        }
        TestDevice ben = berlin.member("ben");
        assertThat(Expect.rejected(ben.invite(ben.found(), alice), ErrorCode.TOO_LARGE)
                        .getError()
                        .getDetail())
                .isEqualTo("channels-per-device<=" + Limits.CHANNELS_PER_DEVICE_MAX);
    }

    @Test
    @DisplayName("is added again when there is room: what it was removed from and has read is forgotten for that")
    void room() {
        for (int i = 0; i < Limits.CHANNELS_PER_DEVICE_AND_PEER_MAX; i++) {
            isIn(early(i), tunis.name().value(), i == 0 ? 7 : 0, i == 0 ? 6 : 0);
        }
        TestChannel more = dina.found();
        Expect.receipt(dina.invite(more, alice), ReceiptStatus.ORDERED);
        world.pass(HEAL);
        assertThat(reads(more)).isFalse();

        isIn(early(0), tunis.name().value(), 7, 7);
        Expect.receipt(dina.submit(dina.remove(more, alice)), ReceiptStatus.ORDERED);
        Expect.receipt(dina.invite(more, alice), ReceiptStatus.ORDERED);
        world.pass(HEAL);
        assertThat(reads(more)).isTrue();
        assertThat(rows()).isEqualTo(Limits.CHANNELS_PER_DEVICE_AND_PEER_MAX);
        alice.join();
        dina.say(more, "hello");
        world.pass(HEAL);
        assertThat(alice.channel(more.id()).texts()).containsExactly("hello");
    }

    @Test
    @DisplayName("is told at login of its own server's channels and of those that it reads, whatever else it is in")
    void atLogin() {
        TestChannel own = alice.found();
        TestChannel read = dina.found();
        Expect.receipt(dina.invite(read, alice), ReceiptStatus.ORDERED);
        world.pass(HEAL);
        alice.join();
        isIn(read.id().bytes(), tunis.name().value(), 0, 1);
        for (int i = 0; i < Limits.CHANNELS_PER_DEVICE_MAX; i++) {
            isIn(early(i), i % 2 == 0 ? tunis.name().value() : "", 0, 0);
        }
        List<ChannelId> told = alice.reconnect().getLoggedIn().getChannelsList().stream()
                .map(state -> new ChannelId(Bytes.of(state.getChannelId().toByteArray())))
                .toList();
        assertThat(told).containsExactly(own.id(), read.id());
    }

    @Test
    @DisplayName("can found channels on its own server, and be added to them, whatever other servers put it into")
    void atItsOwnServer() {
        for (int i = 0; i < Limits.CHANNELS_PER_DEVICE_MAX; i++) {
            isIn(early(i), tunis.name().value(), 0, 0);
        }
        TestChannel own = alice.found();
        assertThat(reads(own)).isTrue();
        TestDevice ben = berlin.member("ben");
        TestChannel another = ben.found();
        Expect.receipt(ben.invite(another, alice), ReceiptStatus.ORDERED);
        assertThat(reads(another)).isTrue();
    }
}
