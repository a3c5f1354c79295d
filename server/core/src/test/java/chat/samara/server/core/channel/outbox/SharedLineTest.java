package chat.samara.server.core.channel.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.proto.ClaimKeyPackages;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Done;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.HeadHint;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordReceipt;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.ServerFrame;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** One line between two servers carries what is said in all of their channels: none of it keeps the rest waiting. */
final class SharedLineTest {
    private static final int BUSY = 4;
    private static final String TEXT = "m".repeat(16_000);
    private static final PeerFrame NOTHING =
            PeerFrame.newBuilder().setDone(Done.getDefaultInstance()).build();

    private final ManyChannels scene = new ManyChannels(23, BUSY + 1);
    private final World world = scene.world;
    private final TestServer berlin = scene.berlin;
    private final TestServer tunis = scene.tunis;
    private final TestDevice dina = scene.dina;
    private final List<TestChannel> channels = scene.channels.stream()
            .sorted(Comparator.comparing(TestChannel::id))
            .toList();

    /** The last one, for whoever goes by their ids. */
    private final TestChannel quiet = channels.get(BUSY);

    private void say(TestChannel channel, String text, int times) {
        for (int i = 0; i < times; i++) {
            Expect.receipt(dina.say(dina.channel(channel.id()), text), ReceiptStatus.STORED);
        }
    }

    private int waiting(TestChannel channel) {
        return tunis.logs().outboxSize(channel.id());
    }

    private void reconnect(long bytesPerSecond) {
        world.slow(bytesPerSecond);
        world.heal(berlin, tunis);
        while (tunis.core().figures().linksUp() == 0) {
            world.pass(1_000);
        }
        tunis.takeSentToPeers();
    }

    private long takeSubmittedBytes() {
        return tunis.takeSentToPeers().stream()
                .flatMap(frame -> frame.getSubmitRecords().getRecordsList().stream())
                .mapToLong(record -> record.getSerializedSize())
                .sum();
    }

    @Test
    @DisplayName("channels in which very much waits for the hub hold up no other: each has its turn")
    void eachHasItsTurn() {
        int much = Limits.SUBMIT_BYTES_IN_FLIGHT_MAX / TEXT.length() + 10;
        long bytesPerSecond = 100_000;
        world.cut(berlin, tunis);
        channels.subList(0, BUSY).forEach(channel -> say(channel, TEXT, much));
        say(quiet, "one word", 1);
        reconnect(bytesPerSecond);
        world.pass((long) much * TEXT.length() * 1_000 / bytesPerSecond);
        assertThat(waiting(quiet)).isZero();
        // A fourth of it has left by then, a part of each channel's.
        assertThat(channels.subList(0, BUSY))
                .allSatisfy(channel -> assertThat(waiting(channel)).isBetween(much / 2, much - 1));
    }

    @Test
    @DisplayName(
            "a hub that says that it lacks now one record and now another makes nobody send all that waits again and"
                    + " again")
    void lyingGaps() {
        int many = Limits.LINE_BYTES_FIRST / TEXT.length() + 40;
        berlin.tamper(frame -> frame.hasRecordReceipts() ? NOTHING : frame);
        tunis.tamper(frame -> frame.hasSubmitRecords() ? NOTHING : frame);
        say(quiet, TEXT, many);
        takeSubmittedBytes();
        long first = records().get(0).getOriginSeq();
        for (int i = 0; i < 100; i++) {
            world.pushFromPeer(berlin, tunis, gap(first + i % 2, first + 5));
            world.settle();
        }
        assertThat(takeSubmittedBytes()).isLessThan(2L * TEXT.length());
        berlin.tamper(frame -> frame);
        tunis.tamper(frame -> frame);
        world.pass(5 * CoreConfig.standard().retryMillis());
        assertThat(waiting(quiet)).isZero();
    }

    private List<Record> records() {
        List<Record> found = new ArrayList<>();
        OutboxTable.scan(
                new StoreRows(tunis.disk()),
                quiet.id(),
                OutboxTable.Place.START,
                (place, stored) -> found.add(OutboxTable.record(quiet.id(), stored)));
        return found;
    }

    private PeerFrame gap(long expected, long ofOriginSeq) {
        return PeerFrame.newBuilder()
                .setRecordReceipts(RecordReceipts.newBuilder()
                        .addReceipts(RecordReceipt.newBuilder()
                                .setChannelId(Protobuf.toByteString(quiet.id().bytes()))
                                .setOriginIncarnation(records().get(0).getOriginIncarnation())
                                .setOriginSeq(ofOriginSeq)
                                .setStatus(ReceiptStatus.REJECTED)
                                .setError(Refusal.of(ErrorCode.GAP, "first that one").toProto().toBuilder()
                                        .setExpected(expected))))
                .build();
    }

    @Test
    @DisplayName("while very much goes over a slow line, a member of the other server is added all the same")
    void claimsAreAnswered() {
        // The line is quick at first, and what is under way on it grows with that.
        world.cut(berlin, tunis);
        channels.subList(0, BUSY).forEach(channel -> say(channel, TEXT, 70));
        reconnect(100_000_000);
        world.pass(10_000);
        assertThat(channels).allSatisfy(channel -> assertThat(waiting(channel)).isZero());
        world.cut(berlin, tunis);
        channels.subList(0, BUSY).forEach(channel -> say(channel, TEXT, 30));
        reconnect(8_000);
        world.pass(30_000);
        long claim = dina.send(ClientFrame.newBuilder()
                .setClaimKeyPackages(ClaimKeyPackages.newBuilder()
                        .setUserId(scene.alice.user().toString())
                        .setCipherSuite(1)
                        .setClaimId(Protobuf.toByteString(Bytes.of(new byte[16])))));
        world.pass(CoreConfig.standard().retryMillis());
        assertThat(dina.answer(claim)).hasValueSatisfying(answer -> {
            assertThat(answer.getError()).isEqualTo(Error.getDefaultInstance());
            assertThat(answer.hasClaimedKeyPackages()).isTrue();
        });
        assertThat(waiting(channels.get(0))).isPositive();
    }

    @Test
    @DisplayName("what little was said on a slow line for long does not tell that it is quick")
    void idleChatter() {
        world.slow(8_000);
        for (int i = 0; i < 100; i++) {
            scene.alice.say(scene.alice.channel(quiet.id()), "a word");
            world.pass(1_000);
        }
        berlin.takeSentToPeers();
        for (TestChannel channel : channels) {
            for (int i = 0; i < 40; i++) {
                scene.alice.say(scene.alice.channel(channel.id()), TEXT.substring(0, 4_000));
            }
        }
        world.pass(1_000);
        long bytes = berlin.takeSentToPeers().stream()
                .mapToLong(frame -> frame.getEntries().getSerializedSize()
                        + frame.getHeadHint().getSerializedSize())
                .sum();
        assertThat(bytes).isBetween(1L, 2L * Limits.LINE_BYTES_FIRST);
    }

    @Test
    @DisplayName(
            "what comes beside hints, in all channels together, is no more than a slow line carries while nothing is"
                    + " heard of it (I7)")
    void littleBesideHints() {
        world.pass(ManyChannels.HEAL);
        tunis.tamper(frame -> frame.hasPull() ? NOTHING : frame);
        berlin.takeSentToPeers();
        for (int i = 0; i < 10; i++) {
            for (TestChannel channel : channels) {
                scene.alice.say(scene.alice.channel(channel.id()), TEXT);
            }
        }
        List<PeerFrame> sent = berlin.takeSentToPeers();
        assertThat(sent.stream().mapToLong(SharedLineTest::bytesBeside).sum())
                .isBetween((long) TEXT.length(), (long) Limits.HINTED_ENTRY_BYTES_MAX);
        // What is asked for has come; then there is room again.
        tunis.tamper(frame -> frame);
        world.pass(Limits.PULL_PATIENCE_MILLIS + ManyChannels.HEAL);
        berlin.takeSentToPeers();
        scene.alice.say(scene.alice.channel(quiet.id()), TEXT);
        assertThat(berlin.takeSentToPeers().stream()
                        .mapToLong(SharedLineTest::bytesBeside)
                        .sum())
                .isGreaterThan(TEXT.length());
    }

    private static long bytesBeside(PeerFrame frame) {
        return frame.getHeadHint().getEntriesList().stream()
                .mapToLong(entry -> entry.getSerializedSize())
                .sum();
    }

    @Test
    @DisplayName(
            "a follower that has not asked yet for what there is in a channel is not told again and again that there"
                    + " is more")
    void hintedOnce() {
        tunis.tamper(frame -> frame.hasPull() ? NOTHING : frame);
        berlin.takeSentToPeers();
        for (int i = 0; i < 3 * Limits.HINTS_AGAIN_MAX; i++) {
            scene.alice.say(scene.alice.channel(quiet.id()), "a word");
        }
        assertThat(takeHints()).isEqualTo(1 + Limits.HINTS_AGAIN_MAX);
        // It is told again when it has heard all that: once, and of the epoch that is closed then.
        world.pass(5_000);
        assertThat(takeHints()).isBetween(1L, 2L);
        tunis.tamper(frame -> frame);
        // The pull that was lost is given up, and where both stand is said again.
        world.pass(Limits.PULL_PATIENCE_MILLIS + ManyChannels.HEAL);
        assertThat(tunis.logs().position(quiet.id())).isEqualTo(berlin.logs().position(quiet.id()));
        scene.alice.say(scene.alice.channel(quiet.id()), "another word");
        assertThat(tunis.logs().position(quiet.id())).isEqualTo(berlin.logs().position(quiet.id()));
    }

    /** How often tunis was told since the last call that there is more of the quiet channel. */
    private long takeHints() {
        return berlin.takeSentToPeers().stream()
                .filter(PeerFrame::hasHeadHint)
                .filter(frame -> channelOf(frame.getHeadHint()).equals(quiet.id()))
                .count();
    }

    private static ChannelId channelOf(HeadHint hint) {
        try {
            return HeadIn.of(hint.getHead()).claimedChannel();
        } catch (RefusedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("where one stands is not said again before the peer has had what was said the last time")
    void exchangesOnASlowLine() {
        berlin.tamper(frame -> frame.getAnswer() ? NOTHING : frame);
        world.pass(CoreConfig.standard().exchangeMillis());
        tunis.takeSentToPeers();
        world.pass(8 * CoreConfig.standard().exchangeMillis());
        assertThat(tunis.takeSentToPeers()).noneMatch(PeerFrame::hasSharedChannels);
        berlin.tamper(frame -> frame);
        world.pass(10 * CoreConfig.standard().exchangeMillis());
        assertThat(tunis.takeSentToPeers()).anyMatch(PeerFrame::hasSharedChannels);
    }

    @Test
    @DisplayName("a peer that says something now and then and answers nothing is asked again, but not so often that all"
            + " else is refused")
    void answersNothing() {
        berlin.tamper(frame -> frame.getAnswer() || frame.hasRecordReceipts() ? NOTHING : frame);
        say(quiet, "a word", 1);
        int more = Limits.REQUESTS_PER_LINK_MAX + 10;
        for (int i = 0; i < more; i++) {
            world.pushFromPeer(berlin, tunis, NOTHING);
            world.pass(30_000);
        }
        berlin.tamper(frame -> frame);
        assertThat(claimOfAlice())
                .satisfies(answer -> assertThat(answer.hasClaimedKeyPackages())
                        .as(answer.toString())
                        .isTrue());
    }

    private ServerFrame claimOfAlice() {
        return dina.claim(scene.alice.user(), Bytes.of(new byte[16]));
    }
}
