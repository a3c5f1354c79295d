package chat.samara.benchmarks.load;

import io.netty.buffer.ByteBuf;

/** Walks over the fields of an encoded protobuf message without decoding it: a delivery costs its reader next to nothing. */
final class FieldScan {
    private static final int VARINT = 0;
    private static final int FIXED_64 = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int FIXED_32 = 5;

    private final ByteBuf in;
    private final int end;
    private int at;
    private int field;
    private long number;
    private int from;

    /** Over a message that lies there in a buffer. */
    FieldScan(ByteBuf in, int from, int to) {
        this.in = in;
        this.at = from;
        this.end = to;
    }

    /** Over the content of the field that another stands at. */
    static FieldScan into(FieldScan outer) {
        return new FieldScan(outer.in, outer.from, outer.at);
    }

    /** Goes to the next field; false if there is none. */
    boolean next() {
        if (at >= end) {
            return false;
        }
        long tag = varint();
        field = (int) (tag >>> 3);
        int type = (int) (tag & 7);
        switch (type) {
            case VARINT -> number = varint();
            case FIXED_64 -> at += Long.BYTES;
            case FIXED_32 -> at += Integer.BYTES;
            case LENGTH_DELIMITED -> {
                int length = (int) varint();
                from = at;
                at += length;
            }
            default -> throw new IllegalStateException("a field of wire type " + type + ", expected 0, 1, 2 or 5");
        }
        return true;
    }

    int field() {
        return field;
    }

    /** The field's number, if it is one. */
    long number() {
        return number;
    }

    /** Where the field's content begins, if it has a length. */
    int from() {
        return from;
    }

    /** Where the field ends. */
    int to() {
        return at;
    }

    private long varint() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.getByte(at++);
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalStateException("a number of more than 10 bytes, expected a varint");
    }
}
