package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.device.Village.Resident;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.ChannelId;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("A device that starts")
class OpeningTest {
    private final Village village = new Village(43);
    private final Resident alice = village.join("alice");
    private final Resident bob = village.join("bob");
    private final ChannelId channel = alice.create("home town");

    /** Counts the rows that are looked at. */
    private static final class Counting implements DeviceStore {
        private final DeviceStore store;
        private final Map<DeviceTable, Integer> looks = new EnumMap<>(DeviceTable.class);

        Counting(DeviceStore store) {
            this.store = store;
        }

        @Override
        public Optional<byte[]> get(DeviceTable table, Bytes key) {
            looks.merge(table, 1, Integer::sum);
            return store.get(table, key);
        }

        @Override
        public void scan(DeviceTable table, Bytes from, Bytes to, Visitor visitor) {
            store.scan(table, from, to, (key, value) -> {
                looks.merge(table, 1, Integer::sum);
                return visitor.row(key, value);
            });
        }

        @Override
        public void scanBack(DeviceTable table, Bytes from, Bytes to, Visitor visitor) {
            store.scanBack(table, from, to, (key, value) -> {
                looks.merge(table, 1, Integer::sum);
                return visitor.row(key, value);
            });
        }

        @Override
        public void commit(List<Write> writes) {
            store.commit(writes);
        }
    }

    private Map<DeviceTable, Integer> looksOfAStart(Resident resident) {
        Counting counting = new Counting(resident.store.copy());
        DeviceEngine engine = new DeviceEngine(counting, village.random(), EngineConfig.standard());
        List<DeviceEffect> unused = engine.start(new Now(1, 1));
        return counting.looks;
    }

    @Test
    @DisplayName("looks at as much of a long history as of a short one: at nothing of it")
    void history() {
        alice.add(channel, bob);
        village.pass(10_000);
        alice.send(channel, "the first");
        village.pass(1_000);
        Map<DeviceTable, Integer> ofShort = looksOfAStart(bob);
        for (int i = 0; i < 300; i++) {
            alice.send(channel, "text " + i);
        }
        village.pass(10_000);
        assertThat(bob.texts(channel)).hasSize(301);
        assertThat(looksOfAStart(bob))
                .isEqualTo(ofShort)
                .doesNotContainKeys(DeviceTable.HISTORY, DeviceTable.PLACE, DeviceTable.ENTRY_HASH);
    }
}
