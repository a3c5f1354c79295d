package chat.samara.client.channel;

/** What this device makes of the identity key that a member shows in a channel, from the best to the worst. */
public enum KeyStanding {
    /** It goes by this key, and the people have compared it. */
    COMPARED,
    /** It goes by this key: its server gave it out when the member was added from here, or the person at this device took it for theirs. */
    KNOWN,
    /** It has seen this key in channels, and no other: whoever brought the member in says that it is theirs. */
    SEEN,
    /** It has seen other keys of the member too, and the person at this device has not said which is theirs. To be shown loudly. */
    DISPUTED,
    /** It goes by another key of the member. To be shown loudly. */
    CHANGED
}
