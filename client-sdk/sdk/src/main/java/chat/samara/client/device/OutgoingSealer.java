package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.client.stored.StoredSealing;
import chat.samara.mls.MlsException;
import chat.samara.mls.group.Group;
import chat.samara.wire.identity.UserId;
import java.util.List;
import java.util.Optional;

/**
 * Encrypts what was composed, in the order in which it was said: the ratchet's change and the row with the payload become durable together,
 * so that no key is used for two texts, whatever crashes.
 */
final class OutgoingSealer {
    private final Link link;
    private final GroupVault vault;
    private final OutgoingRows outgoing;

    OutgoingSealer(Link link, GroupVault vault, OutgoingRows outgoing) {
        this.link = link;
        this.vault = vault;
        this.outgoing = outgoing;
    }

    /**
     * How far it came.
     *
     * @param before the number of the first that still is to be sealed: what was said later waits too, one device's messages keep their order
     * @param awaitsEpoch that one can't be sealed in the newest epoch known here. A commit behind it does not wait for it: it begins the next
     * @param awaitsRemoval who is in the newest epoch still, and is not to read that one; empty if it was not looked at that far
     */
    record Sealed(long before, boolean awaitsEpoch, Optional<List<UserId>> awaitsRemoval) {
        static final Sealed ALL = new Sealed(Long.MAX_VALUE, false, Optional.of(List.of()));

        /** It is not known whether what comes next waits for a removal. */
        static Sealed before(long number) {
            return new Sealed(number, false, Optional.empty());
        }
    }

    /** Seals in order what the server can be handed over now. The ratchet's steps are kept once, with the last of them. */
    Sealed sealWhatCanBe(Turn turn, LiveChannel channel, OwnIdentity own) {
        Optional<OutgoingHead> first = channel.queue().firstComposed();
        Sealed sealed = seal(turn, channel, own);
        if (first.isPresent() && !channel.queue().firstComposed().equals(first)) {
            channel.loadedGroup().ifPresent(group -> vault.save(turn, channel, group));
            channel.save(turn);
        }
        return sealed;
    }

    private Sealed seal(Turn turn, LiveChannel channel, OwnIdentity own) {
        Optional<OutgoingHead> next = channel.queue().firstComposed();
        if (next.isPresent() && channel.is(Membership.RETURNING)) {
            // The commit by which this device returns was made later, and goes first.
            return Sealed.before(Long.MAX_VALUE);
        }
        while (next.isPresent()) {
            OutgoingHead head = next.get();
            if (turn.isFull()) {
                turn.goOn();
                return Sealed.before(head.number);
            }
            if (!isOpenFor(channel)) {
                return Sealed.before(head.number);
            }
            List<UserId> readers = head.notFor.isEmpty()
                    ? List.of()
                    : AwaitedRemovals.readers(head, Rosters.of(vault.group(turn, channel, own)));
            Optional<UserId> stays = AwaitedRemovals.whoStays(channel, readers);
            if (stays.isPresent()) {
                outgoing.refuse(turn, channel, head, RefusalCause.notRemoved(stays.get()));
            } else if (!readers.isEmpty()) {
                return new Sealed(head.number, true, Optional.of(readers));
            } else if (!hasRoom(channel, head)) {
                return Sealed.before(head.number);
            } else if (SendingOrder.awaitsEpoch(turn, channel, vault.group(turn, channel, own), head)) {
                return new Sealed(head.number, true, Optional.of(List.of()));
            } else if (!seal(turn, channel, own, head)) {
                return Sealed.before(head.number);
            }
            next = channel.queue().firstComposed();
        }
        return Sealed.ALL;
    }

    /**
     * Nothing is encrypted before the hub's own word says that the log is where it is read here: what was composed offline stays
     * composed, so that a device whose state is old does not use a key twice, and one that was lied to sends nothing.
     */
    private boolean isOpenFor(LiveChannel channel) {
        return channel.is(Membership.MEMBER) && link.isOnline() && channel.reading().caughtUp && channel.isVouched();
    }

    /** Nothing is sealed before it can be handed over: if a commit comes first, it would be sealed for an epoch that is over. */
    private static boolean hasRoom(LiveChannel channel, OutgoingHead head) {
        int room = channel.submissions().room();
        return channel.queue().readyBefore(head.number, room) < room;
    }

    private boolean seal(Turn turn, LiveChannel channel, OwnIdentity own, OutgoingHead head) {
        Group group = vault.group(turn, channel, own);
        StoredOutgoing row = OutgoingRows.row(turn.store(), channel, head);
        if (!SendingOrder.mayFollow(turn, channel, head.number, group.epoch())) {
            return false;
        }
        Sealing.Sealed sealed;
        try {
            SkippedKeys.skip(turn, channel, vault, group);
            sealed = Sealing.seal(turn, channel, group, row.getMessage().getSaid());
        } catch (MlsException e) {
            outgoing.refuse(
                    turn,
                    channel,
                    head,
                    new RefusalCause(
                            RefusalCause.Kind.MLS,
                            RefusalCode.PROTOCOL,
                            List.of(e.code().name())));
            return true;
        }
        StoredSealing.Builder sealing = StoredSealing.newBuilder().setPayloadHash(PayloadForm.hashOf(sealed.payload()));
        sealed.proof().ifPresent(sealing::setProof);
        StoredOutgoing.Builder written = row.toBuilder()
                .setState(StoredOutgoingState.SEALED)
                .setEpoch(group.epoch())
                .setPayload(Stored.bytes(sealed.payload()))
                .addSealings(sealing);
        group.ownGeneration(sealed.payload().toByteArray()).ifPresent(written::setGeneration);
        OutgoingRows.write(turn, channel, head, written.build());
        return true;
    }
}
