package chat.samara.systemtests.sim.oracle;

/** What has to happen in some run, or the runs show nothing: each is counted, and a campaign in which one never happens fails. */
public enum Happening {
    /** A device read a message before the hub had ordered it. */
    PROVISIONAL_READ,
    /** Such a message was ordered afterwards. */
    PROVISIONAL_ORDERED,
    /** A member was told that something will not be in the log. */
    MESSAGE_REFUSED,
    /** A server turned a message away since its epoch was over. */
    EPOCH_EXPIRED,
    /** A server turned a commit away since another had won its epoch. */
    COMMIT_RACE_LOST,
    /** A device learnt that it is no member any more. */
    REMOVED,
    /** A device became a member of a channel that it had been removed from. */
    JOINED_AGAIN,
    /** A hub closed an epoch. */
    EPOCH_CLOSED,
    /** A server lost power. */
    SERVER_CRASHED,
    /** A device lost power. */
    DEVICE_CRASHED,
    /** A device was away for more than an hour. */
    DEVICE_LONG_AWAY,
    /** A device replaced its own keys. */
    KEYS_UPDATED
}
