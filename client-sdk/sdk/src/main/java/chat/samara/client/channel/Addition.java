package chat.samara.client.channel;

import chat.samara.client.refusal.Refusal;
import chat.samara.wire.identity.UserId;
import java.util.Optional;

/**
 * How it stands with one of many who are to be added to a channel.
 *
 * @param why of one that waits, why, as far as that is known; of one that was refused, why; empty for others
 */
public record Addition(UserId member, State state, Optional<Refusal> why) {
    /** What came of it. */
    public enum State {
        /** The log shows it. */
        ADDED,
        /** They were in the channel before. */
        MEMBER_BEFORE,
        /** It goes on by itself: their server is away, they have no KeyPackages now, the own server has not answered, or the client has ended. */
        WAITS,
        /** They are not added. */
        REFUSED
    }
}
