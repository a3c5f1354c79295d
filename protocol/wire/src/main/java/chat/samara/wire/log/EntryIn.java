package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LogEntry;
import java.util.Optional;

/** An entry from outside: well formed, but nobody has checked its place in the chain or its record's proof. */
public final class EntryIn {
    private final Entry entry;
    private final Optional<Proof> originProof;

    private EntryIn(Entry entry, Optional<Proof> originProof) {
        this.entry = entry;
        this.originProof = originProof;
    }

    /** An entry as it came over a link between servers, or stands in a store. */
    public static EntryIn of(LogEntry message) throws RefusedException {
        if (!message.hasOriginProof()) {
            throw Field.malformed("LogEntry.origin_proof", "missing", "the origin's proof");
        }
        return shown(message);
    }

    /** An entry as a device is shown it: it may come without its origin's proof, and then nobody can ask for that. */
    public static EntryIn shown(LogEntry message) throws RefusedException {
        Bytes encoded = Field.upTo("LogEntry.entry", message.getEntry(), Limits.ENTRY_BYTES_MAX);
        Optional<Proof> proof =
                message.hasOriginProof() ? Optional.of(Proof.of(message.getOriginProof())) : Optional.empty();
        return new EntryIn(parse(encoded), proof);
    }

    /** Decodes an encoded {@code samara.v1.LogEntry}, such as one from the own store. */
    public static EntryIn decode(Bytes encodedLogEntry) throws RefusedException {
        return of(Protobuf.decode("log entry", LogEntry.parser(), encodedLogEntry, Limits.LOG_ENTRY_BYTES_MAX));
    }

    /** The place that it claims. */
    public long claimedSeq() {
        return entry.seq();
    }

    /** The hash of the entry that it claims to follow on. */
    public Bytes claimedPrevious() {
        return entry.previousEntryHash();
    }

    /** The channel that it claims. */
    public ChannelId claimedChannel() {
        return entry.channel();
    }

    /** The origin that its record claims: look up the root key by this. */
    public ServerName claimedOrigin() {
        return entry.record().origin();
    }

    /** The proof of its record, to be stored beside it. */
    public Proof originProof() {
        return originProof.orElseThrow(
                () -> new IllegalStateException("entry " + claimedSeq() + " was shown to a device without its proof"));
    }

    /** Whether it came with the proof of its record. */
    public boolean hasOriginProof() {
        return originProof.isPresent();
    }

    /** As it travels and is stored; the entry's bytes are those that came. */
    public LogEntry toProto() {
        return entry.toProto(originProof);
    }

    /**
     * Checks the origin's proof of the record inside. A reader that does not know the origin's key relies on the hub for this;
     * what was said is protected by MLS in any case. Refused with {@code INVALID_PROOF}.
     */
    public void verifyOrigin(Bytes originRootKey) throws RefusedException {
        verifyOrigin(originRootKey, new VerifiedBatches());
    }

    /** As {@link #verifyOrigin(Bytes)}; the signature of a batch that was verified before is not verified again. */
    public void verifyOrigin(Bytes originRootKey, VerifiedBatches verified) throws RefusedException {
        if (originProof
                .filter(proof -> proof.proves(entry.record().leafHash(), originRootKey, verified))
                .isEmpty()) {
            throw originNotProven();
        }
    }

    RefusedException originNotProven() {
        return RefusedException.of(
                ErrorCode.INVALID_PROOF,
                "the record in entry " + entry.seq() + " is not proven by the root key of " + claimedOrigin(),
                "record-proof");
    }

    /** For an entry from the own store, which was verified before it was written there. */
    public Entry trustStored() {
        return entry;
    }

    /**
     * The entry as it claims to be. For those who check it, and for those who take of it only what stands for itself, such as a
     * handshake that its author has signed: then its place in the chain is still to be shown.
     */
    public Entry unverified() {
        return entry;
    }

    private static Entry parse(Bytes encoded) throws RefusedException {
        chat.samara.wire.proto.Entry message =
                Protobuf.decode("Entry", chat.samara.wire.proto.Entry.parser(), encoded, Limits.ENTRY_BYTES_MAX);
        Field.requireVersion("Entry.version", message.getVersion(), Entry.VERSION);
        Entry.Content content = new Entry.Content(
                ChannelId.fromWire("Entry.channel_id", message.getChannelId()),
                Field.atLeast("Entry.term", message.getTerm(), 1),
                Field.atLeast("Entry.seq", message.getSeq(), 1),
                Field.exactly("Entry.previous_entry_hash", message.getPreviousEntryHash(), Sha256.BYTES),
                Field.atLeast("Entry.accepted_time_millis", message.getAcceptedTimeMillis(), 0));
        Record record = RecordIn.parse(Field.upTo("Entry.record", message.getRecord(), Limits.RECORD_BYTES_MAX));
        return new Entry(content, record, encoded);
    }
}
