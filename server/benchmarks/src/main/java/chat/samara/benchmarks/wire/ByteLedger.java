package chat.samara.benchmarks.wire;

import chat.samara.benchmarks.BenchFailure;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.TlsReader;
import chat.samara.mls.framing.PrivateMessage;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.SignedHead;
import chat.samara.wire.proto.SlimEntry;
import chat.samara.wire.proto.Submit;
import chat.samara.wire.proto.TerseEntries;
import chat.samara.wire.proto.TerseHead;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What each byte of a stretch of frames is for. Nothing is left over: the parts add up to what was on the network. A field's number and length count
 * as part of it.
 */
public final class ByteLedger {
    private static final int SIGNATURE_BYTES = 64;
    private static final int TAG_BYTES = 16;
    private static final int SENDER_DATA_BYTES = 28;

    /** Of a franking tag, without the idempotency key. */
    private static final int TAG_REST_BYTES = 16;

    /** Before a PrivateMessage: the version of MLS and the wire format (RFC 9420 §6). */
    private static final int MLS_MESSAGE_BYTES = 4;

    private final int paddingBytes;
    private final Map<String, Integer> parts = new LinkedHashMap<>();

    /** A ledger of messages whose content has so many bytes of padding; that cannot be seen from outside. */
    public ByteLedger(int paddingBytes) {
        this.paddingBytes = paddingBytes;
    }

    /** The parts by name, in the order in which they were met. */
    public Map<String, Integer> parts() {
        return new LinkedHashMap<>(parts);
    }

    /** All parts together. */
    public int bytes() {
        return parts.values().stream().mapToInt(Integer::intValue).sum();
    }

    private void add(String part, int bytes) {
        if (bytes != 0) {
            parts.merge(part, bytes, Integer::sum);
        }
    }

    /** What a device has sent. */
    public ByteLedger addToServer(TappedWay.Stretch stretch) throws BenchFailure {
        add("TLS records", stretch.tlsBytes());
        for (byte[] encoded : stretch.frames()) {
            ClientFrame frame = decoded(ClientFrame.parser(), encoded);
            if (frame.hasSubmit()) {
                addSubmit(frame.getSubmit());
                addFrame(encoded, frame.getSubmit());
            } else if (frame.hasAcknowledge()) {
                add("acknowledgement", TappedWay.LENGTH_BYTES + encoded.length);
            } else {
                add("other frames", TappedWay.LENGTH_BYTES + encoded.length);
            }
        }
        return this;
    }

    /** What a device has got. */
    public ByteLedger addToDevice(TappedWay.Stretch stretch) throws BenchFailure {
        add("TLS records", stretch.tlsBytes());
        for (byte[] encoded : stretch.frames()) {
            ServerFrame frame = decoded(ServerFrame.parser(), encoded);
            if (frame.hasEntries()) {
                addEntries(frame.getEntries());
                addFrame(encoded, frame.getEntries());
            } else if (frame.hasTerseEntries()) {
                addTerse(frame.getTerseEntries());
                addFrame(encoded, frame.getTerseEntries());
            } else if (frame.hasReceipt()) {
                add("receipt", TappedWay.LENGTH_BYTES + encoded.length);
            } else {
                add("other frames", TappedWay.LENGTH_BYTES + encoded.length);
            }
        }
        return this;
    }

    private static <M> M decoded(com.google.protobuf.Parser<M> parser, byte[] encoded) throws BenchFailure {
        try {
            return parser.parseFrom(encoded);
        } catch (InvalidProtocolBufferException e) {
            throw new BenchFailure("a frame of " + encoded.length + " bytes does not decode: " + e.getMessage(), e);
        }
    }

    /** The length in front, and what names the body and its request. */
    private void addFrame(byte[] encoded, MessageLite body) {
        add("frame", TappedWay.LENGTH_BYTES + encoded.length - body.getSerializedSize());
    }

    private void addSubmit(Submit submit) throws BenchFailure {
        int channel = field(Submit.CHANNEL_ID_FIELD_NUMBER, submit.getChannelId())
                + field(Submit.CHANNEL_START_FIELD_NUMBER, submit.getChannelStart());
        int message = field(Submit.MESSAGE_FIELD_NUMBER, submit.getMessage())
                + field(Submit.LAST_SEEN_FIELD_NUMBER, submit.getLastSeen());
        int key = field(Submit.IDEMPOTENCY_KEY_FIELD_NUMBER, submit.getIdempotencyKey());
        int payload = field(Submit.PAYLOAD_FIELD_NUMBER, submit.getPayload());
        add("channel", channel);
        add("idempotency key", key);
        add("epoch, number, kind", submit.getSerializedSize() - channel - key - payload - message);
        if (submit.getMessage().isEmpty()) {
            addPayload(submit.getKind(), submit.getPayload(), payload);
        } else {
            addMessage(message, submit.getMessage());
        }
    }

    private void addEntries(Entries entries) throws BenchFailure {
        int channel = field(Entries.CHANNEL_ID_FIELD_NUMBER, entries.getChannelId());
        int previous = field(Entries.SLIM_PREVIOUS_ENTRY_HASH_FIELD_NUMBER, entries.getSlimPreviousEntryHash());
        add("channel", channel);
        add("hash before", previous);
        int rest = entries.getSerializedSize() - channel - previous;
        if (entries.hasHead()) {
            SignedHead head = entries.getHead();
            int whole = CodedOutputStream.computeMessageSize(Entries.HEAD_FIELD_NUMBER, head);
            int proof = head.hasProof()
                    ? CodedOutputStream.computeMessageSize(SignedHead.PROOF_FIELD_NUMBER, head.getProof())
                    : 0;
            add("head", whole - proof);
            add("head's proof", proof);
            rest -= whole;
        }
        for (SlimEntry entry : entries.getSlimList()) {
            int whole = CodedOutputStream.computeMessageSize(Entries.SLIM_FIELD_NUMBER, entry);
            addEntry(entry, whole);
            rest -= whole;
        }
        add("place", rest);
    }

    private void addTerse(TerseEntries entries) throws BenchFailure {
        int channel = field(TerseEntries.CHANNEL_START_FIELD_NUMBER, entries.getChannelStart());
        int head = CodedOutputStream.computeMessageSize(TerseEntries.HEAD_FIELD_NUMBER, entries.getHead());
        TerseHead unproven = TerseHead.newBuilder()
                .setUnstable(entries.getHead().getUnstable())
                .build();
        int proof = entries.getHead().getSerializedSize() - unproven.getSerializedSize();
        add("channel", channel);
        add("head", head - proof);
        add("head's proof", proof);
        int rest = entries.getSerializedSize() - channel - head;
        for (SlimEntry entry : entries.getEntriesList()) {
            int whole = CodedOutputStream.computeMessageSize(TerseEntries.ENTRIES_FIELD_NUMBER, entry);
            addEntry(entry, whole);
            rest -= whole;
        }
        add("place", rest);
    }

    private void addEntry(SlimEntry entry, int whole) throws BenchFailure {
        int key = field(SlimEntry.IDEMPOTENCY_KEY_FIELD_NUMBER, entry.getIdempotencyKey());
        int device = field(SlimEntry.DEVICE_FIELD_NUMBER, entry.getDevice());
        int payload = field(SlimEntry.PAYLOAD_FIELD_NUMBER, entry.getPayload());
        int proof = entry.hasOriginProof()
                ? CodedOutputStream.computeMessageSize(SlimEntry.ORIGIN_PROOF_FIELD_NUMBER, entry.getOriginProof())
                : 0;
        add("idempotency key", key);
        add("device", device);
        add("origin's proof", proof);
        int message = field(SlimEntry.MESSAGE_FIELD_NUMBER, entry.getMessage())
                + field(SlimEntry.LAST_SEEN_FIELD_NUMBER, entry.getLastSeen());
        add("entry's times, origin, numbers", whole - key - device - payload - message - proof);
        if (!entry.getMessage().isEmpty()) {
            addMessage(message, entry.getMessage());
            return;
        }
        RecordKind kind =
                entry.getKind() == RecordKind.RECORD_KIND_UNSPECIFIED ? RecordKind.APPLICATION : entry.getKind();
        addPayload(kind, entry.getPayload(), payload);
    }

    private void addPayload(RecordKind kind, ByteString payload, int field) throws BenchFailure {
        if (kind != RecordKind.APPLICATION || payload.isEmpty()) {
            add("other payload", field);
            return;
        }
        try {
            byte[] encoded = payload.toByteArray();
            PrivateMessage message = PrivateMessage.readFrom(
                    new TlsReader(java.util.Arrays.copyOfRange(encoded, MLS_MESSAGE_BYTES, encoded.length)));
            addMessage(
                    field,
                    message.encryptedSenderData().size(),
                    message.ciphertext().size());
        } catch (MlsException e) {
            throw new BenchFailure("a payload is no PrivateMessage: " + e.getMessage(), e);
        }
    }

    /** What is left of a message where the rest is known. */
    private void addMessage(int field, ByteString message) {
        addMessage(field, SENDER_DATA_BYTES, message.size() - SENDER_DATA_BYTES - TAG_REST_BYTES);
    }

    private void addMessage(int field, int sender, int ciphertext) {
        add("MLS header", field - ciphertext - sender);
        add("MLS sender data", sender);
        add("MLS tag", TAG_BYTES);
        add("MLS signature", SIGNATURE_BYTES);
        add("padding", paddingBytes);
        add("content", ciphertext - TAG_BYTES - SIGNATURE_BYTES - paddingBytes);
    }

    private static int field(int number, ByteString value) {
        return value.isEmpty() ? 0 : CodedOutputStream.computeBytesSize(number, value);
    }
}
