package chat.samara.client.refusal;

/** Stable codes of what the SDK refuses, each with what it means for the caller. */
public enum RefusalCode {
    /** There is no profile in the folder; create one. */
    PROFILE_MISSING,
    /** There is a profile in the folder already; open it. */
    PROFILE_EXISTS,
    /** The profile is open in this or another process; close it there. */
    PROFILE_IN_USE,
    /** The profile was written by a newer version; use that one. Nothing was changed. */
    PROFILE_NEWER,
    /** A file of the profile is missing or damaged; the sentence says which. Put back a copy of the whole folder. Nothing was changed. */
    PROFILE_DAMAGED,
    /** The folder cannot hold a profile as it is: not this user's, a file, or on a disk that is mounted read-only. Nothing was changed. */
    PROFILE_UNUSABLE,
    /** The disk of the profile is full; make room and start again. What was saved is kept. */
    PROFILE_DISK_FULL,
    /** The disk of the profile fails; look after it and start again. */
    PROFILE_FAILED,
    /** A library of native code cannot be unpacked or loaded; the sentence says from where. */
    NATIVE_LIBRARY,
    /** The program has not enough memory; give it more. What was saved is kept. */
    OUT_OF_MEMORY,
    /** The passphrase is not the profile's. Nothing was changed. */
    WRONG_PASSPHRASE,
    /** The new passphrase holds what cannot be relied on to be typed again, or nothing at all; the sentence says what. */
    PASSPHRASE_INVALID,
    /** Others may write into the profile's folder; take that permission from them. Nothing was changed. */
    PROFILE_EXPOSED,
    /** The profile has no account yet; join with an invite first. */
    NOT_JOINED,
    /** The profile has an account already, another than the one asked for. */
    ALREADY_JOINED,
    /** The invite is malformed, unknown, used up or expired; ask for a new one. */
    INVITE_INVALID,
    /** The user id is taken; choose another name. */
    NAME_TAKEN,
    /** The name breaks the rules for names; the sentence says which. */
    NAME_INVALID,
    /** The server's root key is not the pinned one, or its TLS key is not in its manifest: somebody may stand in between. */
    WRONG_ROOT_KEY,
    /** The server does not know the device or its signature. */
    LOGIN_FAILED,
    /** Another copy of this profile goes on in this device's place; a person has to decide which of the two it is to be. */
    DEVICE_REPLACED,
    /** No other copy goes on in this device's place: nothing to take over. */
    NOT_REPLACED,
    /** No such channel in this profile or on the server. */
    UNKNOWN_CHANNEL,
    /** The member is in a channel already that has the new one's name, to a reader. Choose another, or ask the person. */
    CHANNEL_CALLED_SO,
    /** No such member. */
    UNKNOWN_MEMBER,
    /** No such message, or it is not in a state in which this can be done. */
    UNKNOWN_MESSAGE,
    /** The server has the message or change, or may have it: it cannot be taken back. */
    ALREADY_SENT,
    /** No such change of members or keys waits in the channel: it was done, or refused, or never asked for. */
    UNKNOWN_CHANGE,
    /** A member whose removal was asked for before this was said is in the channel still, or again, and would read it. */
    REMOVAL_NOT_DONE,
    /** The message or change was dropped, on this device, before it was sent. */
    DROPPED,
    /** The member is in the channel already. */
    ALREADY_A_MEMBER,
    /** Another member has removed the one who was to be added, after that was asked for. Ask again if it is meant. */
    REMOVED_SINCE,
    /** This device, or the one to be removed, is not a member of the channel. */
    NOT_A_MEMBER,
    /** This device is in the channel, or about to be: it can be forgotten once it was removed from it. */
    STILL_A_MEMBER,
    /** A device cannot remove its own member; another member has to. */
    CANNOT_REMOVE_SELF,
    /** The member has no KeyPackage that can be used; their device has to come online once. */
    NO_KEY_PACKAGE,
    /** The member's KeyPackages are of another time: the clock of their device is wrong, or the own one's. Set it and connect once. */
    CLOCK_WRONG,
    /**
     * The member's identity key is another than the one that this device goes by. Compare the new safety number with them and accept
     * the new key, or do not add them: somebody may be pretending to be them.
     */
    IDENTITY_KEY_CHANGED,
    /**
     * The member was seen with different identity keys, and this device goes by none of them. Compare the safety numbers with them and accept the
     * key that is theirs; then it can be done.
     */
    IDENTITY_KEY_UNDECIDED,
    /** The member's server gave out KeyPackages of the member with different identity keys; somebody may be pretending to be them. */
    IDENTITY_KEYS_DIFFER,
    /** A KeyPackage of the member does not hold what it must: certificate, name, suite or signature. */
    INVALID_KEY_PACKAGE,
    /** The two servers are not peers; an operator has to peer them. */
    NOT_A_PEER,
    /** The other member's server cannot be reached just now. */
    PEER_UNREACHABLE,
    /** The own server cannot be reached just now. If it has moved, a {@code join} with a new invite of it, under the same name, says where it is. */
    UNREACHABLE,
    /** The answer did not come within the time that the caller gave. What was asked for goes on. */
    TIMEOUT,
    /** Other commits won every race; try again later. */
    STALE_EPOCH,
    /** The message's epoch is over and it was not encrypted afresh; a bug if ever seen. */
    EPOCH_EXPIRED,
    /** MLS refused the handshake. */
    INVALID_HANDSHAKE,
    /**
     * Others could not process commits of this member, who may make no more in the channel. Writing and reading go on. Another member has to
     * remove and add this one again.
     */
    AUTHOR_BARRED,
    /** Nothing in the channel's log shows that a member added this device: a server may have made it up. Nothing was changed. */
    UNPROVEN_WELCOME,
    /** The own server is of an older version and cannot do what is asked; its operator has to update it. */
    SERVER_OUTDATED,
    /** Text, name or message is empty or larger than its limit; the sentence gives it. */
    TOO_LARGE,
    /** Text that is not well-formed Unicode. */
    TEXT_INVALID,
    /** Too much is in flight or waits; later. */
    LIMIT_REACHED,
    /** The server's disk is nearly full. */
    SERVER_DISK_FULL,
    /**
     * The server that orders the channel, or the own one, was restored from an older copy or cannot read its own, and takes nothing new in it until
     * it has back what it lost. What was sent waits, and what was read stays; nobody but that server's operator has to do anything.
     */
    HUB_BEHIND,
    /** The channel's log was found forked, by this device, its server or the hub itself: nothing more is sent. */
    CHANNEL_FROZEN,
    /** The client is closed. */
    CLOSED,
    /** A bug in this library ended the client; start again, and report it. What was saved is kept. */
    INTERNAL,
    /** The other side, or this one, broke the protocol; a bug worth a report. */
    PROTOCOL
}
