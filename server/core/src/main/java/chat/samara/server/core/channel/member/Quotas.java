package chat.samara.server.core.channel.member;

import chat.samara.server.core.Limits;
import chat.samara.server.core.MemberQuota;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.UserId;
import java.util.stream.Stream;

/**
 * What members have had stored lately, by name and not by device, since a member may have many. Each repetition of what is stored already is free. In
 * memory only: after a start everybody begins anew.
 */
public final class Quotas {
    private final MemberQuota quota;
    private final Journal journal;
    private final Rates<UserId> records = new Rates<>(Limits.QUOTAS_KEPT_MAX);
    private final Rates<UserId> kibibytes = new Rates<>(Limits.QUOTAS_KEPT_MAX);
    private final Rates<UserId> channels = new Rates<>(Limits.QUOTAS_KEPT_MAX);

    public Quotas(MemberQuota quota, Journal journal) {
        this.quota = quota;
        this.journal = journal;
    }

    /** The member has a record of so many bytes stored. Refused with {@code LIMIT_REACHED}; then it is not to be. */
    public void record(UserId member, int bytes) throws RefusedException {
        take(
                records,
                member,
                1,
                quota.records(),
                "messages and changes",
                quota.recordsInWords(),
                "records-per-day<=" + quota.recordsPerDay());
        bytes(member, bytes);
    }

    /** The member founds a channel by so many bytes. Refused with {@code LIMIT_REACHED}; then it does not. */
    public void channel(UserId member, int bytes) throws RefusedException {
        take(
                channels,
                member,
                1,
                quota.channels(),
                "channels founded",
                quota.channelsPerDay() + " a day",
                "channels-per-day<=" + quota.channelsPerDay());
        bytes(member, bytes);
    }

    /**
     * A commit of the member made this server keep a ratchet tree of so many bytes for those whom it adds, which shows only when it is in the log. What the member has not left it owes.
     */
    public void tree(UserId member, int bytes) {
        if (bytes > 0) {
            kibibytes.owe(member, MemberQuota.kibibytesOf(bytes), quota.kibibytes(), journal.monotonicMillis());
        }
    }

    private void bytes(UserId member, int bytes) throws RefusedException {
        take(
                kibibytes,
                member,
                MemberQuota.kibibytesOf(bytes),
                quota.kibibytes(),
                "bytes sent",
                quota.kibibytesInWords(),
                "mebibytes-per-day<=" + quota.mebibytesPerDay() + " MiB");
    }

    private void take(
            Rates<UserId> rates, UserId member, int wanted, Rate rate, String what, String allowed, String limit)
            throws RefusedException {
        rates.take(
                member,
                Math.min(wanted, rate.atOnceMax()),
                rate,
                journal.monotonicMillis(),
                what + " by " + member + ": this server's operator allows each member " + allowed,
                limit);
    }

    /** A sentence for the operator on each member who has used up what they may. */
    public Stream<String> usedUp() {
        return Stream.of(
                        usedUp(records, quota.records(), quota.recordsInWords() + " (--member-records)"),
                        usedUp(kibibytes, quota.kibibytes(), quota.kibibytesInWords() + " (--member-mib)"),
                        usedUp(
                                channels,
                                quota.channels(),
                                quota.channelsPerDay() + " new channels a day (--member-channels)"))
                .flatMap(it -> it);
    }

    private Stream<String> usedUp(Rates<UserId> rates, Rate rate, String allowed) {
        return rates.usedUp(rate, journal.monotonicMillis()).stream()
                .map(member -> member + " has used up what each member may: " + allowed
                        + "; what more they send is refused, and they are told when it goes on");
    }
}
