package chat.samara.mls.fuzz;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;
import java.util.List;
import java.util.Optional;

/** A program for a {@link TlsReader} that stands in the very bytes it reads: an operation, what it reads, the next. */
final class Primitives {
    private static final int OPERATIONS = 13;

    private Primitives() {}

    /** Reads all of it, and writes what was read. */
    static byte[] copy(byte[] bytes) throws MlsException {
        TlsReader reader = new TlsReader(bytes);
        TlsWriter writer = new TlsWriter();
        while (reader.hasRemaining()) {
            int before = reader.remaining();
            int operation = reader.uint8();
            writer.uint8(operation);
            copyOne(operation % OPERATIONS, reader, writer);
            if (reader.remaining() >= before || reader.remaining() < 0) {
                throw new AssertionError(reader.remaining() + " bytes are left of " + before);
            }
            if (reader.position() + reader.remaining() != bytes.length) {
                throw new AssertionError("position " + reader.position() + " and " + reader.remaining() + " left");
            }
        }
        return writer.toByteArray();
    }

    private static void copyOne(int operation, TlsReader reader, TlsWriter writer) throws MlsException {
        switch (operation) {
            case 0 -> writer.uint8(reader.uint8());
            case 1 -> writer.uint16(reader.uint16());
            case 2 -> writer.uint32(reader.uint32());
            case 3 -> writer.uint32(reader.index32());
            case 4 -> writer.uint64(reader.uint64());
            case 5 -> writer.opaque(reader.opaque());
            case 6 -> writer.vector16(reader.vector16());
            case 7 -> writer.vector32(reader.vector32());
            case 8 -> writer.varint(reader.varint());
            case 9 -> writer.optional(reader.optional(Item::readFrom));
            case 10 -> writer.vector(reader.vector(Item::readFrom));
            case 11 -> {
                int length = reader.uint8();
                writer.uint8(length).raw(reader.raw(length));
            }
            default -> {
                int start = reader.position();
                TlsReader nested = reader.nested();
                List<Item> items = nested.hasRemaining() ? List.of(Item.readFrom(nested)) : List.of();
                Bytes rest = nested.raw(nested.remaining());
                nested.requireEnd();
                TlsWriter inner = new TlsWriter();
                items.forEach(inner::struct);
                writer.opaque(inner.raw(rest).toByteArray());
                if (reader.since(start).isEmpty()) {
                    throw new AssertionError("a vector of no bytes at all, expected its length at least");
                }
            }
        }
    }

    /** Something with a vector and an optional inside. */
    private record Item(Bytes name, Optional<Item> next) implements TlsEncodable {
        static Item readFrom(TlsReader reader) throws MlsException {
            return new Item(reader.opaque(), reader.optional(Item::last));
        }

        private static Item last(TlsReader reader) throws MlsException {
            return new Item(reader.opaque(), Optional.empty());
        }

        @Override
        public void writeTo(TlsWriter writer) {
            writer.opaque(name);
            if (next.isPresent()) {
                writer.uint8(1).opaque(next.get().name);
            } else {
                writer.uint8(0);
            }
        }
    }
}
