package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.proto.ErrorCode;

/**
 * How far somebody has a channel's log: up to and including one entry, and with it, by the chain of hashes, everything before.
 *
 * @param channel the channel
 * @param term of the last entry; 1 before the first
 * @param seq the last entry's place; 0 before the first
 * @param entryHash the last entry's hash, 32 bytes; zeros before the first
 */
public record LogPosition(ChannelId channel, long term, long seq, Bytes entryHash) {
    /** What the first entry has as previous hash. */
    public static final Bytes NO_HASH = Bytes.of(new byte[Sha256.BYTES]);

    public LogPosition {
        if (term < 1 || seq < 0 || entryHash.size() != Sha256.BYTES) {
            throw new IllegalArgumentException("position term " + term + ", seq " + seq + ", hash of "
                    + entryHash.size() + " bytes, expected term from 1, seq from 0, " + Sha256.BYTES + " bytes");
        }
    }

    /** Before the first entry. */
    public static LogPosition start(ChannelId channel) {
        return new LogPosition(channel, 1, 0, NO_HASH);
    }

    /** Whether there is no entry yet. */
    public boolean isStart() {
        return seq == 0;
    }

    /**
     * The hub gives a record its place: the next one.
     *
     * @param acceptedTimeMillis milliseconds since 1970 UTC, by the hub's clock
     */
    public Entry append(Record record, long acceptedTimeMillis) {
        if (!record.channel().equals(channel)) {
            throw new IllegalArgumentException("a record of channel " + record.channel() + ", expected " + channel);
        }
        return Entry.of(new Entry.Content(channel, term, Math.addExact(seq, 1), entryHash, acceptedTimeMillis), record);
    }

    /**
     * A reader takes the next entry only if it is the next: this channel, this term, head + 1, the right previous hash (I2).
     * Refused with {@code GAP} (a place other than the next; {@code expected} says which), {@code MALFORMED} (another channel) or
     * {@code INVALID_PROOF} (detail {@code entry-chain} or {@code entry-term}). A hand-over to the next term is not known yet.
     */
    public Entry check(EntryIn in) throws RefusedException {
        Entry entry = in.unverified();
        if (!entry.channel().equals(channel) || !entry.record().channel().equals(channel)) {
            throw RefusedException.of(
                    ErrorCode.MALFORMED,
                    "entry " + entry.seq() + " is of channel " + entry.channel() + " with a record of "
                            + entry.record().channel() + ", expected " + channel,
                    "entry-channel");
        }
        if (entry.seq() != seq + 1) {
            throw Refusal.gap(seq + 1, entry.seq()).asException();
        }
        if (entry.term() != term) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "entry " + entry.seq() + " is of term " + entry.term() + ", expected " + term,
                    "entry-term");
        }
        if (!entry.previousEntryHash().equals(entryHash)) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "entry " + entry.seq() + " follows on "
                            + entry.previousEntryHash().hex() + ", but entry " + seq + " here is " + entryHash.hex(),
                    "entry-chain");
        }
        return entry;
    }
}
