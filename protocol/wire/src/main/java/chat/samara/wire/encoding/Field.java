package chat.samara.wire.encoding;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.proto.ErrorCode;
import com.google.protobuf.ByteString;

/**
 * Reads single fields of an untrusted message, each with its bound. A violation names the field, the value's size and what was
 * expected. {@code name} is "message.field" as in the {@code .proto} file.
 */
public final class Field {
    private Field() {}

    /** A field of exactly so many bytes. */
    public static Bytes exactly(String name, ByteString value, int bytes) throws RefusedException {
        requireSize(name, value, bytes);
        return Protobuf.toBytes(value);
    }

    /** A field of one to so many bytes. */
    public static Bytes upTo(String name, ByteString value, int bytesMax) throws RefusedException {
        requireFilled(name, value, bytesMax);
        return Protobuf.toBytes(value);
    }

    /** As {@link #exactly}, without taking a copy. */
    public static void requireSize(String name, ByteString value, int bytes) throws RefusedException {
        if (value.size() != bytes) {
            throw malformed(name, value.size() + " bytes", bytes + " bytes");
        }
    }

    /** As {@link #upTo}, without taking a copy. */
    public static void requireFilled(String name, ByteString value, int bytesMax) throws RefusedException {
        if (value.isEmpty()) {
            throw malformed(name, "nothing", "1 to " + bytesMax + " bytes");
        }
        requireAtMost(name, value, bytesMax);
    }

    /** A field that may be empty, of at most so many bytes. */
    public static void requireAtMost(String name, ByteString value, int bytesMax) throws RefusedException {
        if (value.size() > bytesMax) {
            throw tooLarge(name, value.size(), bytesMax);
        }
    }

    /** A text of at most so many UTF-16 units; a first bound, before anything looks at the text. */
    public static void requireAtMost(String name, String value, int charsMax) throws RefusedException {
        if (value.length() > charsMax) {
            throw tooLarge(name, value.length(), charsMax);
        }
    }

    /** A list of at most so many elements. */
    public static void requireCount(String name, int count, int countMax) throws RefusedException {
        if (count > countMax) {
            throw tooLarge(name, count, countMax);
        }
    }

    /** A number from {@code min} to 2^63 - 1; protobuf's uint64 above that shows as negative and is refused. */
    public static long atLeast(String name, long value, long min) throws RefusedException {
        if (value < min) {
            throw malformed(name, Long.toUnsignedString(value), min + " to " + Long.MAX_VALUE);
        }
        return value;
    }

    /** The only format that this code knows. */
    public static void requireVersion(String name, int version, int known) throws RefusedException {
        if (version != known) {
            throw RefusedException.of(
                    ErrorCode.UNSUPPORTED,
                    name + " is " + Integer.toUnsignedString(version) + ", but only version " + known
                            + " is known here; update the software",
                    name);
        }
    }

    /** The field has the wrong form. */
    public static RefusedException malformed(String name, String got, String expected) {
        return RefusedException.of(ErrorCode.MALFORMED, name + " is " + got + ", expected " + expected, name);
    }

    /** The field or list is larger than its limit. */
    public static RefusedException tooLarge(String name, long got, long max) {
        return RefusedException.of(
                ErrorCode.TOO_LARGE, name + " has a size of " + got + ", but the limit is " + max, name + "<=" + max);
    }
}
