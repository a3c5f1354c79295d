package chat.samara.client.device;

import chat.samara.client.content.ComposedContent;
import chat.samara.client.content.ContentException;
import chat.samara.client.content.MessageContent;
import chat.samara.client.content.PackedContent;
import chat.samara.client.content.ReceivedContent;
import chat.samara.client.stored.StoredMessage;
import chat.samara.client.stored.StoredProfile;
import chat.samara.client.stored.StoredProof;
import chat.samara.client.stored.StoredSaid;
import chat.samara.mls.codec.Bytes;
import java.util.Optional;

/** What devices said, as rows keep it: the bytes that were signed. All that is shown is read from those. */
final class SaidRows {
    private SaidRows() {}

    /** Not sealed yet. */
    static StoredSaid of(ComposedContent content) {
        return packed(Bytes.wrapUnsafe(content.packed())).build();
    }

    /** As it was signed. */
    static StoredSaid of(Bytes applicationData, Optional<StoredProof> proof) {
        StoredSaid.Builder row = packed(applicationData);
        proof.ifPresent(row::setProof);
        return row.build();
    }

    private static StoredSaid.Builder packed(Bytes applicationData) {
        PackedContent packed = PackedContent.of(applicationData);
        return StoredSaid.newBuilder().setPacked(Stored.bytes(packed.kept())).setPackedBytes(packed.bytes());
    }

    static PackedContent packed(StoredSaid row) {
        return new PackedContent(Stored.bytes(row.getPacked()), row.getPackedBytes());
    }

    /** The very bytes that are signed. */
    static Bytes applicationData(StoredSaid row) {
        try {
            return packed(row).applicationData();
        } catch (ContentException e) {
            throw new DeviceStoreException("a message that this engine cannot have read or composed", e);
        }
    }

    /** What it says; refused where this version takes less than the one that has written the row. */
    static ReceivedContent content(StoredSaid row) throws ContentException {
        return packed(row).open();
    }

    /** What the franking tag commits to, whatever this version makes of it: it was unpacked once before the row was written. */
    static ComposedContent composed(StoredSaid row) {
        try {
            return packed(row).unpack();
        } catch (ContentException e) {
            throw new DeviceStoreException("a message that this engine cannot have read or composed", e);
        }
    }

    /** The message as it stands in the log, accepted by its hub at that time. */
    static StoredMessage ordered(StoredMessage row, long acceptedMillis) {
        return row.hasSaid()
                ? row.toBuilder()
                        .setSaid(row.getSaid().toBuilder().setAcceptedMillis(acceptedMillis))
                        .build()
                : row;
    }

    /** The channel's name and topic, if that is what it says. */
    static Optional<MessageContent.Profile> profile(StoredMessage row) {
        if (row.hasProfile()) {
            StoredProfile profile = row.getProfile();
            return Optional.of(new MessageContent.Profile(profile.getName(), profile.getTopic()));
        }
        try {
            return row.hasSaid() && content(row.getSaid()).content() instanceof MessageContent.Profile profile
                    ? Optional.of(profile)
                    : Optional.empty();
        } catch (ContentException e) {
            return Optional.empty();
        }
    }

    /** How much of memory a row takes once it is read, at the most: what it says may be packed very small. */
    static int shownBytes(StoredMessage row, int rowBytes) {
        return row.hasSaid() ? rowBytes + packed(row.getSaid()).plainBytes() : rowBytes;
    }
}
