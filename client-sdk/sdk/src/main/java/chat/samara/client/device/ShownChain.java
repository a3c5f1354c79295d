package chat.samara.client.device;

import chat.samara.wire.log.EntryIn;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;

/**
 * The entries of a log that the server shows in the place of what was read here, frame by frame. Should the hub turn out to have signed it, they are
 * what proves to others that it has signed two: each names the hash of the one before, and the last is what the head stands for.
 */
final class ShownChain {
    private final List<ByteString> entries = new ArrayList<>();
    private long bytes;

    void clear() {
        entries.clear();
        bytes = 0;
    }

    /** One that is longer than is kept proves nothing in part: then none is. */
    void add(List<EntryIn> more) {
        for (EntryIn entry : more) {
            ByteString encoded = entry.toProto().toByteString();
            bytes += encoded.size();
            if (bytes <= Limits.EVIDENCE_BYTES_MAX) {
                entries.add(encoded);
            } else {
                entries.clear();
            }
        }
    }

    List<ByteString> entries() {
        return List.copyOf(entries);
    }
}
