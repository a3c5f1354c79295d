package chat.samara.client.device;

import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.MessageAttributes;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.SameName;
import chat.samara.client.timeline.ItemKey;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.InviteLink;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.List;

/** What can happen to a device. */
public sealed interface DeviceEvent {
    /**
     * The dial that {@link DeviceEffect.Connect} asked for succeeded: TLS is up.
     *
     * @param connection as in the effect
     * @param tlsSpkiSha256 SHA-256 over the SubjectPublicKeyInfo that the server presented, 32 bytes
     */
    record Connected(long connection, Bytes tlsSpkiSha256) implements DeviceEvent {}

    /**
     * A frame arrived.
     *
     * @param connection on which; frames of an old connection are ignored
     * @param frame an encoded {@code ServerFrame}, without its length
     */
    record FrameReceived(long connection, Bytes frame) implements DeviceEvent {}

    /** The connection ended, or the dial failed. */
    record Disconnected(long connection, String reason) implements DeviceEvent {}

    /** The time of the last {@link DeviceEffect.SetTimer} has come. May come late, never matters if it comes early. */
    record TimerFired() implements DeviceEvent {}

    /**
     * The network changed or a person pressed "connect": connect now rather than after the back-off. Makes the engine leave
     * {@link GoOffline} too.
     */
    record GoOnline() implements DeviceEvent {}

    /** Close the connection and stay so; everything else still works and is sent later. */
    record GoOffline() implements DeviceEvent {}

    /** The answer to {@link DeviceEffect.GoOn}. */
    record GoOn() implements DeviceEvent {}

    /**
     * Whether the server is to be kept from sending more entries, since the application has not yet dealt with those that came: it is given no further
     * credit until the opposite is said. All else goes on.
     */
    record HoldEntries(boolean hold) implements DeviceEvent {}

    /** Something the application asks for; answered once with {@link DeviceEffect.Completed}, unless a crash comes first. */
    sealed interface Command extends DeviceEvent {
        /** Chosen by the caller, to find the answer. */
        long command();
    }

    /**
     * Opens an account. Repeating it after a crash is safe. Done: {@link Outcome.Joined}.
     *
     * @param localName what stands before the '@', as typed
     */
    record Join(long command, InviteLink invite, String localName) implements Command {}

    /** Founds a channel on the own server. Done when the server has it: {@link Outcome.ChannelCreated}. */
    record CreateChannel(long command, String name, ChannelSuite suite, SameName sameName) implements Command {
        /** Whatever other channels are called. */
        public CreateChannel(long command, String name, ChannelSuite suite) {
            this(command, name, suite, SameName.ALLOWED);
        }
    }

    /**
     * Adds all devices of a member of this or another server. Durable as an intent at once; done when the log shows it: {@link
     * Outcome.Changed}. After a crash the intent goes on and its end is told by {@link ClientEvent.ChangeSettled}.
     */
    record AddMember(long command, ChannelId channel, UserId member) implements Command {}

    /**
     * Adds members as {@link AddMember} does, by as few commits as hold them. Done when all are durable as intents, or refused: {@link Outcome.Done};
     * the end of each addition is told under its own number. Whoever has no KeyPackages now is waited for, for some hours.
     */
    record AddMembers(long command, ChannelId channel, List<OneOfMany> additions) implements Command {
        public AddMembers {
            additions = List.copyOf(additions);
        }
    }

    /**
     * A member who is to be added with others.
     *
     * @param command under which its end is told: {@link Outcome.Changed}
     */
    record OneOfMany(long command, UserId member) {}

    /** Removes all devices of a member; as {@link AddMember}. Each takes back the other of the same member, if that waits. */
    record RemoveMember(long command, ChannelId channel, UserId member) implements Command {}

    /** Replaces this device's keys in the channel (post-compromise security); as {@link AddMember}. */
    record UpdateKeys(long command, ChannelId channel) implements Command {}

    /**
     * Takes a change back that waits: nothing is done. Done when that is sure: {@link Outcome.Done}; it waits for the server's answer if the change is
     * on its way to it just now.
     */
    record TakeBackChange(long command, ChannelId channel, Change change) implements Command {}

    /** Sends a text, with what it says beside that. Done when it is durable on this device: {@link Outcome.Queued}; the rest is told by events. */
    record SendText(long command, ChannelId channel, String text, MessageAttributes attributes) implements Command {
        /** With nothing beside the text. */
        public SendText(long command, ChannelId channel, String text) {
            this(command, channel, text, MessageAttributes.NONE);
        }
    }

    /** Drops an own message that was refused. Done: {@link Outcome.Done}. */
    record DismissMessage(long command, ChannelId channel, MessageId message) implements Command {}

    /** Sends an own message that was refused again, under the same id. Done: {@link Outcome.Queued}. */
    record SendAgain(long command, ChannelId channel, MessageId message) implements Command {}

    /**
     * Erases all that this device has of a channel that it is out of, REMOVED or FROZEN: its history, too. Done when nothing is left: {@link Outcome.Done}.
     * Begun durably: after a crash it goes on by itself.
     */
    record ForgetChannel(long command, ChannelId channel) implements Command {}

    /** A person has read all up to this item. Done: {@link Outcome.Done}. */
    record MarkRead(long command, ChannelId channel, ItemKey item) implements Command {}

    /** A person does, or does not, want to be told of a channel. Done: {@link Outcome.Done}. */
    record MuteChannel(long command, ChannelId channel, boolean muted) implements Command {}

    /** Marks a member's present identity key as compared. Done: {@link Outcome.Done}. */
    record MarkVerified(long command, UserId member) implements Command {}

    /**
     * Goes by this identity key of the member from now on; it must have been seen before. A person's decision, never a program's. Done:
     * {@link Outcome.Done}.
     */
    record AcceptKey(long command, UserId member, Bytes identityKey) implements Command {}

    /**
     * Of a device in whose place another copy of its profile goes on: a person wants this one to. The other is struck off. Done at once:
     * {@link Outcome.Done}.
     */
    record TakeOver(long command) implements Command {}
}
