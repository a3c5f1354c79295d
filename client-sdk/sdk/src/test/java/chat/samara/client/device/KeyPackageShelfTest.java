package chat.samara.client.device;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.client.stored.StoredKeyPackage;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.UserId;
import java.nio.ByteBuffer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("The private keys of one-time KeyPackages")
class KeyPackageShelfTest {
    private static final long HOUR_MILLIS = 60L * 60 * 1000;
    private static final long DAY_MILLIS = 24 * HOUR_MILLIS;

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

    private Turn turn() {
        return new Turn(store, new Now(NOW, NOW), new LookAlikes(store));
    }

    private void prune() {
        Turn turn = turn();
        OwnIdentity own =
                OwnIdentity.make(new UserId("alice", FakeServer.NAME), new FakeServer().invite(), bytes -> {});
        KeyPackageShelf.prune(turn, own, true);
        turn.finish();
    }

    private void madeMany(long from, int count, long millis) {
        LongStream.range(from, from + count).forEach(i -> made(i, millis));
    }

    private int room() {
        return KeyPackageShelf.stock(turn()).room();
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
    @DisplayName("are dropped for the sake of no others, however many there are")
    void notPushedOut() {
        madeMany(0, Limits.KEY_PACKAGES_KEPT_MAX + 2, NOW - HOUR_MILLIS);
        prune();
        assertThat(store.size(DeviceTable.KEY_PACKAGE)).isEqualTo(Limits.KEY_PACKAGES_KEPT_MAX + 2);
    }

    @Test
    @DisplayName("are bounded: at once so many are made, then so many a day, and in the end none until the first have"
            + " expired")
    void bounded() {
        assertThat(room()).isEqualTo(Limits.KEY_PACKAGES_MADE_AT_ONCE_MAX);
        madeMany(0, Limits.KEY_PACKAGES_MADE_AT_ONCE_MAX - 50, NOW - 2 * DAY_MILLIS);
        assertThat(room())
                .as("a day's number, though fewer could be made at once")
                .isEqualTo(120);
        madeMany(100_000, 50, NOW - HOUR_MILLIS);
        assertThat(room()).as("50 of the day's 120 are made").isEqualTo(70);
        madeMany(200_000, 70, NOW);
        assertThat(room()).isZero();
        madeMany(
                300_000,
                Limits.KEY_PACKAGES_KEPT_MAX - Limits.KEY_PACKAGES_MADE_AT_ONCE_MAX - 90,
                NOW - 100 * DAY_MILLIS);
        assertThat(room()).isZero();
    }

    @Test
    @DisplayName(
            "are as many after some days of lies as one renewal takes, and in the end as many as there is room for")
    void roomAfterLies() {
        madeMany(0, Limits.KEY_PACKAGES_MADE_AT_ONCE_MAX + 1_000, NOW - DAY_MILLIS);
        int renewal = EngineConfig.standard().keyPackages().stream()
                .mapToInt(KeyPackageSupply::target)
                .sum();
        assertThat(room()).isGreaterThanOrEqualTo(renewal);
        madeMany(
                100_000,
                Limits.KEY_PACKAGES_KEPT_MAX - Limits.KEY_PACKAGES_MADE_AT_ONCE_MAX - 1_003,
                NOW - 2 * DAY_MILLIS);
        assertThat(room()).isEqualTo(3);
    }

    @Test
    @DisplayName("that a clock made which was years ahead count for no day's number")
    void madeInTheFuture() {
        madeMany(0, Limits.KEY_PACKAGES_MADE_AT_ONCE_MAX, NOW + 1_000 * DAY_MILLIS);
        assertThat(room()).isEqualTo(Limits.KEY_PACKAGES_MADE_PER_DAY_MAX);
    }
}
