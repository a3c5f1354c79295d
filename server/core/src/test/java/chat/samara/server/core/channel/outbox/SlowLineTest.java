package chat.samara.server.core.channel.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Effect;
import chat.samara.server.core.harness.Expect;
import chat.samara.server.core.harness.ManyChannels;
import chat.samara.server.core.harness.TestChannel;
import chat.samara.server.core.harness.TestDevice;
import chat.samara.server.core.harness.TestServer;
import chat.samara.server.core.harness.World;
import chat.samara.wire.proto.ReceiptStatus;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Two servers between which a few kilobytes get through in a second: what is large takes long, and arrives. */
final class SlowLineTest {
    /** 64 kbit/s. */
    private static final long BYTES_PER_SECOND = 8_000;

    private static final int CHANNELS = 8;
    private static final int TEXTS = 6;
    private static final String LONG_TEXT = "m".repeat(30_000);
    private static final String LONGER_THAN_A_LINK_IS_SILENT = "m".repeat(200_000);

    private final ManyChannels scene = new ManyChannels(19, CHANNELS);
    private final World world = scene.world;
    private final TestServer berlin = scene.berlin;
    private final TestServer tunis = scene.tunis;
    private final TestDevice alice = scene.alice;
    private final TestDevice dina = scene.dina;
    private final List<TestChannel> channels = scene.channels;

    @BeforeEach
    void cut() {
        world.cut(berlin, tunis);
    }

    private void reconnect() {
        reconnect(BYTES_PER_SECOND);
        world.pass(ManyChannels.HEAL);
    }

    private void reconnect(long bytesPerSecond) {
        world.slow(bytesPerSecond);
        world.heal(berlin, tunis);
        while (berlin.core().figures().linksUp() == 0 || tunis.core().figures().linksUp() == 0) {
            world.pass(1_000);
        }
        berlin.takeSentToPeers();
        tunis.takeSentToPeers();
    }

    /** Twice what the bytes alone take: the rest is for frames, proofs and what is sent once more. */
    private void passTwiceAsLongAsItTakes(long bytes) {
        world.pass(2 * bytes * 1_000 / BYTES_PER_SECOND);
    }

    private void assertConverged() {
        for (TestChannel channel : channels) {
            assertThat(tunis.logs().position(channel.id()))
                    .isEqualTo(berlin.logs().position(channel.id()));
            assertThat(tunis.logs().outboxSize(channel.id())).isZero();
        }
    }

    @Test
    @DisplayName("a follower that was away catches up, and is not sent the same again and again")
    void followerCatchesUp() {
        long bytes = 0;
        for (TestChannel channel : channels) {
            for (int i = 0; i < TEXTS; i++) {
                Expect.receipt(alice.say(channel, LONG_TEXT), ReceiptStatus.ORDERED);
                bytes += LONG_TEXT.length();
            }
        }
        reconnect();
        passTwiceAsLongAsItTakes(bytes);
        assertConverged();
        assertThat(sentBy(berlin)).isLessThan(bytes * 3 / 2);
    }

    @Test
    @DisplayName("what was said while the hub was away gets there, and is not sent again and again")
    void outboxIsHandedOver() {
        long bytes = 0;
        for (TestChannel channel : channels) {
            for (int i = 0; i < TEXTS; i++) {
                Expect.receipt(dina.say(dina.channel(channel.id()), LONG_TEXT), ReceiptStatus.STORED);
                bytes += LONG_TEXT.length();
            }
        }
        reconnect();
        // There and, with the log, back again; both ways at once.
        passTwiceAsLongAsItTakes(2 * bytes);
        assertConverged();
        assertThat(sentBy(tunis)).isLessThan(bytes * 2);
    }

    @Test
    @DisplayName("one record that takes longer than a link may be silent gets through, and the link stays")
    void oneLargeRecord() {
        long bytesPerSecond = BYTES_PER_SECOND / 2;
        assertThat(LONGER_THAN_A_LINK_IS_SILENT.length() * 1_000L / bytesPerSecond)
                .isGreaterThan(3 * CoreConfig.standard().keepAliveMillis());
        Expect.receipt(alice.say(channels.get(0), LONGER_THAN_A_LINK_IS_SILENT), ReceiptStatus.ORDERED);
        Expect.receipt(
                dina.say(dina.channel(channels.get(1).id()), LONGER_THAN_A_LINK_IS_SILENT), ReceiptStatus.STORED);
        reconnect(bytesPerSecond);
        berlin.takeEffects();
        tunis.takeEffects();
        world.pass(8L * LONGER_THAN_A_LINK_IS_SILENT.length() * 1_000 / bytesPerSecond);
        assertConverged();
        assertThat(linksClosed(berlin)).isEmpty();
        assertThat(linksClosed(tunis)).isEmpty();
    }

    private static List<Effect> linksClosed(TestServer server) {
        return server.takeEffects().stream()
                .filter(Effect.CloseLink.class::isInstance)
                .toList();
    }

    private static long sentBy(TestServer server) {
        return server.takeSentToPeers().stream()
                .mapToLong(frame -> frame.getSerializedSize())
                .sum();
    }
}
