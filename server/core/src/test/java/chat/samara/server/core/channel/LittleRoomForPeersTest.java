package chat.samara.server.core.channel;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Pong;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordReceipt;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SharedChannels;
import chat.samara.wire.proto.SignedRecord;
import chat.samara.wire.proto.SubmitRecords;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Where there is little room for what peers have sent and what waits for its turn (I7):")
final class LittleRoomForPeersTest {
    private static final long HEAL = 90_000;
    private static final int MESSAGES = 40;
    private static final int PARTS = 16;
    private static final int FILLED = 200;
    private static final long ROOM = 2L * PARTS * Limits.PART_BYTES;

    private static final PeerFrame NOTHING =
            PeerFrame.newBuilder().setPong(Pong.getDefaultInstance()).build();

    /** One byte for each step: each entry, record, receipt and channel is a step of its own. */
    private final World world =
            new World(72, CoreConfig.standard().withStepBytesMax(1).withPeersBytesWaitingMax(ROOM));

    private final TestServer berlin = world.server("berlin.example");
    private final TestServer tunis = world.server("tunis.example");
    private final TestServer hanoi = world.server("hanoi.example");
    private final TestServer lagos = world.server("lagos.example");
    private TestDevice alice = TestDevice.stranger(berlin, "nobody");
    private TestDevice dina = alice;
    private TestChannel home = alice.channel(alice.draft().id());

    @BeforeEach
    void found() {
        world.peer(berlin, tunis);
        world.peer(berlin, hanoi);
        world.peer(berlin, lagos);
        alice = berlin.member("alice");
        dina = tunis.member("dina");
        home = alice.found();
        Expect.receipt(alice.invite(home, dina), ReceiptStatus.ORDERED);
        world.pass(HEAL);
        dina.join();
        dina.follow();
    }

    private TestChannel dinas() {
        return dina.channel(home.id());
    }

    @Test
    @DisplayName("a follower has all of what is far more than that, and its hub too")
    void nothingIsLost() {
        TestChannel other = alice.found();
        Expect.receipt(alice.invite(other, dina), ReceiptStatus.ORDERED);
        world.pass(HEAL);
        world.cut(berlin, tunis);
        for (int i = 0; i < MESSAGES; i++) {
            alice.say(home, "alice's " + i);
            dina.say(dinas(), "dina's " + i);
        }
        for (int i = 0; i < MESSAGES; i++) {
            alice.say(other, "other's " + i);
        }
        world.heal(berlin, tunis);
        world.pass(2 * HEAL);
        assertThat(tunis.logs().position(home.id())).isEqualTo(berlin.logs().position(home.id()));
        assertThat(tunis.logs().position(other.id())).isEqualTo(berlin.logs().position(other.id()));
        assertThat(tunis.logs().outboxSize(home.id())).isZero();
        assertThat(home.texts()).hasSize(2 * MESSAGES);
        Expect.sound(berlin, tunis);
    }

    @Test
    @DisplayName(
            "what there is no room for is not pulled again before some time has passed, however often the hub fills it")
    void notPulledAtOnce() {
        world.cut(berlin, tunis);
        for (int i = 0; i < MESSAGES; i++) {
            alice.say(home, "alice's " + i);
        }
        AtomicInteger pulls = new AtomicInteger();
        tunis.tamper(frame -> {
            if (frame.hasPull() && pulls.incrementAndGet() <= FILLED) {
                world.pushFromPeer(
                        berlin,
                        tunis,
                        PeerFrame.newBuilder()
                                .setRecordReceipts(receipts(PARTS))
                                .build());
            }
            return frame;
        });
        world.heal(berlin, tunis);
        world.pass(HEAL);
        assertThat(pulls.get())
                .as("in %d ms", HEAL)
                .isLessThanOrEqualTo((int) (HEAL / CoreConfig.standard().retryMillis()) + PARTS);
    }

    @Test
    @DisplayName(
            "what two peers send without end leaves a third its first: of records, of receipts, and of what they name")
    void eachItsFirst() {
        List<SignedRecord> sent = new ArrayList<>();
        tunis.tamper(frame -> {
            sent.addAll(frame.getSubmitRecords().getRecordsList());
            return frame.hasSubmitRecords() ? NOTHING : frame;
        });
        dina.say(dinas(), "the first");
        dina.say(dinas(), "the second");
        List<PeerFrame> flood = List.of(
                PeerFrame.newBuilder()
                        .setSubmitRecords(records(PARTS, sent.get(0)))
                        .build(),
                PeerFrame.newBuilder().setSharedChannels(shared()).build(),
                PeerFrame.newBuilder().setRecordReceipts(receipts(PARTS)).build());
        for (int i = 0; i < PARTS; i++) {
            flood.forEach(each -> world.pushFromPeer(hanoi, berlin, each));
        }
        // By small frames each fills its part to the last of it: the first all that waits for nobody's part, the second
        // the rest.
        List<PeerFrame> rest = List.of(
                PeerFrame.newBuilder().setSubmitRecords(records(2, sent.get(0))).build(),
                PeerFrame.newBuilder().setRecordReceipts(receipts(2)).build());
        for (TestServer hostile : List.of(hanoi, lagos)) {
            for (int i = 0; i < 2 * PARTS; i++) {
                rest.forEach(each -> world.pushFromPeer(hostile, berlin, each));
            }
        }
        // Larger than what the two have left because their frames did not fit exactly.
        List<SignedRecord> honest = new ArrayList<>(Collections.nCopies(PARTS / 2, sent.get(0)));
        honest.add(sent.get(1));
        world.pushFromPeer(
                tunis,
                berlin,
                PeerFrame.newBuilder().setSubmitRecords(records(honest)).build());
        world.settle();
        assertThat(home.texts()).containsExactly("the first", "the second");
        Expect.sound(berlin);
    }

    private static SubmitRecords records(int count, SignedRecord record) {
        return records(Collections.nCopies(count, record));
    }

    private static SubmitRecords records(List<SignedRecord> records) {
        return SubmitRecords.newBuilder().addAllRecords(records).build();
    }

    private SharedChannels shared() {
        SharedChannels.Builder named = SharedChannels.newBuilder();
        for (int i = 0; i < PARTS; i++) {
            named.addChannels(SharedChannel.newBuilder()
                    .setChannelId(ByteString.copyFrom(world.random().bytes(32)))
                    .setTerm(1)
                    .setSeq(1)
                    .setEntryHash(ByteString.copyFrom(new byte[32]))
                    .setHub(berlin.name().value()));
        }
        return named.build();
    }

    private RecordReceipts receipts(int count) {
        RecordReceipt receipt = RecordReceipt.newBuilder()
                .setChannelId(Protobuf.toByteString(home.id().bytes()))
                .setOriginIncarnation(1)
                .setOriginSeq(1)
                .setStatus(ReceiptStatus.ORDERED)
                .setSeq(1)
                .build();
        return RecordReceipts.newBuilder()
                .addAllReceipts(Collections.nCopies(count, receipt))
                .build();
    }
}
