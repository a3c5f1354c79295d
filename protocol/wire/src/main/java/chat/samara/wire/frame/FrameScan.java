package chat.samara.wire.frame;

import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;

/**
 * Counts the elements of a frame before it is decoded. Two bytes can stand for a whole element, and decoding makes an object of
 * some 40 bytes of it: without a count, a frame of 1 MiB would take 20.
 */
final class FrameScan {
    private FrameScan() {}

    /** Looks at the frame's own fields and at those directly in its body. Refused with {@code TOO_LARGE} or {@code MALFORMED}. */
    static void requireFewElements(byte[] frame) throws RefusedException {
        try {
            CodedInputStream in = CodedInputStream.newInstance(frame);
            int elements = 0;
            while (true) {
                int tag = in.readTag();
                if (tag == 0) {
                    return;
                }
                elements = count(elements);
                if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                    int outer = in.pushLimit(in.readRawVarint32());
                    elements = scanBody(in, elements);
                    in.popLimit(outer);
                } else if (!in.skipField(tag)) {
                    throw Field.malformed("frame", "not protobuf", "fields only");
                }
            }
        } catch (IOException e) {
            RefusedException refused = Field.malformed("frame", "not protobuf (" + e.getMessage() + ")", "protobuf");
            refused.initCause(e);
            throw refused;
        }
    }

    private static int scanBody(CodedInputStream in, int before) throws IOException, RefusedException {
        int elements = before;
        while (!in.isAtEnd()) {
            elements = count(elements);
            if (!in.skipField(in.readTag())) {
                throw Field.malformed("frame", "not protobuf", "fields only");
            }
        }
        return elements;
    }

    private static int count(int elements) throws RefusedException {
        if (elements == Limits.FRAME_ELEMENTS_MAX) {
            throw Field.tooLarge("frame elements", elements + 1L, Limits.FRAME_ELEMENTS_MAX);
        }
        return elements + 1;
    }
}
