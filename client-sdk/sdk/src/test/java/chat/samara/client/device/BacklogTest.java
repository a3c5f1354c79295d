package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.Entries;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Frames that wait to be read")
class BacklogTest {
    private static final ChannelId HERE = channel(1);
    private static final ChannelId THERE = channel(2);

    private final Backlog backlog = new Backlog(Village.CONFIG);

    private static ChannelId channel(int number) {
        byte[] id = new byte[ChannelId.SIZE_BYTES];
        id[0] = (byte) number;
        return new ChannelId(Bytes.of(id));
    }

    private static Backlog.Unread frame(ChannelId channel, int frameBytes) {
        return new Backlog.Unread(channel, Entries.getDefaultInstance(), frameBytes, 0);
    }

    @Test
    @DisplayName("give back what they took of the credit where they are dropped, and keep no other channel's place")
    void dropped() {
        assertThat(backlog.add(frame(HERE, 100))).isTrue();
        backlog.putBack(frame(HERE, 20));
        assertThat(backlog.add(frame(THERE, 3))).isTrue();
        assertThat(backlog.drop(HERE)).isEqualTo(120);
        assertThat(backlog.drop(HERE)).isZero();
        assertThat(backlog.next()).contains(frame(THERE, 3));
        assertThat(backlog.isEmpty()).isTrue();
    }
}
