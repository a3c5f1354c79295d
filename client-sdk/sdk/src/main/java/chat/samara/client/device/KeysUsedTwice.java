package chat.samara.client.device;

import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Record;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Messages of this device that nobody will read, since a copy of it has sealed another under the same key, and that one is in the log before. Whoever
 * has opened the one refuses the other (KEY_CONSUMED), while the server takes both. Where two states of a device have gone on from one, and have sent as many records,
 * nothing else shows it.
 *
 * <p>What is on its way is here still as it was sealed, so it can be compared with each record in the log that has this device's name. The message is
 * said again then, and the device goes on under a new key ({@link Succession}).
 *
 * <p>The key itself is gone, and with it what would verify the other's signature. So this is less than proof: the own server, and it alone, can have such a record
 * made up by a member who helps it. That makes this device say things twice, and change its key no more than once a day; nothing is lost by it, and
 * nothing else is believed.
 */
final class KeysUsedTwice {
    private final GroupVault vault;
    private final Observers observers;
    private final OutgoingRows outgoing;

    KeysUsedTwice(GroupVault vault, Observers observers, OutgoingRows outgoing) {
        this.vault = vault;
        this.observers = observers;
        this.outgoing = outgoing;
    }

    /** An entry with a message, before it is read. */
    void compare(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        Record record = entry.record();
        boolean mayBe = record.device().filter(own::isOwn).isPresent()
                && !channel.outgoing().isEmpty()
                && isFromOwnServer(turn, channel, own, record)
                // Or it could be what this device has sealed in another epoch.
                && PayloadForm.problem(record).isEmpty();
        Optional<OutgoingHead> unread = mayBe ? underSameKey(turn, channel, own, record) : Optional.empty();
        if (unread.isPresent()) {
            sayAgain(turn, channel, entry.seq(), unread.get());
            if (!own.wasRenewedLately(turn.wallMillis())) {
                turn.noticeOldState(OldState.KEY_USED_TWICE);
            }
        }
    }

    /** Of no other server's word is a record this device's. */
    private boolean isFromOwnServer(Turn turn, LiveChannel channel, OwnIdentity own, Record record) {
        try {
            HandshakeRules.requireAuthor(observers.of(turn, channel, own), record);
            return true;
        } catch (RefusedException e) {
            return false;
        }
    }

    /** What waits, sealed under the key of the record, and is not that record, nor that with some bytes changed. */
    private Optional<OutgoingHead> underSameKey(Turn turn, LiveChannel channel, OwnIdentity own, Record record) {
        OptionalInt generation = vault.unlessClosed(turn, channel, own)
                .map(group -> group.ownGeneration(record.payload().toByteArray()))
                .orElse(OptionalInt.empty());
        if (generation.isEmpty()) {
            return Optional.empty();
        }
        return channel.queue().sealedUnder(record.epoch(), generation.getAsInt()).stream()
                .filter(head -> !PayloadForm.saysTheSameOfItsSender(
                        Stored.bytes(
                                OutgoingRows.row(turn.store(), channel, head).getPayload()),
                        record.payload()))
                .findFirst();
    }

    /**
     * Under another name, since what was sealed may come into the log yet. That the other has the same name does not mean that it says the same: rather twice than never.
     */
    private void sayAgain(Turn turn, LiveChannel channel, long seq, OutgoingHead head) {
        Footing.own(turn, channel, seq, head.number, OutgoingRows.row(turn.store(), channel, head));
        outgoing.rename(turn, channel, head);
    }
}
