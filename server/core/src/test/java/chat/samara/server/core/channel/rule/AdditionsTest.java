package chat.samara.server.core.channel.rule;

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
import java.nio.ByteBuffer;
import java.util.Optional;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

@DisplayName("How many devices members add")
final class AdditionsTest {
    private static final ServerName BERLIN = new ServerName("berlin.example");
    private static final ServerName TUNIS = new ServerName("tunis.example");
    private static final int ALL = Limits.ADDITIONS_AT_ONCE_MAX;

    private final Journal journal = new Journal(new MemoryStore());
    private final Additions additions = new Additions(BERLIN, journal);

    private Optional<Refusal> add(ServerName server, String user, int count) {
        try {
            UserId author = new UserId(user, server);
            additions.begins(author, count);
            additions.ordered(author, count);
            return Optional.empty();
        } catch (RefusedException e) {
            return Optional.of(e.refusal());
        }
    }

    @Test
    @DisplayName("is as many as one commit holds at once, and then some a second; who adds none is never refused")
    void ofAMember() {
        assertThat(add(BERLIN, "alice", ALL)).isEmpty();
        Refusal refusal = add(BERLIN, "alice", 10).orElseThrow();
        assertThat(refusal.code()).isEqualTo(ErrorCode.LIMIT_REACHED);
        assertThat(refusal.detail()).isEqualTo("additions<=2000");
        assertThat(refusal.reason()).contains("alice@berlin.example", "try again later");
        assertThat(refusal.retryAfterMillis()).isEqualTo(10 * Limits.ADDITION_BY_A_MEMBER_EVERY_MILLIS);
        assertThat(add(BERLIN, "alice", 0)).isEmpty();
        assertThat(add(BERLIN, "bob", ALL)).isEmpty();
        journal.setNow(new Now(0, refusal.retryAfterMillis()));
        assertThat(add(BERLIN, "alice", 10)).isEmpty();
        assertThat(add(BERLIN, "alice", 1)).isPresent();
    }

    @Test
    @DisplayName("counts what was ordered, and nothing of what was refused after it had begun")
    void refused() throws RefusedException {
        UserId alice = new UserId("alice", BERLIN);
        UserId dina = new UserId("dina", TUNIS);
        for (int i = 0; i < 100; i++) {
            additions.begins(alice, ALL);
            additions.begins(dina, ALL);
        }
        additions.ordered(dina, ALL);
        assertThat(add(BERLIN, "alice", ALL)).isEmpty();
        assertThat(add(TUNIS, "dina", 1)).isPresent();
    }

    private Record kept(String user, int number, int count) throws RefusedException {
        Record commit = Record.of(new Record.Content(
                new ChannelId(Bytes.of(new byte[ChannelId.SIZE_BYTES])),
                BERLIN,
                1,
                number,
                RecordKind.COMMIT,
                1,
                new IdempotencyKey(Bytes.wrapUnsafe(ByteBuffer.allocate(IdempotencyKey.SIZE_BYTES)
                        .putInt(number)
                        .array())),
                Optional.of(new DeviceId(Bytes.of(new byte[DeviceId.SIZE_BYTES]))),
                Bytes.ofUtf8("commit"),
                0));
        UserId author = new UserId(user, BERLIN);
        additions.begins(author, count);
        additions.kept(author, count, commit);
        return commit;
    }

    @Test
    @DisplayName("comes back to three quarters for a commit that waited while any number of others were ordered")
    void waitsForLong() throws RefusedException {
        Record waits = kept("alice", 1, ALL);
        for (int i = 2; i <= Limits.COMMITS_WITH_ADDITIONS_KEPT_MAX + 2; i++) {
            Record ordered = kept("bob" + i % 10, i, 1);
            additions.inTheLog(ordered.channel(), ordered.device().orElseThrow(), ordered.idempotencyKey());
        }
        assertThat(add(BERLIN, "alice", 1)).isPresent();
        additions.notOrdered(waits.channel(), waits.device().orElseThrow(), waits.idempotencyKey());
        assertThat(add(BERLIN, "alice", ALL * 3 / 4)).isEmpty();
        assertThat(add(BERLIN, "alice", 1)).isPresent();
    }

    @Test
    @DisplayName("stays taken for what is in the log, whatever a hub says of it later")
    void inTheLog() throws RefusedException {
        Record commit = kept("alice", 1, ALL);
        DeviceId device = commit.device().orElseThrow();
        additions.inTheLog(commit.channel(), device, commit.idempotencyKey());
        additions.notOrdered(commit.channel(), device, commit.idempotencyKey());
        assertThat(add(BERLIN, "alice", 1)).isPresent();
    }

    @Test
    @DisplayName("is one commit, however many that adds, where nothing was added lately")
    void larger() {
        assertThat(add(BERLIN, "alice", 2 * ALL)).isEmpty();
    }

    @Test
    @DisplayName("is bounded for all of another server: those who add most leave the rest to others, who go on at once")
    void ofAServer() {
        int most = 0;
        for (int i = 0; i < 2 * Limits.PEER_QUOTA_MEMBERS; i++) {
            most += add(TUNIS, "mallory" + i, ALL).isEmpty() ? 1 : 0;
            most += add(TUNIS, "mallory" + i, 1).isEmpty() ? 1 : 0;
        }
        assertThat(most).isEqualTo(2 * Limits.PEER_QUOTA_MEMBERS);
        assertThat(add(TUNIS, "another", 1).orElseThrow().detail()).isEqualTo("additions-of-a-server<=20000");
        journal.setNow(new Now(0, ALL * Limits.ADDITION_BY_A_MEMBER_EVERY_MILLIS));
        Refusal refusal = add(TUNIS, "mallory0", 1).orElseThrow();
        assertThat(refusal.detail()).isEqualTo("additions-share");
        assertThat(refusal.retryAfterMillis()).isPositive();
        assertThat(add(TUNIS, "dina", 20)).isEmpty();
        assertThat(add(BERLIN, "alice", ALL)).isEmpty();
    }

    @Test
    @DisplayName("is as if nothing had been, where the work that counted it was undone")
    void undone() throws RefusedException {
        assertThat(add(TUNIS, "dina", ALL)).isEmpty();
        Record waits = kept("bob", 1, ALL);
        journal.keep();

        assertThat(add(BERLIN, "alice", ALL)).isEmpty();
        for (int i = 0; i < Limits.PEER_QUOTA_MEMBERS; i++) {
            assertThat(add(TUNIS, "d" + i, ALL)).isEmpty();
        }
        Record lost = kept("carol", 2, ALL);
        additions.notOrdered(waits.channel(), waits.device().orElseThrow(), waits.idempotencyKey());
        journal.undo();

        assertThat(add(BERLIN, "alice", ALL)).isEmpty();
        assertThat(add(BERLIN, "carol", ALL)).isEmpty();
        assertThat(add(BERLIN, "bob", 1)).isPresent();
        assertThat(add(TUNIS, "dina", 1)).isPresent();
        assertThat(add(TUNIS, "d0", ALL)).isEmpty();
        additions.notOrdered(lost.channel(), lost.device().orElseThrow(), lost.idempotencyKey());
        assertThat(add(BERLIN, "carol", 1)).isPresent();
        additions.notOrdered(waits.channel(), waits.device().orElseThrow(), waits.idempotencyKey());
        assertThat(add(BERLIN, "bob", ALL * 3 / 4)).isEmpty();
    }
}
