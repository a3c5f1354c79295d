package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.content.ComposedContent;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.client.stored.StoredPlace;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Record;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What this device has said and the log has not shown yet: rows of OUTGOING. A message is composed once, sealed as often as its epoch
 * expires, and gone from here when its entry is applied: only the log says that something is in the log. Own commits wait here, too.
 */
final class OutgoingRows {
    private final RandomSource random;

    OutgoingRows(RandomSource random) {
        this.random = random;
    }

    /**
     * Composes a message durably; sealed and sent before the turn ends, if that is possible now.
     *
     * @param isProfile whether it says what the channel is called: that is for everybody who is in it
     */
    MessageId compose(Turn turn, LiveChannel channel, OwnIdentity own, ComposedContent composed, boolean isProfile) {
        MessageId id = new MessageId(own.device(), Sealing.keyOf(composed));
        StoredOutgoing.Builder row = StoredOutgoing.newBuilder()
                .setKind(StoredOutgoingKind.MESSAGE)
                .setState(StoredOutgoingState.COMPOSED)
                .setIdempotencyKey(Stored.bytes(id.key().bytes()))
                .setMessage(HistoryBook.ofSaid(own.user(), id, true, SaidRows.of(composed)));
        if (!isProfile) {
            AwaitedRemovals.keep(channel, row);
        }
        HistoryBook.active(turn, channel, turn.wallMillis());
        long number = add(turn, channel, row.build());
        HistoryBook.setPlace(
                turn, channel, id, StoredPlace.newBuilder().setOutgoing(number).build());
        return id;
    }

    /** Adds a row, at the end of the queue. Returns its number. */
    long add(Turn turn, LiveChannel channel, StoredOutgoing row) {
        long number = channel.takeNumber();
        channel.save(turn);
        turn.store().put(DeviceTable.OUTGOING, Keys.numbered(channel.id(), number), row);
        channel.addOutgoing(new OutgoingHead(number, row));
        turn.touch(channel);
        return number;
    }

    void remove(Turn turn, LiveChannel channel, OutgoingHead head) {
        turn.store().delete(DeviceTable.OUTGOING, Keys.numbered(channel.id(), head.number));
        channel.removeOutgoing(head);
        turn.touch(channel);
    }

    /** The entry with this own message was applied. */
    void ordered(Turn turn, LiveChannel channel, OutgoingHead head, Entry entry) {
        long seq = entry.seq();
        StoredOutgoing row = row(turn.store(), channel, head);
        Footing.own(turn, channel, seq, head.number, row);
        StoredMessage message = SaidRows.ordered(row.getMessage(), entry.acceptedTimeMillis());
        HistoryBook.append(turn, channel, seq, proven(row, PayloadForm.hashOf(entry.record()), message));
        HistoryBook.idOf(row.getMessage()).ifPresent(id -> {
            tell(turn, channel, id, MessageState.ORDERED, OptionalLong.of(seq), Optional.empty());
            channel.reading().unstable.put(seq, id);
        });
        if (channel.reading().unstable.size() > Limits.OUTGOING_MAX) {
            channel.reading().unstable.pollFirstEntry();
        }
        channel.submissions().heardMillis = turn.monotonicMillis();
        Dispatch.unordered(turn, channel, Optional.empty());
        remove(turn, channel, head);
    }

    /** With what proves the payload that stands in the log; there may be others of the same message. */
    private static StoredMessage proven(StoredOutgoing row, ByteString payloadHash, StoredMessage message) {
        return row.getSealingsList().stream()
                .filter(sealing -> sealing.getPayloadHash().equals(payloadHash) && sealing.hasProof())
                .findFirst()
                .map(sealing -> message.toBuilder()
                        .setSaid(message.getSaid().toBuilder().setProof(sealing.getProof()))
                        .build())
                .orElse(message);
    }

    /** Whether a record under an own message's key is that message: one of the payloads that this device made of it, and no other. */
    boolean hasSealed(Turn turn, LiveChannel channel, OutgoingHead head, Record record) {
        ByteString hash = PayloadForm.hashOf(record);
        return row(turn.store(), channel, head).getSealingsList().stream()
                .anyMatch(sealing -> sealing.getPayloadHash().equals(hash));
    }

    /** Whether it was never encrypted, under whatever id, so that nobody can have it. */
    static boolean neverSealed(StoredOutgoing row) {
        return row.getState() == StoredOutgoingState.COMPOSED && !row.getSealedBefore() && !hasBeenSealed(row);
    }

    /** Under the id that it has. A row that was of version 1 of its table may have no sealings. */
    private static boolean hasBeenSealed(StoredOutgoing row) {
        return row.getSealingsCount() > 0 || !row.getPayload().isEmpty() || row.getEpoch() > 0 || row.getRenewals() > 0;
    }

    /** A message that a person gives up leaves no trace on this device. Who waits for it is told, in this sentence. */
    void drop(Turn turn, LiveChannel channel, OutgoingHead head, String sentence) {
        HistoryBook.idOf(row(turn.store(), channel, head).getMessage())
                .ifPresent(id -> tell(
                        turn,
                        channel,
                        id,
                        MessageState.REFUSED,
                        OptionalLong.empty(),
                        Optional.of(new Refusal(RefusalCode.DROPPED, sentence))));
        forget(turn, channel, head);
    }

    void setAtServer(Turn turn, LiveChannel channel, OutgoingHead head) {
        if (head.state == StoredOutgoingState.SEALED) {
            StoredOutgoing row = row(turn.store(), channel, head).toBuilder()
                    .setState(StoredOutgoingState.AT_SERVER)
                    .build();
            write(turn, channel, head, row);
            HistoryBook.idOf(row.getMessage())
                    .ifPresent(
                            id -> tell(turn, channel, id, MessageState.STORED, OptionalLong.empty(), Optional.empty()));
        }
    }

    /** The hub has signed that everything up to here is stable. */
    static void stable(Turn turn, LiveChannel channel, long stableSeq) {
        var stable = channel.reading().unstable.headMap(stableSeq, true);
        stable.forEach(
                (seq, id) -> tell(turn, channel, id, MessageState.STABLE, OptionalLong.of(seq), Optional.empty()));
        stable.clear();
    }

    /** This device has returned: what was sealed before and is not at the server is sealed in the group that it has now. */
    void sealAnew(Turn turn, LiveChannel channel) {
        for (OutgoingHead head : List.copyOf(channel.outgoing().values())) {
            if (head.kind == StoredOutgoingKind.MESSAGE && head.state == StoredOutgoingState.SEALED) {
                write(
                        turn,
                        channel,
                        head,
                        row(turn.store(), channel, head).toBuilder()
                                .setState(StoredOutgoingState.COMPOSED)
                                .clearPayload()
                                .build());
            }
        }
    }

    /**
     * Something else stands in the log under the message's key, which is used up by that (I3): it gets a new franking key, and by it a new
     * idempotency key, and goes on under that as if it had just been composed.
     */
    void rename(Turn turn, LiveChannel channel, OutgoingHead head) {
        DeviceId device = HistoryBook.idOf(row(turn.store(), channel, head).getMessage())
                .orElseThrow()
                .device();
        rename(turn, channel, head, device);
    }

    /** What was said under a device key that is given up and is not in the log is said under the new one. */
    void renameAll(Turn turn, LiveChannel channel, OwnIdentity own) {
        for (OutgoingHead head : List.copyOf(channel.outgoing().values())) {
            if (head.kind == StoredOutgoingKind.MESSAGE) {
                MessageId id = HistoryBook.idOf(row(turn.store(), channel, head).getMessage())
                        .orElseThrow();
                if (!id.device().equals(own.device())) {
                    rename(turn, channel, head, own.device());
                }
            }
        }
    }

    private void rename(Turn turn, LiveChannel channel, OutgoingHead head, DeviceId device) {
        StoredOutgoing row = row(turn.store(), channel, head);
        ComposedContent content = SaidRows.composed(row.getMessage().getSaid()).underNewKey(random);
        MessageId before = HistoryBook.idOf(row.getMessage()).orElseThrow();
        MessageId now = new MessageId(device, Sealing.keyOf(content));
        boolean refused = head.state == StoredOutgoingState.REFUSED;
        StoredOutgoing renamed = row.toBuilder()
                .setState(refused ? StoredOutgoingState.REFUSED : StoredOutgoingState.COMPOSED)
                .setIdempotencyKey(Stored.bytes(now.key().bytes()))
                .setMessage(row.getMessage().toBuilder()
                        .setDevice(Stored.bytes(device.bytes()))
                        .setIdempotencyKey(Stored.bytes(now.key().bytes()))
                        .setSaid(SaidRows.of(content)))
                .setSealedBefore(row.getSealedBefore() || hasBeenSealed(row))
                .clearEpoch()
                .clearPayload()
                .clearSealings()
                .clearRenewals()
                .build();
        remove(turn, channel, head);
        turn.store().delete(DeviceTable.PLACE, Keys.place(channel.id(), before));
        turn.store().put(DeviceTable.OUTGOING, Keys.numbered(channel.id(), head.number), renamed);
        channel.addOutgoing(new OutgoingHead(head.number, renamed));
        HistoryBook.setPlace(
                turn,
                channel,
                now,
                StoredPlace.newBuilder().setOutgoing(head.number).build());
        turn.tell(new ClientEvent.MessageRenamed(channel.id(), before, now));
    }

    /** The log is read no further: what is not at the server yet never will be; the rest is asked about. */
    void removed(Turn turn, LiveChannel channel) {
        for (OutgoingHead head : List.copyOf(channel.outgoing().values())) {
            if (head.kind == StoredOutgoingKind.COMMIT) {
                remove(turn, channel, head);
            } else if (head.state == StoredOutgoingState.AT_SERVER) {
                head.askStatus = true;
                channel.queue().changed(head);
            } else if (head.state != StoredOutgoingState.REFUSED) {
                refuseUnread(turn, channel, head);
            }
        }
    }

    void refuseUnread(Turn turn, LiveChannel channel, OutgoingHead head) {
        refuse(turn, channel, head, unread(channel));
    }

    private static RefusalCause unread(LiveChannel channel) {
        boolean frozen = channel.is(Membership.FROZEN);
        return new RefusalCause(
                frozen ? RefusalCause.Kind.FROZEN : RefusalCause.Kind.REMOVED,
                frozen ? RefusalCode.CHANNEL_FROZEN : RefusalCode.NOT_A_MEMBER,
                List.of());
    }

    /** Its row is about to be erased with all of the channel's, and is left as it is: who waits for it is told. */
    void abandon(Turn turn, LiveChannel channel, OutgoingHead head) {
        HistoryBook.idOf(row(turn.store(), channel, head).getMessage())
                .ifPresent(id -> tell(
                        turn,
                        channel,
                        id,
                        MessageState.REFUSED,
                        OptionalLong.empty(),
                        Optional.of(unread(channel).refusal())));
    }

    void refuse(Turn turn, LiveChannel channel, OutgoingHead head, RefusalCause cause) {
        channel.landed(head);
        StoredOutgoing row = cause.writeTo(row(turn.store(), channel, head).toBuilder()
                        .setState(StoredOutgoingState.REFUSED)
                        .clearPayload())
                .build();
        write(turn, channel, head, row);
        HistoryBook.idOf(row.getMessage())
                .ifPresent(id -> tell(
                        turn, channel, id, MessageState.REFUSED, OptionalLong.empty(), Optional.of(cause.refusal())));
        while (channel.queue().refusedCount() > Limits.REFUSED_KEPT
                || channel.queue().refusedBytes() > Limits.REFUSED_BYTES_KEPT) {
            forget(turn, channel, channel.queue().firstRefused().orElseThrow());
        }
    }

    /** A refused message leaves no trace. */
    void forget(Turn turn, LiveChannel channel, OutgoingHead head) {
        HistoryBook.idOf(row(turn.store(), channel, head).getMessage())
                .ifPresent(id -> turn.store().delete(DeviceTable.PLACE, Keys.place(channel.id(), id)));
        remove(turn, channel, head);
    }

    /** A refused message is to be sent again, as if it were said now. */
    void composeAgain(Turn turn, LiveChannel channel, OutgoingHead head) {
        StoredOutgoing row = AwaitedRemovals.keep(
                        channel,
                        RefusalCause.clear(row(turn.store(), channel, head).toBuilder()
                                .setState(StoredOutgoingState.COMPOSED)
                                .clearRenewals()))
                .build();
        write(turn, channel, head, row);
        HistoryBook.idOf(row.getMessage())
                .ifPresent(id -> tell(turn, channel, id, MessageState.QUEUED, OptionalLong.empty(), Optional.empty()));
    }

    /** Why nothing can be sent in a channel now. */
    static Optional<Refusal> sendingRefused(LiveChannel channel) {
        if (!channel.hasGroup()) {
            return Optional.of(Refusals.notAMember(channel));
        }
        if (channel.queue().waitingCount() >= Limits.OUTGOING_MAX) {
            return Optional.of(new Refusal(
                    RefusalCode.LIMIT_REACHED,
                    Limits.OUTGOING_MAX + " messages of this channel wait to be ordered; try later"));
        }
        if (channel.queue().waitingBytes() >= Limits.OUTGOING_BYTES_MAX) {
            return Optional.of(new Refusal(
                    RefusalCode.LIMIT_REACHED,
                    (Limits.OUTGOING_BYTES_MAX >> 20)
                            + " MiB of this channel's messages wait to be ordered; try later"));
        }
        return Optional.empty();
    }

    /** The own messages that are not in the log, in the order of sending. */
    static List<Message> pending(StoreTransaction store, LiveChannel channel) {
        List<Message> messages = new ArrayList<>();
        for (OutgoingHead head : channel.outgoing().values()) {
            if (head.kind == StoredOutgoingKind.MESSAGE) {
                messages.add(pending(store, channel, head));
            }
        }
        return messages;
    }

    /** The last of them. */
    static Optional<Message> lastPending(StoreTransaction store, LiveChannel channel) {
        return channel.outgoing().descendingMap().values().stream()
                .filter(head -> head.kind == StoredOutgoingKind.MESSAGE)
                .findFirst()
                .map(head -> pending(store, channel, head));
    }

    private static Message pending(StoreTransaction store, LiveChannel channel, OutgoingHead head) {
        StoredOutgoing row = row(store, channel, head);
        Optional<Refusal> refusal = row.getState() == StoredOutgoingState.REFUSED
                ? Optional.of(RefusalCause.of(row))
                : switch (stateOf(row.getState())) {
                    case QUEUED -> AwaitedRemovals.why(channel, head).or(() -> channel.submissions().heldBy);
                    case STORED -> channel.submissions().unorderedBy;
                    case PROVISIONAL, ORDERED, STABLE, REFUSED -> Optional.empty();
                };
        return HistoryBook.message(
                channel.id(), row.getMessage(), OptionalLong.empty(), stateOf(row.getState()), refusal);
    }

    static MessageState stateOf(StoredOutgoingState state) {
        return switch (state) {
            case COMPOSED, SEALED -> MessageState.QUEUED;
            case AT_SERVER -> MessageState.STORED;
            case REFUSED -> MessageState.REFUSED;
            case STORED_OUTGOING_STATE_UNSPECIFIED, UNRECOGNIZED ->
                throw new IllegalStateException("an outgoing row in state " + state);
        };
    }

    private static void tell(
            Turn turn, LiveChannel channel, MessageId id, MessageState state, OptionalLong seq, Optional<Refusal> why) {
        turn.tell(new ClientEvent.MessageStateChanged(channel.id(), id, true, state, seq, why));
    }

    static StoredOutgoing row(StoreTransaction store, LiveChannel channel, OutgoingHead head) {
        byte[] row = store.get(DeviceTable.OUTGOING, Keys.numbered(channel.id(), head.number))
                .orElseThrow(() -> new IllegalStateException("row " + head.number + " of OUTGOING is gone"));
        return Stored.parse(StoredOutgoing.parser(), row);
    }

    static void write(Turn turn, LiveChannel channel, OutgoingHead head, StoredOutgoing row) {
        head.changed(row);
        channel.queue().changed(head);
        turn.store().put(DeviceTable.OUTGOING, Keys.numbered(channel.id(), head.number), row);
        turn.touch(channel);
    }
}
