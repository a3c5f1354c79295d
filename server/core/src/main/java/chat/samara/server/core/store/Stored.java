package chat.samara.server.core.store;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import java.nio.ByteBuffer;

/** Reads values that this software wrote: that one cannot be read is a failure of the disk, and stops what needs it. */
public final class Stored {
    private Stored() {}

    /** A value that is a protobuf message. */
    public static <M extends MessageLite> M decode(Table table, Parser<M> parser, Bytes value) {
        try {
            return parser.parseFrom(value.arrayUnsafe());
        } catch (InvalidProtocolBufferException e) {
            throw corrupt(table, e);
        }
    }

    /** A value that is a protobuf message, of a channel. */
    public static <M extends MessageLite> M decode(Table table, ChannelId channel, Parser<M> parser, Bytes value) {
        try {
            return parser.parseFrom(value.arrayUnsafe());
        } catch (InvalidProtocolBufferException e) {
            throw corrupt(table, channel, e);
        }
    }

    /** A message as a value. */
    public static Bytes encode(MessageLite message) {
        return Protobuf.encode(message);
    }

    /** A value that is a number. */
    public static long number(Table table, Bytes value) {
        if (value.size() != Long.BYTES) {
            throw new StoreException(
                    StoreException.Kind.CORRUPT,
                    "a number of " + value.size() + " bytes in table " + table + ", expected " + Long.BYTES);
        }
        return value.asReadOnlyBuffer().getLong();
    }

    /** A value that is a number, of a channel. */
    public static long number(Table table, ChannelId channel, Bytes value) {
        try {
            return number(table, value);
        } catch (StoreException e) {
            throw e.in(channel);
        }
    }

    /** A number as a value: 8 bytes, big-endian. */
    public static Bytes number(long number) {
        return Bytes.wrapUnsafe(ByteBuffer.allocate(Long.BYTES).putLong(number).array());
    }

    /** A row that this software wrote cannot be understood. */
    public static StoreException corrupt(Table table, Exception cause) {
        return new StoreException(StoreException.Kind.CORRUPT, "a row of table " + table + " cannot be read", cause);
    }

    /** A row of a channel cannot be understood. */
    public static StoreException corrupt(Table table, ChannelId channel, Exception cause) {
        return corrupt(table, cause).in(channel);
    }

    /** A row of a channel is gone, though others say that it is there. */
    public static StoreException missing(Table table, ChannelId channel, String what) {
        return new StoreException(StoreException.Kind.CORRUPT, what + " is missing in table " + table).in(channel);
    }

    /** A field of a stored message. */
    public static Bytes bytes(ByteString field) {
        return Protobuf.toBytes(field);
    }
}
