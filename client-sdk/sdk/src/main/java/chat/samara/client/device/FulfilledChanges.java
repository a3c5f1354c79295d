package chat.samara.client.device;

import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredIntent;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.channel.Roster;
import chat.samara.wire.identity.UserId;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/** Settles what is wanted of a channel and so already, by whomever it was done, and what others have made senseless meanwhile. */
final class FulfilledChanges {
    private final GroupVault vault;
    private final Intents intents;

    FulfilledChanges(GroupVault vault, Intents intents) {
        this.vault = vault;
        this.intents = intents;
    }

    /**
     * Once for each epoch, whatever else a change waits for. One that the log shows to be done is settled as that is read ({@link #followed}); this is for
     * what an earlier version has left.
     */
    void settleOnceAnEpoch(Turn turn, LiveChannel channel, OwnIdentity own) {
        Optional<Long> epoch = Optional.of(channel.row().getEpoch());
        if (channel.intents().isEmpty() || channel.changes().lookedThroughEpoch.equals(epoch)) {
            return;
        }
        channel.changes().lookedThroughEpoch = epoch;
        Roster roster = roster(turn, channel, own);
        Intents.inTurn(channel).forEach((number, intent) -> settleIf(turn, channel, roster, number, intent));
    }

    /** Who is in this device's group. */
    Roster roster(Turn turn, LiveChannel channel, OwnIdentity own) {
        channel.changes().rosters++;
        return Rosters.of(vault.group(turn, channel, own));
    }

    /** Settles it if this roster has it so. Returns whether it does. */
    boolean settleIf(Turn turn, LiveChannel channel, Roster roster, long number, StoredIntent intent) {
        if (isFulfilled(roster, intent)) {
            settle(turn, channel, number, channel.row().getSeq(), roster);
            return true;
        }
        return false;
    }

    private void settle(Turn turn, LiveChannel channel, long number, long seq, Roster roster) {
        StoredIntent intent = Objects.requireNonNull(channel.intents().get(number));
        Optional<Refusal> refusal = fulfilledOtherwise(turn, roster, intent);
        if (refusal.isPresent()) {
            intents.settle(turn, channel, number, OptionalLong.of(seq), refusal);
        } else {
            intents.done(turn, channel, number, seq);
        }
    }

    /**
     * The log shows another's commit: what that has done of what is wanted here is done. Whoever it has removed is not added by what was asked before: it may
     * have been done because of something that this device's member does not know of.
     */
    void followed(Turn turn, LiveChannel channel, Returns.Followed followed) {
        if (channel.intents().isEmpty()) {
            return;
        }
        Roster after = Rosters.of(followed.observed().group());
        new TreeMap<>(channel.intents()).forEach((number, intent) -> {
            Optional<UserId> member = memberOf(intent);
            boolean wasIn = member.filter(followed.before()::hasUser).isPresent();
            boolean isIn = member.filter(after::hasUser).isPresent();
            if (wasIn == isIn || Intents.isDone(intent)) {
                return;
            }
            if (isFulfilled(after, intent)) {
                settle(turn, channel, number, followed.entry().seq(), after);
            } else if (intent.hasAdd()) {
                intents.settle(
                        turn,
                        channel,
                        number,
                        OptionalLong.empty(),
                        Optional.of(new Refusal(
                                RefusalCode.REMOVED_SINCE,
                                intent.getAdd() + " was removed by "
                                        + followed.commit().author().user()
                                        + " since you asked to add them; ask again if you mean it")));
            }
        });
    }

    private static Optional<UserId> memberOf(StoredIntent intent) {
        return switch (intent.getChangeCase()) {
            case ADD -> Optional.of(HistoryBook.user(intent.getAdd()));
            case REMOVE -> Optional.of(HistoryBook.user(intent.getRemove()));
            case UPDATE, CHANGE_NOT_SET -> Optional.empty();
        };
    }

    private static boolean isFulfilled(Roster roster, StoredIntent intent) {
        return memberOf(intent)
                .filter(member -> roster.hasUser(member) == intent.hasAdd())
                .isPresent();
    }

    /** Somebody else has added a member of that name: whether it is the one that was meant. */
    private static Optional<Refusal> fulfilledOtherwise(Turn turn, Roster roster, StoredIntent intent) {
        if (!intent.hasAdd()) {
            return Optional.empty();
        }
        UserId member = HistoryBook.user(intent.getAdd());
        return Pins.admitOfOthers(
                turn,
                member,
                roster.devicesOf(member).stream()
                        .map(ChannelMember::identityKey)
                        .toList());
    }
}
