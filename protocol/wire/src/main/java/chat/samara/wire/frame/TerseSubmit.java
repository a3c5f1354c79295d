package chat.samara.wire.frame;

import chat.samara.wire.Limits;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import com.google.protobuf.ByteString;

/** A submission without what its server knows of the channel: the same bytes come out of it, whatever is in it. Decision 0019. */
public final class TerseSubmit {
    private TerseSubmit() {}

    /** The form in which it travels in a channel that both sides name by its start. */
    public static Submit of(Submit whole) {
        Submit.Builder terse =
                whole.toBuilder().clearChannelId().setChannelStart(TerseFrame.startOf(whole.getChannelId()));
        if (whole.getKind() == RecordKind.APPLICATION) {
            TerseMessage.of(whole.getPayload(), of(whole.getChannelId(), whole))
                    .ifPresent(message ->
                            terse.clearPayload().setMessage(message.message()).setLastSeen(message.lastSeen()));
        }
        return terse.build();
    }

    /** Whether it names its channel by its start. */
    public static boolean isTerse(Submit submit) {
        return !submit.getChannelStart().isEmpty();
    }

    /**
     * The submission that a terse one stands for. Refused with {@code TOO_LARGE} if its payload is more than a message may have.
     *
     * @param channel the one that it names
     */
    public static Submit whole(Submit terse, ChannelId channel) throws RefusedException {
        ByteString channelId = Protobuf.toByteString(channel.bytes());
        Submit.Builder whole = terse.toBuilder().setChannelId(channelId).clearChannelStart();
        if (!terse.getMessage().isEmpty()) {
            ByteString payload =
                    new TerseMessage(terse.getMessage(), terse.getLastSeen()).payload(of(channelId, terse));
            Field.requireAtMost("Submit.payload", payload, Limits.APPLICATION_PAYLOAD_BYTES_MAX);
            whole.setPayload(payload).clearMessage().clearLastSeen();
        }
        return whole.build();
    }

    /** It has no place yet, so that what its author had read last is said in any case. */
    private static TerseMessage.Of of(ByteString channelId, Submit submit) {
        return new TerseMessage.Of(
                new EntryPlace(channelId, 0, Protobuf.toByteString(LogPosition.NO_HASH)),
                submit.getEpoch(),
                submit.getIdempotencyKey());
    }
}
