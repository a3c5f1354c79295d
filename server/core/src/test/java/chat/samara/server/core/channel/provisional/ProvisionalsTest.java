package chat.samara.server.core.channel.provisional;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Primitives;
import chat.samara.server.core.Effect;
import chat.samara.server.core.Event;
import chat.samara.server.core.Limits;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.log.BatchSigner;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.ProvenRecord;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedRecord;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** In a long partition: what is said on this side of it reaches everybody on this side, whoever was offline or slow for a moment. */
final class ProvisionalsTest {
    private static final String LONG_TEXT = "m".repeat(60_000);
    private static final int CHANNELS = 2;
    private static final int TEXTS = 24;

    /** As long as it takes until a peer has had some long texts: it has to answer after each of them. */
    private static final long SHOWN_TO_PEERS = 30_000;

    private final ManyChannels scene = new ManyChannels(29, CHANNELS);
    private final World world = scene.world;
    private final TestServer berlin = scene.berlin;
    private final TestServer tunis = scene.tunis;
    private final TestServer hanoi = world.server("hanoi.example");
    private final TestDevice dina = scene.dina;
    private final List<TestChannel> channels = scene.channels;
    private TestDevice emir = dina;
    private TestDevice linh = dina;

    @BeforeEach
    void berlinIsAway() {
        world.peer(berlin, hanoi);
        world.peer(tunis, hanoi);
        emir = tunis.member("emir");
        linh = hanoi.member("linh");
        for (TestChannel channel : channels) {
            Expect.receipt(scene.alice.invite(channel, emir, linh), ReceiptStatus.ORDERED);
        }
        emir.join();
        linh.join();
        world.cut(berlin, tunis);
        world.cut(berlin, hanoi);
        shown(emir);
        shown(linh);
    }

    private void say(TestDevice device, int textsInEach) {
        for (TestChannel channel : channels) {
            for (int i = 0; i < textsInEach; i++) {
                Expect.receipt(device.say(device.channel(channel.id()), LONG_TEXT), ReceiptStatus.STORED);
            }
        }
    }

    private static List<SignedRecord> shown(TestDevice device) {
        return device.takePushes().stream()
                .filter(ServerFrame::hasProvisional)
                .map(frame -> frame.getProvisional().getRecord())
                .toList();
    }

    @Test
    @DisplayName(
            "whoever comes online is shown all that was said meanwhile, also if it is much, and then what is said next")
    void comesOnline() {
        emir.disconnect();
        say(dina, TEXTS);
        emir.reconnect();
        emir.follow();
        assertThat(shown(emir)).hasSize(CHANNELS * TEXTS).doesNotHaveDuplicates();
        say(dina, 1);
        assertThat(shown(emir)).hasSize(CHANNELS);
    }

    @Test
    @DisplayName(
            "whoever's connection took nothing for a moment is shown afterwards what was said in it, here and on another server")
    void wasSlow() {
        tunis.queue(new Event.SessionStalled(emir.session().orElseThrow()));
        world.settle();
        say(dina, 3);
        say(linh, 3);
        world.pass(SHOWN_TO_PEERS);
        assertThat(shown(emir)).isEmpty();
        tunis.queue(new Event.SessionFlowing(emir.session().orElseThrow()));
        world.settle();
        assertThat(shown(emir)).hasSize(2 * CHANNELS * 3).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("many who come online at once are each shown all of it, a bounded part at a time")
    void manyAtOnce() {
        say(dina, TEXTS);
        shown(dina);
        shown(emir);
        emir.disconnect();
        tunis.takeEffects();
        for (int i = 0; i < 5; i++) {
            emir.reconnect();
            emir.send(emir.followFrame(TestDevice.MUCH_CREDIT));
            dina.reconnect();
            dina.send(dina.followFrame(TestDevice.MUCH_CREDIT));
            world.settle();
        }
        assertThat(shown(dina)).hasSize(5 * CHANNELS * TEXTS);
        assertThat(shown(emir)).hasSize(5 * CHANNELS * TEXTS);
        long round = 0;
        for (Effect effect : tunis.takeEffects()) {
            round = effect instanceof Effect.SendMore ? 0 : round + bytes(effect);
            assertThat(round).isLessThanOrEqualTo(Limits.PROVISIONAL_BYTES_PER_ROUND_MAX);
        }
    }

    private static long bytes(Effect effect) {
        return effect instanceof Effect.SendToSession send ? send.frame().size() : 0;
    }

    @Test
    @DisplayName("a server that can be reached again is shown all that was said meanwhile, and shows it to its members")
    void serverComesBack() {
        world.cut(tunis, hanoi);
        say(dina, TEXTS);
        world.heal(tunis, hanoi);
        world.pass(3 * ManyChannels.HEAL);
        assertThat(shown(linh)).hasSize(CHANNELS * TEXTS).doesNotHaveDuplicates();
        say(dina, 1);
        world.pass(SHOWN_TO_PEERS);
        assertThat(shown(linh)).hasSize(CHANNELS);
    }

    @Test
    @DisplayName("on a slow line to another server nothing stands behind much of what it is shown")
    void slowLine() {
        world.cut(tunis, hanoi);
        say(dina, TEXTS);
        world.slow(8_000);
        world.heal(tunis, hanoi);
        long most = 0;
        for (int second = 0; second < 150; second++) {
            tunis.takeSentToPeers();
            world.pass(1_000);
            most = Math.max(
                    most,
                    tunis.takeSentToPeers().stream()
                            .filter(PeerFrame::hasProvisional)
                            .mapToLong(frame -> frame.getSerializedSize())
                            .sum());
        }
        assertThat(most).isBetween(1L, Limits.PROVISIONAL_BYTES_UNANSWERED_MAX + LONG_TEXT.length());
        assertThat(shown(linh)).hasSizeGreaterThan(8);
    }

    @Test
    @DisplayName("what a server shows again, or in a channel that is not here, is not verified")
    void looksFirst() {
        Primitives.rememberSignatures(1 << 12);
        tunis.takeSentToPeers();
        say(dina, 1);
        world.pass(SHOWN_TO_PEERS);
        PeerFrame again = tunis.takeSentToPeers().stream()
                .filter(PeerFrame::hasProvisional)
                .findFirst()
                .orElseThrow();
        PeerFrame elsewhere = provisional(new ChannelId(Bytes.of(world.random().bytes(ChannelId.SIZE_BYTES))));
        shown(linh);
        for (int i = 0; i < 2; i++) {
            long before = Primitives.signaturesRemembered();
            world.pushFromPeer(tunis, hanoi, again);
            world.pushFromPeer(tunis, hanoi, elsewhere);
            world.settle();
            assertThat(Primitives.signaturesRemembered()).isEqualTo(before);
        }
        assertThat(shown(linh)).isEmpty();
    }

    private PeerFrame provisional(ChannelId channel) {
        Record record = Record.of(new Record.Content(
                channel,
                tunis.name(),
                1,
                1,
                RecordKind.APPLICATION,
                1,
                IdempotencyKey.random(world.random()),
                Optional.of(dina.who().device()),
                Bytes.ofUtf8("text"),
                World.START_MILLIS));
        BatchSigner batch = new BatchSigner();
        int place = batch.add(record);
        return PeerFrame.newBuilder()
                .setProvisional(Provisional.newBuilder()
                        .setRecord(new ProvenRecord(
                                        record,
                                        batch.sign(tunis.identity().rootKey()).proof(place))
                                .toProto()))
                .build();
    }

    @Test
    @DisplayName("when everything has its place, nobody is shown any of it again")
    void afterwards() {
        say(dina, 1);
        world.heal(berlin, tunis);
        world.heal(berlin, hanoi);
        world.pass(ManyChannels.HEAL);
        shown(emir);
        world.cut(berlin, tunis);
        emir.reconnect();
        emir.follow();
        assertThat(shown(emir)).isEmpty();
    }
}
