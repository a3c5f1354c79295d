package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.client.stored.StoredChannel;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@DisplayName("The history's rows of one entry")
class HistoryRowsTest {
    private static final int ROWS = 300;
    private static final long SEQ = 77;

    private final Village village = new Village(29);
    private final Resident alice = village.join("alice");
    private final ChannelId channel = alice.create("home town");

    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    @DisplayName("are as many as a key has room for; of more, the first are kept")
    void bounded() {
        LiveChannel live = LiveChannel.of(Stored.parse(
                StoredChannel.parser(),
                alice.store.get(DeviceTable.CHANNEL, Keys.channel(channel)).orElseThrow()));
        Turn turn = new Turn(alice.store, new Now(village.now, village.now), new LookAlikes(alice.store));
        for (int i = 0; i < ROWS; i++) {
            HistoryBook.append(
                    turn,
                    live,
                    SEQ,
                    HistoryBook.membersChanged(
                            HistoryBook.ofServer(i), List.of(new UserId("member" + i, FakeServer.NAME)), List.of()));
        }
        turn.finish();
        assertThat(alice.engine().history(channel, SEQ - 1, ROWS))
                .hasSize(HistoryBook.ROWS_PER_ENTRY_MAX)
                .satisfies(rows -> assertThat(rows.get(0).sentMillis()).isZero())
                .satisfies(rows -> assertThat(rows.get(rows.size() - 1).sentMillis())
                        .isEqualTo(HistoryBook.ROWS_PER_ENTRY_MAX - 1));
    }
}
