package chat.samara.wire.frame;

import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.PeerFrame;
import java.util.List;
import java.util.Optional;

/**
 * A frame from another server: each field of its body has been checked, and what of the signed log is in it has been read. Nothing of it is verified.
 *
 * @param frame the whole frame
 * @param records of SubmitRecords, in their order
 * @param entries of Entries or HeadHint, in their order
 * @param head of Entries or HeadHint
 */
public record PeerFrameIn(PeerFrame frame, List<RecordIn> records, List<EntryIn> entries, Optional<HeadIn> head) {
    public PeerFrameIn {
        records = List.copyOf(records);
        entries = List.copyOf(entries);
    }
}
