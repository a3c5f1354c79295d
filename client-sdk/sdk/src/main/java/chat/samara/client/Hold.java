package chat.samara.client;

import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import java.util.OptionalLong;

/**
 * Why nothing goes on in a channel just now, or one change does not.
 *
 * @param why as a person is told
 * @param endsNanos when it goes on, by {@link System#nanoTime}, where that is known
 * @param ofChannel whether nothing goes on there; else one change waits that others pass
 */
record Hold(Refusal why, OptionalLong endsNanos, boolean ofChannel) {
    static Hold of(Refusal why) {
        return new Hold(why, OptionalLong.empty(), true);
    }

    static Hold ofOneChange(Refusal why) {
        return new Hold(why, OptionalLong.empty(), false);
    }

    /** For whoever waits in vain for it to go on. */
    String sentence() {
        if (!ofChannel) {
            return why.sentence();
        }
        String end = isForGood()
                ? "; it is not done as long as that is so"
                : why.code() == RefusalCode.LIMIT_REACHED
                        ? "; what was asked for is kept on this device, and done then"
                        : "";
        return "the server takes nothing now: " + why.sentence() + end;
    }

    /** Whether it is known to go on later than that, so that waiting until then is in vain. */
    boolean outlasts(long nanos) {
        return endsNanos.isPresent() && endsNanos.getAsLong() - nanos > 0;
    }

    boolean isForGood() {
        return why.code() == RefusalCode.CHANNEL_FROZEN;
    }
}
