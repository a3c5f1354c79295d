package chat.samara.server.node.run;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.MemberQuota;
import java.util.OptionalInt;

/**
 * What an operator says of how much one member may have stored, and one hub; what is left out is the default.
 *
 * @param recordsPerDay messages and changes in a day
 * @param mebibytesPerDay their bytes in a day, in MiB
 * @param channelsPerDay channels founded in a day
 * @param hubMebibytesPerDay logs of one hub in a day, in MiB
 */
public record QuotaOptions(
        OptionalInt recordsPerDay,
        OptionalInt mebibytesPerDay,
        OptionalInt channelsPerDay,
        OptionalInt hubMebibytesPerDay) {
    /** Nothing was said. */
    public static final QuotaOptions NONE =
            new QuotaOptions(OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty(), OptionalInt.empty());

    public QuotaOptions {
        over(CoreConfig.standard(), recordsPerDay, mebibytesPerDay, channelsPerDay, hubMebibytesPerDay);
    }

    /** What these say, and beside it what was said before. */
    QuotaOptions over(QuotaOptions earlier) {
        return new QuotaOptions(
                recordsPerDay.isPresent() ? recordsPerDay : earlier.recordsPerDay,
                mebibytesPerDay.isPresent() ? mebibytesPerDay : earlier.mebibytesPerDay,
                channelsPerDay.isPresent() ? channelsPerDay : earlier.channelsPerDay,
                hubMebibytesPerDay.isPresent() ? hubMebibytesPerDay : earlier.hubMebibytesPerDay);
    }

    /** The defaults, except where these say something else. */
    CoreConfig over(CoreConfig defaults) {
        return over(defaults, recordsPerDay, mebibytesPerDay, channelsPerDay, hubMebibytesPerDay);
    }

    private static CoreConfig over(
            CoreConfig defaults,
            OptionalInt records,
            OptionalInt mebibytes,
            OptionalInt channels,
            OptionalInt hubMebibytes) {
        MemberQuota standard = defaults.memberQuota();
        return defaults.withMemberQuota(new MemberQuota(
                        records.orElse(standard.recordsPerDay()),
                        mebibytes.orElse(standard.mebibytesPerDay()),
                        channels.orElse(standard.channelsPerDay())))
                .withHubMebibytesPerDay(hubMebibytes.orElse(defaults.hubMebibytesPerDay()));
    }
}
