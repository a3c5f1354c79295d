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
 * How much the core has verified of one member's handshakes to no avail. Each signature costs everybody else their turn; what is
 * accepted is bounded elsewhere ({@link Quotas}, {@link HubPolicy}, {@link Additions}), but whoever sends what is refused would lose nothing by it. Counted in bytes, since
 * signatures stand close together in them: so the same events are refused whenever they are played again. Looked at before anything is
 * verified; nothing is taken for what is accepted, or came too late or twice, and little for what was refused by what takes no signature. In memory only: after a start everybody begins anew.
 *
 * @param <K> a member
 */
public final class VerifiedInVain<K> {
    private static final int BYTES_PER_KIBIBYTE = 1024;

    private static final Rate RATE = new Rate(
            Limits.VERIFIED_IN_VAIN_AT_ONCE_KIBIBYTES_MAX, Limits.VERIFIED_IN_VAIN_KIBIBYTE_OF_A_MEMBER_EVERY_MILLIS);

    private final Journal journal;
    private final Rates<K> kibibytes = new Rates<>(Limits.QUOTAS_KEPT_MAX);

    private VerifiedInVain(Journal journal) {
        this.journal = journal;
    }

    /** Of members, here or elsewhere. */
    public static <K> VerifiedInVain<K> ofMembers(Journal journal) {
        return new VerifiedInVain<>(journal);
    }

    /** A record is about to be verified. Refused with {@code LIMIT_REACHED}; then it is not to be. */
    public void begins(K who, RecordKind kind, int bytes) throws RefusedException {
        int wanted = kibibytes(kind, bytes);
        if (wanted > 0) {
            kibibytes.require(
                    who,
                    wanted,
                    RATE,
                    journal.monotonicMillis(),
                    "changes by " + who + " were refused after their signatures had been verified",
                    "verified-in-vain-kib<=" + RATE.atOnceMax());
        }
    }

    /**
     * The record was refused. Returns the kibibytes that count.
     *
     * @param verified whether signatures had been verified by then; to read it alone costs a small part of that
     */
    public int refused(K who, Record record, Refusal why, boolean verified) {
        return costNothing(why) ? 0 : count(who, record.kind(), record.payload().size(), verified);
    }

    /** Something came to nothing, for whatever reason. Returns the kibibytes that count. */
    public int count(K who, RecordKind kind, int bytes, boolean verified) {
        int wanted = kibibytes(kind, verified ? bytes : bytes / Limits.VERIFIED_IN_VAIN_PARTS_TO_READ);
        if (wanted > 0) {
            kibibytes.spend(who, wanted, RATE, journal.monotonicMillis());
        }
        return wanted;
    }

    /** Whether it shows before any signature is looked at. */
    public static boolean costNothing(Refusal why) {
        return why.code() == ErrorCode.STALE_EPOCH || why.code() == ErrorCode.IDEMPOTENCY_CONFLICT;
    }

    /** What it counts to verify so many bytes. Application messages have no signature that a server could verify. */
    public static int kibibytes(RecordKind kind, int bytes) {
        return kind == RecordKind.COMMIT || kind == RecordKind.PROPOSAL
                ? Math.max(Limits.VERIFIED_IN_VAIN_KIBIBYTES_MIN, (bytes + BYTES_PER_KIBIBYTE - 1) / BYTES_PER_KIBIBYTE)
                : 0;
    }
}
