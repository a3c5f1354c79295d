package chat.samara.wire.message;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.ErrorCode;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The authenticated data of an application message. No server can change it, and every byte of it travels with every message, so
 * it is packed by hand:
 *
 * <pre>
 * 1 byte    version, 1
 * 32 bytes  franking tag
 * 1-9 bytes last seen seq: 7 bits a byte, the lowest first, the top bit set in all but the last; the shortest form only
 * 16 bytes  start of the hash of the entry at that place
 * </pre>
 *
 * By the last two a device tells in what log it lives. Another device that has a different entry there has found a fork.
 *
 * @param frankingTag commits to the content, 32 bytes
 * @param lastSeenSeq the last entry that the sender had applied; at least 1, since the log begins with the genesis
 * @param lastSeenHashStart the first 16 bytes of that entry's hash
 */
public record MessageContext(Bytes frankingTag, long lastSeenSeq, Bytes lastSeenHashStart) {
    /** Bytes of a hash that travel. */
    public static final int HASH_START_BYTES = 16;

    private static final byte VERSION = 1;
    private static final int VARINT_BYTES_MAX = 9;
    private static final int BYTES_MAX = 1 + Franking.TAG_BYTES + VARINT_BYTES_MAX + HASH_START_BYTES;

    public MessageContext {
        if (frankingTag.size() != Franking.TAG_BYTES
                || lastSeenSeq < 1
                || lastSeenHashStart.size() != HASH_START_BYTES) {
            throw new IllegalArgumentException("tag of " + frankingTag.size() + " bytes, seq " + lastSeenSeq
                    + ", hash start of " + lastSeenHashStart.size() + " bytes; expected " + Franking.TAG_BYTES
                    + ", at least 1, " + HASH_START_BYTES);
        }
    }

    /** The context of a message with this tag, sent by a device that has the log up to here. */
    public static MessageContext of(Bytes frankingTag, LogPosition lastSeen) {
        return new MessageContext(frankingTag, lastSeen.seq(), start(lastSeen.entryHash()));
    }

    /** Reads a message's authenticated data. Refused with {@code MALFORMED} or {@code UNSUPPORTED}. */
    public static MessageContext decode(Bytes authenticatedData) throws RefusedException {
        int fixed = 1 + Franking.TAG_BYTES + HASH_START_BYTES;
        if (authenticatedData.size() <= fixed || authenticatedData.size() > BYTES_MAX) {
            throw Field.malformed(
                    "authenticated data", authenticatedData.size() + " bytes", (fixed + 1) + " to " + BYTES_MAX);
        }
        Field.requireVersion("authenticated data's version", authenticatedData.get(0), VERSION);
        int varintStart = 1 + Franking.TAG_BYTES;
        int varintEnd = authenticatedData.size() - HASH_START_BYTES;
        return new MessageContext(
                authenticatedData.slice(1, varintStart),
                varint(authenticatedData.slice(varintStart, varintEnd)),
                authenticatedData.slice(varintEnd, authenticatedData.size()));
    }

    /** The bytes for MLS's {@code authenticated_data}: 50 to 58. */
    public Bytes encode() {
        ByteBuffer out = ByteBuffer.allocate(BYTES_MAX);
        out.put(VERSION).put(frankingTag.asReadOnlyBuffer());
        long rest = lastSeenSeq;
        while (rest > 0x7f) {
            out.put((byte) ((rest & 0x7f) | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest).put(lastSeenHashStart.asReadOnlyBuffer());
        return Bytes.wrapUnsafe(Arrays.copyOf(out.array(), out.position()));
    }

    /** The message's idempotency key. */
    public IdempotencyKey idempotencyKey() {
        return Franking.idempotencyKey(frankingTag);
    }

    /**
     * Whether the entry that the reader has at {@link #lastSeenSeq} is the one that the sender had. If not, one of the two was
     * shown another log: the fork alarm.
     *
     * @param entryHash of the reader's entry at that place, 32 bytes
     */
    public boolean agreesWith(Bytes entryHash) {
        return lastSeenHashStart.equals(start(entryHash));
    }

    /** Checks that the tag commits to this content, and that the record's key is the tag's. Refused with {@code INVALID_PROOF}. */
    public void requireFits(Bytes frankingKey, Bytes body, IdempotencyKey recordKey) throws RefusedException {
        if (!Franking.fits(frankingTag, frankingKey, body)) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF, "the message's franking tag does not fit its content", "franking-tag");
        }
        if (!idempotencyKey().equals(recordKey)) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF,
                    "the record's idempotency key " + recordKey + " is not that of the message, " + idempotencyKey(),
                    "idempotency-key");
        }
    }

    private static Bytes start(Bytes entryHash) {
        if (entryHash.size() != Sha256.BYTES) {
            throw new IllegalArgumentException(
                    "entry hash of " + entryHash.size() + " bytes, expected " + Sha256.BYTES);
        }
        return entryHash.slice(0, HASH_START_BYTES);
    }

    private static long varint(Bytes bytes) throws RefusedException {
        long value = 0;
        for (int i = 0; i < bytes.size(); i++) {
            boolean last = i == bytes.size() - 1;
            if (last != (bytes.get(i) >= 0)) {
                throw Field.malformed("authenticated data's last seen seq", "cut or too long", "one number");
            }
            value |= (long) (bytes.get(i) & 0x7f) << (7 * i);
        }
        if (value == 0 || (bytes.size() > 1 && bytes.get(bytes.size() - 1) == 0)) {
            throw Field.malformed(
                    "authenticated data's last seen seq", bytes.hex(), "at least 1, in its shortest form");
        }
        return value;
    }
}
