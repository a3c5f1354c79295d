package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.timeline.ItemKey;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;

/** Refusals that several parts of the engine give. */
final class Refusals {
    private Refusals() {}

    static Refusal notJoined() {
        return new Refusal(
                RefusalCode.NOT_JOINED, "this profile has no account yet; join a server with an invite first");
    }

    /** Of an account that is there, and can be added by nobody. */
    static Refusal keysNotTaken(OwnIdentity own, Refusal why) {
        return new Refusal(
                why.code(),
                "the account " + own.user()
                        + " is there, but nobody can add it yet: the server takes no KeyPackages of this device ("
                        + why.sentence() + ")");
    }

    static Refusal unknownChannel(ChannelId channel) {
        return new Refusal(RefusalCode.UNKNOWN_CHANNEL, "no channel " + channel + " in this profile");
    }

    static Refusal unknownItem(ItemKey item) {
        return new Refusal(
                RefusalCode.UNKNOWN_MESSAGE, "no " + item + " stands in the channel; look at its timeline anew");
    }

    /** Of a channel that this device is in, and its own server says that it does not know. */
    static Refusal channelUnknownToServer() {
        return new Refusal(
                RefusalCode.UNKNOWN_CHANNEL,
                "your server says that it does not know this channel, or not that you are in it; perhaps it was restored from an older"
                        + " copy. What you write is kept, and sent if the server knows the channel again: tell its operator. If it"
                        + " never does, go on in a new channel, and forget this one");
    }

    /** Of a channel in which nothing can be sent or changed. */
    static Refusal notAMember(LiveChannel channel) {
        if (channel.isNotFounded()) {
            return new Refusal(
                    RefusalCode.NOT_A_MEMBER,
                    "the server refused to make this channel; say it in another one, or drop it");
        }
        return channel.is(Membership.FROZEN)
                ? new Refusal(
                        RefusalCode.CHANNEL_FROZEN, "the channel's log was found forked; nothing more is sent in it")
                : new Refusal(
                        RefusalCode.NOT_A_MEMBER,
                        "this device is not a member of the channel any more; ask a member to add it again");
    }

    /** Of a copy that was struck off. */
    static Refusal deviceReplaced(DeviceId by) {
        return new Refusal(
                RefusalCode.DEVICE_REPLACED,
                "another copy of this profile goes on as device " + by
                        + "; use that one, or let this one take its place");
    }

    /** Of a server that says another copy goes on, and names this one. */
    static Refusal replacedByItself(DeviceId by) {
        return new Refusal(
                RefusalCode.LOGIN_FAILED,
                "the server says that another copy of this profile goes on as device " + by
                        + ", which is this one; it is tried again");
    }

    /** Of a server that has no such device, though it once had. */
    static Refusal unknownDevice(OwnIdentity own, chat.samara.wire.Refusal why) {
        Refusal told = Refusal.of(why);
        return new Refusal(
                told.code(),
                own.server() + " does not know this device of " + own.user() + " any more (" + told.sentence()
                        + "): it was restored from a copy that is older than this device, or has an account of somebody"
                        + " else under the name");
    }

    /** Of an invite that leads elsewhere than to the server that this account is of. */
    static Refusal otherServersInvite(OwnIdentity own) {
        return new Refusal(
                RefusalCode.WRONG_ROOT_KEY,
                "the invite is of another server that calls itself " + own.server()
                        + ": its key is not that of the server that this profile has its account on");
    }
}
