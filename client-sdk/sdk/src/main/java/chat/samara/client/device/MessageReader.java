package chat.samara.client.device;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.content.MessageContent;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.client.stored.StoredPlace;
import chat.samara.client.stored.StoredProvisional;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.mls.group.Group;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.RecordKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiConsumer;

/**
 * Reads application messages, ordered and provisional ones. Each message is delivered once, whatever comes twice: its (device, key) has one
 * place, written in the transaction that delivers it.
 */
final class MessageReader {
    private final GroupVault vault;
    private final Dispatch dispatch;

    MessageReader(GroupVault vault, Dispatch dispatch) {
        this.vault = vault;
        this.dispatch = dispatch;
    }

    /** An entry of kind APPLICATION. */
    void ordered(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        // A record of this kind always names its device.
        MessageId id = EntryReader.idOf(entry.record()).orElseThrow();
        Optional<StoredPlace> place = HistoryBook.place(turn.store(), channel.id(), id);
        if (place.isPresent() && place.get().hasSeq() && place.get().getSeq() == entry.seq()) {
            // An own message, which the history has: while this device was removed its server said that it stands here,
            // and now, added again, the device has read as far.
            return;
        }
        if (place.isPresent() && place.get().hasSeq()) {
            EntryReader.unreadable(
                    turn,
                    channel,
                    entry,
                    UnreadableReason.KEY_CONSUMED,
                    "the same message stands at " + place.get().getSeq() + " already");
        } else if (id.device().equals(own.device())) {
            ownOrdered(turn, channel, entry, id);
        } else if (place.isPresent() && place.get().hasProvisional()) {
            provisionalOrdered(turn, channel, own, entry, id, place.get().getProvisional());
        } else {
            deliver(turn, channel, own, entry, id);
        }
    }

    private void ownOrdered(Turn turn, LiveChannel channel, Entry entry, MessageId id) {
        Optional<OutgoingHead> head = channel.outgoing(id.key());
        if (head.isEmpty() || head.get().state == StoredOutgoingState.REFUSED) {
            EntryReader.unreadable(
                    turn,
                    channel,
                    entry,
                    UnreadableReason.OWN_RECORD_UNKNOWN,
                    "a record of this device that it does not know: was the profile copied or restored?");
            return;
        }
        StoredMessage message = Dispatch.row(turn.store(), channel, head.get()).getMessage();
        profile(turn, channel, message);
        dispatch.ordered(turn, channel, head.get(), entry.seq());
    }

    private void deliver(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry, MessageId id) {
        Group group = vault.group(turn, channel, own);
        Sealing.Opened opened = Sealing.open(group, channel, entry.record());
        vault.save(turn, channel, group);
        if (opened instanceof Sealing.Opened.Read read) {
            StoredMessage message = messageOf(id, read);
            HistoryBook.append(turn, channel, entry.seq(), message);
            profile(turn, channel, message);
            compareLogs(
                    turn,
                    channel,
                    entry,
                    read.context().lastSeenSeq(),
                    read.context().lastSeenHashStart());
        } else if (opened instanceof Sealing.Opened.NotRead notRead) {
            EntryReader.unreadable(turn, channel, entry, notRead.reason(), notRead.detail());
        }
    }

    private void provisionalOrdered(
            Turn turn, LiveChannel channel, OwnIdentity own, Entry entry, MessageId id, long number) {
        Bytes key = Keys.numbered(channel.id(), number);
        byte[] row = turn.store()
                .get(DeviceTable.PROVISIONAL, key)
                .orElseThrow(() -> new IllegalStateException("row " + number + " of PROVISIONAL is gone"));
        StoredProvisional provisional = Stored.parse(StoredProvisional.parser(), row);
        turn.store().delete(DeviceTable.PROVISIONAL, key);
        channel.addProvisional(-1);
        if (provisional.getMessage().hasUnreadable()) {
            turn.store().delete(DeviceTable.PLACE, Keys.place(channel.id(), id));
            EntryReader.unreadable(
                    turn,
                    channel,
                    entry,
                    UnreadableReason.valueOf(
                            provisional.getMessage().getUnreadable().getReason()),
                    provisional.getMessage().getUnreadable().getDetail());
            return;
        }
        if (!hashOf(entry.record()).equals(Stored.bytes(provisional.getPayloadHash()))) {
            // Encrypted afresh meanwhile. The key commits to the content, so it says the same; its ratchet key has to
            // be used up.
            Group group = vault.group(turn, channel, own);
            Sealing.open(group, channel, entry.record());
            vault.save(turn, channel, group);
        }
        settle(turn, channel, entry, id, provisional);
    }

    private void settle(Turn turn, LiveChannel channel, Entry entry, MessageId id, StoredProvisional provisional) {
        HistoryBook.appendSilently(turn, channel, entry.seq(), provisional.getMessage());
        profile(turn, channel, provisional.getMessage());
        turn.tell(new ClientEvent.MessageStateChanged(
                channel.id(), id, false, MessageState.ORDERED, OptionalLong.of(entry.seq()), Optional.empty()));
        compareLogs(turn, channel, entry, provisional.getLastSeenSeq(), Stored.bytes(provisional.getLastSeenHash()));
    }

    /** A record that the hub has not ordered yet. What cannot be read now is read when it is ordered. */
    void provisional(Turn turn, LiveChannel channel, OwnIdentity own, Record record) {
        Optional<MessageId> id = EntryReader.idOf(record);
        if (record.kind() != RecordKind.APPLICATION
                || id.isEmpty()
                || id.get().device().equals(own.device())
                || channel.provisional() >= Limits.PROVISIONAL_MAX
                || HistoryBook.place(turn.store(), channel.id(), id.get()).isPresent()) {
            return;
        }
        Group group = vault.group(turn, channel, own);
        Sealing.Opened opened = Sealing.open(group, channel, record);
        if (opened instanceof Sealing.Opened.Read read) {
            StoredMessage message = messageOf(id.get(), read);
            keep(
                    turn,
                    channel,
                    id.get(),
                    StoredProvisional.newBuilder()
                            .setPayloadHash(Stored.bytes(hashOf(record)))
                            .setEpoch(record.epoch())
                            .setMessage(message)
                            .setLastSeenSeq(read.context().lastSeenSeq())
                            .setLastSeenHash(Stored.bytes(read.context().lastSeenHashStart()))
                            .build());
            turn.tell(new ClientEvent.MessageReceived(HistoryBook.message(
                    channel.id(), message, OptionalLong.empty(), MessageState.PROVISIONAL, Optional.empty())));
        } else if (opened instanceof Sealing.Opened.NotRead notRead && notRead.consumed()) {
            // Its key is gone, so the reason has to be remembered until the entry comes.
            keep(
                    turn,
                    channel,
                    id.get(),
                    StoredProvisional.newBuilder()
                            .setPayloadHash(Stored.bytes(hashOf(record)))
                            .setEpoch(record.epoch())
                            .setMessage(HistoryBook.unreadable(
                                    HistoryBook.ofDevice(Optional.empty(), id.get(), false, turn.wallMillis()),
                                    notRead.reason(),
                                    notRead.detail()))
                            .build());
        }
        vault.save(turn, channel, group);
        channel.save(turn);
    }

    private static void keep(Turn turn, LiveChannel channel, MessageId id, StoredProvisional row) {
        long number = channel.takeNumber();
        channel.addProvisional(1);
        turn.store().put(DeviceTable.PROVISIONAL, Keys.numbered(channel.id(), number), row);
        HistoryBook.setPlace(
                turn,
                channel,
                id,
                StoredPlace.newBuilder().setProvisional(number).build());
    }

    /**
     * No record of these epochs can come any more: what was read provisionally and is not in the log by now is not in the channel. If its
     * sender encrypts it afresh it comes after all, and is recognised.
     */
    void expire(Turn turn, LiveChannel channel, long throughEpoch) {
        Refusal refusal = new Refusal(
                RefusalCode.EPOCH_EXPIRED,
                "its sender's server could not bring it to the hub while its epoch was open");
        forEach(turn, channel, (key, waiting) -> {
            if (!waiting.getExpired() && waiting.getEpoch() <= throughEpoch) {
                turn.store()
                        .put(
                                DeviceTable.PROVISIONAL,
                                key,
                                waiting.toBuilder().setExpired(true).build());
                refused(turn, channel, waiting, refusal);
            }
        });
    }

    /** The log is not read any further: what was read provisionally will never be seen to be ordered. */
    void removed(Turn turn, LiveChannel channel) {
        forEach(turn, channel, (key, waiting) -> {
            turn.store().delete(DeviceTable.PROVISIONAL, key);
            HistoryBook.idOf(waiting.getMessage())
                    .ifPresent(id -> turn.store().delete(DeviceTable.PLACE, Keys.place(channel.id(), id)));
            channel.addProvisional(-1);
            if (!waiting.getExpired()) {
                refused(turn, channel, waiting, Refusals.notAMember(channel));
            }
        });
    }

    /** Visits the rows of PROVISIONAL as this turn has left them. No turn adds one and does this too. */
    private static void forEach(Turn turn, LiveChannel channel, BiConsumer<Bytes, StoredProvisional> visitor) {
        turn.store()
                .durable()
                .scan(DeviceTable.PROVISIONAL, channel.id().bytes(), Keys.endOf(channel.id()), (key, durable) -> {
                    turn.store()
                            .get(DeviceTable.PROVISIONAL, key)
                            .ifPresent(row -> visitor.accept(key, Stored.parse(StoredProvisional.parser(), row)));
                    return true;
                });
    }

    private static void refused(Turn turn, LiveChannel channel, StoredProvisional waiting, Refusal refusal) {
        if (!waiting.getMessage().hasUnreadable()) {
            HistoryBook.idOf(waiting.getMessage())
                    .ifPresent(id -> turn.tell(new ClientEvent.MessageStateChanged(
                            channel.id(),
                            id,
                            false,
                            MessageState.REFUSED,
                            OptionalLong.empty(),
                            Optional.of(refusal))));
        }
    }

    /** Other members' messages that are not ordered yet, in the order of arrival. */
    static List<Message> pending(DeviceStore store, LiveChannel channel) {
        List<Message> messages = new ArrayList<>();
        store.scan(DeviceTable.PROVISIONAL, channel.id().bytes(), Keys.endOf(channel.id()), (key, row) -> {
            StoredProvisional provisional = Stored.parse(StoredProvisional.parser(), row);
            StoredMessage message = provisional.getMessage();
            if (!message.hasUnreadable() && !provisional.getExpired()) {
                messages.add(HistoryBook.message(
                        channel.id(), message, OptionalLong.empty(), MessageState.PROVISIONAL, Optional.empty()));
            }
            return true;
        });
        return messages;
    }

    private static StoredMessage messageOf(MessageId id, Sealing.Opened.Read read) {
        MessageContent content = read.content().content();
        return HistoryBook.withContent(
                HistoryBook.ofDevice(
                        Optional.of(read.sender()), id, false, read.content().sentMillis()),
                content);
    }

    private static void profile(Turn turn, LiveChannel channel, StoredMessage message) {
        if (message.hasProfile()) {
            boolean changed =
                    !channel.row().getName().equals(message.getProfile().getName());
            channel.row()
                    .setName(message.getProfile().getName())
                    .setTopic(message.getProfile().getTopic());
            if (changed) {
                turn.tell(new ClientEvent.ProfileChanged(
                        channel.id(), message.getProfile().getName()));
            }
        }
    }

    /** The fork alarm (design §4, AAD): the sender has seen another entry at a place than stands there in the own log. */
    private static void compareLogs(
            Turn turn, LiveChannel channel, Entry entry, long lastSeenSeq, Bytes lastSeenHashStart) {
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

    private static Bytes hashOf(Record record) {
        return Sha256.of(record.payload().arrayUnsafe());
    }
}
