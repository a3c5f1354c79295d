package chat.samara.server.core.channel.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.Effect;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.channel.hub.HubIntake;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.Done;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.HubDecision;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Receipt;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordReceipt;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedRecord;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A hub that takes nothing, and says more of it than need be")
final class FlickeringHubTest {
    private static final int TURNS = 200;
    /** Of characters of three bytes. */
    private static final String LONG = "\u20ac".repeat(chat.samara.wire.Limits.ERROR_TEXT_CHARS_MAX);

    private static final int LONG_REASON_BYTES = 6 * chat.samara.wire.Limits.ERROR_TEXT_CHARS_MAX;
    private static final PeerFrame NOTHING =
            PeerFrame.newBuilder().setDone(Done.getDefaultInstance()).build();

    private final ManyChannels scene = new ManyChannels(29, 1);
    private final World world = scene.world;
    private final TestServer berlin = scene.berlin;
    private final TestServer tunis = scene.tunis;
    private final TestDevice dina = scene.dina;
    private final TestChannel home = scene.channels.get(0);

    @BeforeEach
    void somethingWaits() {
        world.pass(ManyChannels.HEAL);
        berlin.tamper(frame -> frame.hasRecordReceipts() ? NOTHING : frame);
        tunis.tamper(frame -> frame.hasSubmitRecords() ? NOTHING : frame);
        for (int i = 0; i < 5; i++) {
            Expect.receipt(dina.say(dina.channel(home.id()), "waits " + i), ReceiptStatus.STORED);
        }
        dina.takePushes();
    }

    private Record first() {
        List<Record> found = new ArrayList<>();
        ChannelId channel = home.id();
        OutboxTable.scan(
                new StoreRows(tunis.disk()),
                channel,
                OutboxTable.Place.START,
                (place, stored) -> found.add(OutboxTable.record(channel, stored)));
        return found.get(0);
    }

    /** One frame with receipts for one record that say now this and now that. */
    private PeerFrame flicker() {
        Record record = first();
        RecordReceipts.Builder receipts = RecordReceipts.newBuilder();
        for (int i = 0; i < TURNS; i++) {
            RecordReceipt.Builder receipt = RecordReceipt.newBuilder()
                    .setChannelId(Protobuf.toByteString(home.id().bytes()))
                    .setOriginIncarnation(record.getOriginIncarnation())
                    .setOriginSeq(record.getOriginSeq());
            receipts.addReceipts(receipt.clone()
                    .setStatus(ReceiptStatus.REJECTED)
                    .setDecision(HubDecision.NOT_TAKEN)
                    .setError(Refusal.of(ErrorCode.HUB_BEHIND, "the hub waits").toProto()));
            receipts.addReceipts(receipt.setStatus(ReceiptStatus.ORDERED)
                    .setDecision(HubDecision.DECIDED_FOR_GOOD)
                    .setSeq(berlin.logs().position(home.id()).orElseThrow().seq()));
        }
        return PeerFrame.newBuilder().setRecordReceipts(receipts).build();
    }

    private void push() {
        world.pushFromPeer(berlin, tunis, flicker());
        world.settle();
    }

    private List<Receipt> told() {
        return dina.takePushes().stream()
                .filter(ServerFrame::hasReceipt)
                .map(ServerFrame::getReceipt)
                .filter(Receipt::hasUnordered)
                .toList();
    }

    @Test
    @DisplayName(
            "and in turns that it has taken it, makes its follower look through all that waits, and tell who waits, once in a while, however often it does so")
    void once() {
        push();
        push();
        assertThat(told()).hasSize(1);
        world.pass(Limits.HUBS_REASON_STANDS_MILLIS - 1_000);
        push();
        assertThat(told()).isEmpty();
        world.pass(2_000);
        push();
        assertThat(told()).hasSize(1);
        berlin.tamper(frame -> frame);
        tunis.tamper(frame -> frame);
        world.pass(ManyChannels.HEAL);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        assertThat(home.texts()).contains("waits 0", "waits 4");
    }

    private PeerFrame takesNothing(String words) {
        Record record = first();
        return PeerFrame.newBuilder()
                .setRecordReceipts(RecordReceipts.newBuilder()
                        .addReceipts(RecordReceipt.newBuilder()
                                .setChannelId(Protobuf.toByteString(home.id().bytes()))
                                .setOriginIncarnation(record.getOriginIncarnation())
                                .setOriginSeq(record.getOriginSeq())
                                .setStatus(ReceiptStatus.REJECTED)
                                .setDecision(HubDecision.NOT_TAKEN)
                                .setError(Refusal.of(ErrorCode.HUB_BEHIND, words, "log-ends-at=3")
                                        .toProto())))
                .build();
    }

    @Test
    @DisplayName("for the same reason in other words each time is quoted once")
    void otherWords() {
        for (int i = 0; i < 5; i++) {
            world.pushFromPeer(berlin, tunis, takesNothing("it waits, said for the " + i + "th time"));
            world.settle();
            world.pass(2 * Limits.HUBS_REASON_STANDS_MILLIS);
        }
        assertThat(told()).hasSize(1);
    }

    @Test
    @DisplayName("of what is numbered anew gets nothing before it has taken what was said before that")
    void incarnations() {
        List<Record> sent = new ArrayList<>();
        tunis.tamper(frame -> {
            if (!frame.hasSubmitRecords()) {
                return frame;
            }
            frame.getSubmitRecords().getRecordsList().forEach(record -> sent.add(parsed(record)));
            return NOTHING;
        });
        Record first = first();
        world.pushFromPeer(
                berlin,
                tunis,
                PeerFrame.newBuilder()
                        .setRecordReceipts(RecordReceipts.newBuilder()
                                .addReceipts(RecordReceipt.newBuilder()
                                        .setChannelId(
                                                Protobuf.toByteString(home.id().bytes()))
                                        .setOriginIncarnation(first.getOriginIncarnation())
                                        .setOriginSeq(first.getOriginSeq() + 2)
                                        .setStatus(ReceiptStatus.REJECTED)
                                        .setDecision(HubDecision.NOT_TAKEN)
                                        .setError(Refusal.of(
                                                        ErrorCode.IDEMPOTENCY_CONFLICT, "used", HubIntake.NUMBER_REUSED)
                                                .toProto())))
                        .build());
        world.settle();
        world.pass(10 * world.config().retryMillis());
        assertThat(sent).extracting(Record::getOriginIncarnation).containsOnly(first.getOriginIncarnation());

        berlin.tamper(frame -> frame);
        tunis.tamper(frame -> frame);
        world.pass(ManyChannels.HEAL);
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        assertThat(home.texts()).endsWith("waits 0", "waits 1", "waits 2", "waits 3", "waits 4");
    }

    @Test
    @DisplayName(
            "that says the same of its numbers a thousand times makes its follower do one thing once, and not a thousand")
    void thousandTimes() {
        tunis.tamper(frame -> frame.hasSubmitRecords() ? NOTHING : frame);
        Record first = first();
        RecordReceipt used = RecordReceipt.newBuilder()
                .setChannelId(Protobuf.toByteString(home.id().bytes()))
                .setOriginIncarnation(first.getOriginIncarnation())
                .setOriginSeq(first.getOriginSeq())
                .setStatus(ReceiptStatus.REJECTED)
                .setDecision(HubDecision.NOT_TAKEN)
                .setError(Refusal.of(ErrorCode.IDEMPOTENCY_CONFLICT, "used", HubIntake.NUMBER_REUSED)
                        .toProto())
                .build();
        tunis.takeEffects();
        world.pushFromPeer(
                berlin,
                tunis,
                PeerFrame.newBuilder()
                        .setRecordReceipts(RecordReceipts.newBuilder().addAllReceipts(Collections.nCopies(1_000, used)))
                        .build());
        world.settle();
        assertThat(tunis.takeEffects().stream().filter(Effect.GoOn.class::isInstance))
                .hasSizeBetween(1, 5);
        assertThat(first().getOriginIncarnation()).isGreaterThan(first.getOriginIncarnation());
    }

    @Test
    @DisplayName("that says so each time for an hour makes it write its outbox anew more and more rarely")
    void allTheTime() {
        tunis.tamper(frame -> frame.hasSubmitRecords() ? NOTHING : frame);
        Set<Long> incarnations = new TreeSet<>();
        for (long passed = 0; passed < 3_600_000; passed += world.config().retryMillis()) {
            Record first = first();
            incarnations.add(first.getOriginIncarnation());
            sayUsed(first, 1);
            world.pass(world.config().retryMillis());
        }
        assertThat(incarnations).hasSizeBetween(3, 15);
    }

    private void sayUsed(Record record, int times) {
        RecordReceipt used = RecordReceipt.newBuilder()
                .setChannelId(Protobuf.toByteString(home.id().bytes()))
                .setOriginIncarnation(record.getOriginIncarnation())
                .setOriginSeq(record.getOriginSeq())
                .setStatus(ReceiptStatus.REJECTED)
                .setDecision(HubDecision.NOT_TAKEN)
                .setError(Refusal.of(ErrorCode.IDEMPOTENCY_CONFLICT, "used", HubIntake.NUMBER_REUSED)
                        .toProto())
                .build();
        world.pushFromPeer(
                berlin,
                tunis,
                PeerFrame.newBuilder()
                        .setRecordReceipts(RecordReceipts.newBuilder().addAllReceipts(Collections.nCopies(times, used)))
                        .build());
        world.settle();
    }

    private static Record parsed(SignedRecord record) {
        try {
            return Record.parseFrom(record.getRecord());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    /** Nothing of what it orders all the same comes into the log at the follower. */
    private static PeerFrame withLongReasons(PeerFrame frame) {
        if (frame.hasEntries() || frame.hasHeadHint()) {
            return NOTHING;
        }
        if (!frame.hasRecordReceipts()) {
            return frame;
        }
        RecordReceipts.Builder receipts = frame.getRecordReceipts().toBuilder();
        receipts.getReceiptsBuilderList()
                .forEach(receipt -> receipt.setStatus(ReceiptStatus.REJECTED)
                        .setDecision(HubDecision.NOT_TAKEN)
                        .setError(Refusal.of(ErrorCode.HUB_BEHIND, LONG, LONG).toProto()));
        return frame.toBuilder().setRecordReceipts(receipts).build();
    }

    @Test
    @DisplayName(
            "for reasons as long as can be, in many channels, is quoted to a device that logs in as far as there is room")
    void longReasons() {
        int channels = Limits.HELD_TOLD_AT_LOGIN_BYTES_MAX / LONG_REASON_BYTES + 3;
        ManyChannels many = new ManyChannels(31, channels);
        many.world.pass(ManyChannels.HEAL);
        many.berlin.tamper(FlickeringHubTest::withLongReasons);
        for (TestChannel channel : many.channels) {
            Expect.receipt(many.dina.say(many.dina.channel(channel.id()), "waits"), ReceiptStatus.STORED);
        }
        many.world.settle();
        List<ChannelState> states = many.dina.reconnect().getLoggedIn().getChannelsList();
        assertThat(states).hasSize(channels);
        List<Integer> sizes = states.stream()
                .filter(ChannelState::hasUnordered)
                .map(state -> state.getUnordered().getSerializedSize())
                .toList();
        assertThat(sizes).hasSizeBetween(channels / 2, channels - 1).allMatch(size -> size > LONG_REASON_BYTES);
        assertThat(sizes.stream().mapToInt(Integer::intValue).sum())
                .isLessThanOrEqualTo(Limits.HELD_TOLD_AT_LOGIN_BYTES_MAX);
    }
}
