package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.identity.DeviceId;
import java.util.Optional;

/**
 * One device key after another. A device whose state is older than what was sent under its key goes on under a new one, which its server puts
 * in the old one's place; and where a copy of this profile has done so, this one stays away until a person decides otherwise.
 */
final class Succession {
    private final RandomSource random;
    private final OwnAccount account;
    private final Link link;
    private final ChannelBook channels;
    private final Returns returns;
    private final TwinWatch twin = new TwinWatch();

    Succession(RandomSource random, OwnAccount account, Link link, ChannelBook channels, Returns returns) {
        this.random = random;
        this.account = account;
        this.link = link;
        this.channels = channels;
        this.returns = returns;
    }

    /** Something has shown it in this turn: nothing more is sent, and the next session begins under a new device key. */
    void noticed(Turn turn, OldState sign) {
        if (account.own().isEmpty() || !account.own().get().isSound()) {
            return;
        }
        account.keep(turn, account.own().get().withSuccessor(random));
        turn.tell(new ClientEvent.OldStateNoticed(sign));
        link.giveUp(turn, "going on under a new device key", Optional.empty());
    }

    /** The server has put the successor in this device's place: it returns to its channels under the new key. */
    void renewed(Turn turn, OwnIdentity before) {
        OwnIdentity now = before.succeeded(turn.wallMillis(), this::isNeeded);
        account.keep(turn, now);
        turn.tell(new ClientEvent.DeviceRenewed(before.device(), now.device()));
        for (LiveChannel channel : channels.all()) {
            OwnCount.NOTHING.keep(channel.row());
            channel.submissions().skippedForCount = 0;
            returns.renewed(turn, channel, now);
            channel.save(turn);
        }
    }

    /**
     * Whether what can't be given up rests on a device key: a channel that is being founded under it, or the place that a channel may have to be
     * taken back to. Of any other channel this device is on its way back under a newer key; what it still had of an older one serves to read
     * messages that come late.
     */
    private boolean isNeeded(DeviceId former) {
        return channels.all().stream()
                .anyMatch(channel -> (channel.is(Membership.FOUNDING)
                                && channel.genesis().creator().device().equals(former))
                        || channel.row().getKeptDevice().equals(Stored.bytes(former.bytes())));
    }

    /** Another copy of this profile goes on in this device's place. */
    void replaced(Turn turn, OwnIdentity identity, chat.samara.wire.Refusal refusal) {
        Optional<DeviceId> named = successorNamed(refusal);
        if (named.filter(identity::isOrWillBe).isPresent()) {
            byItself(turn, identity, named.get());
            return;
        }
        DeviceId by = named.orElse(identity.successorOf());
        OwnIdentity replaced = identity.replaced(by, turn.wallMillis());
        account.keep(turn, replaced);
        stayAway(turn, replaced, by);
    }

    /**
     * The place that was asked for is this device's own already, or was: no other copy goes on, so there is nothing for a person to decide. It is
     * tried again, and what would have taken another's place takes its own.
     */
    private void byItself(Turn turn, OwnIdentity identity, DeviceId by) {
        if (identity.successorKey().isPresent()) {
            account.keep(turn, identity.withSuccessorInOwnPlace());
        }
        link.giveUp(
                turn,
                "the server names this device itself as another copy",
                Optional.of(Refusals.replacedByItself(by)));
    }

    void stayAway(Turn turn, OwnIdentity replaced, DeviceId by) {
        turn.tell(new ClientEvent.DeviceReplaced(by, replaced.replacedMillis()));
        link.stayAway(turn, "another copy goes on", Refusals.deviceReplaced(by));
    }

    /** A copy of this profile and this one must not push each other out for ever: one of the two goes on, under a key of its own. */
    void pushedOut(Turn turn, Refusal why) {
        boolean byACopy = twin.pushedOut(turn.monotonicMillis());
        if (!byACopy) {
            link.giveUp(turn, "the server keeps another connection", Optional.of(why));
        } else if (wasRenewedLately(turn)) {
            link.giveUpForLong(turn, "the server keeps another connection", why);
        } else {
            turn.noticeOldState(OldState.CONNECTED_TWICE);
        }
    }

    private static Optional<DeviceId> successorNamed(chat.samara.wire.Refusal refusal) {
        try {
            return Optional.of(new DeviceId(Bytes.ofHex(refusal.detail())));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** A person wants this copy to go on, and not the other. */
    void takeOver(Turn turn, long command) {
        if (account.own().flatMap(OwnIdentity::replacedBy).isEmpty()) {
            turn.refuse(
                    command,
                    RefusalCode.NOT_REPLACED,
                    "no other copy of this profile has taken this device's place; there is nothing to take over");
            return;
        }
        account.keep(turn, account.own().get().withSuccessor(random));
        link.forgetProblem();
        link.dial(turn, account.own().get());
        turn.complete(command, new Outcome.Done());
    }

    /**
     * The server has counted this device's records: what it has more than is known here was sent by a later state of this device. Where there is nothing to compare
     * with, or what was claimed before is more than it has, as many own keys are skipped: this state may be an old one all the same.
     */
    void compareCount(Turn turn, LiveChannel channel, long nextDeviceSeq) {
        long atServer = Math.max(0, nextDeviceSeq - 1);
        Optional<OwnCount> known = OwnCount.of(channel.row());
        if (known.isEmpty() || atServer < known.get().claimed()) {
            known.orElse(OwnCount.NOTHING).withClaimUpTo(atServer).keep(channel.row());
            skip(turn, channel, 0, atServer);
        } else if (atServer > known.get().all()) {
            if (wasRenewedLately(turn)) {
                skip(turn, channel, known.get().all(), atServer);
            } else {
                turn.noticeOldState(OldState.SERVER_COUNTS_MORE);
            }
        }
    }

    /** Skips as many own keys as the server counts more than this device does, once for each. */
    private static void skip(Turn turn, LiveChannel channel, long own, long atServer) {
        LiveChannel.SubmissionState submissions = channel.submissions();
        // Who returns makes a group in which no other state has sealed anything, unless the return is under way
        // already.
        boolean sealsAnew =
                channel.is(Membership.RETURNING) && OwnCommits.underWay(channel).isEmpty();
        if (!sealsAnew) {
            SkippedKeys.add(channel, atServer - Math.max(own, submissions.skippedForCount));
        }
        submissions.skippedForCount = Math.max(submissions.skippedForCount, atServer);
        channel.save(turn);
    }

    /** The count is the server's word alone: one that lies must not make this device change its key again and again. */
    private boolean wasRenewedLately(Turn turn) {
        return account.own()
                .filter(identity -> identity.wasRenewedLately(turn.wallMillis()))
                .isPresent();
    }
}
