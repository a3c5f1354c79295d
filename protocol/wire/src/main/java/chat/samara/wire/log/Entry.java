package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.proto.LogEntry;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A record in its place in the log. Verified against the chain: the hub made it with {@link LogPosition#append}, or a reader
 * checked it with {@link LogPosition#check}. That the hub vouches for it follows only from a {@link Head} at or behind it.
 */
public final class Entry {
    static final int VERSION = 1;

    private final Content content;
    private final Record record;
    private final Bytes encoded;
    // Found when first asked for: a server reads many entries only to pass them on. Threads that race find the same.
    private @Nullable Bytes hash;

    Entry(Content content, Record record, Bytes encoded) {
        this.content = content;
        this.record = record;
        this.encoded = encoded;
    }

    /** The fields beside the record; {@code samara.v1.Entry} says more about each. */
    record Content(ChannelId channel, long term, long seq, Bytes previousEntryHash, long acceptedTimeMillis) {}

    static Entry of(Content content, Record record) {
        Bytes encoded = Protobuf.encode(chat.samara.wire.proto.Entry.newBuilder()
                .setVersion(VERSION)
                .setChannelId(Protobuf.toByteString(content.channel().bytes()))
                .setTerm(content.term())
                .setSeq(content.seq())
                .setPreviousEntryHash(Protobuf.toByteString(content.previousEntryHash()))
                .setRecord(Protobuf.toByteString(record.encoded()))
                .setAcceptedTimeMillis(content.acceptedTimeMillis())
                .build());
        return new Entry(content, record, encoded);
    }

    /** The channel. */
    public ChannelId channel() {
        return content.channel();
    }

    /** Which hub's reign; from 1. */
    public long term() {
        return content.term();
    }

    /** Place in the log; the genesis has 1. */
    public long seq() {
        return content.seq();
    }

    /** Hash of the entry at {@code seq - 1}; 32 zero bytes at seq 1. */
    public Bytes previousEntryHash() {
        return content.previousEntryHash();
    }

    /** What was ordered. */
    public Record record() {
        return record;
    }

    /** When the hub ordered it, milliseconds since 1970 UTC, by the hub's clock. */
    public long acceptedTimeMillis() {
        return content.acceptedTimeMillis();
    }

    /** An encoded {@code samara.v1.Entry}: what is hashed, stored and passed on. */
    public Bytes encoded() {
        return encoded;
    }

    /** SHA-256 over {@link #encoded}, 32 bytes (I2). */
    public Bytes hash() {
        Bytes found = hash;
        if (found == null) {
            found = Sha256.of(encoded.arrayUnsafe());
            hash = found;
        }
        return found;
    }

    /** The log up to and including this entry. */
    public LogPosition position() {
        return new LogPosition(channel(), term(), seq(), hash());
    }

    /** As it travels and is stored: with the record's proof, which stands outside of what is hashed. */
    public LogEntry toProto(Proof originProof) {
        return toProto(Optional.of(originProof));
    }

    LogEntry toProto(Optional<Proof> originProof) {
        LogEntry.Builder message = LogEntry.newBuilder().setEntry(Protobuf.toByteString(encoded));
        originProof.ifPresent(proof -> message.setOriginProof(proof.toProto()));
        return message.build();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Entry that && encoded.equals(that.encoded);
    }

    @Override
    public int hashCode() {
        return encoded.hashCode();
    }

    @Override
    public String toString() {
        return "Entry(" + term() + "/" + seq() + " " + hash() + ", " + record + ")";
    }
}
