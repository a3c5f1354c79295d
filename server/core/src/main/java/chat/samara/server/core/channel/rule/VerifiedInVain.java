package chat.samara.server.core.channel.rule;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.Quotas;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;

/**
 * How much the core has verified of one member's, or of one origin's, handshakes to no avail. Each signature costs everybody else their turn; what is
 * accepted is bounded elsewhere ({@link Quotas}, {@link HubPolicy}), but whoever sends what is refused would lose nothing by it. Counted in bytes, since
 * signatures stand close together in them: so the same events are refused whenever they are played again. Looked at before anything is
 * verified; nothing is taken for what is accepted, or came too late or twice. In memory only: after a start everybody begins anew.
 *
 * @param <K> a member or an origin
 */
public final class VerifiedInVain<K> {
    private static final int BYTES_PER_KIBIBYTE = 1024;

    private final Journal journal;
    private final Rate rate;
    private final Rates<K> kibibytes = new Rates<>(Limits.QUOTAS_KEPT_MAX);

    private VerifiedInVain(Journal journal, int atOnceKibibytesMax, long everyMillis) {
        this.journal = journal;
        this.rate = new Rate(atOnceKibibytesMax, everyMillis);
    }

    /** Of this server's members. */
    public static <K> VerifiedInVain<K> ofMembers(Journal journal) {
        return new VerifiedInVain<>(
                journal,
                Limits.VERIFIED_IN_VAIN_AT_ONCE_KIBIBYTES_MAX,
                Limits.VERIFIED_IN_VAIN_KIBIBYTE_OF_A_MEMBER_EVERY_MILLIS);
    }

    /** Of other servers, behind each of which are many: one member, who has a budget of its own there, does not use up that of all. */
    public static <K> VerifiedInVain<K> ofOrigins(Journal journal) {
        return new VerifiedInVain<>(
                journal,
                Limits.VERIFIED_IN_VAIN_AT_ONCE_OF_AN_ORIGIN_KIBIBYTES_MAX,
                Limits.VERIFIED_IN_VAIN_KIBIBYTE_OF_AN_ORIGIN_EVERY_MILLIS);
    }

    /** A record is about to be verified. Refused with {@code LIMIT_REACHED}; then it is not to be. */
    public void begins(K who, RecordKind kind, int bytes) throws RefusedException {
        int wanted = kibibytes(kind, bytes);
        if (wanted > 0) {
            kibibytes.require(
                    who,
                    wanted,
                    rate,
                    journal.monotonicMillis(),
                    "changes by " + who + " were refused after their signatures had been verified",
                    "verified-in-vain-kib<=" + rate.atOnceMax());
        }
    }

    /** How what may be verified in vain grows, in kibibytes. */
    public Rate rate() {
        return rate;
    }

    /** Kibibytes that may be verified in vain now. */
    public long left(K who) {
        return kibibytes.left(who, rate, journal.monotonicMillis());
    }

    /** The record was refused. Returns the kibibytes that count. */
    public int refused(K who, Record record, Refusal why) {
        return refused(who, record.kind(), record.payload().size(), why);
    }

    /** As {@link #refused(Object, Record, Refusal)}. */
    public int refused(K who, RecordKind kind, int bytes, Refusal why) {
        int wanted = costNothing(why) ? 0 : kibibytes(kind, bytes);
        if (wanted > 0) {
            kibibytes.spend(who, wanted, rate, journal.monotonicMillis());
        }
        return wanted;
    }

    /** Whether it shows before any signature is looked at. */
    private static boolean costNothing(Refusal why) {
        return why.code() == ErrorCode.STALE_EPOCH || why.code() == ErrorCode.IDEMPOTENCY_CONFLICT;
    }

    /** Application messages have no signature that a server could verify. */
    private static int kibibytes(RecordKind kind, int bytes) {
        return kind == RecordKind.COMMIT || kind == RecordKind.PROPOSAL
                ? Math.max(Limits.VERIFIED_IN_VAIN_KIBIBYTES_MIN, (bytes + BYTES_PER_KIBIBYTE - 1) / BYTES_PER_KIBIBYTE)
                : 0;
    }
}
