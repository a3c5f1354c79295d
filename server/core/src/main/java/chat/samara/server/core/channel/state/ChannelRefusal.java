package chat.samara.server.core.channel.state;

import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;

/** What is said of a channel that is not here, or that is stopped here. */
public final class ChannelRefusal {
    private ChannelRefusal() {}

    /** Of a channel that does not exist, or that the device is not in: these are not told apart. */
    public static RefusedException unknown(ChannelId id) {
        return RefusedException.of(
                ErrorCode.UNKNOWN_CHANNEL, "there is no channel " + id + " here, or this device is not in it");
    }

    /** Of a channel that is stopped here, of which this is the row. */
    public static Refusal stopped(StoredChannel row) {
        return Refusal.of(
                ErrorCode.CHANNEL_FROZEN,
                "nothing is added to this channel here: " + row.getStateReason(),
                row.getState().name());
    }
}
