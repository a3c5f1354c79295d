package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;

/** Refusals that several parts of the engine give. */
final class Refusals {
    private Refusals() {}

    static Refusal notJoined() {
        return new Refusal(
                RefusalCode.NOT_JOINED, "this profile has no account yet; join a server with an invite first");
    }

    static Refusal unknownChannel(ChannelId channel) {
        return new Refusal(RefusalCode.UNKNOWN_CHANNEL, "no channel " + channel + " in this profile");
    }

    /** Of a channel in which nothing can be sent or changed. */
    static Refusal notAMember(LiveChannel channel) {
        return channel.is(Membership.FROZEN)
                ? new Refusal(
                        RefusalCode.CHANNEL_FROZEN, "the channel's log was found forked; nothing more is sent in it")
                : new Refusal(RefusalCode.NOT_A_MEMBER, "this device is not a member of the channel any more");
    }

    /** Of a copy that was struck off. */
    static Refusal deviceReplaced(DeviceId by) {
        return new Refusal(
                RefusalCode.DEVICE_REPLACED,
                "another copy of this profile goes on as device " + by
                        + "; use that one, or let this one take its place");
    }
}
