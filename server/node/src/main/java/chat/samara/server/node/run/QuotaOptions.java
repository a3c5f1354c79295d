package chat.samara.server.node.run;

import chat.samara.server.core.MemberQuota;
import java.util.OptionalInt;

/**
 * What an operator says of how much one member may have stored; what is left out is the default.
 *
 * @param recordsPerDay messages and changes in a day
 * @param mebibytesPerDay their bytes in a day, in MiB
 * @param channelsPerDay channels founded in a day
 */
public record QuotaOptions(OptionalInt recordsPerDay, OptionalInt mebibytesPerDay, OptionalInt channelsPerDay) {
    /** Nothing was said. */
    public static final QuotaOptions NONE =
            new QuotaOptions(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());

    public QuotaOptions {
        quota(recordsPerDay, mebibytesPerDay, channelsPerDay);
    }

    /** What these say, and beside it what was said before. */
    QuotaOptions over(QuotaOptions earlier) {
        return new QuotaOptions(
                recordsPerDay.isPresent() ? recordsPerDay : earlier.recordsPerDay,
                mebibytesPerDay.isPresent() ? mebibytesPerDay : earlier.mebibytesPerDay,
                channelsPerDay.isPresent() ? channelsPerDay : earlier.channelsPerDay);
    }

    /** What holds by these. */
    MemberQuota quota() {
        return quota(recordsPerDay, mebibytesPerDay, channelsPerDay);
    }

    private static MemberQuota quota(OptionalInt records, OptionalInt mebibytes, OptionalInt channels) {
        MemberQuota standard = MemberQuota.standard();
        return new MemberQuota(
                records.orElse(standard.recordsPerDay()),
                mebibytes.orElse(standard.mebibytesPerDay()),
                channels.orElse(standard.channelsPerDay()));
    }
}
