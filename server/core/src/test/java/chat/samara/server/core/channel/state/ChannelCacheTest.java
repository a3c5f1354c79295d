package chat.samara.server.core.channel.state;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The channels in memory")
final class ChannelCacheTest {
    private static final long BYTES_MAX = 1 << 20;
    private static final int LARGE_GROUP_BYTES = 20_000;

    private final ChannelCache cache = new ChannelCache(BYTES_MAX);

    private static ChannelId id(int number) {
        byte[] bytes = new byte[ChannelId.SIZE_BYTES];
        bytes[0] = (byte) number;
        bytes[1] = (byte) (number >> 8);
        return new ChannelId(Bytes.of(bytes));
    }

    private Channel channel(int number) {
        return new Channel(id(number), hub(), StoredChannel.getDefaultInstance(), () -> {
            throw new AssertionError("nobody asks for a group here");
        });
    }

    private static ServerName hub() {
        return new ServerName("berlin.example");
    }

    private Channel put(int number, long groupBytes) {
        Channel channel = channel(number);
        cache.put(channel);
        channel.groupSaved(groupBytes);
        return channel;
    }

    @Test
    @DisplayName("are as many as fit: hundreds of small ones, few large ones, those that were used last")
    void byBytes() {
        for (int i = 0; i < 300; i++) {
            put(i, 100);
        }
        assertThat(cache.size()).isEqualTo(300);
        for (int i = 1_000; i < 1_100; i++) {
            put(i, LARGE_GROUP_BYTES);
            cache.find(id(0));
        }
        assertThat(cache.size()).isLessThan(20);
        assertThat(cache.bytes()).isLessThanOrEqualTo(BYTES_MAX + 2 * channelBytes());
        assertThat(cache.find(id(0))).isPresent();
        assertThat(cache.find(id(1))).isEmpty();
        assertThat(cache.find(id(1_099))).isPresent();
    }

    private long channelBytes() {
        Channel large = channel(0);
        large.groupSaved(LARGE_GROUP_BYTES);
        return large.bytes();
    }

    @Test
    @DisplayName("that grow where they are make room when the next is asked for")
    void growsInPlace() {
        for (int i = 0; i < 100; i++) {
            cache.put(channel(i));
        }
        for (int i = 0; i < 100; i++) {
            cache.find(id(i)).ifPresent(channel -> channel.groupGrows(LARGE_GROUP_BYTES));
        }
        cache.find(id(99));
        assertThat(cache.bytes()).isLessThanOrEqualTo(BYTES_MAX + channelBytes());
    }

    @Test
    @DisplayName("do not count any more once they are forgotten, however they grow in somebody's hands")
    void forgotten() {
        Channel held = put(1, 100);
        put(2, 100);
        long one = held.bytes();
        cache.remove(id(1));
        held.groupSaved(LARGE_GROUP_BYTES);
        assertThat(cache.bytes()).isEqualTo(one);
        cache.clear();
        assertThat(cache.bytes()).isZero();
    }

    @Test
    @DisplayName("stay for what one event works on, however large they are")
    void someStay() {
        Channel first = put(0, BYTES_MAX);
        for (int i = 1; i < 8; i++) {
            put(i, BYTES_MAX);
        }
        assertThat(cache.find(id(0))).containsSame(first);
    }
}
