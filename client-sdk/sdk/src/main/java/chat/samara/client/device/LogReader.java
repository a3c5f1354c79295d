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
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads channels' logs: takes entries only if they are the next, checks the hub's heads against them, and hands each to {@link
 * EntryReader}. What no head covers yet can be taken back ({@link Footing}). All entries of a frame, with the ratchets' changes and the cursor, become durable in the turn's one transaction,
 * or as many of them as that may hold.
 */
final class LogReader {
    private final EntryReader entryReader;

    LogReader(EntryReader entryReader) {
        this.entryReader = entryReader;
    }

    /**
     * An entry that the hub cannot have ordered there, unless it cheats.
     *
     * @param why what is wrong about it, to stand behind "entry 5, which"
     */
    private record Misfit(EntryIn entry, String why) {}

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
                EntryIn entry = EntryIn.shown(logEntry);
                if (entry.claimedSeq() > channel.row().getSeq()) {
                    fresh.add(entry);
                }
            }
            Optional<HeadIn> head = message.hasHead() ? Optional.of(HeadIn.of(message.getHead())) : Optional.empty();
            if (channel.reading().otherEnd.isPresent() && !followsOn(channel.position(), fresh)) {
                return otherwise(turn, channel, message, Fork.of(channel, verifier(channel, own), message));
            }
            channel.reading().forgetOther();
            LogVerifier.Verified verified = verifier(channel, own).verify(channel.position(), fresh, head);
            Optional<Misfit> misfit = apply(turn, channel, own, fresh, verified);
            if (misfit.isPresent()) {
                return misfit(turn, channel, misfit.get(), fresh, message, verified);
            }
            if (channel.hasGroup()
                    && channel.row().getSeq() < verified.position().seq()) {
                channel.save(turn);
                turn.touch(channel);
                return Result.PARTLY;
            }
            Optional<Head> otherwise = verified.head().flatMap(proven -> head(turn, channel, proven));
            if (otherwise.isPresent()) {
                return contradicted(turn, channel, message, otherwise.get().seq());
            }
            Footing.prune(turn, channel);
            EntryHashes.prune(turn, channel);
            channel.save(turn);
            turn.touch(channel);
            return Result.APPLIED;
        } catch (RefusedException e) {
            return refused(turn, channel, message, verifier(channel, own), e);
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
    private Result refused(
            Turn turn, LiveChannel channel, Entries message, LogVerifier verifier, RefusedException why) {
        Fork fork = Fork.of(channel, verifier, message);
        if (fork.isNone() && why.code() == ErrorCode.GAP) {
            return Result.GAP;
        }
        return otherwise(turn, channel, message, fork);
    }

    /** The server shows another log than the one that is here, or none at all. */
    private Result otherwise(Turn turn, LiveChannel channel, Entries message, Fork fork) {
        channel.reading().other.add(fork.chain());
        if (fork.isProven()) {
            return contradicted(turn, channel, message, channel.row().getSeq());
        }
        if (!channel.isAhead() && fork.mayBe()) {
            // Its end, where alone a head of the hub's stands, is in a later frame; nothing of it is applied.
            channel.reading().otherEnd = fork.end();
            return Result.APPLIED;
        }
        boolean wentOn = channel.reading().otherEnd.isPresent();
        channel.reading().forgetOther();
        if (channel.isAhead()) {
            WayBack.begin(turn, channel);
        } else if (wentOn && channel.row().getJoinUnvouched()) {
            WayBack.beginLeaving(turn, channel);
        }
        return Result.BROKEN;
    }

    /** The hub itself has signed another log than the one that is here, up to this place or before it. */
    private Result contradicted(Turn turn, LiveChannel channel, Entries message, long seq) {
        List<ByteString> chain = channel.reading().other.entries();
        channel.reading().forgetOther();
        boolean toVouched = seq <= channel.row().getVouchedSeq();
        if (toVouched && !channel.row().getJoinUnvouched()) {
            channel.row()
                    .setEvidenceHead(message.getHead().toByteString())
                    .clearEvidenceChain()
                    .addAllEvidenceChain(chain);
            freeze(turn, channel, seq, "the hub has signed another entry " + seq + " than the one that is here");
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
     * Applies entries as far as the turn holds them and none is a misfit; that one is handed back. Those that the hub's head covers are
     * the hub's word from then on, with all before them.
     */
    private Optional<Misfit> apply(
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
                boolean again = entry.seq() <= channel.row().getVouchedSeq();
                if (again && !EntryHashes.isThatAt(turn.store(), channel.id(), entry.position())) {
                    return Optional.of(new Misfit(
                            fresh.get(i), "is another than the one that the hub has vouched for in its place"));
                }
                channel.reading().again = again;
                channel.reading().unvouched = entry.seq() > covered && !again;
                if (channel.reading().unvouched && entry.record().kind() != RecordKind.APPLICATION) {
                    Footing.keep(turn, channel, own);
                }
                try {
                    entryReader.apply(turn, channel, own, entry);
                } catch (RefusedException e) {
                    return Optional.of(new Misfit(fresh.get(i), "breaks a rule: " + e.refusal()));
                }
                if (!channel.hasGroup()) {
                    // The removal of this device: nothing behind it is for it to read.
                    break;
                }
                if (entry.seq() <= covered || entry.seq() == channel.row().getVouchedSeq()) {
                    Footing.vouched(turn, channel, entry.position());
                }
            }
        } finally {
            channel.reading().unvouched = false;
            channel.reading().again = false;
        }
        return Optional.empty();
    }

    /**
     * An entry that the hub must not order, or not there, stands in the log. If the hub vouches for it, that proves that the hub cheats, and both
     * are kept. If it does not, the own server has put it there: nothing of it is believed.
     */
    private Result misfit(
            Turn turn,
            LiveChannel channel,
            Misfit misfit,
            List<EntryIn> fresh,
            Entries message,
            LogVerifier.Verified verified) {
        EntryIn entry = misfit.entry();
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
        ShownChain toHead = new ShownChain();
        toHead.add(fresh.subList(fresh.indexOf(entry) + 1, fresh.size()));
        channel.row()
                .setEvidenceEntry(entry.toProto().toByteString())
                .setEvidenceHead(message.getHead().toByteString())
                .clearEvidenceChain()
                .addAllEvidenceChain(toHead.entries());
        freeze(
                turn,
                channel,
                entry.claimedSeq(),
                "the hub has ordered entry " + entry.claimedSeq() + ", which " + misfit.why());
        return Result.APPLIED;
    }

    /**
     * Two words that the hub has signed differ, or one of them breaks a rule: what follows cannot be trusted. What was said is kept, and the evidence;
     * the group's secrets serve nothing any more.
     */
    private void freeze(Turn turn, LiveChannel channel, long seq, String detail) {
        Footing.forgetAll(turn, channel);
        channel.setMembership(StoredMembership.FROZEN);
        channel.save(turn);
        turn.tell(new ClientEvent.ForkDetected(channel.id(), seq, true, detail));
        entryReader.frozen(turn, channel);
    }

    /**
     * Notes a head that the hub has signed. It says that this device's log is the hub's only if it stands for an entry that was read
     * here, in this membership: a Welcome's entry, too, is the own server's word until then. Returns the head if the entry here is another.
     */
    private static Optional<Head> head(Turn turn, LiveChannel channel, ProvenHead proven) {
        Head head = proven.head();
        boolean wasRead = head.seq() >= channel.row().getJoinedSeq()
                && head.seq() <= Math.max(channel.row().getSeq(), channel.row().getVouchedSeq());
        if (wasRead && EntryHashes.at(turn.store(), channel.id(), head.seq()).isPresent()) {
            if (!EntryHashes.isThatAt(turn.store(), channel.id(), head.position())) {
                return Optional.of(head);
            }
            // What the hub has vouched for is not all applied yet where it is read again.
            channel.reading().caughtUp |= !channel.isReadingAgain();
            if (head.seq() >= channel.row().getVouchedSeq()) {
                channel.row().setSignedHead(proven.toProto().toByteString());
                Footing.vouched(turn, channel, head.position());
            }
        }
        if (!channel.row().getJoinUnvouched()) {
            // What the hub has not vouched for here is stable in no log that this device knows to be the hub's.
            long stable = Math.min(head.stableSeq(), channel.row().getVouchedSeq());
            channel.row().setStableSeq(Math.max(channel.row().getStableSeq(), stable));
            OutgoingRows.stable(turn, channel, stable);
        }
        return Optional.empty();
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
