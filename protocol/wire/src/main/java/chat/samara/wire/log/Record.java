package chat.samara.wire.log;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.Limits;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.SigningLabel;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;

/**
 * What one device sent and its own server, the origin, accepted; without the origin's proof, which a batch yields only when it is
 * sealed. Verified as far as its type goes: it was made here, or came out of {@link RecordIn} or {@link EntryIn}.
 */
// Warned of because of java.lang.Record; but "record" is the design's word (DESIGN §1), and no code here names that
// class.
@SuppressWarnings("JavaLangClash")
public final class Record {
    static final int VERSION = 1;

    private final Content content;
    private final Bytes encoded;

    Record(Content content, Bytes encoded) {
        this.content = content;
        this.encoded = encoded;
    }

    /**
     * The fields of a record; {@code samara.v1.Record} says more about each.
     *
     * @param channel the channel
     * @param origin the server that accepted it
     * @param originIncarnation rises when the origin is restored from a backup; from 1
     * @param originSeq contiguous per (channel, origin, incarnation); from 1
     * @param kind APPLICATION, COMMIT, PROPOSAL or CONTROL
     * @param epoch the MLS epoch of the payload
     * @param idempotencyKey chosen by the device
     * @param device who sent it; empty only for a CONTROL record of the server itself
     * @param payload as the kind says; 1 to {@link Limits#PAYLOAD_BYTES_MAX} bytes
     * @param originTimeMillis when the origin accepted it, milliseconds since 1970 UTC, by the origin's clock
     */
    public record Content(
            ChannelId channel,
            ServerName origin,
            long originIncarnation,
            long originSeq,
            RecordKind kind,
            long epoch,
            IdempotencyKey idempotencyKey,
            Optional<DeviceId> device,
            Bytes payload,
            long originTimeMillis) {}

    /** Makes and encodes a record. A content that its readers would refuse is a bug here. */
    public static Record of(Content content) {
        chat.samara.wire.proto.Record.Builder message = chat.samara.wire.proto.Record.newBuilder()
                .setVersion(VERSION)
                .setChannelId(Protobuf.toByteString(content.channel().bytes()))
                .setOrigin(content.origin().value())
                .setOriginIncarnation(content.originIncarnation())
                .setOriginSeq(content.originSeq())
                .setKind(content.kind())
                .setEpoch(content.epoch())
                .setIdempotencyKey(
                        Protobuf.toByteString(content.idempotencyKey().bytes()))
                .setPayload(Protobuf.toByteString(content.payload()))
                .setOriginTimeMillis(content.originTimeMillis());
        content.device().ifPresent(device -> message.setDevice(Protobuf.toByteString(device.bytes())));
        return RecordIn.own(Protobuf.encode(message.build()));
    }

    /** All fields. */
    public Content content() {
        return content;
    }

    /** The channel. */
    public ChannelId channel() {
        return content.channel();
    }

    /** The server that accepted it. */
    public ServerName origin() {
        return content.origin();
    }

    /** Rises when the origin is restored from a backup. */
    public long originIncarnation() {
        return content.originIncarnation();
    }

    /** Contiguous per (channel, origin, incarnation). */
    public long originSeq() {
        return content.originSeq();
    }

    /** APPLICATION, COMMIT, PROPOSAL or CONTROL; never anything else. */
    public RecordKind kind() {
        return content.kind();
    }

    /** The MLS epoch of the payload. */
    public long epoch() {
        return content.epoch();
    }

    /** Chosen by the device. */
    public IdempotencyKey idempotencyKey() {
        return content.idempotencyKey();
    }

    /** Who sent it; empty only for a CONTROL record of the server itself. */
    public Optional<DeviceId> device() {
        return content.device();
    }

    /** As {@link #kind} says; {@link Payload} reads those that are protobuf. */
    public Bytes payload() {
        return content.payload();
    }

    /** When the origin accepted it, milliseconds since 1970 UTC, by the origin's clock. */
    public long originTimeMillis() {
        return content.originTimeMillis();
    }

    /** An encoded {@code samara.v1.Record}: what is proven, hashed, stored and passed on. */
    public Bytes encoded() {
        return encoded;
    }

    /** Its leaf in the origin's batch. */
    public Bytes leafHash() {
        return MerkleTree.leafHash(SigningLabel.RECORD, encoded);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Record that && encoded.equals(that.encoded);
    }

    @Override
    public int hashCode() {
        return encoded.hashCode();
    }

    @Override
    public String toString() {
        return "Record(" + kind() + " " + origin() + "/" + originIncarnation() + "/" + originSeq() + " in "
                + channel().bytes() + ", epoch " + epoch() + ", key " + idempotencyKey() + ", "
                + payload().size() + " bytes)";
    }
}
