package chat.samara.server.core.channel.hub;

import static org.assertj.core.api.Assertions.assertThat;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.Now;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.MemoryStore;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("Changes of another server's members that are refused after they were verified")
final class InVainOfPeersTest {
    private static final ServerName TUNIS = new ServerName("tunis.example");
    private static final Refusal WHY = Refusal.of(ErrorCode.INVALID_HANDSHAKE, "no");
    private static final int LARGE = 900 << 10;
    private static final int SMALL = 1 << 10;

    private final Journal journal = new Journal(new MemoryStore());
    private final InVainOfPeers inVain = new InVainOfPeers(journal);

    private static Author author(String name) {
        return new Author.Member(new UserId(name, TUNIS));
    }

    private static Author stranger(int number) {
        byte[] id = new byte[DeviceId.SIZE_BYTES];
        id[0] = (byte) number;
        return new Author.Stranger(TUNIS, new DeviceId(Bytes.wrapUnsafe(id)));
    }

    private static Record commit(int bytes) {
        return Record.of(new Record.Content(
                new ChannelId(Bytes.wrapUnsafe(new byte[ChannelId.SIZE_BYTES])),
                TUNIS,
                1,
                1,
                RecordKind.COMMIT,
                1,
                new IdempotencyKey(Bytes.wrapUnsafe(new byte[16])),
                Optional.of(new DeviceId(Bytes.wrapUnsafe(new byte[DeviceId.SIZE_BYTES]))),
                Bytes.wrapUnsafe(new byte[bytes]),
                1));
    }

    private Optional<String> begins(String name, int bytes) {
        return begins(author(name), bytes);
    }

    private Optional<String> begins(Author author, int bytes) {
        try {
            inVain.begins(author, RecordKind.COMMIT, bytes);
            return Optional.empty();
        } catch (RefusedException e) {
            assertThat(e.refusal().retryAfterMillis()).isPositive();
            return Optional.of(e.refusal().detail());
        }
    }

    private Optional<String> refused(String name, int bytes, boolean verified) {
        Optional<String> tooMuch = begins(name, bytes);
        if (tooMuch.isEmpty()) {
            inVain.refused(author(name), commit(bytes), WHY, verified);
        }
        return tooMuch;
    }

    @Test
    @DisplayName("are charged to those of whom most were: the others of that server commit at once")
    void byAuthor() {
        assertThat(refused("mallory0", LARGE, true)).isEmpty();
        assertThat(refused("mallory1", LARGE, true)).isEmpty();
        assertThat(refused("mallory2", LARGE, true)).isEmpty();
        assertThat(begins("mallory0", LARGE)).contains("verified-in-vain-kib<=1024");
        assertThat(begins("mallory0", SMALL)).contains("verified-in-vain-share");
        assertThat(begins("dina", SMALL)).isEmpty();
        assertThat(begins("dina", LARGE)).isEmpty();
    }

    @Test
    @DisplayName("shut the way back for the device alone that has sent them, of those that the channel does not know")
    void comingBack() {
        while (begins(stranger(1), SMALL).isEmpty()) {
            inVain.refused(stranger(1), commit(SMALL), WHY, true);
        }
        assertThat(begins(stranger(1), SMALL)).contains("verified-in-vain-kib<=1024");
        assertThat(begins(stranger(2), LARGE)).isEmpty();
    }

    @Test
    @DisplayName(
            "however many accounts they are of, come to no more than twice what a server may cost, and only changes are refused for them")
    void byServer() throws RefusedException {
        int taken = 0;
        for (int i = 0; i < 100; i++) {
            taken += refused("mallory" + i, LARGE, true).isEmpty() ? LARGE >> 10 : 0;
        }
        assertThat(taken)
                .isBetween(
                        Limits.VERIFIED_IN_VAIN_AT_ONCE_OF_AN_ORIGIN_KIBIBYTES_MAX,
                        2 * Limits.VERIFIED_IN_VAIN_AT_ONCE_OF_AN_ORIGIN_KIBIBYTES_MAX);
        assertThat(begins("another", LARGE)).contains("verified-in-vain-of-a-server-kib<=2048");
        assertThat(begins("dina", SMALL)).as("a small change has room sooner").isEmpty();
        inVain.begins(author("mallory0"), RecordKind.APPLICATION, LARGE);
        journal.setNow(new Now(
                0,
                2L
                        * Limits.VERIFIED_IN_VAIN_AT_ONCE_OF_AN_ORIGIN_KIBIBYTES_MAX
                        * Limits.VERIFIED_IN_VAIN_KIBIBYTE_OF_AN_ORIGIN_EVERY_MILLIS));
        assertThat(begins("another", LARGE)).isEmpty();
    }

    @Test
    @DisplayName("count a small part of that where they were refused before any signature was verified")
    void readOnly() {
        for (int i = 0; i < 3; i++) {
            assertThat(refused("mallory", LARGE, false)).as("time %s", i).isEmpty();
        }
        assertThat(begins("mallory", LARGE)).contains("verified-in-vain-kib<=1024");
        assertThat(begins("mallory", SMALL)).isEmpty();
    }
}
