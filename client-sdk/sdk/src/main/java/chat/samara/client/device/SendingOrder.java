package chat.samara.client.device;

import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.mls.group.Group;
import java.util.Optional;

/**
 * Keeps one device's messages in the order in which they were said. Within an epoch they are handed over one behind the other without
 * waiting: the log takes them in that order, and when an epoch is over for one of them it is over for all that come behind it, so that
 * they come back in that order, too. What breaks the order is a message of an older epoch that comes back behind one of a newer epoch
 * that did not. So between two epochs there is a halt: the first message of the newer one is sealed when all earlier ones are in the log
 * or back. That takes one round trip to the hub for each commit in which messages are under way, and nothing otherwise.
 *
 * <p>The halt ends where it would silence people. What the own server has stored and cannot bring to the hub is heard of by nobody for as
 * long as a partition lasts, but what is said meanwhile reaches the members on this side at once, as provisional. So after {@link
 * Limits#ORDER_WAIT_MILLIS} without news of any of them messages go on. If the hub then closes the older epoch before it gets what was
 * stored (which takes 72 hours or 48 commits), that comes back and stands behind what was said later. This is the only case.
 */
final class SendingOrder {
    private SendingOrder() {}

    /** Whether a message with this number in the queue may be sealed in this epoch; what is sealed is handed over at once. */
    static boolean mayFollow(Turn turn, LiveChannel channel, long number, long epoch) {
        Optional<OutgoingHead> before = channel.queue().undecidedBefore(number);
        if (before.isEmpty()) {
            return true;
        }
        OutgoingHead earlier = before.get();
        boolean asked = earlier.askStatus || earlier.inFlight;
        if (earlier.state == StoredOutgoingState.AT_SERVER && asked) {
            // A server that was restored from a backup may have lost it; then it is handed over again, and goes first.
            return false;
        }
        if (earlier.epoch >= epoch) {
            return true;
        }
        if (earlier.state != StoredOutgoingState.AT_SERVER) {
            // The server's answer is on its way, or the connection is given up for want of it.
            return false;
        }
        long until = channel.submissions().heardMillis + Limits.ORDER_WAIT_MILLIS;
        if (turn.monotonicMillis() < until) {
            channel.submissions().waitsUntilMillis = until;
            return false;
        }
        return true;
    }

    /** Whether it can't be sealed in the newest epoch known here. */
    static boolean awaitsEpoch(Turn turn, LiveChannel channel, Group group, OutgoingHead head) {
        // The epoch it expired in is still the newest one known here: the log will show the next. A later session
        // does not wait for it: there it is the hub's word that this is the newest, and the server's was perhaps a
        // lie.
        boolean isExpired = head.expired
                && group.epoch()
                        <= OutgoingRows.row(turn.store(), channel, head).getEpoch();
        // RFC 9420 §12.4: who has seen a proposal sends no application data in its epoch.
        return isExpired || group.hasPendingProposals();
    }
}
