package chat.samara.server.core.channel.provisional;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.server.core.Limits;
import chat.samara.server.core.channel.provisional.PeerProvisionals.Said;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.SignedRecord;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

final class PeerProvisionalsTest {
    private static final ServerName TUNIS = new ServerName("tunis.example");
    private static final ServerName HANOI = new ServerName("hanoi.example");
    private static final ServerName HUB = new ServerName("berlin.example");
    private final PeerProvisionals kept = new PeerProvisionals();

    private static ChannelId channel(int number) {
        return new ChannelId(Sha256.of(new byte[] {(byte) number, (byte) (number >> 8)}));
    }

    private static Said said(int number) {
        Bytes bytes =
                Sha256.of(new byte[] {(byte) number, (byte) (number >> 8), 1}).slice(0, 16);
        return new Said(new DeviceId(bytes), new IdempotencyKey(bytes));
    }

    private static SignedRecord ofBytes(int bytes) {
        return SignedRecord.newBuilder()
                .setRecord(ByteString.copyFrom(new byte[bytes]))
                .build();
    }

    private List<SignedRecord> recordsOf(ChannelId channel) {
        List<SignedRecord> records = new ArrayList<>();
        Optional<PeerProvisionals.Numbered> next = kept.after(channel, 0);
        while (next.isPresent()) {
            records.add(next.get().record());
            next = kept.after(channel, next.get().number());
        }
        return records;
    }

    @Test
    @DisplayName("what was shown is kept once, in order, until it has its place")
    void untilOrdered() {
        SignedRecord one = ofBytes(10);
        SignedRecord two = ofBytes(20);
        assertThat(kept.add(TUNIS, channel(1), HUB, said(1), one, 0)).isTrue();
        assertThat(kept.add(TUNIS, channel(1), HUB, said(1), one, 0)).isFalse();
        assertThat(kept.add(TUNIS, channel(1), HUB, said(2), two, 0)).isTrue();
        assertThat(recordsOf(channel(1))).containsExactly(one, two);
        kept.remove(channel(1), said(1));
        assertThat(recordsOf(channel(1))).containsExactly(two);
        kept.remove(channel(1), said(2));
        assertThat(kept.bytesOf(TUNIS)).isZero();
    }

    @Test
    @DisplayName("a peer fills its own share, in however many channels, and takes nothing of another's")
    void bytesOfAPeer() {
        kept.add(HANOI, channel(1), HUB, said(0), ofBytes(1_000), 0);
        for (int i = 1; i <= 100; i++) {
            kept.add(TUNIS, channel(i % 7), HUB, said(i), ofBytes(256 << 10), 0);
        }
        assertThat(kept.bytesOf(TUNIS)).isBetween(1L, Limits.PROVISIONAL_BYTES_PER_PEER_MAX);
        assertThat(recordsOf(channel(1))).contains(ofBytes(1_000));
    }

    @Test
    @DisplayName("all peers together are bounded; whoever shows most makes room")
    void bytesOfAll() {
        kept.add(HANOI, channel(1), HUB, said(0), ofBytes(1_000), 0);
        long sum = 0;
        for (int peer = 0; peer < 20; peer++) {
            ServerName name = new ServerName("p" + peer + ".example");
            for (int i = 1; i <= 20; i++) {
                kept.add(name, channel(peer), HUB, said(i), ofBytes(256 << 10), 0);
            }
        }
        for (int peer = 0; peer < 20; peer++) {
            sum += kept.bytesOf(new ServerName("p" + peer + ".example"));
        }
        assertThat(sum).isLessThanOrEqualTo(Limits.PROVISIONAL_BYTES_MAX);
        assertThat(recordsOf(channel(1))).contains(ofBytes(1_000));
    }

    @Test
    @DisplayName("what is too old is forgotten, and no more than that")
    void expires() {
        kept.add(TUNIS, channel(1), HUB, said(1), ofBytes(10), 1_000);
        kept.add(TUNIS, channel(1), HUB, said(2), ofBytes(20), 2_000);
        kept.expire(1_500);
        assertThat(recordsOf(channel(1))).containsExactly(ofBytes(20));
    }
}
