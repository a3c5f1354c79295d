package chat.samara.client.device;

import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.channel.SeenKey;
import chat.samara.client.refusal.Refusal;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What an application is told. All of it except the connection's state is in the store before it is told, so an application that
 * crashes loses notifications but no facts: history and channel states can be read again.
 */
public sealed interface ClientEvent {
    /**
     * Whether what this says can be read nowhere else: not in a history, not in a state of the client. Such events are few; they are kept for the
     * first listener, and are not left out for others that wait.
     */
    default boolean isToldOnly() {
        return this instanceof DeviceReplaced
                || this instanceof DeviceRenewed
                || this instanceof OldStateNoticed
                || this instanceof ClocksDiffer
                || this instanceof WelcomeRefused
                || this instanceof LogWithheld
                || this instanceof ChannelNotFounded
                || this instanceof IdentityKeyChanged
                || this instanceof IdentityKeysDiffer
                || this instanceof ForkDetected;
    }

    /**
     * The connection's state changed.
     *
     * @param problem why it is not ONLINE, if something is wrong; of CLOSED: what ended it, unless it was closed by its application
     */
    record ConnectionChanged(ConnectionState state, Optional<Refusal> problem) implements ClientEvent {}

    /**
     * The server's clock and this device's are further apart than clocks go wrong by themselves. A hint for the person, to compare the two with
     * a watch: nothing else follows from what a server says of the time. Told once until they agree again.
     */
    record ClocksDiffer(long ownMillis, long serverMillis) implements ClientEvent {}

    /**
     * So many events before this one were not told, because more of them waited for the listeners than there is room for. What they said
     * can be read: in the histories, and in the states of channels and messages. What cannot ({@link #isToldOnly}) has room of its own.
     */
    record EventsLeftOut(long count) implements ClientEvent {}

    /**
     * The own server takes nothing of this channel just now, no messages and no changes, and {@code why}: they wait on this device and are sent
     * again by themselves. Empty once it takes them again.
     *
     * @param retryAfterMillis of a limit that its operator has set: when it takes something again, in milliseconds from now, as it says
     */
    record SendingHeld(ChannelId channel, Optional<Refusal> why, OptionalLong retryAfterMillis) implements ClientEvent {
        /** Of what has no end that is known, and of the end. */
        public SendingHeld(ChannelId channel, Optional<Refusal> why) {
            this(channel, why, OptionalLong.empty());
        }
    }

    /**
     * What was said in this channel after the removal of these members was asked for waits on this device until that is done, since they would read it.
     * Told if it lasts; empty once nothing waits for a removal any more.
     */
    record SendingAwaitsRemoval(ChannelId channel, List<UserId> members) implements ClientEvent {
        /** In words, for whoever waits for such a message. */
        public Optional<Refusal> why() {
            return members.isEmpty() ? Optional.empty() : Optional.of(AwaitedRemovals.why(members));
        }
    }

    /**
     * The own server takes what is said in this channel and has it; but the channel's hub, which is another, orders nothing just now, and {@code
     * why}. Empty once it does again. That is what the two servers say.
     */
    record OrderingHeld(ChannelId channel, Optional<Refusal> why) implements ClientEvent {}

    /**
     * This device's state is older than what it has sent (a restored backup, a copied profile). It encrypts nothing more under its present
     * key, goes on under a new one and returns to its channels by itself.
     */
    record OldStateNoticed(OldState sign) implements ClientEvent {}

    /** The server has put the new device key in the place of the old one; the device returns to its channels now. */
    record DeviceRenewed(DeviceId before, DeviceId now) implements ClientEvent {}

    /**
     * Another copy of this profile goes on in this device's place, as that device. This copy shows what it has, and stays away from
     * the server until a person decides otherwise ({@code Client.takeOver}).
     *
     * @param noticedMillis when this copy heard of it, milliseconds since 1970 UTC; empty where an earlier version did
     */
    record DeviceReplaced(DeviceId by, OptionalLong noticedMillis) implements ClientEvent {}

    /**
     * Everything that the server had when the session was opened, Welcomes included, is applied, but for channels whose log it withholds
     * ({@link LogWithheld}, told before this), or shows another log of. Once a session.
     */
    record CaughtUp() implements ClientEvent {}

    /** This device is a member now: founded, added, or added again. */
    record ChannelJoined(ChannelId channel, long seq) implements ClientEvent {}

    /**
     * The server refused for good to found a channel of this device: each message and change that waited in it was refused before this. If
     * texts were written in it they are kept, refused, and it is {@code NOT_FOUNDED}; otherwise it is gone. Also told where the command
     * that made it has ended long ago.
     */
    record ChannelNotFounded(ChannelId channel, String name, Refusal refusal) implements ClientEvent {}

    /** This device has forgotten a channel, since a person wanted it to: it is in no list any more, and nothing of it can be read. */
    record ChannelForgotten(ChannelId channel, String name) implements ClientEvent {}

    /**
     * A Welcome could not be used. One that nothing in the log proves ({@code UNPROVEN_WELCOME}), or that a server of an older
     * version cannot prove ({@code SERVER_OUTDATED}), waits at the server and is told once; any other is acknowledged. Nothing else
     * was changed.
     */
    record WelcomeRefused(ChannelId channel, Refusal refusal) implements ClientEvent {}

    /**
     * A new place in a channel's history: a text of another member (exactly once, provisional or ordered), a change of members, an
     * entry that cannot be read, a changed identity key. Never an own message.
     */
    record MessageReceived(Message message) implements ClientEvent {}

    /**
     * A message's state changed: an own one went on, or another member's provisional one was ordered.
     *
     * @param seq its place, from ORDERED on
     * @param refusal why, if REFUSED
     */
    record MessageStateChanged(
            ChannelId channel,
            MessageId id,
            boolean own,
            MessageState state,
            OptionalLong seq,
            Optional<Refusal> refusal)
            implements ClientEvent {}

    /**
     * An own message that is on its way goes on under another id, since something else that this device did not send was put into the log
     * under the first one, or since this device goes on under a new key ({@link DeviceRenewed}). Its state is QUEUED again.
     */
    record MessageRenamed(ChannelId channel, MessageId before, MessageId now) implements ClientEvent {}

    /** The channel's name or topic changed. */
    record ProfileChanged(ChannelId channel, String name) implements ClientEvent {}

    /** An intent of this device ended: it is in the log at {@code seq}, or was refused. */
    record ChangeSettled(ChannelId channel, Change change, OptionalLong seq, Optional<Refusal> refusal)
            implements ClientEvent {}

    /** This device is no member any more since the entry at {@code seq}; the channel's secrets are erased. */
    record RemovedFromChannel(ChannelId channel, long seq) implements ClientEvent {}

    /**
     * This device could not process the commit at {@code seq}, by whomever the log says, and is coming back by itself. What is
     * composed meanwhile is sent afterwards.
     */
    record PlaceLost(ChannelId channel, long seq, UserId author, String detail) implements ClientEvent {}

    /**
     * Since the entry at {@code seq} a member may not change the channel any more: not renew keys, not add, not remove, not return to its
     * place; it can still write and read. So many others as {@code accusers} says, who do not speak for each other, could not process commits
     * of it. That ends when somebody removes the member, and it may be added again then. In the history as {@link
     * chat.samara.client.channel.MessageBody.MemberBarred}.
     *
     * @param own whether it is this device's own member: its device is damaged, or somebody uses a copy of it
     */
    record MemberBarred(ChannelId channel, long seq, UserId member, boolean own, int accusers) implements ClientEvent {}

    /** It is back since the entry at {@code seq}. */
    record PlaceRegained(ChannelId channel, long seq) implements ClientEvent {}

    /**
     * A server gave out, or a commit brought, another identity key of a member than the one that this device goes by. To be shown
     * loudly. Nothing changes by it: the member is added under the new key only after {@code Client.acceptKey}.
     */
    record IdentityKeyChanged(UserId member, Bytes before, Bytes now) implements ClientEvent {}

    /**
     * A member whose identity key was only seen until now is seen with another one as well, in a channel or as a server's answer. To be shown
     * loudly, with who brought each in. Nothing changes by it, and this device goes by neither until {@code Client.acceptKey}.
     */
    record IdentityKeysDiffer(UserId member, SeenKey before, SeenKey now) implements ClientEvent {}

    /**
     * A member is in a channel now who can be taken for another that this device knows, and is somebody else. To be shown loudly. Which of the
     * two is the one that the person means, only people can tell: by their safety numbers.
     */
    record LookAlikeAppeared(ChannelId channel, UserId member, UserId known) implements ClientEvent {}

    /**
     * Two views of one place in the log differ. {@code frozen} says that the log that this device reads is broken and it stopped
     * reading; otherwise another member claims to have seen another entry there, and one of the two sides is lying.
     */
    record ForkDetected(ChannelId channel, long seq, boolean frozen, String detail) implements ClientEvent {}

    /**
     * Everything behind {@code afterSeq} was the own server's word alone, and not true: the history ends there again, and the true log is
     * read from there. Texts that were read keep their ids: those told before are PROVISIONAL again ({@link MessageStateChanged}),
     * and ORDERED when their true place is read; own ones that were ORDERED wait again. What has no id is told anew where it belongs.
     */
    record LogTakenBack(ChannelId channel, long afterSeq) implements ClientEvent {}

    /**
     * The own server leaves out entries of the channel's log, from {@code seq} on, also when asked again. Nothing behind them is
     * read or believed, and nothing is sent, until it gives them in a later session.
     */
    record LogWithheld(ChannelId channel, long seq) implements ClientEvent {}
}
