package chat.samara.client.profile;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.h2.mvstore.DataUtils;
import org.h2.mvstore.WriteBuffer;
import org.h2.mvstore.type.BasicDataType;

/** Byte strings as MVStore's keys and values: a length, then the bytes; compared as unsigned bytes. */
final class ByteStringType extends BasicDataType<byte[]> {
    static final ByteStringType INSTANCE = new ByteStringType();

    private static final int OVERHEAD_BYTES = 24;

    private ByteStringType() {}

    @Override
    public int compare(byte[] one, byte[] other) {
        return Arrays.compareUnsigned(one, other);
    }

    @Override
    public int getMemory(byte[] bytes) {
        return bytes.length + OVERHEAD_BYTES;
    }

    @Override
    public void write(WriteBuffer out, byte[] bytes) {
        out.putVarInt(bytes.length);
        out.put(bytes);
    }

    @Override
    public byte[] read(ByteBuffer in) {
        byte[] bytes = new byte[DataUtils.readVarInt(in)];
        in.get(bytes);
        return bytes;
    }

    @Override
    public byte[][] createStorage(int size) {
        return new byte[size][];
    }
}
