package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.stored.StoredKeyPackage;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.UserId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The private keys of one-time KeyPackages")
class KeyPackageShelfTest {
    private static final long HOUR_MILLIS = 60L * 60 * 1000;

    /** So long may a commit wait for its hub. */
    private static final int HOURS = 72;

    private static final long NOW = 1_700_000_000_000L;

    private final MemoryStore store = new MemoryStore();

    private static Bytes ref(long number) {
        return Bytes.wrapUnsafe(ByteBuffer.allocate(32).putLong(number).array());
    }

    private void made(long number, long millis) {
        store.put(
                DeviceTable.KEY_PACKAGE,
                ref(number),
                StoredKeyPackage.newBuilder()
                        .setMadeMillis(millis)
                        .setNotAfterMillis(NOW + HOUR_MILLIS)
                        .build()
                        .toByteArray());
    }

    private void prune() {
        Turn turn = new Turn(store, new Now(NOW, NOW), new LookAlikes(store));
        OwnIdentity own =
                OwnIdentity.make(new UserId("alice", FakeServer.NAME), new FakeServer().invite(), bytes -> {});
        KeyPackageShelf.prune(turn, own, true);
        turn.finish();
    }

    @Test
    @DisplayName("that was claimed for a commit stays as long as that may wait for its hub, however many are claimed"
            + " meanwhile")
    void underClaims() {
        int perHour = chat.samara.wire.Limits.CLAIMS_PER_TARGET_AND_HOUR_MAX;
        made(0, NOW - HOURS * HOUR_MILLIS);
        LongStream.rangeClosed(1, (long) HOURS * perHour)
                .forEach(i -> made(i, NOW - HOURS * HOUR_MILLIS + i * HOUR_MILLIS / perHour));
        // Those that nobody has claimed yet.
        LongStream.rangeClosed(1, chat.samara.wire.Limits.KEY_PACKAGES_PER_PUBLISH_MAX)
                .forEach(i -> made(1_000_000 + i, NOW));
        prune();
        assertThat(store.get(DeviceTable.KEY_PACKAGE, ref(0))).isPresent();
    }

    @Test
    @DisplayName("are bounded: the oldest go first")
    void bounded() {
        LongStream.range(0, Limits.KEY_PACKAGES_KEPT + 2L).forEach(i -> made(i, NOW - 1_000_000 + i));
        prune();
        List<Boolean> there = new ArrayList<>();
        for (long number : new long[] {0, 1, 2, Limits.KEY_PACKAGES_KEPT + 1L}) {
            there.add(store.get(DeviceTable.KEY_PACKAGE, ref(number)).isPresent());
        }
        assertThat(there).containsExactly(false, false, true, true);
        assertThat(store.size(DeviceTable.KEY_PACKAGE)).isEqualTo(Limits.KEY_PACKAGES_KEPT);
    }
}
