package chat.samara.client;

import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import java.util.OptionalLong;

/**
 * Why nothing goes on in a channel just now.
 *
 * @param why as a person is told
 * @param endsNanos when it goes on, by {@link System#nanoTime}, where that is known
 */
record Hold(Refusal why, OptionalLong endsNanos) {
    static Hold of(Refusal why) {
        return new Hold(why, OptionalLong.empty());
    }

    /** Whether it is known to go on later than that, so that waiting until then is in vain. */
    boolean outlasts(long nanos) {
        return endsNanos.isPresent() && endsNanos.getAsLong() - nanos > 0;
    }

    boolean isForGood() {
        return why.code() == RefusalCode.CHANNEL_FROZEN;
    }
}
