package chat.samara.mls.tree;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsEncodable;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.codec.TlsWriter;

/**
 * {@code Lifetime} (RFC 9420 §7.2): when clients consider a leaf valid, both ends included, in unsigned seconds since
 * 1970-01-01T00:00:00Z.
 */
public record Lifetime(long notBeforeSeconds, long notAfterSeconds) implements TlsEncodable {
    public static Lifetime readFrom(TlsReader reader) throws MlsException {
        return new Lifetime(reader.uint64(), reader.uint64());
    }

    /** Whether the moment lies within. */
    public boolean contains(long epochSeconds) {
        return Long.compareUnsigned(notBeforeSeconds, epochSeconds) <= 0
                && Long.compareUnsigned(epochSeconds, notAfterSeconds) <= 0;
    }

    /** Whether it ends no earlier than it starts, and spans at most so many seconds. */
    public boolean spansAtMost(long seconds) {
        return Long.compareUnsigned(notBeforeSeconds, notAfterSeconds) <= 0
                && Long.compareUnsigned(notAfterSeconds - notBeforeSeconds, seconds) <= 0;
    }

    @Override
    public void writeTo(TlsWriter writer) {
        writer.uint64(notBeforeSeconds).uint64(notAfterSeconds);
    }
}
