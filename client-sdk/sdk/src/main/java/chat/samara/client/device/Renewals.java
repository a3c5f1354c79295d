package chat.samara.client.device;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.UserId;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Makes this device's leaf anew: whoever has its keys of a week ago reads on until then, and a leaf of before does not list what this version does. In each channel
 * in which the member has said something since its leaf was made, about once a week, by a commit of nothing else; each other commit of this device does it as well
 * ({@link Changes#won}). Where nothing is said, nothing is made anew.
 *
 * <p><b>Never many at once.</b> All members of a channel process each commit, and of two at once one is in vain. When a leaf is due depends on device and channel, and
 * differs by up to a week: of 1,000 members who update on one day and all talk, six an hour come. Should they be due together all the same (people
 * come back to a channel after months; a server was away), a device waits until nobody's commit has come for ten to thirty minutes, so that the first of those who wait
 * holds up the others: six an hour at the most, however many there are, but for those who commit within the same seconds. A member holds up a device once a day: nobody
 * keeps all others from it by committing again and again. Two days apart at the least for one device, whatever becomes of its commit.
 */
final class Renewals {
    private final Jitter jitter;
    private final Intents intents;
    private final Changes changes;

    Renewals(Jitter jitter, Intents intents, Changes changes) {
        this.jitter = jitter;
        this.intents = intents;
        this.changes = changes;
    }

    /** Asks for a commit if it is time for one. */
    void step(Turn turn, LiveChannel channel, OwnIdentity own) {
        noteSpeech(turn, channel);
        if (!mayRenew(channel) || !own.isSound()) {
            return;
        }
        if (!isPlanned(turn, channel)) {
            // A leaf of a version that kept no date, or that came with a KeyPackage; or the clock went back.
            long wait = spreadMillis(own.device().bytes(), channel.id().bytes(), Limits.LEAF_AGE_MILLIS);
            channel.row().setLeafDueMillis(turn.wallMillis() + wait);
            channel.save(turn);
        }
        if (turn.wallMillis() >= channel.row().getLeafDueMillis() && isQuiet(turn, channel.renewal())) {
            channel.row().setLeafDueMillis(turn.wallMillis() + Limits.LEAF_RETRY_MILLIS);
            channel.save(turn);
            intents.renew(turn, channel);
        }
    }

    private static void noteSpeech(Turn turn, LiveChannel channel) {
        boolean speaks = channel.queue().firstComposed().isPresent();
        if (speaks && !channel.row().getLeafSpoken()) {
            channel.row().setLeafSpoken(true);
            channel.save(turn);
        }
    }

    private boolean mayRenew(LiveChannel channel) {
        return channel.row().getLeafSpoken()
                && changes.mayCommit(channel)
                && channel.intents().isEmpty()
                && OwnCommits.underWay(channel).isEmpty();
    }

    /** Whether it is known when it is due, and within reason. */
    private static boolean isPlanned(Turn turn, LiveChannel channel) {
        long due = channel.row().getLeafDueMillis();
        return due != 0 && due - turn.wallMillis() <= Limits.LEAF_AGE_MILLIS + Limits.LEAF_AGE_SPREAD_MILLIS;
    }

    /** Whether nobody's commit has held it up for long enough; how long that is, is drawn when it is first asked after one. */
    private boolean isQuiet(Turn turn, LiveChannel.RenewalState state) {
        if (!state.isDrawn()) {
            state.drawnFor = Optional.of(state.heldUpMillis);
            state.quietUntilMillis = Math.max(turn.monotonicMillis(), state.heldUpMillis + Limits.LEAF_QUIET_MILLIS)
                    + jitter.withinMillis(Limits.LEAF_QUIET_JITTER_MILLIS);
        }
        return turn.monotonicMillis() >= state.quietUntilMillis;
    }

    /** Somebody's commit is in the log. */
    static void committed(Turn turn, LiveChannel channel, UserId author) {
        LiveChannel.RenewalState state = channel.renewal();
        long dayAgo = turn.monotonicMillis() - Limits.LEAF_HELD_UP_AGAIN_MILLIS;
        state.heldUpBy.values().removeIf(at -> at <= dayAgo);
        boolean isFirst = !state.heldUpBy.containsKey(author) && state.heldUpBy.size() < Limits.LEAF_HELD_UP_BY_MAX;
        if (isFirst && channel.row().getLeafSpoken()) {
            state.heldUpBy.put(author, turn.monotonicMillis());
            state.heldUpMillis = turn.monotonicMillis();
        }
    }

    /** When {@link #step} has something to do; empty if only events can tell. By the wall clock, as {@link OwnKeyPackages} has it. */
    Optional<Long> nextMillis(Turn turn, LiveChannel channel) {
        if (!mayRenew(channel)) {
            return Optional.empty();
        }
        long untilDue = channel.row().getLeafDueMillis() - turn.wallMillis();
        if (isPlanned(turn, channel) && untilDue > 0) {
            return Optional.of(turn.monotonicMillis() + untilDue);
        }
        boolean waits = isPlanned(turn, channel) && channel.renewal().isDrawn();
        // What is to be planned has been due: no timer is set for it.
        return Optional.of(waits ? channel.renewal().quietUntilMillis : turn.monotonicMillis() - 1);
    }

    /** The log shows a commit of this device, which has made its leaf anew. */
    static void made(Turn turn, LiveChannel channel, OwnIdentity own) {
        long due = turn.wallMillis()
                + Limits.LEAF_AGE_MILLIS
                + spreadMillis(own.device().bytes(), channel.id().bytes(), Limits.LEAF_AGE_SPREAD_MILLIS);
        channel.row().setLeafDueMillis(due).setLeafSpoken(false);
        channel.save(turn);
    }

    /** Always the same of a device in a channel, and evenly spread over the devices: both ids are hashes. */
    static long spreadMillis(Bytes device, Bytes channel, long spanMillis) {
        return Math.floorMod(number(device) ^ number(channel), spanMillis);
    }

    private static long number(Bytes id) {
        return ByteBuffer.wrap(id.toByteArray()).getLong();
    }
}
