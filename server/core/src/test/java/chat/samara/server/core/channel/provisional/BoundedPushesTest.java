package chat.samara.server.core.channel.provisional;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Limits;
import chat.samara.server.core.MemberQuota;
import chat.samara.server.core.batch.StoreRows;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Done;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Ping;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a server sends without being given credit for it, or takes without being asked who it is from, is bounded. */
final class BoundedPushesTest {
    private static final String LONG_TEXT = "m".repeat(60_000);
    private static final int TEXTS = 18;
    private static final int CHANNELS = 6;
    private static final long WAITING_BYTES = (long) LONG_TEXT.length() * TEXTS * CHANNELS;
    private static final PeerFrame NOTHING =
            PeerFrame.newBuilder().setDone(Done.getDefaultInstance()).build();

    private final ManyChannels scene = new ManyChannels(11, CHANNELS);
    private final World world = scene.world;
    private final TestServer berlin = scene.berlin;
    private final TestServer tunis = scene.tunis;
    private final TestDevice alice = scene.alice;
    private final TestDevice dina = scene.dina;
    private final List<TestChannel> channels = scene.channels;

    private void sayMuchInEachChannel() {
        for (TestChannel channel : channels) {
            for (int i = 0; i < TEXTS; i++) {
                Expect.receipt(dina.say(dina.channel(channel.id()), LONG_TEXT), ReceiptStatus.STORED);
            }
        }
        dina.takePushes();
        tunis.takeEffects();
        tunis.takeSentToPeers();
    }

    /** Bytes of provisional records that went to devices: in each round, which the driver carries out before the next. */
    private List<Long> provisionalBytesByRound() {
        List<Long> rounds = new ArrayList<>();
        long bytes = 0;
        for (Effect effect : tunis.takeEffects()) {
            if (effect instanceof Effect.SendToSession sent && frame(sent).hasProvisional()) {
                bytes += sent.frame().size();
            } else if (effect instanceof Effect.SendMore) {
                rounds.add(bytes);
                bytes = 0;
            }
        }
        rounds.add(bytes);
        return rounds;
    }

    private static long sum(List<Long> bytes) {
        return bytes.stream().mapToLong(it -> it).sum();
    }

    private static ServerFrame frame(Effect.SendToSession sent) {
        try {
            return ServerFrame.parseFrom(sent.frame().toByteArray());
        } catch (InvalidProtocolBufferException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("a device that follows again and again is not shown again and again what waits for a hub that is away")
    void followedAgainAndAgain() {
        world.cut(berlin, tunis);
        sayMuchInEachChannel();
        for (int i = 0; i < 300; i++) {
            dina.send(dina.followFrame(TestDevice.MUCH_CREDIT));
        }
        world.settle();
        List<Long> rounds = provisionalBytesByRound();
        assertThat(rounds).allMatch(bytes -> bytes <= Limits.PROVISIONAL_BYTES_AT_ONCE_MAX);
        // It was shown each when it was said, and is not shown it again.
        assertThat(sum(rounds)).isZero();
        dina.reconnect();
        for (int i = 0; i < 300; i++) {
            dina.send(dina.followFrame(TestDevice.MUCH_CREDIT));
        }
        world.settle();
        rounds = provisionalBytesByRound();
        assertThat(rounds).allMatch(bytes -> bytes <= Limits.PROVISIONAL_BYTES_AT_ONCE_MAX);
        assertThat(sum(rounds)).isBetween(WAITING_BYTES, WAITING_BYTES * 11 / 10);
    }

    @Test
    @DisplayName("when a hub goes away, a device is shown what was under way to it, a bounded part at a time")
    void hubDown() {
        tunis.tamper(frame -> frame.hasSubmitRecords() ? NOTHING : frame);
        sayMuchInEachChannel();
        world.cut(berlin, tunis);
        List<Long> rounds = provisionalBytesByRound();
        assertThat(rounds).allMatch(bytes -> bytes <= Limits.PROVISIONAL_BYTES_AT_ONCE_MAX);
        assertThat(sum(rounds)).isBetween(WAITING_BYTES, WAITING_BYTES * 11 / 10);
    }

    @Test
    @DisplayName("what waits in many channels for one hub leaves a bounded part at a time, and all of it in the end")
    void manyChannelsWait() {
        world.cut(berlin, tunis);
        sayMuchInEachChannel();
        tunis.tamper(frame -> frame.hasSubmitRecords() ? NOTHING : frame);
        world.heal(berlin, tunis);
        long most = 0;
        for (int second = 0; second < 60; second++) {
            world.pass(1_000);
            most = Math.max(most, submitted());
        }
        assertThat(most).isBetween(1L, (long) Limits.SUBMIT_BYTES_IN_FLIGHT_PER_HUB_MAX);
        tunis.tamper(frame -> frame);
        world.pass(ManyChannels.HEAL);
        for (TestChannel channel : channels) {
            assertThat(tunis.logs().outboxSize(channel.id())).isZero();
            assertThat(berlin.logs().position(channel.id()).orElseThrow().seq()).isGreaterThan(TEXTS);
        }
        Expect.sound(berlin, tunis);
    }

    /** Bytes of the records that went to peers since the last call. */
    private long submitted() {
        return tunis.takeSentToPeers().stream()
                .flatMap(frame -> frame.getSubmitRecords().getRecordsList().stream())
                .mapToLong(record -> record.getSerializedSize())
                .sum();
    }

    @Test
    @DisplayName("how many records wait is known without a look at the store")
    void figures() {
        world.cut(berlin, tunis);
        channels.forEach(channel -> dina.say(dina.channel(channel.id()), "waits"));
        long before = tunis.reads();
        assertThat(tunis.core().figures().outboxRecords()).isEqualTo(CHANNELS);
        assertThat(tunis.reads()).isEqualTo(before);
        tunis.restart();
        assertThat(tunis.core().figures().outboxRecords()).isEqualTo(CHANNELS);
        world.heal(berlin, tunis);
        world.pass(ManyChannels.HEAL);
        assertThat(tunis.core().figures().outboxRecords()).isZero();
    }

    @Test
    @DisplayName("what a hub does not take in some channels holds up no other")
    void notTakenElsewhere() {
        world.cut(berlin, tunis);
        sayMuchInEachChannel();
        TestChannel other = channels.get(CHANNELS - 1);
        tunis.tamper(frame -> frame.hasSubmitRecords()
                        && frame.getSubmitRecords().getRecordsList().stream().noneMatch(record -> isOf(other, record))
                ? NOTHING
                : frame);
        world.heal(berlin, tunis);
        world.pass(ManyChannels.HEAL);
        assertThat(tunis.logs().outboxSize(other.id())).isZero();
        assertThat(tunis.logs().outboxSize(channels.get(0).id())).isEqualTo(TEXTS);
    }

    private static boolean isOf(TestChannel channel, chat.samara.wire.proto.SignedRecord record) {
        try {
            return chat.samara.wire.log.RecordIn.of(record).claimedChannel().equals(channel.id());
        } catch (chat.samara.wire.RefusedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @DisplayName("a member founds so many channels at once, and more with time; others found theirs")
    void foundings() {
        TestDevice busy = berlin.member("busy");
        for (int i = 0; i < MemberQuota.standard().channelsPerDay(); i++) {
            busy.found();
        }
        ServerFrame refused = busy.create(busy.draft());
        assertThat(refused.getError().getCode()).isEqualTo(ErrorCode.LIMIT_REACHED);
        assertThat(refused.getError().getRetryAfterMillis())
                .isBetween(1L, MemberQuota.standard().channels().everyMillis());
        berlin.member("other").found();
        world.leap(MemberQuota.standard().channels().everyMillis());
        busy.reconnect();
        busy.found();
    }

    @Test
    @DisplayName("foundings that are refused count as well: each leaf of them was verified")
    void refusedFoundings() {
        TestDevice busy = berlin.member("busy");
        TestDevice.Draft draft = busy.draft();
        TestDevice.Draft broken = new TestDevice.Draft(
                draft.id(),
                draft.control().toBuilder()
                        .setRatchetTree(draft.control().getRatchetTree().substring(1))
                        .build(),
                draft.group());
        for (int i = 0; i < MemberQuota.standard().channelsPerDay(); i++) {
            Expect.error(busy.create(broken), ErrorCode.INVALID_HANDSHAKE);
        }
        Expect.error(busy.create(broken), ErrorCode.LIMIT_REACHED);
        Expect.error(busy.create(draft), ErrorCode.LIMIT_REACHED);
        world.leap(MemberQuota.standard().channels().everyMillis());
        busy.reconnect();
        Expect.receipt(busy.create(draft), ReceiptStatus.ORDERED);
        Expect.receipt(busy.create(draft), ReceiptStatus.ORDERED);
    }

    @Test
    @DisplayName(
            "a member of a peer that claims one member's KeyPackages again and again keeps nobody else there from adding it")
    void claimsByAPeersMember() {
        alice.publish(100);
        TestDevice eve = tunis.member("eve");
        while (!eve.claim(alice.user(), Bytes.wrapUnsafe(world.random().bytes(16)))
                .hasError()) {
            alice.takePushes();
        }
        assertThat(dina.claim(alice.user(), Bytes.wrapUnsafe(world.random().bytes(16)))
                        .hasClaimedKeyPackages())
                .isTrue();
    }

    @Test
    @DisplayName("a follower whose disk is as good as full pulls nothing, and all of it once there is room")
    void fullDisk() {
        CoreConfig config = world.config();
        TestChannel channel = channels.get(0);
        tunis.queue(new Event.DiskState(config.diskFreeBytesMin() / 2 - 1));
        world.settle();
        long before = tunis.logs().position(channel.id()).orElseThrow().seq();
        alice.say(channel, "while there is no room");
        world.pass(ManyChannels.HEAL);
        assertThat(tunis.logs().position(channel.id()).orElseThrow().seq()).isEqualTo(before);
        tunis.queue(new Event.DiskState(config.diskFreeBytesResume()));
        world.pass(ManyChannels.HEAL);
        assertThat(tunis.logs().position(channel.id())).isEqualTo(berlin.logs().position(channel.id()));
    }

    @Test
    @DisplayName("a hub that refuses each pull is asked again now and then, not as quickly as it refuses")
    void refusedPulls() {
        TestChannel channel = channels.get(0);
        berlin.tamper(frame -> frame.hasEntries() ? refusal(frame) : frame);
        alice.say(channel, "refused");
        tunis.takeSentToPeers();
        world.pass(10 * world.config().retryMillis());
        assertThat(pulls(channel)).isBetween(5L, 12L);
        berlin.tamper(frame -> frame);
        world.pass(2 * world.config().retryMillis());
        assertThat(tunis.logs().position(channel.id())).isEqualTo(berlin.logs().position(channel.id()));
        assertThat(pulls(channel)).isLessThanOrEqualTo(3);
    }

    private long pulls(TestChannel channel) {
        return tunis.takeSentToPeers().stream()
                .filter(PeerFrame::hasPull)
                .filter(frame -> Protobuf.toBytes(frame.getPull().getChannelId())
                        .equals(channel.id().bytes()))
                .count();
    }

    /** As a peer would say it that wants to be asked again. */
    private static PeerFrame refusal(PeerFrame answer) {
        return answer.toBuilder()
                .setError(Refusal.of(ErrorCode.PEER_UNREACHABLE, "try again").toProto())
                .build();
    }

    @Test
    @DisplayName("whoever has not logged in is not answered for ever")
    void pingsOfStrangers() {
        TestDevice stranger = TestDevice.stranger(berlin, "nobody");
        stranger.connect();
        berlin.takeEffects();
        for (int i = 0; i < 1_000; i++) {
            stranger.send(ClientFrame.newBuilder().setPing(Ping.getDefaultInstance()));
        }
        world.settle();
        assertThat(stranger.isConnected()).isFalse();
        assertThat(berlin.takeEffects().stream()
                        .filter(Effect.SendToSession.class::isInstance)
                        .count())
                .isLessThanOrEqualTo(Limits.FRAMES_BEFORE_LOGIN_MAX + 1L);
    }

    @Test
    @DisplayName("leaves that name members whom nobody has registered are no reason to keep a channel")
    void phantoms() {
        TestChannel channel = alice.found();
        TestDevice ghost = TestDevice.stranger(tunis, "ghost");
        Expect.receipt(alice.submit(alice.addDevice(channel, ghost)), ReceiptStatus.ORDERED);
        // It is begun once more, since its log grows when the epoch is closed.
        world.pass(5 * ManyChannels.HEAL);
        assertThat(tunis.logs().position(channel.id())).isEmpty();
    }

    @Test
    @DisplayName("channels that a device was removed from do not count among those that it is in")
    void removedFrom() {
        TestDevice bob = berlin.member("bob");
        TestChannel channel = alice.found();
        Expect.receipt(alice.invite(channel, bob), ReceiptStatus.ORDERED);
        assertThat(channelsOf(bob)).isEqualTo(1);
        bob.join();
        Expect.receipt(alice.submit(alice.remove(channel, bob)), ReceiptStatus.ORDERED);
        assertThat(channelsOf(bob)).isZero();
    }

    private long channelsOf(TestDevice device) {
        return ReaderTable.countOfOpen(
                new StoreRows(berlin.disk()), device.who().device(), berlin.name());
    }
}
