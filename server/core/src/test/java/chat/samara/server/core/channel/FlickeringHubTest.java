package chat.samara.server.core.channel;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A hub that says in turns that it has taken a record and that it takes none")
final class FlickeringHubTest {
    private static final int TURNS = 200;
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
    @DisplayName("makes its follower look through all that waits, and tell those who wait, once in a while, however often it does so")
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
}
