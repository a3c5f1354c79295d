package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Footing.Kept;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredIntent;
import chat.samara.client.stored.StoredMembership;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredPlace;
import chat.samara.client.stored.StoredProvisional;
import chat.samara.client.stored.StoredUnvouched;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.wire.log.LogPosition;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Takes back what the own server had said without the hub's word for it, once the hub's word is another ({@link Footing}): the channel is
 * read again from the last place that the hub vouches for. What was read keeps its text and waits for its true entry, as what is read
 * before it is ordered; own messages wait to be ordered again under the number that they had; the group is the one that was kept. That
 * may be more than one turn holds, so it is begun durably and gone on with turn by turn; meanwhile the channel is not read.
 */
final class WayBack {
    private final GroupVault vault;
    private final Observers observers;
    private final Returns returns;
    private final EntryReader entries;

    WayBack(GroupVault vault, Observers observers, Returns returns, EntryReader entries) {
        this.vault = vault;
        this.observers = observers;
        this.returns = returns;
        this.entries = entries;
    }

    /** Begins; the next turns do it, when all that this one has applied is durable. */
    static void begin(Turn turn, LiveChannel channel) {
        channel.row().setGoingBack(true);
        channel.reading().caughtUp = false;
        channel.reading().beganGoingBack = true;
        channel.save(turn);
        turn.goOn();
    }

    /** The same, where this device was never added at the place by which it joined. Its Welcome may be tried again. */
    static void beginLeaving(Turn turn, LiveChannel channel) {
        channel.row().setJoinRefuted(true);
        begin(turn, channel);
    }

    /** Goes on as far as a turn holds. Returns whether the channel is back at its place, and to be read again. */
    boolean step(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (channel.is(Membership.REMOVED)) {
            return leaveBehind(turn, channel);
        }
        boolean neverJoined = channel.row().getJoinRefuted();
        Optional<StoredChannel> kept = Footing.keptRow(turn, channel, neverJoined ? Kept.CHANNEL_BEFORE : Kept.CHANNEL);
        long floor = neverJoined
                // Up to where it stood before, the hub has vouched for what was read.
                ? Math.max(
                        channel.row().getJoinedSeq() - 1,
                        kept.map(StoredChannel::getSeq).orElse(0L))
                : kept.filter(row -> !canReadAgain(turn, channel, row))
                        .map(StoredChannel::getSeq)
                        .orElse(channel.row().getVouchedSeq());
        if (!takeBack(turn, channel, floor, neverJoined)) {
            channel.save(turn);
            turn.goOn();
            return false;
        }
        ReadMark.takenBack(channel, floor);
        if (neverJoined) {
            leave(turn, channel, kept);
        } else {
            stand(turn, channel, own, kept, floor);
        }
        channel.reading().joined();
        turn.tell(new ClientEvent.LogTakenBack(channel.id(), floor));
        channel.save(turn);
        turn.touch(channel);
        return true;
    }

    /**
     * Whether all that the hub vouches for behind the kept group can be told from anything else when it is read again; also if nothing lies there.
     * A version before this one has kept fewer hashes.
     */
    private static boolean canReadAgain(Turn turn, LiveChannel channel, StoredChannel kept) {
        return kept.getSeq() >= channel.row().getVouchedSeq()
                || EntryHashes.at(turn.store(), channel.id(), kept.getSeq() + 1).isPresent();
    }

    /**
     * Of a channel that this device was removed from: what was read behind the last place that the hub vouches for may stand in no log. It stays
     * shown, marked so that nothing makes it stable. What was noted of entries there says nothing of those that come there. Returns whether that
     * is done.
     */
    private static boolean leaveBehind(Turn turn, LiveChannel channel) {
        Bytes from = Keys.numbered(channel.id(), channel.row().getSeq() + 1);
        Bytes to = Keys.endOf(channel.id());
        DeviceStore durable = turn.store().durable();
        durable.scan(DeviceTable.UNVOUCHED, from, to, (key, value) -> {
            turn.store().delete(DeviceTable.UNVOUCHED, key);
            return !turn.isFull();
        });
        if (!turn.isFull()) {
            durable.scan(DeviceTable.HISTORY, from, to, (key, value) -> {
                StoredMessage row = Stored.parse(StoredMessage.parser(), value);
                if (!row.getUnproven()) {
                    turn.store()
                            .put(
                                    DeviceTable.HISTORY,
                                    key,
                                    row.toBuilder().setUnproven(true).build());
                }
                return !turn.isFull();
            });
        }
        if (!turn.isFull()) {
            durable.scan(DeviceTable.ENTRY_HASH, from, to, (key, value) -> {
                turn.store().delete(DeviceTable.ENTRY_HASH, key);
                return !turn.isFull();
            });
        }
        if (turn.isFull()) {
            channel.save(turn);
            turn.goOn();
            return false;
        }
        channel.row().setGoingBack(false);
        channel.save(turn);
        return true;
    }

    /** Takes rows back, in an order in which it can be stopped after each. Returns whether none is left. */
    private static boolean takeBack(Turn turn, LiveChannel channel, long floor, boolean neverJoined) {
        Bytes from = Keys.numbered(channel.id(), floor + 1);
        Bytes to = Keys.endOf(channel.id());
        DeviceStore durable = turn.store().durable();
        durable.scan(DeviceTable.UNVOUCHED, from, to, (key, value) -> {
            StoredUnvouched row = Stored.parse(StoredUnvouched.parser(), value);
            long seq = Keys.numberOf(key);
            if (row.hasOutgoing()) {
                waitAgain(turn, channel, seq, row);
            } else if (!neverJoined) {
                beProvisional(turn, channel, seq, row.getRead());
            }
            turn.store().delete(DeviceTable.UNVOUCHED, key);
            return !turn.isFull();
        });
        if (!turn.isFull()) {
            durable.scan(DeviceTable.HISTORY, from, to, (key, value) -> {
                StoredMessage row = Stored.parse(StoredMessage.parser(), value);
                // Of a membership that is over: it claims no place in this log, and nobody could read it once more.
                if (!row.getUnproven()) {
                    forgetPlace(turn, channel, Keys.numberOf(key), row);
                    turn.store().delete(DeviceTable.HISTORY, key);
                }
                return !turn.isFull();
            });
        }
        if (!turn.isFull()) {
            durable.scan(DeviceTable.ENTRY_HASH, from, to, (key, value) -> {
                turn.store().delete(DeviceTable.ENTRY_HASH, key);
                return true;
            });
        }
        return !turn.isFull();
    }

    /** What is still said to stand there has no place any more. */
    private static void forgetPlace(Turn turn, LiveChannel channel, long seq, StoredMessage row) {
        if (row.hasIdentityKeyChanged() && row.getIdentityKeyChanged().getAccepted()) {
            Pins.tellAgain(turn, row.getIdentityKeyChanged());
        }
        HistoryBook.idOf(row)
                .filter(id -> standsAt(turn, channel, id, seq))
                .ifPresent(id -> turn.store().delete(DeviceTable.PLACE, Keys.place(channel.id(), id)));
    }

    private static boolean standsAt(Turn turn, LiveChannel channel, MessageId id, long seq) {
        return HistoryBook.place(turn.store(), channel.id(), id)
                .filter(place -> place.hasSeq() && place.getSeq() == seq)
                .isPresent();
    }

    /** Another member's message waits for its true entry. */
    private static void beProvisional(Turn turn, LiveChannel channel, long seq, StoredProvisional noted) {
        Optional<StoredMessage> message = noted.hasMessage()
                ? Optional.of(noted.getMessage())
                : HistoryBook.messageAt(turn.store(), channel, seq);
        if (message.isEmpty()) {
            // A version before this one gave it no row where many stood already. It comes with its true entry.
            return;
        }
        StoredProvisional read = noted.toBuilder()
                .setMessage(ReadMark.displaced(channel, seq, message.get()))
                .build();
        MessageId id = HistoryBook.idOf(read.getMessage()).orElseThrow();
        boolean placed =
                HistoryBook.place(turn.store(), channel.id(), id).isPresent() && !standsAt(turn, channel, id, seq);
        if (placed) {
            return;
        }
        ProvisionalRows.keep(turn, channel, id, read);
        if (!read.getMessage().hasUnreadable()) {
            turn.tell(new ClientEvent.MessageStateChanged(
                    channel.id(),
                    id,
                    read.getMessage().getOwn(),
                    MessageState.PROVISIONAL,
                    OptionalLong.empty(),
                    Optional.empty()));
        }
    }

    /** An own message is on its way again, as it was before that entry. */
    private static void waitAgain(Turn turn, LiveChannel channel, long seq, StoredUnvouched row) {
        StoredOutgoing before = row.getOutgoing();
        MessageId id = HistoryBook.idOf(before.getMessage()).orElseThrow();
        OutgoingHead renamed = channel.outgoing().get(row.getNumber());
        if (renamed != null) {
            MessageId now = HistoryBook.idOf(
                            OutgoingRows.row(turn.store(), channel, renamed).getMessage())
                    .orElseThrow();
            channel.removeOutgoing(renamed);
            turn.store().delete(DeviceTable.PLACE, Keys.place(channel.id(), now));
            turn.tell(new ClientEvent.MessageRenamed(channel.id(), now, id));
        } else if (!standsAt(turn, channel, id, seq)) {
            // It went on under another name, and a person has given it up.
            return;
        }
        turn.store().put(DeviceTable.OUTGOING, Keys.numbered(channel.id(), row.getNumber()), before);
        OutgoingHead head = new OutgoingHead(row.getNumber(), before);
        head.askStatus = true;
        channel.addOutgoing(head);
        HistoryBook.setPlace(
                turn,
                channel,
                id,
                StoredPlace.newBuilder().setOutgoing(row.getNumber()).build());
        turn.tell(new ClientEvent.MessageStateChanged(
                channel.id(),
                id,
                true,
                OutgoingRows.stateOf(before.getState()),
                OptionalLong.empty(),
                Optional.empty()));
        channel.reading().unstable.remove(seq);
    }

    /** The channel is where the hub vouches for it, or where the group was kept before that. */
    private void stand(Turn turn, LiveChannel channel, OwnIdentity own, Optional<StoredChannel> kept, long floor) {
        LogPosition place = channel.vouched();
        boolean renewed = false;
        if (kept.isPresent()) {
            renewed = !channel.row()
                    .getKeptDevice()
                    .equals(Stored.bytes(own.device().bytes()));
            if (kept.get().getSeq() < place.seq()) {
                place = Footing.place(channel, kept.get());
            }
            StoredChannel now = channel.row().build();
            putBackRow(channel, kept.get());
            putBackGroup(turn, channel, own);
            channel.row()
                    .setVouchedTerm(now.getVouchedTerm())
                    .setVouchedSeq(now.getVouchedSeq())
                    .setVouchedHash(now.getVouchedHash());
            if (floor < now.getVouchedSeq()) {
                channel.vouch(place);
                Footing.noneStableBehind(channel);
            }
            if (place.seq() < channel.row().getVouchedSeq()) {
                // It may have to begin there once more.
                channel.row().setKeptDevice(now.getKeptDevice());
            } else {
                Footing.forget(turn, channel);
            }
        }
        channel.moveTo(place);
        channel.row().setGoingBack(false).setLostSeq(Math.min(channel.row().getLostSeq(), place.seq()));
        if (renewed) {
            returns.renewed(turn, channel, own);
        }
    }

    private void putBackGroup(Turn turn, LiveChannel channel, OwnIdentity own) {
        Footing.putBackGroups(turn, channel);
        // A change that seemed to be settled, or lost, is wanted again.
        Footing.putBack(turn, channel, Kept.INTENT);
        turn.store()
                .rows(DeviceTable.INTENT, channel.id().bytes(), Keys.endOf(channel.id()))
                .forEach((key, value) ->
                        channel.intents().put(Keys.numberOf(key), Stored.parse(StoredIntent.parser(), value)));
        Intents.undo(turn, channel);
        OwnCommits.underWay(channel).ifPresent(channel::removeOutgoing);
        Footing.putBack(turn, channel, Kept.OUTGOING);
        turn.store()
                .rows(DeviceTable.OUTGOING, channel.id().bytes(), Keys.endOf(channel.id()))
                .forEach((key, value) -> {
                    long number = Keys.numberOf(key);
                    if (!channel.outgoing().containsKey(number)) {
                        OutgoingHead head = new OutgoingHead(number, Stored.parse(StoredOutgoing.parser(), value));
                        head.askStatus = true;
                        channel.addOutgoing(head);
                    }
                });
        if (channel.is(Membership.MEMBER) && OwnCommits.underWay(channel).isEmpty()) {
            // It was told as refused meanwhile.
            Group group = vault.group(turn, channel, own);
            group.clearPendingCommit();
            vault.save(turn, channel, group);
        }
        channel.changes().lostEpoch = Optional.empty();
        channel.changes().lookedThroughEpoch = Optional.empty();
    }

    /** The row as it was, but for what has nothing to do with the log's place. */
    private static void putBackRow(LiveChannel channel, StoredChannel kept) {
        StoredChannel now = channel.row().build();
        channel.row()
                .clear()
                .mergeFrom(kept)
                .setNextNumber(now.getNextNumber())
                .setSpokenIn(now.getSpokenIn())
                .setStableSeq(now.getStableSeq())
                .setSignedHead(now.getSignedHead())
                .setJoinUnvouched(now.getJoinUnvouched())
                .setReadSeq(now.getReadSeq())
                .setReadProvisional(now.getReadProvisional())
                .setMuted(now.getMuted())
                .setActiveMillis(now.getActiveMillis());
        SkippedKeys.keep(now, channel.row());
        if (now.hasKeptSeq()) {
            channel.row().setKeptSeq(now.getKeptSeq());
        }
        OwnCount.of(now).ifPresent(count -> count.keep(channel.row()));
    }

    /**
     * The log has another entry where this device was added, or none: it is not in the channel by that. The Welcome that names the true one,
     * or another, leads in again.
     */
    private void leave(Turn turn, LiveChannel channel, Optional<StoredChannel> before) {
        StoredChannel now = channel.row().build();
        vault.erase(turn, channel);
        observers.forget(turn, channel);
        if (before.isPresent()) {
            putBackRow(channel, before.get());
            Footing.putBack(turn, channel, Kept.REPLAY);
        } else {
            channel.moveTo(LogPosition.start(channel.id()));
            channel.row()
                    .clearJoinedSeq()
                    .setReadSeq(0)
                    .clearJoinedEpoch()
                    .clearJoinedContextHash()
                    .clearWelcomeSeq()
                    .clearWelcomeRef()
                    .clearUnsettledWelcomes()
                    .clearLostSeq()
                    .clearRefusedSeq()
                    .clearLostEpoch();
        }
        Listening.end(channel);
        channel.setMembership(StoredMembership.REMOVED);
        channel.vouch(channel.position());
        Footing.noneStableBehind(channel);
        channel.row().setGoingBack(false).setRefutedSeq(now.getRefutedSeq()).setRefutedHash(now.getRefutedHash());
        Footing.forgetAll(turn, channel);
        turn.tell(new ClientEvent.RemovedFromChannel(channel.id(), now.getVouchedSeq()));
        entries.left(turn, channel);
    }
}
