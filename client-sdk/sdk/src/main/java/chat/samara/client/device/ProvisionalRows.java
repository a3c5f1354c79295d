package chat.samara.client.device;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredPlace;
import chat.samara.client.stored.StoredProvisional;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.log.Record;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Other members' messages that were read before the log shows them: rows of PROVISIONAL. Each keeps what was read, or why it cannot be read, since
 * its key is used up by that; gone from here when its entry is applied. What expired is remembered for a while, to be recognised.
 */
final class ProvisionalRows {
    private ProvisionalRows() {}

    /** A row of PROVISIONAL. */
    record Waiting(Bytes key, StoredProvisional row) {
        /** Whether it is this very record, and not the same said afresh. */
        boolean isOf(Record record) {
            return row.getEpoch() == record.epoch() && row.getPayloadHash().equals(PayloadForm.hashOf(record));
        }
    }

    static Optional<Waiting> waiting(Turn turn, LiveChannel channel, StoredPlace place) {
        if (!place.hasProvisional()) {
            return Optional.empty();
        }
        Bytes key = Keys.numbered(channel.id(), place.getProvisional());
        return turn.store()
                .get(DeviceTable.PROVISIONAL, key)
                .map(row -> new Waiting(key, Stored.parse(StoredProvisional.parser(), row)));
    }

    /** If it comes after all, it is recognised; so many at most: what expired longest ago is forgotten first. */
    private static void expire(Turn turn, LiveChannel channel, Waiting waiting) {
        turn.store()
                .put(
                        DeviceTable.PROVISIONAL,
                        waiting.key(),
                        waiting.row().toBuilder().setExpired(true).build());
        channel.addProvisional(-1);
        channel.addExpired(1);
        if (channel.expired() > Limits.EXPIRED_PROVISIONAL_MAX) {
            forEach(turn, channel, earlier -> {
                if (earlier.row().getExpired() && channel.expired() > Limits.EXPIRED_PROVISIONAL_MAX / 2) {
                    forget(turn, channel, earlier);
                }
            });
        }
    }

    /** Something else was given the place of what was read provisionally. If that comes after all, it is recognised. */
    static void displace(Turn turn, LiveChannel channel, Waiting waiting, Refusal why) {
        if (!waiting.row().getExpired()) {
            expire(turn, channel, waiting);
            refused(turn, channel, waiting.row(), why);
        }
    }

    static void forget(Turn turn, LiveChannel channel, Waiting waiting) {
        turn.store().delete(DeviceTable.PROVISIONAL, waiting.key());
        HistoryBook.idOf(waiting.row().getMessage())
                .ifPresent(id -> turn.store().delete(DeviceTable.PLACE, Keys.place(channel.id(), id)));
        if (waiting.row().getExpired()) {
            channel.addExpired(-1);
        } else {
            channel.addProvisional(-1);
        }
    }

    static void keep(Turn turn, LiveChannel channel, MessageId id, StoredProvisional row) {
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
    static void expire(Turn turn, LiveChannel channel, long throughEpoch) {
        Refusal refusal = new Refusal(
                RefusalCode.EPOCH_EXPIRED,
                "its sender's server could not bring it to the hub while its epoch was open");
        forEach(turn, channel, waiting -> {
            if (!waiting.row().getExpired() && waiting.row().getEpoch() <= throughEpoch) {
                expire(turn, channel, waiting);
                refused(turn, channel, waiting.row(), refusal);
            }
        });
    }

    /** The log is not read any further: what was read provisionally will never be seen to be ordered. */
    static void removed(Turn turn, LiveChannel channel) {
        forEach(turn, channel, waiting -> {
            forget(turn, channel, waiting);
            if (!waiting.row().getExpired()) {
                refused(turn, channel, waiting.row(), Refusals.notAMember(channel));
            }
        });
    }

    /** Visits the rows of PROVISIONAL as this turn has left them, the oldest first. */
    private static void forEach(Turn turn, LiveChannel channel, Consumer<Waiting> visitor) {
        turn.store()
                .rows(DeviceTable.PROVISIONAL, channel.id().bytes(), Keys.endOf(channel.id()))
                .forEach((key, row) -> visitor.accept(new Waiting(key, Stored.parse(StoredProvisional.parser(), row))));
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
}
