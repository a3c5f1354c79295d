package chat.samara.server.core.channel;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.channel.follower.ForeignLogs;
import chat.samara.server.core.channel.log.OriginTable;
import chat.samara.server.core.channel.log.OriginTable.Decision;
import chat.samara.server.core.channel.member.WelcomeRoom;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestDevice.Submission;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.server.core.keypackage.KeyPackageTable;
import chat.samara.server.core.store.Key;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.WriteBatch;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.server.core.store.proto.StoredFollower;
import chat.samara.server.core.store.proto.StoredWelcome;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("What nobody needs any more is deleted, and nothing that makes a message stand in the log once (I3, I7)")
final class PruningTest {
    private static final long HEAL = 90_000;
    private static final long YEAR = 400L * 24 * 3600 * 1000;
    private static final int FOREIGN_BYTES_MAX = 64 << 10;

    private final World world = new World(53, CoreConfig.standard().withForeignLogBytesPerHubMax(FOREIGN_BYTES_MAX));
    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice dina = alice;

    @BeforeEach
    void found() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        dina = tunis.member("dina");
    }

    private static List<Bytes> keys(TestServer server, Table table, Bytes prefix) {
        List<Bytes> keys = new ArrayList<>();
        new StoreRows(server.disk()).scanPrefix(table, prefix, (key, value) -> keys.add(key));
        return keys;
    }

    @Nested
    @DisplayName("Of what a hub decided about an origin's records")
    class Decisions {
        private final MemoryStore store = new MemoryStore();
        private final Journal journal = new Journal(store);
        private final ChannelId channel = new ChannelId(Bytes.of(new byte[ChannelId.SIZE_BYTES]));

        private Record record(ServerName origin, long incarnation, long number) {
            return Record.of(new Record.Content(
                    channel,
                    origin,
                    incarnation,
                    number,
                    RecordKind.APPLICATION,
                    0,
                    IdempotencyKey.random(world.random()),
                    Optional.of(alice.who().device()),
                    Bytes.ofUtf8("text"),
                    World.START_MILLIS));
        }

        private void decide(OriginTable table, ServerName origin, long incarnation, int count) {
            for (int number = 1; number <= count; number++) {
                Record record = record(origin, incarnation, number);
                table.setWatermark(record);
                table.put(record, Decision.ordered(record, number));
                journal.keep();
            }
        }

        private List<Long> left(OriginTable table, ServerName origin, long incarnation) {
            List<Long> left = new ArrayList<>();
            for (long number = 1; number <= 30; number++) {
                if (table.decision(channel, origin, incarnation, number).isPresent()) {
                    left.add(number);
                }
            }
            return left;
        }

        @Test
        @DisplayName("the last are kept, by number, of each incarnation by itself")
        void byNumber() {
            OriginTable table = new OriginTable(journal, 3);
            decide(table, tunis.name(), 1, 8);
            decide(table, tunis.name(), 2, 2);
            decide(table, berlin.name(), 1, 1);
            assertThat(left(table, tunis.name(), 1)).containsExactly(6L, 7L, 8L);
            assertThat(left(table, tunis.name(), 2)).containsExactly(1L, 2L);
            assertThat(left(table, berlin.name(), 1)).containsExactly(1L);
            assertThat(table.watermark(channel, tunis.name(), 1)).isEqualTo(8);
        }

        @Test
        @DisplayName("what a version before kept for ever goes as well, some rows a round")
        void ofTheVersionBefore() {
            OriginTable before = new OriginTable(journal, Long.MAX_VALUE / 2);
            decide(before, tunis.name(), 1, 20);
            decide(before, tunis.name(), 2, 2);
            OriginTable table = new OriginTable(journal, 3);
            table.prune(5);
            journal.keep();
            assertThat(left(table, tunis.name(), 1)).hasSize(15);
            for (int round = 0; round < 10; round++) {
                table.prune(5);
                journal.keep();
            }
            assertThat(left(table, tunis.name(), 1)).containsExactly(18L, 19L, 20L);
            assertThat(left(table, tunis.name(), 2)).containsExactly(1L, 2L);
        }

        @Test
        @DisplayName(
                "those that are gone make no message stand in the log twice, where its origin is put back to before it was ordered, a year later")
        void exactlyOnce() {
            TestChannel home = alice.found();
            Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
            dina.join();
            TestChannel dinas = dina.channel(home.id());
            world.cut(berlin, tunis);
            Submission once = dina.text(dinas, "once");
            Expect.receipt(dina.submit(once), ReceiptStatus.STORED);
            MemoryStore copy = tunis.disk().copy();
            world.heal(berlin, tunis);
            world.pass(HEAL);
            assertThat(home.texts()).containsExactly("once");
            dina.say(dinas, "and on");
            world.pass(HEAL);
            world.leap(YEAR);

            berlin.crash();
            WriteBatch gone = new WriteBatch();
            keys(berlin, Table.DECISION, Bytes.EMPTY).forEach(key -> gone.delete(Table.DECISION, key));
            assertThat(gone.isEmpty()).isFalse();
            berlin.disk().write(gone);
            berlin.start();
            tunis.crash();
            tunis.restore(copy);
            tunis.start();
            world.pass(HEAL);
            alice.reconnect();
            alice.follow();
            dina.reconnect();
            dina.follow();
            dina.submit(once);
            world.pass(HEAL);

            assertThat(home.texts()).containsExactly("once", "and on");
            assertThat(dina.status(home.id(), once.key()).getStatus()).isEqualTo(ReceiptStatus.ORDERED);
            assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
            assertThat(tunis.logs().outboxSize(home.id())).isZero();
            Expect.sound(berlin, tunis);
        }
    }

    @Nested
    @DisplayName("Of a device's records")
    class OwnRecords {
        private TestChannel home = alice.channel(alice.draft().id());

        @BeforeEach
        void found() {
            home = alice.found();
        }

        private Submission nonsense() {
            return new Submission(
                    home.id(),
                    RecordKind.COMMIT,
                    home.group().epoch(),
                    IdempotencyKey.random(world.random()),
                    Bytes.ofUtf8("no commit at all"));
        }

        @Test
        @DisplayName(
                "that were rejected the last are known, however many it sends on purpose; each that was ordered is, for whoever returns after a year")
        void rejected() {
            Submission first = alice.text(home, "first");
            Expect.receipt(alice.submit(first), ReceiptStatus.ORDERED);
            List<Submission> rejected = new ArrayList<>();
            for (int i = 0; i < 3 * Limits.REJECTIONS_KEPT_PER_DEVICE_MAX; i++) {
                rejected.add(nonsense());
                Expect.receipt(alice.submit(rejected.get(i)), ReceiptStatus.REJECTED);
            }
            int ordered = 2;
            assertThat(keys(berlin, Table.SUBMISSION, home.id().bytes()))
                    .hasSizeLessThanOrEqualTo(Limits.REJECTIONS_KEPT_PER_DEVICE_MAX + ordered + 1);

            world.leap(YEAR);
            alice.reconnect();
            alice.follow();
            Submission last = rejected.get(rejected.size() - 1);
            Submission early = rejected.get(0);
            assertThat(alice.status(home.id(), last.key()).getStatus()).isEqualTo(ReceiptStatus.REJECTED);
            assertThat(alice.status(home.id(), early.key()).getStatus()).isEqualTo(ReceiptStatus.UNKNOWN);
            Expect.receipt(alice.submit(early), ReceiptStatus.REJECTED);
            Expect.receipt(alice.submit(first), ReceiptStatus.ORDERED);
            assertThat(home.texts()).containsExactly("first");
        }

        @Test
        @DisplayName("one that was rejected and taken at the second try is not forgotten with those that were rejected")
        void takenSince() {
            Submission text = alice.text(home, "taken at last");
            Submission tooEarly =
                    new Submission(text.channel(), RecordKind.COMMIT, text.epoch(), text.key(), text.payload());
            Expect.receipt(alice.submit(tooEarly), ReceiptStatus.REJECTED);
            Expect.receipt(alice.submit(text), ReceiptStatus.ORDERED);
            for (int i = 0; i < 2 * Limits.REJECTIONS_KEPT_PER_DEVICE_MAX; i++) {
                Expect.receipt(alice.submit(nonsense()), ReceiptStatus.REJECTED);
            }
            Expect.receipt(alice.submit(text), ReceiptStatus.ORDERED);
            assertThat(home.texts()).containsExactly("taken at last");
        }
    }

    @Nested
    @DisplayName("Of Welcomes for a device that does not come")
    class WaitingWelcomes {
        private List<ClaimedKeyPackage> claimed(TestDevice adder) {
            return adder.claim(alice.user(), Bytes.of(new byte[16]))
                    .getClaimedKeyPackages()
                    .getKeyPackagesList();
        }

        /** Adds Alice by one KeyPackage and removes her, so often; returns how often that was ordered. */
        private int addAgainAndAgain(TestDevice adder, TestChannel trap, int times) {
            List<ClaimedKeyPackage> keyPackages = claimed(adder);
            for (int i = 0; i < times; i++) {
                Submission addition = adder.add(trap, keyPackages);
                if (adder.submit(addition).getReceipt().getStatus() != ReceiptStatus.ORDERED) {
                    assertThat(adder.status(trap.id(), addition.key())
                                    .getError()
                                    .getDetail())
                            .isEqualTo("welcomes-by-one<=" + Limits.WELCOMES_PER_DEVICE_AND_ADDER_MAX);
                    return i;
                }
                Expect.receipt(adder.submit(adder.remove(trap, alice)), ReceiptStatus.ORDERED);
            }
            return times;
        }

        @Test
        @DisplayName(
                "one member's additions have a share, so that whoever comes after it can still add the device, and it comes into that channel")
        void byOneMember() {
            TestDevice mallory = berlin.member("mallory");
            TestDevice ben = berlin.member("ben");
            alice.disconnect();
            int added = 0;
            for (int channels = 0; channels < 5; channels++) {
                added += addAgainAndAgain(mallory, mallory.found(), Limits.WELCOMES_PER_DEVICE_MAX / 4);
            }
            assertThat(added).isEqualTo(Limits.WELCOMES_PER_DEVICE_AND_ADDER_MAX);

            TestChannel other = ben.found();
            Expect.receipt(ben.invite(other, alice), ReceiptStatus.ORDERED);
            alice.reconnect();
            for (int i = 0; i <= added; i++) {
                alice.join();
            }
            alice.follow();
            ben.say(other, "welcome");
            assertThat(alice.channel(other.id()).texts()).containsExactly("welcome");
            Expect.receipt(mallory.invite(mallory.found(), alice), ReceiptStatus.ORDERED);
        }

        @Test
        @DisplayName(
                "a hub's members that add it again and again by one KeyPackage have so many kept, and another hub's are kept all the same")
        void hostileHub() {
            alice.disconnect();
            TestChannel trap = dina.found();
            TestDevice emil = tunis.member("emil");
            TestDevice fadi = tunis.member("fadi");
            assertThat(addAgainAndAgain(dina, trap, 120)).isEqualTo(120);
            world.pass(HEAL);
            Bytes device = alice.who().device().bytes();
            assertThat(keys(berlin, Table.WELCOME, device)).hasSize(Limits.WELCOMES_PER_DEVICE_AND_ADDER_MAX);
            addAgainAndAgain(emil, emil.found(), 120);
            addAgainAndAgain(fadi, fadi.found(), 120);
            world.pass(HEAL);
            assertThat(berlin.logs().position(trap.id()).orElseThrow().seq()).isGreaterThan(240L);
            // The last fifth is for those of whom few wait, and Fadi's first two are such.
            int kept = Limits.WELCOMES_PER_DEVICE_AND_PEER_MAX * 4 / 5 + 2;
            assertThat(keys(berlin, Table.WELCOME, device)).hasSize(kept);
            assertThat(keys(berlin, Table.TREE, trap.id().bytes())).hasSize(Limits.WELCOMES_PER_DEVICE_AND_ADDER_MAX);

            TestDevice ben = berlin.member("ben");
            TestChannel other = ben.found();
            Expect.receipt(ben.invite(other, alice), ReceiptStatus.ORDERED);
            assertThat(keys(berlin, Table.WELCOME, device)).hasSize(kept + 1);
            Expect.sound(berlin, tunis);
        }

        private final Journal journal = new Journal(new MemoryStore());
        private final WelcomeRoom room = new WelcomeRoom(journal, berlin.name());
        private int waiting;

        private void waits(ServerName hub, String addedBy, long treeBytes) {
            waiting++;
            journal.put(
                    Table.WELCOME,
                    Key.of(alice.who().device().bytes()).and(waiting).bytes(),
                    Stored.encode(StoredWelcome.newBuilder()
                            .setChannelId(Protobuf.toByteString(Bytes.of(new byte[ChannelId.SIZE_BYTES])))
                            .setHub(hub.value())
                            .setAddedBy(addedBy)
                            .setTreeBytes(treeBytes)
                            .build()));
            journal.keep();
        }

        private Optional<String> lacks(ServerName hub, TestDevice adder, long treeBytes) {
            return room.lacks(alice.who().device(), hub, adder.user(), treeBytes)
                    .map(Refusal::detail);
        }

        @ParameterizedTest(name = "accounts of {0}, in channels of {1}, with trees of {2} bytes")
        @CsvSource({
            "berlin.example, berlin.example, 1",
            "tunis.example, berlin.example, 1",
            "tunis.example, tunis.example, 1",
            "berlin.example, tunis.example, 1",
            "berlin.example, berlin.example, 900000",
            "tunis.example, berlin.example, 900000"
        })
        @DisplayName("ten who add it as often as they can leave room for one who adds it now and then:")
        void tenAdders(String server, String hubName, long treeBytes) {
            ServerName hub = new ServerName(hubName);
            for (int who = 0; who < 10; who++) {
                UserId adder = new UserId("mallory" + who, new ServerName(server));
                for (int i = 0; i < Limits.WELCOMES_PER_DEVICE_AND_ADDER_MAX; i++) {
                    if (room.lacks(alice.who().device(), hub, adder, treeBytes).isEmpty()) {
                        waits(hub, adder.toString(), treeBytes);
                    }
                }
            }
            UserId honest = new UserId("honest", new ServerName(server));
            for (int i = 0; i < 2; i++) {
                assertThat(room.lacks(alice.who().device(), hub, honest, 50_000))
                        .as("addition %s after %s of others", i, waiting)
                        .isEmpty();
                waits(hub, honest.toString(), 50_000);
            }
        }

        @Test
        @DisplayName("so many bytes of trees are kept of one adder, of one other server's members and of one hub")
        void bytes() {
            TestDevice ben = berlin.member("ben");
            TestDevice emil = tunis.member("emil");
            long byOne = Limits.WELCOME_TREE_BYTES_PER_DEVICE_AND_ADDER_MAX;
            waits(tunis.name(), dina.user().toString(), byOne - 1);
            assertThat(lacks(tunis.name(), dina, 1)).isEmpty();
            assertThat(lacks(tunis.name(), dina, 2)).contains("welcomes-by-one-tree-bytes<=" + byOne);
            assertThat(lacks(berlin.name(), dina, 2)).contains("welcomes-by-one-tree-bytes<=" + byOne);
            assertThat(lacks(tunis.name(), emil, 2)).isEmpty();
            waits(berlin.name(), "fadi@tunis.example", byOne);
            assertThat(lacks(berlin.name(), emil, 2))
                    .contains(
                            "welcomes-by-one-server-tree-bytes<=" + Limits.WELCOME_TREE_BYTES_PER_DEVICE_AND_PEER_MAX);
            assertThat(lacks(berlin.name(), ben, 2)).isEmpty();
            // Of a version before, whoever added it.
            waits(berlin.name(), "", Limits.WELCOME_TREE_BYTES_PER_DEVICE_MAX - byOne - 1);
            assertThat(lacks(berlin.name(), ben, 1)).isEmpty();
            assertThat(lacks(berlin.name(), ben, 2))
                    .contains("welcomes-per-device-tree-bytes<=" + Limits.WELCOME_TREE_BYTES_PER_DEVICE_MAX);
            waits(tunis.name(), "", byOne);
            assertThat(lacks(tunis.name(), ben, 2))
                    .contains("welcomes-of-one-hub-tree-bytes<=" + Limits.WELCOME_TREE_BYTES_PER_DEVICE_AND_PEER_MAX);
        }
    }

    @Nested
    @DisplayName("Of a log in which no member of this server is")
    class LogsOfOthers {
        @Test
        @DisplayName("no more is pulled than a bound, where its hub never says that it ends, and nothing of it is left")
        void endless() {
            TestChannel endless = alice.found();
            String text = "x".repeat(8 << 10);
            for (int i = 0; i < 64; i++) {
                alice.say(endless, text);
            }
            berlin.crash();
            pretendThatTunisFollows(endless.id());
            berlin.start();
            long[] given = {0};
            berlin.tamper(frame -> {
                if (!frame.hasEntries()) {
                    return frame;
                }
                given[0] += frame.getSerializedSize();
                return frame.toBuilder()
                        .setEntries(frame.getEntries().toBuilder().clearHead())
                        .build();
            });
            world.pass(500_000);
            assertThat(given[0]).isBetween((long) FOREIGN_BYTES_MAX, 4L * FOREIGN_BYTES_MAX);
            assertThat(tunis.logs().channels()).doesNotContain(endless.id());
            assertThat(keys(tunis, Table.ENTRY, endless.id().bytes())).isEmpty();
            Expect.sound(tunis);
        }

        private long bytesOfEntries() {
            long[] bytes = {0};
            tunis.disk().scan(Table.ENTRY, new byte[0], new byte[0], (key, value) -> {
                bytes[0] += value.length;
                return true;
            });
            return bytes[0];
        }

        @Test
        @DisplayName(
                "a hub that gives log after log, each to its end, fills no more than the bound before they are deleted")
        void logAfterLog() {
            List<TestChannel> logs = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                TestChannel log = alice.found();
                for (int k = 0; k < 5; k++) {
                    alice.say(log, "x".repeat(6 << 10));
                }
                logs.add(log);
            }
            long before = bytesOfEntries();
            berlin.crash();
            logs.forEach(log -> pretendThatTunisFollows(log.id()));
            berlin.start();
            long most = 0;
            boolean deleted = false;
            for (int second = 0; second < 300; second++) {
                world.pass(1_000);
                long bytes = bytesOfEntries() - before;
                most = Math.max(most, bytes);
                deleted |= most > 0 && bytes == 0;
                if (second == 30) {
                    assertThat(bytes).isGreaterThan(FOREIGN_BYTES_MAX);
                    // What waits to be deleted counts after a restart, too.
                    tunis.restart();
                }
            }
            // What was under way when the bound was reached is the rest.
            assertThat(most).isLessThan(4L * FOREIGN_BYTES_MAX);
            assertThat(deleted).isTrue();
            Expect.sound(tunis);
        }

        @Test
        @DisplayName(
                "a channel is pulled far only where a member can have been added: of one that nothing speaks for a small part")
        void nobodyWasAskedFor() {
            boolean[] askedFor = {false};
            ForeignLogs logs = new ForeignLogs(
                    new Journal(new MemoryStore()), Limits.FOREIGN_LOG_BYTES_PER_HUB_MAX, () -> askedFor[0]);
            ChannelId channel = new ChannelId(Bytes.of(new byte[ChannelId.SIZE_BYTES]));
            ChannelId another = new ChannelId(Sha256.of(new byte[0]));
            String hub = berlin.name().value();
            StoredChannel.Builder row = StoredChannel.newBuilder().setHub(hub);

            logs.grew(row, (int) Limits.FOREIGN_LOG_BYTES_UNASKED_MAX);
            assertThat(logs.isTooMuch(channel, row)).isFalse();
            logs.grew(row, 1);
            assertThat(logs.isTooMuch(channel, row)).isTrue();
            askedFor[0] = true;
            assertThat(logs.isTooMuch(channel, row)).isFalse();
            askedFor[0] = false;
            logs.wanted(channel, dina.user());
            assertThat(logs.isTooMuch(channel, row)).isFalse();

            assertThat(logs.hasRoom(hub, another)).isTrue();
            logs.grew(row, (int) Limits.FOREIGN_LOG_BYTES_PER_HUB_UNASKED_MAX);
            assertThat(logs.hasRoom(hub, another)).isFalse();
            assertThat(logs.hasRoom(hub, channel)).isTrue();
            assertThat(logs.hasRoom(tunis.name().value(), another)).isTrue();
            askedFor[0] = true;
            assertThat(logs.hasRoom(hub, another)).isTrue();
            logs.grew(row, (int) Limits.FOREIGN_LOG_BYTES_PER_HUB_MAX);
            assertThat(logs.hasRoom(hub, another)).isFalse();
            logs.forget(row);
            assertThat(logs.hasRoom(hub, another)).isTrue();
        }

        @Test
        @DisplayName(
                "a log that is under way and is small by itself is not given up for what else its hub gives, but no other is begun")
        void besideOthers() {
            boolean[] askedFor = {false};
            ForeignLogs logs = new ForeignLogs(
                    new Journal(new MemoryStore()), Limits.FOREIGN_LOG_BYTES_PER_HUB_MAX, () -> askedFor[0]);
            ChannelId channel = new ChannelId(Bytes.of(new byte[ChannelId.SIZE_BYTES]));
            String hub = berlin.name().value();
            StoredChannel.Builder underWay = StoredChannel.newBuilder().setHub(hub);
            logs.grew(underWay, 1 << 20);
            StoredChannel.Builder others = StoredChannel.newBuilder().setHub(hub);
            logs.grew(others, (int) Limits.FOREIGN_LOG_BYTES_PER_HUB_UNASKED_MAX);
            assertThat(logs.hasRoom(hub, channel)).isFalse();
            assertThat(logs.isTooMuch(channel, underWay)).isFalse();

            askedFor[0] = true;
            logs.grew(others, (int) (Limits.FOREIGN_LOG_BYTES_PER_HUB_MAX - logs.bytes(hub) + 1));
            assertThat(logs.hasRoom(hub, channel)).isFalse();
            assertThat(logs.isTooMuch(channel, underWay)).isFalse();
            assertThat(logs.isTooMuch(channel, others)).isTrue();
            // What is under way together has a bound, too.
            logs.grew(others, (int) (Limits.PULLS_PER_LINK_MAX * Limits.FOREIGN_LOG_BYTES_UNASKED_MAX));
            assertThat(logs.isTooMuch(channel, underWay)).isTrue();
        }

        @Test
        @DisplayName(
                "the rows of a log that is dropped are deleted in a round, however many there are, and its hub has room for others")
        void largeLog() {
            ChannelId channel = new ChannelId(Sha256.of(new byte[0]));
            ChannelId neighbour = new ChannelId(Sha256.of(new byte[1]));
            tunis.crash();
            WriteBatch batch = new WriteBatch();
            batch.put(
                    Table.CHANNEL,
                    channel.bytes(),
                    Stored.encode(StoredChannel.newBuilder()
                            .setHub(berlin.name().value())
                            .setState(StoredChannelState.CHANNEL_DROPPED)
                            .setForeignBytes(FOREIGN_BYTES_MAX + 1)
                            .setSeq(5 * Limits.ROWS_PRUNED_PER_ROUND_MAX)
                            .build()));
            for (long seq = 1; seq <= 5 * Limits.ROWS_PRUNED_PER_ROUND_MAX; seq++) {
                batch.put(Table.ENTRY, Key.of(channel.bytes()).and(seq).bytes(), Bytes.of(new byte[8]));
            }
            batch.put(Table.ENTRY, Key.of(neighbour.bytes()).and(1).bytes(), Bytes.of(new byte[8]));
            tunis.disk().write(batch);
            tunis.start();
            world.pass(Limits.HOUSEKEEPING_MILLIS + 5_000);

            assertThat(keys(tunis, Table.ENTRY, channel.bytes())).isEmpty();
            assertThat(keys(tunis, Table.CHANNEL, channel.bytes())).isEmpty();
            assertThat(keys(tunis, Table.ENTRY, neighbour.bytes())).hasSize(1);
            Expect.sound(tunis);
        }

        @Test
        @DisplayName("the rows of many small logs that are dropped are deleted within seconds, so many in each")
        void manySmallLogs() {
            int logs = 200;
            int rowsOfEach = 30;
            tunis.crash();
            WriteBatch batch = new WriteBatch();
            for (int i = 0; i < logs; i++) {
                ChannelId channel =
                        new ChannelId(Sha256.of(Bytes.ofUtf8("small " + i).arrayUnsafe()));
                batch.put(
                        Table.CHANNEL,
                        channel.bytes(),
                        Stored.encode(StoredChannel.newBuilder()
                                .setHub(berlin.name().value())
                                .setState(StoredChannelState.CHANNEL_DROPPED)
                                .setSeq(rowsOfEach)
                                .build()));
                for (long seq = 1; seq <= rowsOfEach; seq++) {
                    batch.put(Table.ENTRY, Key.of(channel.bytes()).and(seq).bytes(), Bytes.of(new byte[8]));
                }
            }
            tunis.disk().write(batch);
            int all = keys(tunis, Table.ENTRY, Bytes.EMPTY).size();
            tunis.start();
            world.pass(2_000);
            assertThat(all - keys(tunis, Table.ENTRY, Bytes.EMPTY).size())
                    .isBetween(1, 4 * Limits.DROPPED_ROWS_PER_TICK_MAX);
            world.pass(1_000L * logs * rowsOfEach / Limits.DROPPED_ROWS_PER_TICK_MAX + 3_000);
            assertThat(all - keys(tunis, Table.ENTRY, Bytes.EMPTY).size()).isEqualTo(logs * rowsOfEach);
            Expect.sound(tunis);
        }

        @Test
        @DisplayName("a member who names channel after channel pushes out none that another is in")
        void namesManyChannels() {
            ForeignLogs logs =
                    new ForeignLogs(new Journal(new MemoryStore()), Limits.FOREIGN_LOG_BYTES_PER_HUB_MAX, () -> false);
            StoredChannel.Builder row =
                    StoredChannel.newBuilder().setHub(berlin.name().value());
            ChannelId channel = new ChannelId(Sha256.of(new byte[0]));
            logs.wanted(channel, dina.user());
            logs.grew(row, (int) Limits.FOREIGN_LOG_BYTES_UNASKED_MAX + 1);
            for (int i = 0; i < 2 * Limits.UNKNOWN_CHANNELS_KEPT_MAX; i++) {
                logs.wanted(new ChannelId(Sha256.of(Bytes.ofUtf8("channel " + i).arrayUnsafe())), alice.user());
            }
            assertThat(logs.isTooMuch(channel, row)).isFalse();
            assertThat(logs.isTooMuch(
                            new ChannelId(Sha256.of(Bytes.ofUtf8("channel 0").arrayUnsafe())), row))
                    .isFalse();
            assertThat(logs.isTooMuch(
                            new ChannelId(Sha256.of(Bytes.ofUtf8("channel " + Limits.UNKNOWN_CHANNELS_PER_MEMBER_MAX)
                                    .arrayUnsafe())),
                            row))
                    .isTrue();
        }

        @Test
        @DisplayName("who was handed a KeyPackage of a member is remembered, and over a restart")
        void claimedByAPeer() {
            KeyPackageTable keyPackages = new KeyPackageTable(new Journal(tunis.disk()));
            assertThat(keyPackages.isAnyClaimedBy(List.of(berlin.name()))).isFalse();
            alice.claim(dina.user(), Bytes.of(new byte[16]));
            assertThat(keyPackages.isAnyClaimedBy(List.of(berlin.name()))).isTrue();
            assertThat(keyPackages.isAnyClaimedBy(List.of(tunis.name()))).isFalse();
        }

        private void pretendThatTunisFollows(ChannelId channel) {
            WriteBatch batch = new WriteBatch();
            batch.put(
                    Table.FOLLOWER,
                    Key.of(channel.bytes()).and(tunis.name().value()).bytes(),
                    Stored.encode(StoredFollower.newBuilder().setDevices(1).build()));
            batch.put(
                    Table.FOLLOWED_BY,
                    Key.of(tunis.name().value()).and(channel.bytes()).bytes(),
                    Bytes.EMPTY);
            berlin.disk().write(batch);
        }
    }
}
