package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.UnreadableDetail;
import chat.samara.client.channel.UnreadableDetail.Code;
import chat.samara.client.channel.UnreadableReason;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredMembership;
import chat.samara.client.stored.StoredMessage;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ControlPayload;
import chat.samara.wire.proto.RecordKind;
import com.google.protobuf.ByteString;
import java.util.Collection;
import java.util.Optional;

/**
 * Applies one entry of a log that is verified to be the next one. Every entry moves the cursor, readable or not: what cannot be read
 * stands in the history with its named reason (I5), and the log goes on.
 */
final class EntryReader {
    private final GroupVault vault;
    private final KeysUsedTwice usedTwice;
    private final MessageReader messages;
    private final OutgoingRows outgoing;
    private final Intents intents;
    private final Observers observers;
    private final HandshakeReader handshakes;

    /** Tells newly added members what the channel is called; servers never see that. */
    @FunctionalInterface
    interface ProfileSender {
        void send(Turn turn, LiveChannel channel);
    }

    EntryReader(
            GroupVault vault,
            KeysUsedTwice usedTwice,
            MessageReader messages,
            OutgoingRows outgoing,
            Intents intents,
            Observers observers,
            HandshakeReader handshakes) {
        this.vault = vault;
        this.usedTwice = usedTwice;
        this.messages = messages;
        this.outgoing = outgoing;
        this.intents = intents;
        this.observers = observers;
        this.handshakes = handshakes;
    }

    /** Refused where a handshake breaks a rule that the hub has to keep; then nothing has changed. */
    void apply(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) throws RefusedException {
        switch (entry.record().kind()) {
            case COMMIT, PROPOSAL -> handshake(turn, channel, own, entry);
            case APPLICATION, CONTROL -> {
                if (entry.record().kind() == RecordKind.APPLICATION) {
                    usedTwice.compare(turn, channel, own, entry);
                }
                if (!messages.isForged(turn, channel, own, entry)) {
                    read(turn, channel, own, entry);
                }
            }
            case RECORD_KIND_UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException("an entry of no known kind");
        }
        if (!channel.is(Membership.REMOVED)) {
            moveTo(turn, channel, entry);
        }
    }

    private static void moveTo(Turn turn, LiveChannel channel, Entry entry) {
        EntryHashes.keep(turn, channel, entry.seq(), entry.hash());
        channel.moveTo(entry.position());
    }

    private void read(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        if (entry.record().kind() == RecordKind.APPLICATION) {
            messages.ordered(turn, channel, own, entry);
        } else {
            control(turn, channel, own, entry);
        }
    }

    private void handshake(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) throws RefusedException {
        if (handshakes.apply(turn, channel, own, entry) == HandshakeReader.Result.REMOVED) {
            removeHere(turn, channel, own, entry);
        }
    }

    private void removeHere(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        HistoryBook.append(
                turn,
                channel,
                entry.seq(),
                HistoryBook.ofServer(entry.acceptedTimeMillis())
                        .setRemovedHere(true)
                        .build());
        anchor(turn, channel, own, entry);
        eraseGroup(turn, channel);
        channel.row().clearLostSeq().clearRefusedSeq().clearLostEpoch();
        Listening.end(channel);
        // What a member has signed is proof enough of what only costs this device; but not of its place.
        if (channel.reading().unvouched) {
            Footing.stepBack(turn, channel);
        } else {
            moveTo(turn, channel, entry);
            channel.vouch(channel.position());
        }
        Footing.forgetAll(turn, channel);
        channel.setMembership(StoredMembership.REMOVED);
        turn.tell(new ClientEvent.RemovedFromChannel(channel.id(), entry.seq()));
        left(turn, channel);
    }

    /** Nothing is read or said in it any more: what this device could still have derived is gone from its disk, too (I6). */
    void frozen(Turn turn, LiveChannel channel) {
        eraseGroup(turn, channel);
        left(turn, channel);
    }

    /** A version before this one has kept the secrets of channels that it froze. */
    void eraseOfFrozen(Turn turn, Collection<LiveChannel> channels) {
        channels.stream()
                .filter(channel -> channel.is(Membership.FROZEN))
                .forEach(channel -> eraseGroup(turn, channel));
    }

    private void eraseGroup(Turn turn, LiveChannel channel) {
        vault.erase(turn, channel);
        observers.forget(turn, channel);
    }

    /**
     * Keeps from where the log's handshakes are followed if this device is added again: the last place that the hub vouches for. No head
     * comes for a removal; one that a member has signed and no hub has ordered is true enough to be believed by the device that it
     * removes, and nothing that a true log could follow on. A place by which this device joined is the hub's word only once that has come.
     */
    private void anchor(Turn turn, LiveChannel channel, OwnIdentity own, Entry removal) {
        if (!channel.reading().unvouched) {
            Replays.anchor(turn, channel, removal.seq(), observers.of(turn, channel, own), Bytes.EMPTY);
        } else if (!channel.row().getJoinUnvouched()) {
            // Kept before the first unvouched handshake, so as it was at either of the two places.
            StoredChannel kept = Footing.keptRow(turn, channel, Footing.Kept.CHANNEL)
                    .orElseThrow(() -> new IllegalStateException("nothing kept before the removal from " + channel));
            Footing.putBackGroups(turn, channel);
            // If no log holds that removal, this device comes back to that very epoch.
            Bytes groupInfo = kept.getMembership() == StoredMembership.RETURNING
                    ? observers.groupInfo(turn, channel)
                    : Returns.groupInfo(channel, vault.group(turn, channel, own));
            Replays.anchor(
                    turn,
                    channel,
                    Math.min(kept.getSeq(), channel.row().getVouchedSeq()),
                    observers.of(turn, channel, own),
                    groupInfo);
        }
    }

    /** What waits in a channel in which nothing can be done any more is told so. */
    void left(Turn turn, LiveChannel channel) {
        intents.removed(turn, channel);
        outgoing.removed(turn, channel);
        ProvisionalRows.removed(turn, channel);
        turn.touch(channel);
    }

    private void control(Turn turn, LiveChannel channel, OwnIdentity own, Entry entry) {
        Record record = entry.record();
        try {
            ControlPayload control = Payload.control(record);
            boolean ofHub = record.origin().equals(channel.genesis().hub())
                    && record.device().isEmpty();
            if (control.hasGenesis() && entry.seq() == 1) {
                genesis(turn, channel, entry, control);
            } else if (control.hasEpochClosed()
                    && ofHub
                    && control.getEpochClosed().getThroughEpoch()
                            < observers.of(turn, channel, own).epoch()) {
                close(turn, channel, own, control.getEpochClosed().getThroughEpoch());
            } else {
                unreadable(
                        turn, channel, entry, UnreadableReason.CONTROL_INVALID, UnreadableDetail.of(Code.NOT_ALLOWED));
            }
        } catch (RefusedException e) {
            unreadable(turn, channel, entry, UnreadableReason.CONTROL_INVALID, PayloadForm.malformed(e));
        }
    }

    private static void genesis(Turn turn, LiveChannel channel, Entry entry, ControlPayload control) {
        ByteString founding = channel.row().getFoundingGenesis();
        if (!control.getGenesis().toByteString().equals(founding)) {
            // Only the creator reads from here, and it knows what it founded.
            unreadable(turn, channel, entry, UnreadableReason.CONTROL_INVALID, UnreadableDetail.of(Code.OTHER_GENESIS));
            return;
        }
        channel.setMembership(StoredMembership.MEMBER);
        channel.row().clearFoundingGenesis().clearFoundingKey().setJoinedSeq(1);
        turn.tell(new ClientEvent.ChannelJoined(channel.id(), entry.seq()));
        HistoryBook.append(
                turn,
                channel,
                entry.seq(),
                HistoryBook.ofServer(entry.acceptedTimeMillis())
                        .setSender(channel.genesis().creator().user().toString())
                        .setOwn(true)
                        .setCreated(true)
                        .build());
        turn.touch(channel);
    }

    private void close(Turn turn, LiveChannel channel, OwnIdentity own, long throughEpoch) {
        vault.closePastThrough(turn, channel, own, throughEpoch);
        if (throughEpoch >= channel.row().getOpenFromEpoch()) {
            vault.closeThrough(turn, channel, own, throughEpoch);
            channel.row().setOpenFromEpoch(throughEpoch + 1);
            ProvisionalRows.lookThrough(turn, channel);
        }
    }

    static void unreadable(
            Turn turn, LiveChannel channel, Entry entry, UnreadableReason reason, UnreadableDetail detail) {
        // Without its id: a place is only given to what was read, or a forged record could take another's.
        StoredMessage.Builder row = HistoryBook.ofServer(entry.acceptedTimeMillis());
        HistoryBook.append(turn, channel, entry.seq(), HistoryBook.unreadable(row, reason, detail));
    }

    static Optional<MessageId> idOf(Record record) {
        return record.device().map(device -> new MessageId(device, record.idempotencyKey()));
    }
}
