package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableDetail.Code;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.content.MessageContent;
import chat.samara.client.content.ReceivedContent;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.device.ProvisionalRows.Waiting;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredPlace;
import chat.samara.client.stored.StoredProvisional;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads application messages, ordered and provisional ones. Each message is delivered once, whatever comes twice: its (device, key) has one
 * place, written in the transaction that delivers it.
 */
final class MessageReader {
    private final GroupVault vault;
    private final OutgoingRows outgoing;

    private final Observers observers;

    MessageReader(GroupVault vault, OutgoingRows outgoing, Observers observers) {
        this.vault = vault;
        this.outgoing = outgoing;
        this.observers = observers;
    }

    /** An entry of kind APPLICATION. */
    void ordered(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        // A record of this kind always names its device.
        MessageId id = EntryReader.idOf(entry.record()).orElseThrow();
        Optional<StoredPlace> place = HistoryBook.place(turn.store(), channel.id(), id);
        if (place.isPresent() && place.get().hasSeq()) {
            orderedAgain(turn, channel, entry, place.get());
        } else if (own.isOwn(id.device())) {
            ownOrdered(turn, channel, own, entry, id, place.flatMap(it -> ProvisionalRows.waiting(turn, channel, it)));
        } else if (!isOfAMember(turn, channel, own, entry.record())) {
            ofNoMember(turn, channel, entry, place.flatMap(it -> ProvisionalRows.waiting(turn, channel, it)));
        } else {
            deliver(turn, channel, own, entry, id, place.flatMap(it -> ProvisionalRows.waiting(turn, channel, it)));
        }
    }

    /**
     * Whether its author is in the channel, and on the server that it comes from. A device judges that as the hub does: while an epoch is
     * open, who was removed since still has its keys.
     */
    private boolean isOfAMember(Turn turn, LiveChannel channel, OwnIdentity own, Record record) {
        try {
            HandshakeRules.requireAuthor(observers.of(turn, channel, own), record);
            return true;
        } catch (RefusedException e) {
            return false;
        }
    }

    private boolean isMember(Turn turn, LiveChannel channel, OwnIdentity own, DeviceId device) {
        return observers.of(turn, channel, own).member(device).isPresent();
    }

    /** The hub must not order it: nothing of it is shown, and no key is used up by it. */
    private static void ofNoMember(Turn turn, LiveChannel channel, Entry entry, Optional<Waiting> waiting) {
        EntryReader.unreadable(
                turn, channel, entry, UnreadableReason.NOT_A_MEMBER, UnreadableDetail.of(Code.AUTHOR_NOT_A_MEMBER));
        waiting.ifPresent(it -> ProvisionalRows.displace(
                turn,
                channel,
                it,
                new Refusal(RefusalCode.NOT_A_MEMBER, "its sender was removed before it was in the log")));
    }

    /** What has a place already gets no other. */
    private static void orderedAgain(Turn turn, LiveChannel channel, Entry entry, StoredPlace place) {
        if (channel.reading().again && place.getSeq() == entry.seq()) {
            // The channel's row is that of before this place.
            HistoryBook.messageAt(turn.store(), channel, entry.seq())
                    .ifPresent(row -> profile(turn, channel, SaidRows.profile(row)));
        } else if (place.getSeq() != entry.seq()) {
            EntryReader.unreadable(
                    turn,
                    channel,
                    entry,
                    UnreadableReason.KEY_CONSUMED,
                    UnreadableDetail.of(Code.PLACED_ALREADY, place.getSeq()));
        }
    }

    /**
     * Whether an entry has this device's name and the key of something that waits here, and is not that: only the very bytes that this
     * device sealed are its message, or, where its state is old, what a later state has sealed under that key. Its server or the hub can give anything else the same name. Then the hub takes the name for used
     * (I3), so the message goes on under another.
     */
    boolean isForged(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        Record record = entry.record();
        Optional<OutgoingHead> head = record.device().filter(own::isOwn).isPresent()
                ? channel.outgoing(record.idempotencyKey())
                : Optional.empty();
        if (head.isEmpty()) {
            return false;
        }
        boolean message = head.get().kind == StoredOutgoingKind.MESSAGE;
        boolean genuine = message
                ? record.kind() == RecordKind.APPLICATION
                        && (outgoing.hasSealed(turn, channel, head.get(), record)
                                || noticesALaterState(turn, channel, own, record))
                : record.kind() == RecordKind.COMMIT;
        if (!genuine) {
            if (message && isOutOfSight(channel, record)) {
                unknown(turn, channel, entry);
            } else {
                forged(turn, channel, entry);
            }
            if (message) {
                Footing.own(
                        turn,
                        channel,
                        entry.seq(),
                        head.get().number,
                        OutgoingRows.row(turn.store(), channel, head.get()));
                outgoing.rename(turn, channel, head.get());
            }
        }
        return !genuine;
    }

    /**
     * Of an epoch that this device had never reached when it lost its place: whether a later state of it has sealed the record, or its server made it up, cannot be
     * told. What waits is sent all the same: rather said twice than lost.
     */
    private static boolean isOutOfSight(LiveChannel channel, Record record) {
        return channel.is(Membership.RETURNING)
                && record.epoch() > channel.row().getLostEpoch();
    }

    /**
     * Whether a later state of this device has sealed the record. Its server can give anything this device's name; what proves it is a
     * genuine message, with this very key in its context, by a ratchet key that is here unused.
     */
    private boolean noticesALaterState(Turn turn, LiveChannel channel, OwnIdentity own, Record record) {
        boolean proven = PayloadForm.namesKey(record)
                && vault.unlessClosed(turn, channel, own)
                        .filter(group -> group.isOfLaterState(record.payload().toByteArray()))
                        .isPresent();
        if (proven && record.device().equals(Optional.of(own.device()))) {
            turn.noticeOldState(OldState.UNKNOWN_MESSAGE);
        }
        return proven;
    }

    /** An entry under this device's name that is not forged. */
    private void ownOrdered(
            Turn turn, LiveChannel channel, OwnIdentity own, Entry entry, MessageId id, Optional<Waiting> waiting) {
        Optional<OutgoingHead> head = channel.outgoing(id.key());
        if (head.isEmpty()) {
            boolean later = noticesALaterState(turn, channel, own, entry.record());
            if (waiting.isPresent() || (later && listensOnly(turn, channel, own))) {
                deliver(turn, channel, own, entry, id, waiting);
            } else {
                unknown(turn, channel, entry);
            }
            return;
        }
        StoredMessage message =
                OutgoingRows.row(turn.store(), channel, head.get()).getMessage();
        profile(turn, channel, SaidRows.profile(message));
        outgoing.ordered(turn, channel, head.get(), entry);
    }

    /** Then what a later state of this device has said is read as others' messages are: its keys serve nothing else any more. */
    private boolean listensOnly(Turn turn, LiveChannel channel, OwnIdentity own) {
        return vault.unlessClosed(turn, channel, own)
                .filter(Group::isListenOnly)
                .isPresent();
    }

    private static void unknown(Turn turn, LiveChannel channel, Entry entry) {
        EntryReader.unreadable(
                turn, channel, entry, UnreadableReason.OWN_RECORD_UNKNOWN, UnreadableDetail.of(Code.OWN_UNKNOWN));
    }

    private static void forged(Turn turn, LiveChannel channel, Entry entry) {
        EntryReader.unreadable(
                turn, channel, entry, UnreadableReason.OWN_RECORD_FORGED, UnreadableDetail.of(Code.OWN_FORGED));
    }

    private void deliver(
            Turn turn, LiveChannel channel, OwnIdentity own, Entry entry, MessageId id, Optional<Waiting> waiting) {
        Optional<StoredProvisional> before = waiting.filter(
                        it -> it.isOf(entry.record()) && (it.hasText() || !it.isReadable()))
                .map(Waiting::row);
        if (before.isPresent()) {
            // Its key was used up when it came before its place.
            ProvisionalRows.forget(turn, channel, waiting.get());
            if (before.get().getMessage().hasUnreadable()) {
                Footing.usedUp(turn, channel, entry.seq(), before.get());
                HistoryBook.append(
                        turn,
                        channel,
                        entry.seq(),
                        HistoryBook.ofServer(entry.acceptedTimeMillis())
                                .setUnreadable(before.get().getMessage().getUnreadable())
                                .build());
            } else {
                Footing.read(turn, channel, entry.seq(), before.get());
                settle(turn, channel, entry, id, placed(channel, waiting.get(), before.get()));
            }
            return;
        }
        if (channel.reading().unvouched && givesUpKeys(turn, channel, own, entry.record())) {
            // If this is not its place, those before it come yet.
            Footing.keep(turn, channel, own);
        }
        Sealing.Opened opened = open(turn, channel, own, entry.record());
        if (opened instanceof Sealing.Opened.Read read) {
            waiting.ifPresent(it -> ProvisionalRows.forget(turn, channel, it));
            StoredProvisional provisional = provisionalOf(turn, channel, own, entry.record(), read);
            Footing.read(turn, channel, entry.seq(), provisional);
            if (waiting.isPresent() && !waiting.get().row().getMessage().hasUnreadable()) {
                // Encrypted afresh meanwhile. The key commits to the content, so it says the same and was told.
                settle(turn, channel, entry, id, placed(channel, waiting.get(), provisional));
            } else {
                HistoryBook.append(
                        turn,
                        channel,
                        entry.seq(),
                        SaidRows.ordered(provisional.getMessage(), entry.acceptedTimeMillis()),
                        read.content());
                profile(turn, channel, profileOf(read.content()));
                compareLogs(turn, channel, entry, provisional);
            }
        } else if (opened instanceof Sealing.Opened.NotRead notRead) {
            EntryReader.unreadable(turn, channel, entry, notRead.reason(), notRead.detail());
            if (notRead.consumed() && notRead.inside().isEmpty() && waiting.isEmpty()) {
                Footing.usedUp(turn, channel, entry.seq(), usedUp(turn, entry.record(), id, notRead));
            }
            waiting.ifPresent(it -> ProvisionalRows.displace(
                    turn,
                    channel,
                    it,
                    new Refusal(
                            RefusalCode.PROTOCOL,
                            "a server put something else into the log under its name; its sender sends it again")));
            notRead.inside().ifPresent(read -> keepRead(turn, channel, own, entry.record(), read));
        }
    }

    private static StoredProvisional placed(LiveChannel channel, Waiting waiting, StoredProvisional row) {
        return row.toBuilder()
                .setMessage(ReadMark.placed(channel, waiting, row.getMessage()))
                .build();
    }

    private static void settle(
            Turn turn, LiveChannel channel, Entry entry, MessageId id, StoredProvisional provisional) {
        HistoryBook.appendSilently(
                turn, channel, entry.seq(), SaidRows.ordered(provisional.getMessage(), entry.acceptedTimeMillis()));
        profile(turn, channel, SaidRows.profile(provisional.getMessage()));
        turn.tell(new ClientEvent.MessageStateChanged(
                channel.id(),
                id,
                provisional.getMessage().getOwn(),
                MessageState.ORDERED,
                OptionalLong.of(entry.seq()),
                Optional.empty()));
        compareLogs(turn, channel, entry, provisional);
    }

    /** A record that the hub has not ordered yet. What cannot be read now is read when it is ordered. */
    void provisional(Turn turn, LiveChannel channel, OwnIdentity own, Record record) {
        Optional<MessageId> id = EntryReader.idOf(record);
        if (record.kind() != RecordKind.APPLICATION
                || id.isEmpty()
                || own.isOwn(id.get().device())
                || !isOfAMember(turn, channel, own, record)
                || !ProvisionalRows.hasRoom(channel)
                || HistoryBook.place(turn.store(), channel.id(), id.get()).isPresent()
                || givesUpKeys(turn, channel, own, record)) {
            return;
        }
        Sealing.Opened opened = open(turn, channel, own, record);
        if (opened instanceof Sealing.Opened.Read read) {
            keepRead(turn, channel, own, record, read);
        } else if (opened instanceof Sealing.Opened.NotRead notRead
                && notRead.inside().isPresent()) {
            // A server that relabels a genuine message must not take it from this device.
            keepRead(turn, channel, own, record, notRead.inside().get());
        } else if (opened instanceof Sealing.Opened.NotRead notRead && notRead.consumed()) {
            // Its key is gone, so the reason has to be remembered until the entry comes.
            ProvisionalRows.keep(turn, channel, id.get(), usedUp(turn, record, id.get(), notRead));
        }
        channel.save(turn);
    }

    /** What remembers why a record, whose key is used up, cannot be read. */
    private static StoredProvisional usedUp(Turn turn, Record record, MessageId id, Sealing.Opened.NotRead notRead) {
        return StoredProvisional.newBuilder()
                .setPayloadHash(PayloadForm.hashOf(record))
                .setEpoch(record.epoch())
                .setMessage(HistoryBook.unreadable(
                        HistoryBook.ofDevice(Optional.empty(), id, false, turn.wallMillis()),
                        notRead.reason(),
                        notRead.detail()))
                .build();
    }

    /**
     * Whether keys of its sender would be given up for it, because more messages before it have not come than a group keeps keys for. They
     * may all be in the log: it is for its own place in it to say that they are not.
     */
    private boolean givesUpKeys(Turn turn, LiveChannel channel, OwnIdentity own, Record record) {
        Optional<Group> past = isOfPastGroup(channel, record) ? vault.past(turn, channel, own) : Optional.empty();
        return past.or(() -> vault.unlessClosed(turn, channel, own))
                .filter(group -> group.keysGivenUpBy(record.payload().toByteArray()) > 0)
                .isPresent();
    }

    /** Whether it was sent while this device was in a group from which it has returned since. */
    private static boolean isOfPastGroup(LiveChannel channel, Record record) {
        return channel.row().getLostSeq() > 0 && record.epoch() < channel.row().getJoinedEpoch();
    }

    /** In the group of its epoch: the one that this device is in, or the one that it had before it lost its place. */
    private Sealing.Opened open(Turn turn, LiveChannel channel, OwnIdentity own, Record record) {
        long lostEpoch = channel.row().getLostEpoch();
        if (isOfPastGroup(channel, record)) {
            if (record.epoch() > lostEpoch) {
                return Sealing.notRead(
                        UnreadableReason.EPOCH_AHEAD,
                        UnreadableDetail.of(Code.EPOCH_NOT_REACHED, record.epoch(), lostEpoch),
                        false);
            }
            Optional<Group> past = vault.past(turn, channel, own);
            if (past.isPresent()) {
                Sealing.Opened late = Sealing.open(past.get(), channel.row().getPastJoinedEpoch(), record);
                vault.savePast(turn, channel, past.get());
                return late;
            }
        }
        Optional<Group> group = vault.unlessClosed(turn, channel, own);
        if (group.isEmpty()) {
            return Sealing.closed(record, channel.row().getJoinedEpoch(), lostEpoch);
        }
        Sealing.Opened opened = Sealing.open(group.get(), channel.row().getJoinedEpoch(), record);
        vault.save(turn, channel, group.get());
        return opened;
    }

    /** Keeps a message that was read before its place, under the name that it gives itself, and tells it. */
    private void keepRead(Turn turn, LiveChannel channel, OwnIdentity own, Record record, Sealing.Opened.Read read) {
        if (own.isOwn(read.id().device())
                || !isMember(turn, channel, own, read.id().device())
                || HistoryBook.place(turn.store(), channel.id(), read.id()).isPresent()) {
            // Otherwise it is kept, whatever is kept already: its key is used up.
            return;
        }
        StoredProvisional row = provisionalOf(turn, channel, own, record, read);
        ProvisionalRows.keep(turn, channel, read.id(), row);
        HistoryBook.active(turn, channel, read.content().sentMillis());
        turn.unpacks(SaidRows.shownBytes(row.getMessage(), 0));
        turn.tell(new ClientEvent.MessageReceived(HistoryBook.message(
                channel.id(), row.getMessage(), OptionalLong.empty(), MessageState.PROVISIONAL, Optional.empty())));
    }

    private static StoredProvisional provisionalOf(
            Turn turn, LiveChannel channel, OwnIdentity own, Record record, Sealing.Opened.Read read) {
        return StoredProvisional.newBuilder()
                .setPayloadHash(PayloadForm.hashOf(record))
                .setEpoch(read.epoch())
                .setMessage(
                        HistoryBook.ofSaid(
                                        read.sender(),
                                        read.id(),
                                        own.isOwn(read.id().device()),
                                        read.said(turn, channel))
                                .toBuilder()
                                .setRead(profileOf(read.content()).isPresent()))
                .setLastSeenSeq(read.context().lastSeenSeq())
                .setLastSeenHash(Stored.bytes(read.context().lastSeenHashStart()))
                .build();
    }

    private static Optional<MessageContent.Profile> profileOf(ReceivedContent content) {
        return content.content() instanceof MessageContent.Profile profile ? Optional.of(profile) : Optional.empty();
    }

    private static void profile(Turn turn, LiveChannel channel, Optional<MessageContent.Profile> said) {
        said.ifPresent(profile -> {
            boolean changed = !channel.row().getName().equals(profile.name());
            channel.row().setName(profile.name()).setTopic(profile.topic());
            if (changed) {
                turn.tell(new ClientEvent.ProfileChanged(channel.id(), profile.name()));
            }
        });
    }

    /** The fork alarm: the sender has seen another entry at a place than stands there in the own log. */
    private static void compareLogs(Turn turn, LiveChannel channel, Entry entry, StoredProvisional message) {
        long lastSeenSeq = message.getLastSeenSeq();
        Bytes lastSeenHashStart = Stored.bytes(message.getLastSeenHash());
        boolean impossible = lastSeenSeq >= entry.seq();
        boolean differs = !impossible
                && EntryHashes.at(turn.store(), channel.id(), lastSeenSeq)
                        .filter(own -> !own.equals(lastSeenHashStart))
                        .isPresent();
        if (impossible || differs) {
            // Told, but not acted on: a member who lies must not be able to stop a channel.
            turn.tell(new ClientEvent.ForkDetected(
                    channel.id(),
                    lastSeenSeq,
                    false,
                    "the sender of entry " + entry.seq() + " has seen another entry " + lastSeenSeq
                            + " than stands in the log of this device"));
        }
    }
}
