package chat.samara.wire.frame;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.framing.Content;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.keypackage.KeyPackageIn;
import chat.samara.mls.proposal.Proposal;
import chat.samara.mls.proposal.ProposalOrRef;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.Entry;
import chat.samara.wire.proto.HeadHint;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.SignedRecord;
import chat.samara.wire.proto.Submit;
import chat.samara.wire.proto.SubmitRecords;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The KeyPackages that a frame brings: published, or added by commits. Each takes three signatures, which depend on nothing else; so they can be verified before
 * it is the frame's turn. Nothing here refuses a frame: what cannot be read brings none. Stateless; callable from any thread.
 */
public final class BroughtKeyPackages {
    private BroughtKeyPackages() {}

    /** Whether a device's frame may bring some, by a glance at its fields: little is read, and nothing is copied. */
    public static boolean mayBeInClientFrame(byte[] frame) {
        return glance(frame, (field, in) -> switch (field) {
            case ClientFrame.PUBLISH_KEY_PACKAGES_FIELD_NUMBER -> true;
            case ClientFrame.SUBMIT_FIELD_NUMBER -> isCommit(in, Submit.KIND_FIELD_NUMBER);
            default -> false;
        });
    }

    /** As {@link #mayBeInClientFrame}, of a frame of another server's: one with records or entries. */
    public static boolean mayBeInPeerFrame(byte[] frame) {
        return glance(frame, (field, in) -> switch (field) {
            case PeerFrame.SUBMIT_RECORDS_FIELD_NUMBER ->
                any(in, SubmitRecords.RECORDS_FIELD_NUMBER, BroughtKeyPackages::isSignedCommit);
            case PeerFrame.ENTRIES_FIELD_NUMBER ->
                any(in, Entries.ENTRIES_FIELD_NUMBER, BroughtKeyPackages::isCommitEntry);
            case PeerFrame.HEAD_HINT_FIELD_NUMBER ->
                any(in, HeadHint.ENTRIES_FIELD_NUMBER, BroughtKeyPackages::isCommitEntry);
            default -> false;
        });
    }

    /** Those in a device's frame, in its order. */
    public static List<KeyPackageIn> inClientFrame(byte[] frame) {
        List<KeyPackageIn> found = new ArrayList<>();
        try {
            ClientFrame decoded = ClientFrames.decode(frame);
            if (decoded.hasPublishKeyPackages()) {
                for (ByteString message : decoded.getPublishKeyPackages().getKeyPackagesList()) {
                    found.add(MlsMessage.decode(message.toByteArray()).requireKeyPackage());
                }
            } else if (decoded.hasSubmit() && decoded.getSubmit().getKind() == RecordKind.COMMIT) {
                addAddedBy(Protobuf.toBytes(decoded.getSubmit().getPayload()), found);
            }
        } catch (RefusedException | MlsException refused) {
            // By whoever reads the frame in its turn, and says why.
        }
        return found;
    }

    /** Those in a frame of another server's, in its order. */
    public static List<KeyPackageIn> inPeerFrame(byte[] frame) {
        List<KeyPackageIn> found = new ArrayList<>();
        try {
            PeerFrameIn read = PeerFrames.read(frame);
            for (RecordIn record : read.records()) {
                addAddedBy(record.claimed(), found);
            }
            for (EntryIn entry : read.entries()) {
                addAddedBy(entry.unverified().record(), found);
            }
        } catch (RefusedException | MlsException refused) {
            // By whoever reads the frame in its turn, and says why.
        }
        return found;
    }

    private static void addAddedBy(Record record, List<KeyPackageIn> found) throws RefusedException, MlsException {
        if (record.kind() == RecordKind.COMMIT) {
            addAddedBy(record.payload(), found);
        }
    }

    private static void addAddedBy(Bytes payload, List<KeyPackageIn> found) throws RefusedException, MlsException {
        byte[] commit = Payload.commit(payload).getCommit().toByteArray();
        Content content =
                MlsMessage.decode(commit).requirePublicMessage().content().content();
        if (content instanceof Content.OfCommit it) {
            for (ProposalOrRef proposal : it.commit().proposals()) {
                if (proposal instanceof ProposalOrRef.ByValue value && value.proposal() instanceof Proposal.Add add) {
                    found.add(add.keyPackage());
                }
            }
        }
    }

    /** What is asked of a message, of which the stream holds no more than its fields. */
    @FunctionalInterface
    private interface Asked {
        boolean of(CodedInputStream in) throws IOException;
    }

    /** The same, of a field. */
    @FunctionalInterface
    private interface AskedOfField {
        boolean of(int field, CodedInputStream in) throws IOException;
    }

    private static boolean glance(byte[] frame, AskedOfField asked) {
        try {
            return anyField(CodedInputStream.newInstance(frame), asked);
        } catch (IOException noProtobuf) {
            return false;
        }
    }

    /** Whether it is so of one of the fields that are messages, or bytes. */
    private static boolean anyField(CodedInputStream in, AskedOfField asked) throws IOException {
        boolean found = false;
        while (!found && !in.isAtEnd()) {
            int tag = in.readTag();
            if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
                int outer = in.pushLimit(in.readRawVarint32());
                found = asked.of(WireFormat.getTagFieldNumber(tag), in);
                in.skipRawBytes(in.getBytesUntilLimit());
                in.popLimit(outer);
            } else if (!in.skipField(tag)) {
                return false;
            }
        }
        return found;
    }

    private static boolean any(CodedInputStream in, int field, Asked asked) throws IOException {
        return anyField(in, (number, inside) -> number == field && asked.of(inside));
    }

    private static boolean isSignedCommit(CodedInputStream in) throws IOException {
        return any(in, SignedRecord.RECORD_FIELD_NUMBER, BroughtKeyPackages::isCommitRecord);
    }

    private static boolean isCommitEntry(CodedInputStream in) throws IOException {
        return any(
                in,
                LogEntry.ENTRY_FIELD_NUMBER,
                entry -> any(entry, Entry.RECORD_FIELD_NUMBER, BroughtKeyPackages::isCommitRecord));
    }

    private static boolean isCommitRecord(CodedInputStream in) throws IOException {
        return isCommit(in, chat.samara.wire.proto.Record.KIND_FIELD_NUMBER);
    }

    private static boolean isCommit(CodedInputStream in, int kindField) throws IOException {
        boolean isCommit = false;
        while (!in.isAtEnd()) {
            int tag = in.readTag();
            if (WireFormat.getTagFieldNumber(tag) == kindField
                    && WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
                isCommit = in.readEnum() == RecordKind.COMMIT_VALUE;
            } else if (!in.skipField(tag)) {
                return false;
            }
        }
        return isCommit;
    }
}
