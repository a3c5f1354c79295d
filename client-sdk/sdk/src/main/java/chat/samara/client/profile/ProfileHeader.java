package chat.samara.client.profile;

import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredHeader;
import chat.samara.client.stored.StoredKeySlot;
import chat.samara.client.stored.StoredKeySlotKind;
import chat.samara.mls.crypto.Hash;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.List;

/** {@code profile.header}: the layout's version and the slots that hold the data key. */
final class ProfileHeader {
    /** One MVStore file under a key that is the passphrase's own; converted when it is opened. */
    static final int OLD_VERSION = 1;

    /** The files are as they are now; tables without versions. Raised when it is opened: who knows no more than this refuses it from then on. */
    static final int VERSION_WITHOUT_TABLE_VERSIONS = 2;

    static final int VERSION = 3;

    static final String MAGIC = "samara-profile";

    private final StoredHeader stored;

    private ProfileHeader(StoredHeader stored) {
        this.stored = stored;
    }

    static ProfileHeader of(List<StoredKeySlot> slots) {
        StoredHeader.Builder header =
                StoredHeader.newBuilder().setMagic(MAGIC).setVersion(VERSION).addAllSlots(slots);
        return new ProfileHeader(header.setDigest(digest(header.build())).build());
    }

    /** Refused with PROFILE_NEWER or PROFILE_DAMAGED. */
    static ProfileHeader parse(byte[] encoded) throws ClientException {
        StoredHeader header;
        try {
            header = StoredHeader.parseFrom(encoded);
        } catch (InvalidProtocolBufferException e) {
            throw new ClientException(RefusalCode.PROFILE_DAMAGED, "the profile's header cannot be read", e);
        }
        if (!header.getMagic().equals(MAGIC)) {
            throw new ClientException(RefusalCode.PROFILE_DAMAGED, "the profile's header is not that of a profile");
        }
        if (header.getVersion() < OLD_VERSION || header.getVersion() > VERSION) {
            throw new ClientException(
                    RefusalCode.PROFILE_NEWER,
                    "the profile has version " + Integer.toUnsignedString(header.getVersion())
                            + ", this software knows " + OLD_VERSION + " to " + VERSION
                            + "; update the software. Nothing was changed");
        }
        if (header.getVersion() != OLD_VERSION && !header.getDigest().equals(digest(header))) {
            throw new ClientException(
                    RefusalCode.PROFILE_DAMAGED, "the profile's header was changed, or the disk has failed");
        }
        return new ProfileHeader(header);
    }

    private static ByteString digest(StoredHeader header) {
        return ByteString.copyFrom(
                Hash.SHA256.digest(header.toBuilder().clearDigest().build().toByteArray()));
    }

    boolean old() {
        return stored.getVersion() == OLD_VERSION;
    }

    /** Whether it has to be raised to the present version. */
    boolean behind() {
        return stored.getVersion() < VERSION;
    }

    /** For what version 1 keeps in it. */
    StoredHeader stored() {
        return stored;
    }

    /** The slot that a passphrase opens. */
    StoredKeySlot passphraseSlot() throws ClientException {
        return stored.getSlotsList().stream()
                .filter(slot -> slot.getKind() == StoredKeySlotKind.PASSPHRASE)
                .findFirst()
                .orElseThrow(() -> new ClientException(
                        RefusalCode.PROFILE_DAMAGED, "the profile's header has no slot for a passphrase"));
    }

    /** The same data key in another slot for the passphrase; slots of other kinds stay. */
    ProfileHeader withPassphraseSlot(StoredKeySlot slot) {
        List<StoredKeySlot> slots = new ArrayList<>(List.of(slot));
        stored.getSlotsList().stream()
                .filter(other -> other.getKind() != StoredKeySlotKind.PASSPHRASE)
                .forEach(slots::add);
        return of(slots);
    }

    byte[] encoded() {
        return stored.toByteArray();
    }
}
