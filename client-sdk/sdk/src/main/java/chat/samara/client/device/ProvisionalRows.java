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

/**
 * Other members' messages that were read before the log shows them: rows of PROVISIONAL. Each keeps what was read, or why it cannot be read, since
 * its key is used up by that; gone from here when its entry is applied. What expired is remembered for a while, to be recognised.
 */
final class ProvisionalRows {
    private static final Refusal CLOSED = new Refusal(
            RefusalCode.EPOCH_EXPIRED, "its sender's server could not bring it to the hub while its epoch was open");

    private ProvisionalRows() {}

    /** A row of PROVISIONAL. */
    record Waiting(Bytes key, StoredProvisional row) {
        /** Whether it is this very record, and not the same said afresh. */
        boolean isOf(Record record) {
            return row.getEpoch() == record.epoch() && row.getPayloadHash().equals(PayloadForm.hashOf(record));
        }

        /** Whether what was read is here still. */
        boolean hasText() {
            return isReadable() && row.getMessage().getBodyCase() != StoredMessage.BodyCase.BODY_NOT_SET;
        }

        /** Whether it was read, and not only its key used up. */
        boolean isReadable() {
            return !row.getMessage().hasUnreadable();
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

    /** Whether one more may be read before its place. If not, it is read when it is ordered. */
    static boolean hasRoom(LiveChannel channel) {
        return channel.provisional() < Limits.PROVISIONAL_MAX
                && channel.provisionalBytes() < Limits.PROVISIONAL_BYTES_MAX;
    }

    /** Something else was given the place of what was read provisionally. If that comes after all, it is recognised. */
    static void displace(Turn turn, LiveChannel channel, Waiting waiting, Refusal why) {
        if (!waiting.row().getExpired()) {
            // With its text, as long as it may be ordered yet.
            expire(turn, channel, waiting, waiting.row());
            if (channel.expired() > Limits.EXPIRED_PROVISIONAL_MAX) {
                lookThrough(turn, channel);
            }
            refused(turn, channel, waiting.row(), why);
        }
    }

    static void forget(Turn turn, LiveChannel channel, Waiting waiting) {
        turn.store().delete(DeviceTable.PROVISIONAL, waiting.key());
        HistoryBook.idOf(waiting.row().getMessage())
                .ifPresent(id -> turn.store().delete(DeviceTable.PLACE, Keys.place(channel.id(), id)));
        channel.addProvisionalBytes(-bytesOf(waiting.row()));
        if (waiting.row().getExpired()) {
            channel.addExpired(-1);
        } else {
            channel.addProvisional(-1);
        }
    }

    static void keep(Turn turn, LiveChannel channel, MessageId id, StoredProvisional row) {
        long number = channel.takeNumber();
        channel.addProvisional(1);
        channel.addProvisionalBytes(bytesOf(row));
        turn.store().put(DeviceTable.PROVISIONAL, Keys.numbered(channel.id(), number), row);
        HistoryBook.setPlace(
                turn,
                channel,
                id,
                StoredPlace.newBuilder().setProvisional(number).build());
    }

    /** The log is not read any further: what was read provisionally will never be seen to be ordered. */
    static void removed(Turn turn, LiveChannel channel) {
        channel.row().setProvisionalForgottenThrough(channel.row().getNextNumber());
        lookThrough(turn, channel);
        channel.save(turn);
    }

    /**
     * The rows are to be looked through, since an epoch is closed or something else has changed. All of them may be more than a turn
     * holds, so that is begun durably, and done by the next turns. To be called together with {@link LiveChannel#save}.
     */
    static void lookThrough(Turn turn, LiveChannel channel) {
        channel.row().setProvisionalDue(true);
        turn.goOn();
    }

    /** Whether that can be done: what a device expires or forgets, it cannot have back, so it is not done on the own server's word alone. */
    static boolean isDue(LiveChannel channel) {
        boolean settled = channel.isVouched() || !channel.hasGroup();
        return channel.row().getProvisionalDue() && settled && !channel.row().getGoingBack();
    }

    /**
     * Goes on as far as a turn holds, over the rows as they are durable. No record of a closed epoch can come any more: what was read
     * provisionally and is not in the log by now is not in the channel. If its sender encrypts it afresh it comes after all, and is
     * recognised; so many at most: what expired longest ago is forgotten first.
     */
    static void step(Turn turn, LiveChannel channel) {
        boolean many = channel.expired() > Limits.EXPIRED_PROVISIONAL_MAX;
        int[] tooMany = {many ? channel.expired() - Limits.EXPIRED_PROVISIONAL_MAX / 2 : 0};
        turn.store()
                .durable()
                .scan(DeviceTable.PROVISIONAL, channel.id().bytes(), Keys.endOf(channel.id()), (key, row) -> {
                    Waiting waiting = new Waiting(key, Stored.parse(StoredProvisional.parser(), row));
                    if (isForgotten(channel, key)) {
                        forgetUnordered(turn, channel, waiting);
                    } else if (waiting.row().getExpired() && tooMany[0] > 0) {
                        tooMany[0]--;
                        forget(turn, channel, waiting);
                    } else if (waiting.row().getEpoch() < channel.row().getOpenFromEpoch()) {
                        close(turn, channel, waiting);
                    }
                    return !turn.isFull();
                });
        if (turn.isFull() || channel.expired() > Limits.EXPIRED_PROVISIONAL_MAX) {
            turn.goOn();
        } else {
            channel.row().clearProvisionalDue().clearProvisionalForgottenThrough();
        }
        channel.save(turn);
    }

    private static boolean isForgotten(LiveChannel channel, Bytes key) {
        return Keys.numberOf(key) <= channel.row().getProvisionalForgottenThrough();
    }

    private static void forgetUnordered(Turn turn, LiveChannel channel, Waiting waiting) {
        forget(turn, channel, waiting);
        if (!waiting.row().getExpired()) {
            refused(turn, channel, waiting.row(), Refusals.notAMember(channel));
        }
    }

    private static void close(Turn turn, LiveChannel channel, Waiting waiting) {
        if (!waiting.row().getExpired()) {
            expire(turn, channel, waiting, withoutText(waiting.row()));
            refused(turn, channel, waiting.row(), CLOSED);
        } else if (waiting.hasText()) {
            rewrite(turn, channel, waiting, withoutText(waiting.row()));
        }
    }

    private static void expire(Turn turn, LiveChannel channel, Waiting waiting, StoredProvisional row) {
        channel.addProvisional(-1);
        channel.addExpired(1);
        rewrite(turn, channel, waiting, row.toBuilder().setExpired(true).build());
    }

    private static void rewrite(Turn turn, LiveChannel channel, Waiting waiting, StoredProvisional row) {
        channel.addProvisionalBytes(bytesOf(row) - bytesOf(waiting.row()));
        turn.store().put(DeviceTable.PROVISIONAL, waiting.key(), row);
    }

    private static StoredProvisional withoutText(StoredProvisional row) {
        return row.getMessage().hasUnreadable()
                ? row
                : row.toBuilder()
                        .setMessage(row.getMessage().toBuilder().clearBody())
                        .build();
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

    /** What a row takes, as it is kept or once it is read: what it says may be packed very small. */
    static int bytesOf(StoredProvisional row) {
        return Math.max(row.getSerializedSize(), SaidRows.shownBytes(row.getMessage(), 0));
    }

    /** Takes a row and its number. */
    @FunctionalInterface
    interface Visitor {
        /** Whether to go on. */
        boolean row(long number, StoredProvisional row);
    }

    /** Visits other members' messages that are not ordered yet, in the order of arrival. How many there can be is bounded where they are kept. */
    static void visit(DeviceStore store, LiveChannel channel, Visitor visitor) {
        store.scan(DeviceTable.PROVISIONAL, channel.id().bytes(), Keys.endOf(channel.id()), ofShown(channel, visitor));
    }

    /** The last of them. */
    static Optional<Message> last(DeviceStore store, LiveChannel channel) {
        List<Message> found = new ArrayList<>();
        store.scanBack(
                DeviceTable.PROVISIONAL,
                channel.id().bytes(),
                Keys.endOf(channel.id()),
                ofShown(channel, (number, row) -> {
                    found.add(message(channel, row));
                    return false;
                }));
        return found.stream().findFirst();
    }

    private static DeviceStore.Visitor ofShown(LiveChannel channel, Visitor visitor) {
        return (key, row) -> {
            Waiting waiting = new Waiting(key, Stored.parse(StoredProvisional.parser(), row));
            return waiting.row().getExpired()
                    || !waiting.hasText()
                    || isForgotten(channel, key)
                    || visitor.row(Keys.numberOf(key), waiting.row());
        };
    }

    /** Those messages, as many as a page holds. */
    static List<Message> pending(DeviceStore store, LiveChannel channel) {
        List<Message> messages = new ArrayList<>();
        PageBound page = new PageBound(Integer.MAX_VALUE);
        visit(store, channel, (number, row) -> {
            messages.add(message(channel, row));
            page.add(bytesOf(row));
            return !page.isLong();
        });
        return messages;
    }

    static Message message(LiveChannel channel, StoredProvisional row) {
        return HistoryBook.message(
                channel.id(), row.getMessage(), OptionalLong.empty(), MessageState.PROVISIONAL, Optional.empty());
    }
}
