package chat.samara.client.device;

import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredProvisional;
import chat.samara.client.stored.StoredUnvouched;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.LogPosition;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How far the hub itself vouches for a channel's log as it is read here, and what is needed to go back to that place. A catch-up comes in
 * many frames and the hub's head with the last of them, so entries are applied, and shown, before any head covers them. Until one does
 * they are the own server's word alone: should the hub's word say otherwise, {@link WayBack} takes them back.
 *
 * <p>A message uses up its key when it is read. So its text is kept, and takes its place again when its true entry comes. A handshake, or a
 * control of the hub, changes the group for good. So the group is kept as it was before the first of them, until a head covers it: for that
 * long its old secrets stay, too. Nothing is encrypted or committed meanwhile ({@link LiveChannel#isVouched}), so no key of this
 * device's own can be used twice by going back.
 *
 * <p>A head may cover that first handshake, and not all that was read. Then there is no way back to the head's place itself: the group is that of
 * before the handshake, and what lies between is read again ({@link LiveChannel#isReadingAgain}), though nothing but what the hub has
 * vouched for.
 */
final class Footing {
    /** The kinds of rows in FOOTING, by the byte that names them. */
    enum Kept {
        CHANNEL(0, DeviceTable.CHANNEL),
        GROUP(1, DeviceTable.GROUP),
        JOINING_GROUP(2, DeviceTable.JOINING_GROUP),
        PAST_GROUP(3, DeviceTable.PAST_GROUP),
        OBSERVER(4, DeviceTable.OBSERVER),
        BLAME(5, DeviceTable.BLAME),
        INTENT(6, DeviceTable.INTENT),
        /** The own commit that is under way. */
        OUTGOING(7, DeviceTable.OUTGOING),
        /** As it was before this device joined, until the hub vouches for that. */
        REPLAY(8, DeviceTable.REPLAY),
        /** The same. */
        CHANNEL_BEFORE(9, DeviceTable.CHANNEL);

        final byte code;
        final DeviceTable table;

        Kept(int code, DeviceTable table) {
            this.code = (byte) code;
            this.table = table;
        }
    }

    private Footing() {}

    /** The hub's own word is that the log, as it is here, is true up to this place. What it has vouched for once stays vouched for. */
    static void vouched(Turn turn, LiveChannel channel, LogPosition position) {
        if (position.seq() < channel.row().getVouchedSeq()) {
            return;
        }
        channel.vouch(position);
        if (position.seq() == channel.row().getSeq()) {
            forget(turn, channel);
        }
        if (channel.row().getJoinUnvouched()) {
            channel.row().clearJoinUnvouched().clearRefutedSeq().clearRefutedHash();
            delete(turn, channel, Kept.REPLAY, Kept.CHANNEL_BEFORE);
        }
    }

    /** Deletes some of what no way back can need any more. */
    static void prune(Turn turn, LiveChannel channel) {
        long through = Math.min(
                channel.row().getVouchedSeq(),
                channel.row().hasKeptSeq() ? channel.row().getKeptSeq() : Long.MAX_VALUE);
        int[] left = {Limits.UNVOUCHED_PRUNED_PER_FRAME};
        turn.store()
                .durable()
                .scan(
                        DeviceTable.UNVOUCHED,
                        Keys.numbered(channel.id(), 0),
                        Keys.numbered(channel.id(), through + 1),
                        (key, value) -> {
                            turn.store().delete(DeviceTable.UNVOUCHED, key);
                            return --left[0] > 0;
                        });
    }

    /** There is no way back to the vouched place any more, and no need of one. */
    static void forget(Turn turn, LiveChannel channel) {
        if (channel.row().hasKeptSeq()) {
            delete(turn, channel, Kept.CHANNEL, Kept.OUTGOING);
            channel.row().clearKeptSeq().clearKeptDevice();
        }
    }

    /** The channel is left, or nothing in it can be believed any more. */
    static void forgetAll(Turn turn, LiveChannel channel) {
        forget(turn, channel);
        delete(turn, channel, Kept.REPLAY, Kept.CHANNEL_BEFORE);
        channel.row().clearJoinUnvouched().clearJoinRefuted();
    }

    private static void delete(Turn turn, LiveChannel channel, Kept first, Kept last) {
        rows(turn, channel, first, last).keySet().forEach(key -> turn.store().delete(DeviceTable.FOOTING, key));
    }

    /** Keeps the group and all that goes with it as it is, unless that was done since the hub vouched for it. */
    static void keep(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (channel.row().hasKeptSeq()) {
            return;
        }
        put(turn, channel, Kept.CHANNEL, Bytes.EMPTY, channel.row().build());
        for (Kept kind : Kept.values()) {
            switch (kind) {
                case CHANNEL, REPLAY, CHANNEL_BEFORE -> {
                    // Above, and of joining only.
                }
                case OUTGOING -> OwnCommits.underWay(channel).ifPresent(head -> keepCommit(turn, channel, head));
                default ->
                    turn.store()
                            .rows(kind.table, channel.id().bytes(), Keys.endOf(channel.id()))
                            .forEach((key, value) -> put(turn, channel, kind, Keys.restOf(key), value));
            }
        }
        channel.row()
                .setKeptSeq(channel.row().getSeq())
                .setKeptDevice(Stored.bytes(own.device().bytes()));
    }

    /** A change was told as done, by the hub's word, or as refused: it does not come back, whatever is taken back. */
    static void settled(Turn turn, LiveChannel channel, long intent) {
        Bytes number = Keys.restOf(Keys.numbered(channel.id(), intent));
        turn.store().delete(DeviceTable.FOOTING, Keys.kept(channel.id(), Kept.INTENT.code, number));
    }

    /** Nor does the own commit for one that was refused; what else that carries out is committed anew. */
    static void refused(Turn turn, LiveChannel channel, long intent) {
        rows(turn, channel, Kept.OUTGOING, Kept.OUTGOING).forEach((key, value) -> {
            StoredOutgoing commit = Stored.parse(StoredOutgoing.parser(), value);
            if (commit.getIntent() == intent || commit.getFurtherIntentsList().contains(intent)) {
                turn.store().delete(DeviceTable.FOOTING, key);
            }
        });
    }

    private static void keepCommit(Turn turn, LiveChannel channel, OutgoingHead head) {
        put(
                turn,
                channel,
                Kept.OUTGOING,
                Keys.restOf(Keys.numbered(channel.id(), head.number)),
                OutgoingRows.row(turn.store(), channel, head).toByteArray());
    }

    /**
     * A channel is joined by a Welcome: members have signed that, but no head covers it yet. What else comes then is taken back as far as
     * this place; this itself, only if the hub has signed that another entry stands here. Until then the KeyPackage's private keys stay, and
     * the Welcome at the server ({@link Welcomes#settle}).
     *
     * @param before how this device stood in it, if it was in it before
     */
    static void joined(Turn turn, LiveChannel channel, LogPosition position, Optional<StoredChannel> before) {
        forgetAll(turn, channel);
        before.ifPresent(row -> {
            put(turn, channel, Kept.CHANNEL_BEFORE, Bytes.EMPTY, row);
            turn.store()
                    .rows(DeviceTable.REPLAY, channel.id().bytes(), Keys.endOf(channel.id()))
                    .forEach((key, value) -> put(turn, channel, Kept.REPLAY, Keys.restOf(key), value));
        });
        channel.vouch(position);
        channel.row().setJoinUnvouched(true);
    }

    /**
     * A channel is entered again at the very place for which the hub has vouched already: the removal behind it was never in its log, or has yet to be shown
     * there. Nothing of that place can be taken back.
     */
    static void joinedWhereItStood(Turn turn, LiveChannel channel) {
        forgetAll(turn, channel);
    }

    /**
     * This device was removed by an entry that no head covers; none will come. What it showed stays, though nothing makes it stable; its place in the
     * log is the last for which the hub has vouched: a true log could not follow on anything else.
     */
    static void stepBack(Turn turn, LiveChannel channel) {
        if (channel.row().getJoinUnvouched()) {
            Optional<StoredChannel> before = keptRow(turn, channel, Kept.CHANNEL_BEFORE);
            putBack(turn, channel, Kept.REPLAY);
            channel.moveTo(before.map(row -> place(channel, row)).orElseGet(() -> LogPosition.start(channel.id())));
        } else {
            channel.moveTo(channel.vouched());
        }
        channel.vouch(channel.position());
        noneStableBehind(channel);
        channel.reading().unstable.tailMap(channel.row().getSeq(), false).clear();
        // Rows of what lies behind it are dealt with in turns of bounded size.
        channel.row().setGoingBack(true);
        channel.reading().beganGoingBack = true;
        turn.goOn();
    }

    /** What stands behind the place that the hub vouches for is stable in no log that this device knows to be the hub's. */
    static void noneStableBehind(LiveChannel channel) {
        channel.row()
                .setStableSeq(
                        Math.min(channel.row().getStableSeq(), channel.row().getVouchedSeq()));
    }

    /** Where a row of the channel stood. */
    static LogPosition place(LiveChannel channel, StoredChannel row) {
        return new LogPosition(
                channel.id(), Math.max(1, row.getTerm()), row.getSeq(), Stored.bytes(row.getEntryHash()));
    }

    private static void put(Turn turn, LiveChannel channel, Kept kind, Bytes restOfKey, StoredChannel row) {
        put(turn, channel, kind, restOfKey, row.toByteArray());
    }

    private static void put(Turn turn, LiveChannel channel, Kept kind, Bytes restOfKey, byte[] value) {
        turn.store().put(DeviceTable.FOOTING, Keys.kept(channel.id(), kind.code, restOfKey), value);
    }

    private static Map<Bytes, byte[]> rows(Turn turn, LiveChannel channel, Kept first, Kept last) {
        return turn.store()
                .rows(
                        DeviceTable.FOOTING,
                        Keys.kept(channel.id(), first.code, Bytes.EMPTY),
                        Keys.kept(channel.id(), (byte) (last.code + 1), Bytes.EMPTY));
    }

    /** The channel's row as it was kept; empty where none was. */
    static Optional<StoredChannel> keptRow(Turn turn, LiveChannel channel, Kept kind) {
        return turn.store()
                .get(DeviceTable.FOOTING, Keys.kept(channel.id(), kind.code, Bytes.EMPTY))
                .map(row -> Stored.parse(StoredChannel.parser(), row));
    }

    /** Puts back what was kept of a kind; what is not in the way of it stays. */
    static void putBack(Turn turn, LiveChannel channel, Kept kind) {
        int prefix = Keys.kept(channel.id(), kind.code, Bytes.EMPTY).size();
        rows(turn, channel, kind, kind)
                .forEach((key, value) -> turn.store()
                        .put(kind.table, Bytes.concat(channel.id().bytes(), key.slice(prefix, key.size())), value));
    }

    /** The group, and what everybody sees of it, as they were kept. */
    static void putBackGroups(Turn turn, LiveChannel channel) {
        for (Kept kind : List.of(Kept.GROUP, Kept.JOINING_GROUP, Kept.PAST_GROUP, Kept.OBSERVER, Kept.BLAME)) {
            turn.store()
                    .rows(kind.table, channel.id().bytes(), Keys.endOf(channel.id()))
                    .keySet()
                    .forEach(key -> turn.store().delete(kind.table, key));
            putBack(turn, channel, kind);
        }
        channel.forgetGroups();
    }

    /** Another member's message was read by an entry that no head covers; its text stands in the history. */
    static void read(Turn turn, LiveChannel channel, long seq, StoredProvisional read) {
        usedUp(turn, channel, seq, read.toBuilder().clearMessage().build());
    }

    /** A record that cannot be read came in an entry that no head covers, and its key is gone. */
    static void usedUp(Turn turn, LiveChannel channel, long seq, StoredProvisional unreadable) {
        if (channel.reading().unvouched) {
            note(
                    turn,
                    channel,
                    seq,
                    StoredUnvouched.newBuilder().setRead(unreadable).build());
        }
    }

    /** An entry that no head covers changes what waits under an own message's number. */
    static void own(Turn turn, LiveChannel channel, long seq, long number, StoredOutgoing row) {
        if (channel.reading().unvouched) {
            note(
                    turn,
                    channel,
                    seq,
                    StoredUnvouched.newBuilder()
                            .setNumber(number)
                            .setOutgoing(row)
                            .build());
        }
    }

    private static void note(Turn turn, LiveChannel channel, long seq, StoredUnvouched row) {
        turn.store().put(DeviceTable.UNVOUCHED, Keys.numbered(channel.id(), seq), row);
    }
}
