package chat.samara.server.core.channel.outbox;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.channel.outbox.OutboxTable.Place;
import chat.samara.wire.log.ChannelId;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("What is under way to a hub")
final class HubWindowTest {
    private final ChannelId channel = new ChannelId(Bytes.of(new byte[ChannelId.SIZE_BYTES]));
    private final HubWindow window = new HubWindow();

    private Flight flight() {
        return window.flight(channel).orElseThrow();
    }

    @Test
    @DisplayName(
            "of a channel in which nothing waited is looked for behind what was there before, which the disk may not"
                    + " have forgotten yet")
    void beginsBehindWhatIsGone() {
        window.begin(channel, new Place(1, 41));
        window.begin(channel, new Place(1, 42));
        assertThat(flight().sentThrough()).isEqualTo(new Place(1, 41));
        window.end(channel);
        window.begin(channel, new Place(1, 50));
        assertThat(flight().sentThrough()).isEqualTo(new Place(1, 50));
    }

    @Test
    @DisplayName("is looked for from the beginning when a link begins")
    void allOverAgain() {
        window.begin(channel, new Place(1, 41));
        window.restart();
        assertThat(flight().sentThrough()).isEqualTo(Place.START);
    }

    @Test
    @DisplayName("has arrived up to the record that the hub names, of its incarnation")
    void arrivedThrough() {
        window.begin(channel, Place.START);
        flight().sent(new Place(1, 7), 100, 0);
        flight().sent(new Place(2, 1), 200, 0);
        flight().sent(new Place(2, 2), 300, 0);
        flight().sent(new Place(2, 3), 400, 0);
        flight().arrivedThrough(new Place(2, 2), 10);
        assertThat(flight().isEmpty()).isFalse();
        flight().arrived(new Place(1, 7), 10);
        assertThat(flight().isEmpty()).isFalse();
        flight().arrivedThrough(new Place(2, 3), 10);
        assertThat(flight().isEmpty()).isTrue();
    }
}
