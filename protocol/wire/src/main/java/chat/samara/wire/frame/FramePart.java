package chat.samara.wire.frame;

import chat.samara.mls.crypto.Ed25519;
import chat.samara.mls.crypto.Sha256;
import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.identity.DeviceCertificateIn;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ManifestIn;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.ClaimedKeyPackage;
import chat.samara.wire.proto.ClaimedKeyPackages;
import chat.samara.wire.proto.DeviceCertificate;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.GenesisControl;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.KeyPackageCount;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.Manifest;
import chat.samara.wire.proto.Provisional;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;

/** Checks of what several kinds of frames have in common. {@code name} is "message.field", for the error. */
final class FramePart {
    /** Bytes of a challenge, in ServerHello and PeerHello. */
    static final int CHALLENGE_BYTES = 32;

    /** Bytes of a claim's id. */
    static final int CLAIM_ID_BYTES = 16;

    private FramePart() {}

    static void channelId(String name, ByteString value) throws RefusedException {
        Field.requireSize(name, value, ChannelId.SIZE_BYTES);
    }

    static void deviceId(String name, ByteString value) throws RefusedException {
        Field.requireSize(name, value, DeviceId.SIZE_BYTES);
    }

    static void idempotencyKey(String name, ByteString value) throws RefusedException {
        Field.requireSize(name, value, IdempotencyKey.SIZE_BYTES);
    }

    static void signatureKey(String name, ByteString value) throws RefusedException {
        Field.requireSize(name, value, Ed25519.KEY_BYTES);
    }

    static void signature(String name, ByteString value) throws RefusedException {
        Field.requireSize(name, value, Ed25519.SIGNATURE_BYTES);
    }

    static void hash(String name, ByteString value) throws RefusedException {
        Field.requireSize(name, value, Sha256.BYTES);
    }

    static void userId(String name, String value) throws RefusedException {
        Field.requireAtMost(name, value, Limits.USER_ID_BYTES_MAX);
        UserId.fromWire(value);
    }

    static void cipherSuite(String name, int value) throws RefusedException {
        if (value < 1 || value > 0xffff) {
            throw Field.malformed(name, Integer.toUnsignedString(value), "1 to 65535");
        }
    }

    static void keyPackageCounts(String name, List<KeyPackageCount> counts) throws RefusedException {
        Field.requireCount(name, counts.size(), Limits.SUITES_PER_DEVICE_MAX);
        for (KeyPackageCount count : counts) {
            cipherSuite("KeyPackageCount.cipher_suite", count.getCipherSuite());
            Field.requireAtMost(
                    "KeyPackageCount.last_resort_ref", count.getLastResortRef(), Limits.KEY_PACKAGE_REF_BYTES_MAX);
        }
    }

    static void credit(String name, long value) throws RefusedException {
        if (value < 0 || value > Limits.CREDIT_BYTES_MAX) {
            throw Field.tooLarge(name, value, Limits.CREDIT_BYTES_MAX);
        }
    }

    static void certificate(String name, boolean present, DeviceCertificate certificate) throws RefusedException {
        if (!present) {
            throw Field.malformed(name, "missing", "a certificate");
        }
        DeviceCertificateIn.of(certificate);
    }

    static void manifest(String name, boolean present, Manifest manifest) throws RefusedException {
        if (!present) {
            throw Field.malformed(name, "missing", "a manifest");
        }
        ManifestIn.of(manifest);
    }

    static void genesis(String name, boolean present, GenesisControl genesis) throws RefusedException {
        if (!present) {
            throw Field.malformed(name, "missing", "a genesis");
        }
        Payload.requireForm(genesis);
        Field.requireCount(name, genesis.getSerializedSize(), Limits.PAYLOAD_BYTES_MAX);
    }

    static void claimed(ClaimedKeyPackages claimed) throws RefusedException {
        Field.requireCount(
                "ClaimedKeyPackages.key_packages", claimed.getKeyPackagesCount(), Limits.DEVICES_PER_MEMBER_MAX);
        for (ClaimedKeyPackage one : claimed.getKeyPackagesList()) {
            deviceId("ClaimedKeyPackage.device_id", one.getDeviceId());
            Field.requireFilled("ClaimedKeyPackage.key_package", one.getKeyPackage(), Limits.KEY_PACKAGE_BYTES_MAX);
        }
    }

    /** How an entry is read. */
    @FunctionalInterface
    interface EntryForm {
        EntryIn read(LogEntry entry) throws RefusedException;
    }

    /** Reads each entry and the head once: also a reader that applies them later can then rely on their form. */
    static void entries(Entries entries, EntryForm form) throws RefusedException {
        channelId("Entries.channel_id", entries.getChannelId());
        List<EntryIn> unused = entries(entries.getEntriesList(), "Entries.entries", form);
        if (entries.hasHead()) {
            HeadIn.of(entries.getHead());
        }
    }

    static List<EntryIn> entries(List<LogEntry> entries, String field, EntryForm form) throws RefusedException {
        Field.requireCount(field, entries.size(), Limits.ENTRIES_PER_FRAME_MAX);
        List<EntryIn> read = new ArrayList<>(entries.size());
        for (LogEntry entry : entries) {
            read.add(form.read(entry));
        }
        return read;
    }

    static void handshakes(Handshakes handshakes) throws RefusedException {
        channelId("Handshakes.channel_id", handshakes.getChannelId());
        Field.requireCount("Handshakes.entries", handshakes.getEntriesCount(), Limits.ENTRIES_PER_FRAME_MAX);
        for (LogEntry entry : handshakes.getEntriesList()) {
            EntryIn.shown(entry);
        }
        Field.atLeast("Handshakes.through_seq", handshakes.getThroughSeq(), 0);
    }

    static void provisional(Provisional provisional) throws RefusedException {
        RecordIn.of(provisional.getRecord());
    }

    static RefusedException unknownBody() {
        return RefusedException.of(
                ErrorCode.UNSUPPORTED, "a request of a kind that is not known here; update the software", "frame.body");
    }
}
