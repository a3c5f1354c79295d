package chat.samara.server.core.channel;

import chat.samara.server.core.Limits;
import chat.samara.server.core.channel.submit.Standstill;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ChannelState;

/** Tells a device at its login why nothing is taken in its channels, as far as there is room in the frame: how long a hub's reason is, the hub decides. */
final class ReasonsAtLogin {
    private final Standstill standstill;
    private int channelsLeft = Limits.HELD_TOLD_AT_LOGIN_MAX;
    private int bytesLeft = Limits.HELD_TOLD_AT_LOGIN_BYTES_MAX;

    ReasonsAtLogin(Standstill standstill) {
        this.standstill = standstill;
    }

    /** Of a channel of which this is the row. */
    void tell(ChannelState.Builder state, ChannelId id, StoredChannel row) {
        if (channelsLeft == 0) {
            return;
        }
        standstill.here(id, row).ifPresent(why -> state.setHeld(why.toProto()));
        standstill.atHub(id).ifPresent(why -> state.setUnordered(why.toProto()));
        int bytes = (state.hasHeld() ? state.getHeld().getSerializedSize() : 0)
                + (state.hasUnordered() ? state.getUnordered().getSerializedSize() : 0);
        if (bytes > bytesLeft) {
            state.clearHeld().clearUnordered();
        } else if (bytes > 0) {
            channelsLeft--;
            bytesLeft -= bytes;
        }
    }
}
