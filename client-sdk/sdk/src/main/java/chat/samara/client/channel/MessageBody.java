package chat.samara.client.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.UserId;
import java.util.List;

/** What a place in a channel's history holds. */
public sealed interface MessageBody {
    /** Something written, exactly as the sender wrote it; show it through {@link chat.samara.client.display.DisplayText} on a terminal. */
    record Text(String text) implements MessageBody {}

    /** A kind of content that this version does not know, with what its sender offers instead. */
    record Unknown(String fallbackText) implements MessageBody {}

    /** The channel was given its name. */
    record Profile(String name, String topic) implements MessageBody {}

    /** The channel was made. */
    record Created() implements MessageBody {}

    /** This device joined; it can read what follows. */
    record Joined() implements MessageBody {}

    /** Members came or went, in one commit. Each list may be empty (a change of keys shows neither). */
    record MembersChanged(List<UserId> added, List<UserId> removed) implements MessageBody {
        public MembersChanged {
            added = List.copyOf(added);
            removed = List.copyOf(removed);
        }
    }

    /**
     * Somebody took devices of these members, who stay, out of the channel, or put others of theirs in. No device does so by itself; one that was taken out
     * comes back by itself, and does not read what was said meanwhile.
     */
    record DevicesChanged(List<UserId> members) implements MessageBody {
        public DevicesChanged {
            members = List.copyOf(members);
        }
    }

    /** This device was removed: the last thing it sees of the channel. */
    record RemovedHere() implements MessageBody {}

    /**
     * A member's device had lost its place in the channel, and has come back by itself.
     *
     * @param underNewKey whether it goes on under another device key: its profile was restored from a backup, or copied. Whoever has an old copy and its
     *     passphrase can do that too, so the member should know of it
     */
    record Returned(boolean underNewKey) implements MessageBody {}

    /**
     * This device had lost its place, and is back: it cannot read what was said in between. Where the two epochs are the same it has read
     * what others said all the while.
     *
     * @param fromEpoch the first MLS epoch that it cannot read
     * @param toEpoch the first one that it can read again
     */
    record ReturnedHere(long fromEpoch, long toEpoch) implements MessageBody {}

    /**
     * A member may not change the channel any more, since so many others could not process commits of it. It ends when somebody removes the
     * member from the channel; who added it again then takes its word once more.
     */
    record MemberBarred(UserId member, int accusers) implements MessageBody {}

    /**
     * A member came into the channel with another identity key than the one that was known. To be shown loudly.
     *
     * @param accepted whether the person at this device had accepted the new key by then
     */
    record IdentityKeyChanged(UserId member, Bytes before, Bytes now, boolean accepted) implements MessageBody {}

    /**
     * A member came into the channel under one identity key, and this device has seen the member under another. It goes by neither: the person
     * at this device has to say which is theirs. To be shown loudly, with who brought each in.
     *
     * @param before the other one
     * @param now the one of this channel, as it was seen first
     */
    record IdentityKeysDiffer(UserId member, SeenKey before, SeenKey now) implements MessageBody {}

    /** A member came who can be taken for another that this device knows, and is somebody else. To be shown loudly. */
    record LookAlike(UserId member, UserId known) implements MessageBody {}

    /** Something stands here that this device cannot read. */
    record Unreadable(UnreadableReason reason, UnreadableDetail detail) implements MessageBody {}
}
