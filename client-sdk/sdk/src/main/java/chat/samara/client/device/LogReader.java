package chat.samara.client.device;

import chat.samara.client.stored.StoredMembership;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.LogVerifier;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.RecordKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads channels' logs: takes entries only if they are the next, checks the hub's heads against them, and hands each to {@link
 * EntryReader}. What no head covers yet can be taken back ({@link Footing}). All entries of a frame, with the ratchets' changes and the cursor, become durable in the turn's one transaction,
 * or as many of them as that may hold.
 */
final class LogReader {
    /** The hub's signature stands under another entry than the one that was read here. */
    private static final String SIGNED_OTHERWISE = "signed-otherwise";

    private final EntryReader entryReader;

    /** Of the entry that was refused last. */
    private String brokenRule = "";

    /** Place of the head that was refused last. */
    private long signedSeq;

    LogReader(EntryReader entryReader) {
        this.entryReader = entryReader;
    }

    /** What came of a frame. */
    enum Result {
        /** It was applied, as far as it was new. */
        APPLIED,
        /** The turn is full: the same frame is to be read again in the next, to go on where this one stopped. */
        PARTLY,
        /** It begins behind the cursor: the log has to be followed anew. */
        GAP,
        /** The own server sends what no server may send. */
        BROKEN
    }

    Result read(Turn turn, LiveChannel channel, OwnIdentity own, Entries message) {
        if (!channel.hasGroup() || channel.row().getGoingBack()) {
            return Result.APPLIED;
        }
        try {
            List<EntryIn> fresh = new ArrayList<>();
            for (LogEntry logEntry : message.getEntriesList()) {
                EntryIn entry = EntryIn.of(logEntry);
                if (entry.claimedSeq() > channel.row().getSeq()) {
                    fresh.add(entry);
                }
            }
            Optional<HeadIn> head = message.hasHead() ? Optional.of(HeadIn.of(message.getHead())) : Optional.empty();
            if (channel.reading().otherEnd.isPresent() && !followsOn(channel.position(), fresh)) {
                return otherwise(turn, channel, message, Fork.of(channel, verifier(channel, own), message));
            }
            channel.reading().otherEnd = Optional.empty();
            LogVerifier.Verified verified = verifier(channel, own).verify(channel.position(), fresh, head);
            Optional<EntryIn> broken = apply(turn, channel, own, fresh, verified);
            if (broken.isPresent()) {
                return ruleBroken(turn, channel, broken.get(), message, verified);
            }
            if (channel.hasGroup()
                    && channel.row().getSeq() < verified.position().seq()) {
                channel.save(turn);
                turn.touch(channel);
                return Result.PARTLY;
            }
            if (verified.head().isPresent()) {
                head(turn, channel, verified.head().get());
            }
            Footing.prune(turn, channel);
            channel.save(turn);
            turn.touch(channel);
            return Result.APPLIED;
        } catch (RefusedException e) {
            return refused(turn, channel, own, message, e);
        }
    }

    private static LogVerifier verifier(LiveChannel channel, OwnIdentity own) {
        return new LogVerifier(channel.genesis().hubRootKey(), origin -> keyOf(origin, channel, own));
    }

    private static boolean followsOn(LogPosition here, List<EntryIn> fresh) {
        return !fresh.isEmpty()
                && fresh.get(0).claimedSeq() == here.seq() + 1
                && fresh.get(0).claimedPrevious().equals(here.entryHash());
    }

    /**
     * What came does not fit to what is here. If the hub has signed both, it cheats, and the channel is frozen. If it has signed only the one,
     * what is here behind its word is the own server's lie, or what came is: it is taken back, and whatever is true is read again. The
     * connection is given up either way.
     */
    private Result refused(Turn turn, LiveChannel channel, OwnIdentity own, Entries message, RefusedException why) {
        if (why.refusal().detail().equals(SIGNED_OTHERWISE)) {
            return contradicted(turn, channel, message, signedSeq, why.refusal().reason());
        }
        Fork fork = Fork.of(channel, verifier(channel, own), message);
        if (fork.isNone() && why.code() == ErrorCode.GAP) {
            return Result.GAP;
        }
        return otherwise(turn, channel, message, fork);
    }

    /** The server shows another log than the one that is here, or none at all. */
    private Result otherwise(Turn turn, LiveChannel channel, Entries message, Fork fork) {
        if (fork.isProven()) {
            long here = channel.row().getSeq();
            return contradicted(
                    turn,
                    channel,
                    message,
                    here,
                    "the hub has signed another entry " + here + " than the one that is here");
        }
        if (!channel.isAhead() && fork.mayBe()) {
            // Its end, where alone a head of the hub's stands, is in a later frame; nothing of it is applied.
            channel.reading().otherEnd = fork.end();
            return Result.APPLIED;
        }
        channel.reading().otherEnd = Optional.empty();
        if (channel.isAhead()) {
            WayBack.begin(turn, channel);
        }
        return Result.BROKEN;
    }

    /** The hub itself has signed another log than the one that is here, up to this place or before it. */
    private Result contradicted(Turn turn, LiveChannel channel, Entries message, long seq, String detail) {
        channel.reading().otherEnd = Optional.empty();
        boolean toVouched = seq <= channel.row().getVouchedSeq();
        if (toVouched && !channel.row().getJoinUnvouched()) {
            channel.row().setEvidenceHead(message.getHead().toByteString());
            freeze(turn, channel, detail);
            return Result.APPLIED;
        }
        if (toVouched) {
            channel.row()
                    .setRefutedSeq(channel.row().getVouchedSeq())
                    .setRefutedHash(channel.row().getVouchedHash());
            WayBack.beginLeaving(turn, channel);
        } else {
            WayBack.begin(turn, channel);
        }
        return Result.BROKEN;
    }

    /**
     * Applies entries as far as the turn holds them and none breaks a rule; that one is handed back. Those that the hub's head covers are
     * the hub's word from then on, with all before them.
     */
    private Optional<EntryIn> apply(
            Turn turn, LiveChannel channel, OwnIdentity own, List<EntryIn> fresh, LogVerifier.Verified verified) {
        // The verifier has compared it with what stands there.
        long covered = verified.head()
                .map(head -> head.head().seq())
                .filter(seq -> seq >= channel.row().getSeq()
                        && seq <= verified.position().seq())
                .orElse(0L);
        if (covered > 0) {
            Footing.vouched(turn, channel, channel.position());
        }
        try {
            for (int i = 0; i < verified.entries().size() && !turn.isFull(); i++) {
                Entry entry = verified.entries().get(i);
                channel.reading().unvouched = entry.seq() > covered;
                if (entry.seq() > covered && entry.record().kind() != RecordKind.APPLICATION) {
                    Footing.keep(turn, channel, own);
                }
                try {
                    entryReader.apply(turn, channel, own, entry);
                } catch (RefusedException e) {
                    brokenRule = e.refusal().toString();
                    return Optional.of(fresh.get(i));
                }
                if (!channel.hasGroup()) {
                    // The removal of this device: nothing behind it is for it to read.
                    break;
                }
                if (entry.seq() <= covered) {
                    Footing.vouched(turn, channel, entry.position());
                }
            }
        } finally {
            channel.reading().unvouched = false;
        }
        return Optional.empty();
    }

    /**
     * A handshake that the hub must not order stands in the log. If the hub vouches for it, that proves that the hub cheats, and both are
     * kept. If it does not, the own server has put it there: nothing of it is believed.
     */
    private Result ruleBroken(
            Turn turn, LiveChannel channel, EntryIn entry, Entries message, LogVerifier.Verified verified) {
        boolean vouched = verified.head()
                .filter(head -> head.head().seq() >= entry.claimedSeq()
                        && head.head().seq() <= verified.position().seq())
                .isPresent();
        channel.save(turn);
        turn.touch(channel);
        if (!vouched) {
            if (channel.isAhead()) {
                WayBack.begin(turn, channel);
            }
            return Result.BROKEN;
        }
        channel.row()
                .setEvidenceEntry(entry.toProto().toByteString())
                .setEvidenceHead(message.getHead().toByteString());
        freeze(
                turn,
                channel,
                "the hub has ordered entry " + entry.claimedSeq() + ", which breaks a rule: " + brokenRule);
        return Result.APPLIED;
    }

    /**
     * Two words that the hub has signed differ, or one of them breaks a rule: what follows cannot be trusted. What was said is kept, and the evidence;
     * the group's secrets serve nothing any more.
     */
    private void freeze(Turn turn, LiveChannel channel, String detail) {
        Footing.forgetAll(turn, channel);
        channel.setMembership(StoredMembership.FROZEN);
        channel.save(turn);
        turn.tell(new ClientEvent.ForkDetected(channel.id(), channel.row().getSeq(), true, detail));
        entryReader.frozen(turn, channel);
    }

    /**
     * Notes a head that the hub has signed. It says that this device's log is the hub's only if it stands for an entry that was read
     * here, in this membership: a Welcome's entry, too, is the own server's word until then.
     */
    private void head(Turn turn, LiveChannel channel, ProvenHead proven) throws RefusedException {
        Head head = proven.head();
        if (head.seq() >= channel.row().getJoinedSeq()
                && head.seq() <= channel.row().getSeq()) {
            Optional<Bytes> here = EntryHashes.at(turn.store(), channel.id(), head.seq());
            if (here.isPresent()) {
                signedSeq = head.seq();
                requireSame(head, here.get());
                channel.reading().caughtUp = true;
                if (head.seq() >= channel.row().getVouchedSeq()) {
                    channel.row().setSignedHead(proven.toProto().toByteString());
                    Footing.vouched(turn, channel, head.position());
                }
            }
        }
        // What the hub has not vouched for here is stable in no log that this device knows to be the hub's.
        long stable = Math.min(head.stableSeq(), channel.row().getVouchedSeq());
        channel.row().setStableSeq(Math.max(channel.row().getStableSeq(), stable));
        OutgoingRows.stable(turn, channel, stable);
    }

    private static void requireSame(Head head, Bytes hashStart) throws RefusedException {
        if (!head.position().entryHash().slice(0, EntryHashes.KEPT_BYTES).equals(hashStart)) {
            throw RefusedException.of(
                    ErrorCode.CHANNEL_FROZEN,
                    "the hub has signed another entry " + head.seq() + " than the one that is here",
                    SIGNED_OTHERWISE);
        }
    }

    /** The device knows the root keys of its own server and of the hub; records of others are taken on the hub's word. */
    private static Optional<Bytes> keyOf(ServerName origin, LiveChannel channel, OwnIdentity own) {
        if (origin.equals(own.server())) {
            return Optional.of(own.serverRootKey());
        }
        return origin.equals(channel.genesis().hub())
                ? Optional.of(channel.genesis().hubRootKey())
                : Optional.empty();
    }
}
