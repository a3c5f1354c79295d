package chat.samara.client;

import chat.samara.client.channel.Addition;
import chat.samara.client.channel.ChannelChoice;
import chat.samara.client.channel.ChannelSuite;
import chat.samara.client.channel.KnownKey;
import chat.samara.client.channel.Member;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageAttributes;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.SameName;
import chat.samara.client.device.Account;
import chat.samara.client.device.Change;
import chat.samara.client.device.ConnectionState;
import chat.samara.client.device.WaitingChange;
import chat.samara.client.evidence.MessageEvidence;
import chat.samara.client.refusal.ClientClosedException;
import chat.samara.client.refusal.ClientException;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.timeline.ChannelListListener;
import chat.samara.client.timeline.ChannelSummary;
import chat.samara.client.timeline.ItemKey;
import chat.samara.client.timeline.Timeline;
import chat.samara.client.timeline.TimelineListener;
import chat.samara.client.timeline.TimelineView;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A member's device, for applications: open a {@link Profile}, and go. Works without a connection (history can be read, messages
 * are queued) and connects by itself, with a jittered back-off.
 *
 * <p>All methods may be called from any thread, also from a {@link ClientListener}. Those that take a {@link Duration} wait at most
 * that long and then throw {@link ClientException} with {@code TIMEOUT}, also if their thread is interrupted; what was asked for goes on all the
 * same. The others wait only for this device, and heed no interruption. A null is refused with a {@link NullPointerException}, and harms nothing.
 *
 * <p>If the device can't go on (its disk is full, its memory, a bug), every call that waits and every later one is refused with what it was and what
 * helps: as a {@link ClientException}, or as a {@link ClientClosedException} where none is declared; {@link #connection} is CLOSED then, and
 * listeners are told.
 */
public interface Client extends AutoCloseable {
    /** Creates a profile in the folder (which is made if need be) and opens it. The passphrase may be erased afterwards. */
    static Client create(Path folder, char[] passphrase) throws ClientException {
        return Profile.create(folder, passphrase).connect();
    }

    /** Opens the profile in the folder. */
    static Client open(Path folder, char[] passphrase) throws ClientException {
        return Profile.open(folder, passphrase).connect();
    }

    /**
     * Opens an account with an invite link and logs in; returns by the server's word only, and once that has this device's KeyPackages, so that others
     * can add it. Where the server takes none, that is a refusal, though the account is there. Repeating it is safe. A server that does not know the
     * profile's account any more, since it was restored from an older copy, gets the same device under the same identity key again.
     *
     * @param invite {@code samara://…/join#…}
     * @param name what stands before the '@'
     */
    Account join(String invite, String name, Duration timeout) throws ClientException;

    /** Who this device is; empty before {@link #join}. */
    Optional<Account> whoami();

    /** Where the connection stands. */
    ConnectionState connection();

    /** Why it is not ONLINE, if something is wrong: as in {@link chat.samara.client.device.ClientEvent.ConnectionChanged}. */
    Optional<Refusal> connectionProblem();

    /** All channels that this device was ever in, and was not made to {@linkplain #forgetChannel forget}. */
    List<Channel> channels();

    /** One of them. */
    Channel channel(ChannelId id) throws ClientException;

    /** As {@link #createChannel(String, ChannelSuite, SameName, Duration)}, of the standard suite, and no second one of a name. */
    default Channel createChannel(String name, Duration timeout) throws ClientException {
        return createChannel(name, ChannelSuite.STANDARD, timeout);
    }

    /** As {@link #createChannel(String, ChannelSuite, SameName, Duration)}, and no second one of a name. */
    default Channel createChannel(String name, ChannelSuite suite, Duration timeout) throws ClientException {
        return createChannel(name, suite, SameName.REFUSED, timeout);
    }

    /**
     * Founds a channel on the own server and waits until the server has it.
     *
     * @param sameName whether it may have the name of another that this device is in by what it knows; catch up before. Else refused with {@code
     *     CHANNEL_CALLED_SO}
     * @throws ClientException SERVER_DISK_FULL if the server has not taken it in time because of that; it is made as soon as it does
     */
    Channel createChannel(String name, ChannelSuite suite, SameName sameName, Duration timeout) throws ClientException;

    /**
     * Erases all that this device has of a channel that it was removed from, that is frozen, or of which its own server says that it does not know
     * it, that it does not make it yet (a channel that this device founds, whose {@link ChannelState#heldBy} says why) or that nothing will ever be added to it ({@link ChannelState#heldBy} is {@code UNKNOWN_CHANNEL} or {@code CHANNEL_FROZEN}; that is the
     * server's word, and the others may go on in it): its history, too. Nothing brings that back. Only
     * up to where it had read stays, and how much it had sent, under a hash of the id, so that no server can bring back what was over; and where
     * and through whom identity keys of people were seen ({@link #identityKeys}). Returns when nothing is left; if that
     * takes very long, it is refused with TIMEOUT and goes on by itself, also after the next start. If a member adds this one again, the
     * channel begins anew, and so it does by the next change in its log if the
     * server knows it again, or it goes on, after all; but one that this device found forked never does.
     *
     * @throws ClientException UNKNOWN_CHANNEL; STILL_A_MEMBER where this device is in it, is founding it or is coming back, and its server has
     *     not said in the last session that it does not know it, does not make it yet, or that it is over; LIMIT_REACHED
     */
    void forgetChannel(ChannelId id) throws ClientException;

    /**
     * Waits until everything the server had when the connection was last opened, Welcomes included, is applied, but for channels whose log it
     * withholds ({@code ClientEvent.LogWithheld}).
     */
    void awaitCaughtUp(Duration timeout) throws ClientException;

    /**
     * As {@link #awaitCaughtUp}, but gives up with {@code UNREACHABLE} as soon as a try to connect has failed: for those who then go on
     * with what the device knows.
     */
    void awaitCaughtUpOrUnreachable(Duration timeout) throws ClientException;

    /** Which channel a person means by a name or an id that they typed, by what this device knows now. */
    default ChannelChoice choose(String typed) {
        Map<ChannelId, Channel> channels = new LinkedHashMap<>();
        channels().forEach(channel -> channels.put(channel.id(), channel));
        return ChannelChoice.among(
                channels.values().stream().map(Channel::state).toList(),
                id -> Optional.ofNullable(channels.get(id))
                        .filter(Channel::isAccepted)
                        .isPresent(),
                typed);
    }

    /**
     * The members that this device knows and who can be taken for this one, in the order of their ids; empty if this one's key was
     * compared. To be asked, and shown to the person, before a member is added.
     */
    List<UserId> lookAlikes(UserId member);

    /**
     * The safety number to compare with a member over another medium, in groups of digits: that of the key this device goes by, or of the only
     * one that it has seen.
     *
     * @throws ClientException UNKNOWN_MEMBER if it has seen none; IDENTITY_KEY_UNDECIDED if it has seen several and goes by none: {@link #identityKeys}
     *     has the number of each
     */
    String safetyNumber(UserId member) throws ClientException;

    /**
     * Of a device in whose place another copy of its profile goes on (refusals and events with {@code DEVICE_REPLACED}): makes this copy
     * go on, and has the other struck off. Asks the server first whether there is one. Returns when the server has done so.
     *
     * @throws ClientException NOT_REPLACED where there is nothing to take over
     */
    void takeOver(Duration timeout) throws ClientException;

    /**
     * Remembers that the identity key of the member that this device goes by was compared; or the only one that it has seen, by which it goes
     * from then on.
     *
     * @throws ClientException UNKNOWN_MEMBER if it has seen none; IDENTITY_KEY_UNDECIDED if it has seen several and goes by none
     */
    void markVerified(UserId member) throws ClientException;

    /**
     * All identity keys under which this device has seen a member, in the order of first sight, with how each was seen. More than one: the member
     * has made a new profile, or somebody is pretending to be them. Any member of a channel can bring in a device under any name, so a key that was
     * only seen in channels is nobody's but by that member's word. Refused with {@code UNKNOWN_MEMBER} if none was seen.
     */
    List<KnownKey> identityKeys(UserId member) throws ClientException;

    /**
     * Goes by this identity key of the member from now on. To be called when a person says so, who has compared the key's safety number;
     * until then the member is not added under the new key (code {@code IDENTITY_KEY_CHANGED}, or {@code IDENTITY_KEY_UNDECIDED} where this device goes by
     * none yet). Refused with {@code UNKNOWN_MEMBER} if
     * the key was never seen.
     */
    void acceptKey(UserId member, Bytes identityKey) throws ClientException;

    /**
     * Calls the listener for everything that happens from now on, one event at a time, in order, on the client's callback thread. Before that it is
     * told where the connection stands, if that has changed since the start; and the first listener, what has happened that can be read nowhere
     * else ({@link chat.samara.client.device.ClientEvent#isToldOnly}). Closing the result ends it.
     */
    Subscription listen(ClientListener listener);

    /**
     * Follows the list of channels: the listener is told of it as it is, and then whenever it has changed. It misses nothing and is told nothing twice: what changed
     * while it was busy is told once, as one update. Closing the result ends it.
     */
    Subscription channelList(ChannelListListener listener);

    /**
     * Closes the client and, if its profile has no account and none was asked for that the server may have made, takes the profile away: for a profile
     * that was made for a {@link #join} which is refused. Returns whether it was taken away.
     */
    boolean discard();

    /** Logs out and closes the profile. What was queued is sent at the next start. May be called twice. */
    @Override
    void close();

    /** Ends a {@link #listen}. */
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /** A channel of this client: a handle, to be kept as long as one likes. */
    interface Channel {
        /** Its id. */
        ChannelId id();

        /**
         * As it stands now: name, hub, membership, place in the log. Of a channel that is gone, since its server refused to found it or it was
         * forgotten: as it was seen last, with membership REMOVED.
         */
        chat.samara.client.channel.ChannelState state();

        /**
         * Whether this member has accepted it: has made it, said something in it, or changed who is in it, on this device. A stranger can
         * add a device to a channel, but not do that.
         */
        boolean isAccepted();

        /** The members, in the order of their ids; empty where this device is none. */
        List<Member> members();

        /**
         * Adds a member of this or another server, and waits until the log shows it.
         *
         * @throws ClientException ALREADY_SENT if a removal of the member is on its way and cannot be taken back; SERVER_DISK_FULL if the server has not taken it in time because of that; it is done as soon as it does
         */
        void add(UserId member, Duration timeout) throws ClientException;

        /**
         * Adds members of this or other servers, by as few commits as hold them, and waits until the log shows each of them, or it is refused, or known to
         * wait. One that is refused or waits holds up no other. What waits goes on by itself, and is among {@link #waitingChanges}; other than with
         * {@link #add(UserId, Duration)}, so does the addition of a member who has no KeyPackages now.
         *
         * @return how it stands with each, in the order of asking, each once
         * @throws ClientException if none of them was asked for, such as NOT_JOINED
         */
        List<Addition> add(Collection<UserId> members, Duration timeout) throws ClientException;

        /**
         * Removes a member, and waits until the log shows it. Until then they read what is said by others, and what this device has said before; what it
         * says from now on waits for the removal, or is refused with {@code REMOVAL_NOT_DONE} if that comes to nothing.
         */
        void remove(UserId member, Duration timeout) throws ClientException;

        /**
         * The additions, removals and renewals of keys that were asked for here and are not in the log as far as it was read, in the order of asking.
         * They are done when the server takes them, also after a call has timed out and after a restart.
         */
        List<WaitingChange> waitingChanges();

        /**
         * Takes a change back that waits; whoever waits for it is refused with {@code DROPPED}. Asking for the opposite does that, too: to
         * {@link #add} whose removal waits, or to {@link #remove} whose addition does.
         *
         * @param timeout for the server's answer, if the change is on its way to it just now
         * @throws ClientException ALREADY_SENT if the server has it, or may have it: it may be in the log already; UNKNOWN_CHANGE if it does not
         *     wait. Nothing was changed
         */
        void takeBack(Change change, Duration timeout) throws ClientException;

        /** Replaces this device's keys in the channel, and waits until the log shows it. */
        void updateKeys(Duration timeout) throws ClientException;

        /** Sends a text. Returns when it is durable on this device; the handle tells how far it comes. */
        default Sending send(String text) throws ClientException {
            return send(text, MessageAttributes.NONE);
        }

        /**
         * As {@link #send(String)}, with what the message says beside its text: what it answers, whom it calls, when it is over.
         *
         * @throws ClientException also TOO_LARGE if it calls too many, TEXT_INVALID if a mention points behind the text or the language is no tag of BCP 47
         */
        Sending send(String text, MessageAttributes attributes) throws ClientException;

        /**
         * Sends an own message that was refused again, under the same id; as {@link #send}. One that waits for a removal
         * ({@code REMOVAL_NOT_DONE}) is sent before that is done: who is to be removed reads it.
         */
        Sending sendAgain(MessageId message) throws ClientException;

        /**
         * Drops an own message that was refused, or that was not encrypted yet, so that the server cannot have it, or any of a channel that is over
         * ({@link ChannelState#heldBy} is {@code CHANNEL_FROZEN}): {@link #pending} does not show it any more; who waits for it is refused with {@code DROPPED}.
         *
         * @throws ClientException ALREADY_SENT if the server has it, or may have it: nothing was changed
         */
        void dismiss(MessageId message) throws ClientException;

        /**
         * What proves to somebody who was not there who said a message that stands in the log: for a report, or for somebody who came later. It holds what was
         * said, so it is for a person to hand over. Empty for a message that does not stand there, or that a version of this software read which kept no proofs.
         */
        Optional<MessageEvidence> evidence(MessageId message);

        /**
         * Follows what stands in the channel, own messages and what is not ordered yet among it: the listener is told of the last so many items ({@link Timeline#ITEMS_MAX} at
         * most), and then whenever something has changed, with the steps that lead there. It misses nothing and is told nothing twice, as {@link #channelList}. The result moves
         * along the log, and ends it when it is closed.
         */
        TimelineView timeline(int count, TimelineListener listener);

        /** The channel as a list shows it; of one that is gone, as {@link #state}, with nothing in it. */
        ChannelSummary summary();

        /** A message by its id, wherever it stands; empty if this device does not have it. */
        Optional<Message> message(MessageId message);

        /**
         * A person has read all up to this item of a timeline; never takes back what was read before. Read is read on this device only. An item that is not ordered
         * yet says nothing of the log: name the last item of that which was seen as well.
         *
         * @throws ClientException UNKNOWN_MESSAGE if it does not stand in the channel
         */
        void markRead(ItemKey item) throws ClientException;

        /** Whether a person does not want to be told of the channel: for those who show it, {@link ChannelSummary#muted}. Nothing else follows from it. */
        void setMuted(boolean muted) throws ClientException;

        /**
         * A page of what is in the log after a place (0: from the beginning), in its order, about so many: the rows of one place are never parted. It may be shorter, since it
         * ends at some MiB of text, too: only an empty one says that nothing more is there.
         */
        List<Message> history(long afterSeq, int countMax);

        /**
         * What the hub has not ordered yet: provisional messages, then own ones. Of provisional ones the first some MiB of text; the others
         * come when these are ordered.
         */
        List<Message> pending();
    }
}
