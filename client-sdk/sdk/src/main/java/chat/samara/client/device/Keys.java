package chat.samara.client.device;

import chat.samara.client.channel.MessageId;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.nio.ByteBuffer;

/** Builds the keys that {@link DeviceTable} lists. */
final class Keys {
    static final Bytes ACCOUNT = Bytes.ofUtf8("account");

    /** Below and above every key of any table. */
    static final Bytes FIRST = Bytes.EMPTY;

    static final Bytes LAST = Bytes.ofHex("ff".repeat(80));

    private Keys() {}

    static Bytes channel(ChannelId channel) {
        return channel.bytes();
    }

    /** Of OUTGOING, PROVISIONAL, INTENT, ENTRY_HASH and UNVOUCHED. */
    static Bytes numbered(ChannelId channel, long number) {
        return Bytes.wrapUnsafe(ByteBuffer.allocate(ChannelId.SIZE_BYTES + Long.BYTES)
                .put(channel.bytes().asReadOnlyBuffer())
                .putLong(number)
                .array());
    }

    static long numberOf(Bytes numberedKey) {
        return numberedKey.asReadOnlyBuffer().getLong(ChannelId.SIZE_BYTES);
    }

    /** The row that comes so many rows within its entry: from 0 to {@code HistoryBook.ROWS_PER_ENTRY_MAX - 1}. */
    static Bytes history(ChannelId channel, long seq, int within) {
        if (within < 0 || within >= HistoryBook.ROWS_PER_ENTRY_MAX) {
            throw new IllegalArgumentException(
                    "row " + within + " of an entry, expected less than " + HistoryBook.ROWS_PER_ENTRY_MAX);
        }
        return Bytes.wrapUnsafe(ByteBuffer.allocate(ChannelId.SIZE_BYTES + Long.BYTES + 1)
                .put(channel.bytes().asReadOnlyBuffer())
                .putLong(seq)
                .put((byte) within)
                .array());
    }

    /** Of a key of HISTORY: which row of its entry. */
    static int withinOf(Bytes historyKey) {
        return historyKey.get(ChannelId.SIZE_BYTES + Long.BYTES) & 0xff;
    }

    /** Of EPOCH: from 0 to {@code ProofRows.CONTEXTS_PER_EPOCH_MAX - 1} for one epoch. */
    static Bytes epoch(ChannelId channel, long epoch, int number) {
        return Bytes.wrapUnsafe(ByteBuffer.allocate(ChannelId.SIZE_BYTES + Long.BYTES + 1)
                .put(channel.bytes().asReadOnlyBuffer())
                .putLong(epoch)
                .put((byte) number)
                .array());
    }

    static Bytes author(ChannelId channel, DeviceId device) {
        return Bytes.concat(channel.bytes(), device.bytes());
    }

    static Bytes place(ChannelId channel, MessageId message) {
        return Bytes.concat(
                channel.bytes(), message.device().bytes(), message.key().bytes());
    }

    static Bytes group(ChannelId channel, Bytes mlsKey) {
        return Bytes.concat(channel.bytes(), mlsKey);
    }

    static Bytes mlsKeyOf(Bytes groupKey) {
        return groupKey.slice(ChannelId.SIZE_BYTES, groupKey.size());
    }

    static Bytes replayAnchor(ChannelId channel) {
        return Bytes.concat(channel.bytes(), Bytes.of((byte) 0));
    }

    static Bytes replayProgress(ChannelId channel) {
        return Bytes.concat(channel.bytes(), Bytes.of((byte) 1));
    }

    /** Of a key of REPLAY. */
    static boolean isReplayProgress(Bytes key) {
        return key.size() == ChannelId.SIZE_BYTES + 1 && key.get(ChannelId.SIZE_BYTES) == 1;
    }

    /** Of FOOTING. */
    static Bytes kept(ChannelId channel, byte kind, Bytes restOfKey) {
        return Bytes.concat(channel.bytes(), Bytes.of(kind), restOfKey);
    }

    /** What follows on the channel's id. */
    static Bytes restOf(Bytes key) {
        return key.slice(ChannelId.SIZE_BYTES, key.size());
    }

    static Bytes user(UserId user) {
        return Bytes.ofUtf8(user.toString());
    }

    /** Of FORGOTTEN: says nothing to who does not know the channel. */
    static Bytes forgotten(ChannelId channel) {
        return Sha256.of(
                Bytes.concat(Bytes.ofUtf8("forgotten channel"), channel.bytes()).toByteArray());
    }

    /** Above every key of any table that begins with the channel's id, whatever follows on it. */
    static Bytes behind(ChannelId channel) {
        return Bytes.concat(channel.bytes(), LAST);
    }

    /** Above every key that begins with the channel's id: what follows on it is ASCII or a number below 2^63. */
    static Bytes endOf(ChannelId channel) {
        return Bytes.concat(channel.bytes(), Bytes.of((byte) 0xff));
    }
}
