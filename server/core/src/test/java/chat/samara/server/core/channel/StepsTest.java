package chat.samara.server.core.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Limits;
import chat.samara.server.core.LinkId;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.channel.state.ChannelTable;
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
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.server.core.store.proto.StoredEpoch;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Proof;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.HubDecision;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Pong;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordReceipt;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SharedChannels;
import chat.samara.wire.proto.SignedRecord;
import chat.samara.wire.proto.SubmitRecords;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("Of what a peer has sent at once, so much is done at a stretch that others are served meanwhile (I7):")
final class StepsTest {
    private static final long HEAL = 90_000;
    private static final int MESSAGES = 20;
    private static final int RECORD_BYTES = 200_000;
    private static final int MANY = 30;
    private static final PeerFrame NOTHING =
            PeerFrame.newBuilder().setPong(Pong.getDefaultInstance()).build();
    private static final int SHARED = 2 * Limits.SHARED_CHANNELS_PER_FRAME_MAX + 500;

    /** One byte for each step: each entry and each record is a step of its own. */
    private final World world = new World(71, CoreConfig.standard().withStepBytesMax(1));

    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice dina = alice;
    private TestChannel home = alice.channel(alice.draft().id());

    @BeforeEach
    void found() {
        world.peer(berlin, tunis);
        alice = berlin.member("alice");
        dina = tunis.member("dina");
        home = alice.found();
        Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
        world.pass(HEAL);
        dina.join();
        dina.follow();
    }

    private static long turns(TestServer server) {
        return server.takeEffects().stream()
                .filter(Effect.GoOn.class::isInstance)
                .count();
    }

    private void bothSayMuchWhileCutOff() {
        world.cut(berlin, tunis);
        for (int i = 0; i < MESSAGES; i++) {
            alice.say(home, "alice's " + i);
            if (i % 5 == 0) {
                alice.submit(alice.update(home));
            }
        }
        for (int i = 0; i < MESSAGES; i++) {
            dina.say(dinas(), "dina's " + i);
        }
        turns(berlin);
        turns(tunis);
    }

    private TestChannel dinas() {
        return dina.channel(home.id());
    }

    private void assertConverged() {
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        assertThat(home.texts().stream().filter(text -> text.startsWith("dina")).toList())
                .hasSize(MESSAGES)
                .startsWith("dina's 0", "dina's 1")
                .endsWith("dina's " + (MESSAGES - 1));
        assertThat(dinas().texts()).containsExactlyElementsOf(home.texts());
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("a follower appends what it pulls, and a hub decides about what it is given, each in its order")
    void both() {
        bothSayMuchWhileCutOff();
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertConverged();
        assertThat(turns(tunis)).as("signatures and entries").isGreaterThanOrEqualTo(3L * MESSAGES);
        assertThat(turns(berlin)).isGreaterThanOrEqualTo(MESSAGES - 1);
    }

    @Test
    @DisplayName(
            "signatures of entries are verified so many a step, and where the last is forged none of them is taken before they are given as they are")
    void forgedSignature() {
        bothSayMuchWhileCutOff();
        LogPosition before = tunis.logs().position(home.id()).orElseThrow();
        berlin.tamper(StepsTest::withLastForged);
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(turns(tunis)).as("signatures").isGreaterThanOrEqualTo(MESSAGES);
        assertThat(tunis.logs().position(home.id())).contains(before);
        berlin.tamper(frame -> frame);
        world.pass(HEAL);
        assertConverged();
    }

    private static PeerFrame withLastForged(PeerFrame frame) {
        Entries entries = frame.hasHeadHint()
                ? Entries.newBuilder()
                        .addAllEntries(frame.getHeadHint().getEntriesList())
                        .build()
                : frame.getEntries();
        int last = entries.getEntriesCount() - 1;
        if (last < 0) {
            return frame;
        }
        LogEntry.Builder forged = entries.getEntries(last).toBuilder();
        byte[] signature = forged.getOriginProof().getSignature().toByteArray();
        signature[0] ^= 1;
        forged.getOriginProofBuilder().setSignature(ByteString.copyFrom(signature));
        PeerFrame.Builder tampered = frame.toBuilder();
        if (frame.hasHeadHint()) {
            tampered.getHeadHintBuilder().setEntries(last, forged);
        } else {
            tampered.getEntriesBuilder().setEntries(last, forged);
        }
        return tampered.build();
    }

    @Test
    @DisplayName(
            "of records that a peer sends without end so many bytes wait for their turn; it goes on with what comes later")
    void recordsWaiting() {
        LinkId link = berlinsLinkTo(tunis);
        tunis.takeSentToPeers();
        dina.say(dinas(), "x".repeat(RECORD_BYTES));
        Bytes frame = frameOf(2, sentRecord());
        turns(berlin);
        int room = Limits.RECORD_BYTES_WAITING_MAX / RECORD_BYTES;
        for (int i = 0; i < 2 * room; i++) {
            berlin.queue(new Event.LinkFrame(link, frame));
        }
        world.settle();
        assertThat(turns(berlin)).as("records that were looked at").isBetween(room / 2L, room + 1L);
        dina.say(dinas(), "later");
        assertThat(home.texts()).endsWith("later");
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("of tiny records, too, no more wait than memory is meant for: each takes more of it than its bytes")
    void tinyRecords() {
        LinkId link = berlinsLinkTo(tunis);
        tunis.takeSentToPeers();
        dina.say(dinas(), "tiny");
        Bytes frame = frameOf(1_000, sentRecord());
        turns(berlin);
        int room = Limits.RECORD_BYTES_WAITING_MAX / Limits.PART_BYTES;
        for (int i = 0; i < 3 * room / 1_000; i++) {
            berlin.queue(new Event.LinkFrame(link, frame));
        }
        world.settle();
        assertThat(turns(berlin)).as("records that were looked at").isLessThan(room);
        Expect.sound(berlin, tunis);
    }

    private SignedRecord sentRecord() {
        return tunis.takeSentToPeers().stream()
                .filter(PeerFrame::hasSubmitRecords)
                .findFirst()
                .orElseThrow()
                .getSubmitRecords()
                .getRecords(0);
    }

    private static Bytes frameOf(int records, SignedRecord record) {
        return Bytes.of(PeerFrame.newBuilder()
                .setSubmitRecords(SubmitRecords.newBuilder().addAllRecords(Collections.nCopies(records, record)))
                .build()
                .toByteArray());
    }

    private LinkId berlinsLinkTo(TestServer peer) {
        berlin.takeEffects();
        world.cut(berlin, peer);
        world.heal(berlin, peer);
        world.pass(HEAL);
        return berlin.takeEffects().stream()
                .filter(Effect.LinkAuthenticated.class::isInstance)
                .map(Effect.LinkAuthenticated.class::cast)
                .reduce((before, last) -> last)
                .orElseThrow()
                .link();
    }

    @Test
    @DisplayName(
            "what two servers share is named again a frame at a time, and as before only when the peer has had the last of it")
    void named() {
        tunis.crash();
        shareManyAtTunis(StoredChannel.newBuilder());
        tunis.start();
        world.pass(HEAL);
        tunis.takeSentToPeers();
        turns(tunis);
        world.pass(world.config().exchangeMillis());

        List<SharedChannels> frames = tunis.takeSentToPeers().stream()
                .filter(PeerFrame::hasSharedChannels)
                .map(PeerFrame::getSharedChannels)
                .toList();
        assertThat(frames)
                .extracting(SharedChannels::getChannelsCount, SharedChannels::getComplete)
                .containsExactly(
                        tuple(Limits.SHARED_CHANNELS_PER_FRAME_MAX, false),
                        tuple(Limits.SHARED_CHANNELS_PER_FRAME_MAX, false),
                        tuple(501, true));
        assertThat(turns(tunis)).isGreaterThanOrEqualTo(2);
    }

    /** Writes two and a half thousand channels with berlin as their hub to the disk of tunis, each with an epoch that has ended long ago. */
    private void shareManyAtTunis(StoredChannel.Builder row) {
        WriteBatch rows = new WriteBatch();
        for (int i = 0; i < SHARED; i++) {
            Bytes channel = Bytes.of(world.random().bytes(ChannelId.SIZE_BYTES));
            rows.put(
                    Table.CHANNEL_OF_HUB,
                    Key.of(berlin.name().value()).and(channel).bytes(),
                    Bytes.EMPTY);
            rows.put(
                    Table.CHANNEL,
                    channel,
                    Stored.encode(row.setHub(berlin.name().value())
                            .setState(StoredChannelState.CHANNEL_ACTIVE)
                            .setHadReaders(true)
                            .setTerm(1)
                            .setSeq(1)
                            .setEpoch(2)
                            .setEntryHash(Protobuf.toByteString(Bytes.of(new byte[32])))
                            .build()));
            rows.put(Table.EPOCH, Key.of(channel).and(1).bytes(), Stored.encode(StoredEpoch.getDefaultInstance()));
        }
        tunis.disk().write(rows);
    }

    @Test
    @DisplayName(
            "as a link begins it is named, and said how far it is drained, as many a step; then what waits is sent")
    void begun() {
        world.cut(berlin, tunis);
        dina.say(dinas(), "waits for the link");
        tunis.crash();
        shareManyAtTunis(StoredChannel.newBuilder().setFirstUndrainedEpoch(2));
        tunis.start();
        turns(tunis);
        tunis.takeSentToPeers();
        world.heal(berlin, tunis);
        world.pass(HEAL / 10);

        List<PeerFrame> frames = tunis.takeSentToPeers();
        assertThat(frames.stream().filter(PeerFrame::hasSharedChannels).map(PeerFrame::getSharedChannels))
                .extracting(SharedChannels::getChannelsCount, SharedChannels::getComplete)
                .containsExactly(
                        tuple(Limits.SHARED_CHANNELS_PER_FRAME_MAX, false),
                        tuple(Limits.SHARED_CHANNELS_PER_FRAME_MAX, false),
                        tuple(501, true));
        assertThat(frames.stream().filter(PeerFrame::hasFollowerState)).hasSize(SHARED);
        assertThat(turns(tunis)).isGreaterThanOrEqualTo(4);
        assertThat(home.texts()).contains("waits for the link");
    }

    private long drained() {
        long[] count = {0};
        new StoreRows(tunis.disk()).scanPrefix(Table.CHANNEL, Bytes.EMPTY, (key, value) -> {
            count[0] += ChannelTable.find(new StoreRows(tunis.disk()), new ChannelId(key))
                                    .orElseThrow()
                                    .getFirstUndrainedEpoch()
                            == 2
                    ? 1
                    : 0;
            return true;
        });
        return count[0];
    }

    @Test
    @DisplayName("after a start as many epochs are looked at in a tick, and each has its turn")
    void epochsAfterAStart() {
        world.cut(berlin, tunis);
        tunis.crash();
        shareManyAtTunis(StoredChannel.newBuilder());
        tunis.start();
        long before = drained();
        while (before < SHARED) {
            world.pass(world.config().tickMillis());
            assertThat(drained() - before).isBetween(1L, (long) Limits.EPOCHS_LOOKED_AT_PER_STEP_MAX);
            before = drained();
        }
    }

    @Test
    @DisplayName("heads that a peer shows, one frame full of them, are verified so many a step")
    void heads() {
        ByteString channel = Protobuf.toByteString(home.id().bytes());
        long here = berlin.logs().position(home.id()).orElseThrow().seq();
        SharedChannels.Builder frame = SharedChannels.newBuilder();
        for (int i = 0; i < MANY; i++) {
            Head head = Head.of(
                    new LogPosition(
                            home.id(), 1, here + 1 + i, Bytes.of(world.random().bytes(32))),
                    here + 1 + i);
            BatchSigner batch = new BatchSigner();
            int place = batch.add(head);
            // Not by berlin, whose head it would be.
            Proof proof = batch.sign(tunis.identity().rootKey()).proof(place);
            frame.addChannels(SharedChannel.newBuilder()
                    .setChannelId(channel)
                    .setTerm(1)
                    .setSeq(here + 1 + i)
                    .setEntryHash(Protobuf.toByteString(head.position().entryHash()))
                    .setHub(berlin.name().value())
                    .setHead(new ProvenHead(head, proof).toProto()));
        }
        turns(berlin);
        world.pushFromPeer(
                tunis, berlin, PeerFrame.newBuilder().setSharedChannels(frame).build());
        world.settle();
        assertThat(turns(berlin)).isGreaterThanOrEqualTo(MANY - 1);
        Expect.receipt(alice.say(home, "goes on"), ReceiptStatus.ORDERED);
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName("receipts of a hub are looked at so many a step, in their order")
    void receipts() {
        List<RecordIn> sent = new ArrayList<>();
        tunis.tamper(frame -> {
            frame.getSubmitRecords().getRecordsList().forEach(it -> sent.add(recordIn(it)));
            return frame.hasSubmitRecords() ? NOTHING : frame;
        });
        for (int i = 0; i < MESSAGES; i++) {
            Expect.receipt(dina.say(dinas(), "dina's " + i), ReceiptStatus.STORED);
        }
        dina.takePushes();
        turns(tunis);
        RecordReceipts.Builder receipts = RecordReceipts.newBuilder();
        for (int i = 0; i < MESSAGES; i++) {
            receipts.addReceipts(RecordReceipt.newBuilder()
                    .setChannelId(Protobuf.toByteString(home.id().bytes()))
                    .setOriginIncarnation(sent.get(0).claimed().originIncarnation())
                    .setOriginSeq(sent.get(0).claimed().originSeq() + i)
                    .setStatus(ReceiptStatus.REJECTED)
                    .setDecision(HubDecision.DECIDED_FOR_GOOD)
                    .setError(Refusal.of(ErrorCode.TOO_LARGE, "receipt " + i).toProto()));
        }
        world.pushFromPeer(
                berlin,
                tunis,
                PeerFrame.newBuilder().setRecordReceipts(receipts).build());
        world.settle();

        assertThat(turns(tunis)).isGreaterThanOrEqualTo(MESSAGES - 1);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        assertThat(dina.takePushes().stream()
                        .filter(ServerFrame::hasReceipt)
                        .map(it -> it.getReceipt().getError().getReason()))
                .hasSize(MESSAGES)
                .startsWith("receipt 0", "receipt 1");
    }

    private static RecordIn recordIn(SignedRecord record) {
        try {
            return RecordIn.of(record);
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("what waits in a channel that is frozen is refused so much a tick")
    void frozen() throws Exception {
        world.cut(berlin, tunis);
        int said = 2 * Limits.RECORDS_OF_FROZEN_REFUSED_PER_TICK_MAX + 10;
        for (int i = 0; i < said; i++) {
            Expect.receipt(dina.say(dinas(), "dina's " + i), ReceiptStatus.STORED);
        }
        tunis.crash();
        WriteBatch rows = new WriteBatch();
        Bytes key = home.id().bytes();
        rows.put(
                Table.CHANNEL,
                key,
                Stored.encode(
                        StoredChannel.parseFrom(tunis.disk()
                                        .get(Table.CHANNEL, key.toByteArray())
                                        .orElseThrow())
                                .toBuilder()
                                .setState(StoredChannelState.CHANNEL_FROZEN)
                                .build()));
        tunis.disk().write(rows);
        tunis.start();
        int left = tunis.logs().outboxSize(home.id());
        while (left > 0) {
            world.pass(world.config().tickMillis());
            int now = tunis.logs().outboxSize(home.id());
            assertThat(left - now).isBetween(1, Limits.RECORDS_OF_FROZEN_REFUSED_PER_TICK_MAX);
            left = now;
        }
    }

    /** The hub of the channel is put back to a copy from before all this was said. */
    private void hubIsRestored() {
        MemoryStore copy = berlin.disk().copy();
        for (int i = 0; i < MESSAGES; i++) {
            Expect.receipt(alice.say(home, "alice's " + i), ReceiptStatus.ORDERED);
            if (i % 5 == 0) {
                Expect.receipt(alice.submit(alice.update(home)), ReceiptStatus.ORDERED);
            }
        }
        world.pass(HEAL);
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        world.cut(berlin, tunis);
        berlin.crash();
        berlin.restore(copy);
        berlin.start();
        turns(berlin);
    }

    @Test
    @DisplayName("a hub that was put back to an older copy takes back what its followers have of it")
    void takingBack() {
        hubIsRestored();
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(berlin.logs().position(home.id())).isEqualTo(tunis.logs().position(home.id()));
        assertThat(turns(berlin)).isGreaterThanOrEqualTo(MESSAGES - 1);
        Expect.sound(berlin, tunis);
    }

    @ParameterizedTest(name = "after {0} writes")
    @ValueSource(ints = {1, 2, 5, 9, 14, 20})
    @DisplayName("what a hub had not taken back when it, or the link, ended it asks for again")
    void takingBackInTheMiddle(int writes) {
        hubIsRestored();
        berlin.crashAfter(writes, TestServer.CrashPoint.AFTER_WRITE);
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(berlin.hasCrashed()).isTrue();
        world.cut(berlin, tunis);
        world.heal(berlin, tunis);
        world.pass(2 * HEAL);
        assertThat(berlin.logs().position(home.id())).isEqualTo(tunis.logs().position(home.id()));
        alice.connect();
        home.expectDeviceSeq(alice.login().getLoggedIn().getChannels(0).getNextDeviceSeq());
        alice.follow();
        Expect.receipt(alice.say(home, "goes on"), ReceiptStatus.ORDERED);
        Expect.sound(berlin, tunis);
    }

    @ParameterizedTest(name = "after {0} writes")
    @ValueSource(ints = {1, 2, 3, 5, 8, 12})
    @DisplayName("what was not done when either process ended, or the link, is asked for and sent again")
    void inTheMiddle(int writes) {
        long before = berlin.logs().position(home.id()).orElseThrow().seq();
        bothSayMuchWhileCutOff();
        tunis.crashAfter(writes, TestServer.CrashPoint.AFTER_WRITE);
        berlin.crashAfter(writes + 2, TestServer.CrashPoint.BEFORE_WRITE);
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(tunis.hasCrashed()).isTrue();
        assertThat(berlin.hasCrashed()).isTrue();
        alice.connect();
        dina.connect();
        world.cut(berlin, tunis);
        world.heal(berlin, tunis);
        world.pass(2 * HEAL);
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        assertThat(berlin.logs().position(home.id()).orElseThrow().seq()).isGreaterThan(before + 2 * MESSAGES);
        Expect.sound(berlin, tunis);
    }
}
