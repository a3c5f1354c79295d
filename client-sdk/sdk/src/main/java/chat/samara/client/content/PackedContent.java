package chat.samara.client.content;

import chat.samara.mls.codec.Bytes;
import java.util.Arrays;

/**
 * The application data of a message as it was signed, kept without the zeros at its end: whoever packs the same content again need not get the
 * same bytes, so these are kept, and what they say is read from them.
 *
 * @param kept the packed content up to its last byte that is not zero
 * @param bytes its length with those zeros
 */
public record PackedContent(Bytes kept, int bytes) {
    /** Of application data, with its padding. */
    public static PackedContent of(Bytes applicationData) {
        int end = applicationData.size();
        while (end > 0 && applicationData.get(end - 1) == 0) {
            end--;
        }
        return new PackedContent(applicationData.slice(0, end), applicationData.size());
    }

    /** The very bytes that were signed. */
    public Bytes applicationData() throws ContentException {
        if (bytes < kept.size() || bytes > Limits.PACKED_BYTES_MAX) {
            throw new ContentException("a packed content of " + bytes + " bytes, " + kept.size()
                    + " of them kept; expected at least those, and " + Limits.PACKED_BYTES_MAX + " at most");
        }
        return Bytes.wrapUnsafe(Arrays.copyOf(kept.arrayUnsafe(), bytes));
    }

    /** What it says; refused where it is none of {@link ContentCodec}'s. */
    public ReceivedContent open() throws ContentException {
        return ContentCodec.open(applicationData().arrayUnsafe());
    }

    /** The franking key and what its tag commits to, whatever that says. */
    public ComposedContent unpack() throws ContentException {
        return ContentCodec.unpack(applicationData().arrayUnsafe());
    }

    /** How long the content is that it unpacks to, as it says itself; 0 where it says nothing. For bounds of what is unpacked at once. */
    public int plainBytes() {
        return ContentPacking.plainBytes(kept.arrayUnsafe());
    }
}
