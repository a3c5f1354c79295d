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
    KEYS_UPDATED,
    /** A device was sent entries without what it knows. */
    ENTRIES_TERSE,

    // ---- what becomes of machines, disks and profiles ----

    /** A person set a device's clock. */
    CLOCK_SET,
    /** A device was away for weeks. */
    DEVICE_WEEKS_AWAY,
    /** A server was switched off for days. */
    SERVER_DAYS_DOWN,
    /** A hub closed epochs since more had ended than devices keep. */
    EPOCHS_BEYOND_KEPT,
    /** A member lost a profile for good, and began anew under the same name. */
    PROFILE_LOST,
    /** A person accepted another identity key of a member. */
    KEY_CHANGE_ACCEPTED,
    /** A person did not accept another identity key of a member. */
    KEY_CHANGE_REFUSED,
    /** A device's store was put back to an older copy. */
    STORE_PUT_BACK,
    /** Two copies of a profile lived at once. */
    TWO_COPIES,
    /** A device noticed that its state was old. */
    OLD_STATE_NOTICED,
    /** A device asked to take another's place, which is its own of before or that of a copy. */
    REPLACEMENT_ASKED,
    /** A device went on under a new key. */
    DEVICE_RENEWED,
    /** A device returned to a channel. */
    PLACE_REGAINED,
    /** A copy stopped and asked its person. */
    COPY_STOPPED,
    /** A person wanted a copy that had stopped to go on. */
    COPY_TAKES_OVER,
    /** A profile's store named what its disk had done to it, and its device ended. */
    STORE_DAMAGE_NAMED,
    /** A device ended because its disk was full. */
    DEVICE_DISK_FULL,

    // ---- what own servers lie about ----

    /** A server left entries out. */
    LIE_ENTRIES_WITHHELD,
    /** A server showed entries again that it had shown before. */
    LIE_ENTRIES_REPEATED,
    /** A server showed entries in another order. */
    LIE_ENTRIES_REORDERED,
    /** A server changed an entry. */
    LIE_ENTRY_CHANGED,
    /** A server left out the beginning of a stretch. */
    LIE_GAP,
    /** A server left out the hub's word. */
    LIE_HEAD_WITHHELD,
    /** A server showed an old word of the hub's. */
    LIE_HEAD_OLD,
    /** A server showed a log's handshakes otherwise than they are. */
    LIE_HANDSHAKES,
    /** A frame that leaves out what its device knows left out something else. */
    LIE_TERSE,
    /** A server withheld or repeated what has no place yet. */
    LIE_PROVISIONAL,
    /** A server kept a Welcome to itself. */
    LIE_WELCOME_WITHHELD,
    /** A server gave an old Welcome again. */
    LIE_WELCOME_REPEATED,
    /** A server changed a Welcome, or what stands beside it. */
    LIE_WELCOME_BENT,
    /** A server offered a Welcome into a group of its own under a channel's id. */
    LIE_WELCOME_FORGED,
    /** A server handed out KeyPackages that are not the member's. */
    LIE_KEY_PACKAGES,
    /** A server said of a record what is not so. */
    LIE_RECEIPT,
    /** A server refused what it had done. */
    LIE_REFUSAL,
    /** A server did not answer. */
    LIE_SILENCE,
    /** A server said at login what is not so. */
    LIE_LOGIN,
    /** A server greeted with another time or challenge. */
    LIE_HELLO,
    /** A request did not get through. */
    REQUEST_WITHHELD,
    /** A message was changed on its way. */
    MESSAGE_CHANGED_ON_THE_WAY,
    /** A commit's tag or signature was changed on its way. */
    COMMIT_CHANGED_ON_THE_WAY,
    /** A device refused a Welcome. */
    WELCOME_DISBELIEVED,
    /** A device did not add a member, whose key was another than the one that it knows. */
    KEY_DISBELIEVED,
    /** A device noticed that its server leaves out entries. */
    GAP_NOTICED,
    /** A device gave a message another name, since something else stands under the first. */
    MESSAGE_RENAMED,

    // ---- what a member with a changed client does ----

    /** A member handed over a commit that no other can process, and no observer can find fault with. */
    HOSTILE_COMMIT,
    /** A member handed over a message in which nothing is said. */
    HOSTILE_JUNK,
    /** A member proposed a removal. */
    HOSTILE_PROPOSAL,
    /** A device could not process a commit of a member's. */
    PLACE_LOST,
    /** The log says that a member may commit no more. */
    MEMBER_BARRED,

    // ---- what a hub shows to one of its followers ----

    /** A hub left out a record. */
    HUB_LEFT_OUT,
    /** A hub exchanged two records. */
    HUB_EXCHANGED,
    /** A hub ordered what breaks a rule. */
    HUB_BROKE_A_RULE,
    /** A hub vouched for an entry that there is not. */
    HUB_VOUCHED_FOR_NOTHING,
    /** The follower has frozen the channel, and keeps what proves it. */
    HUB_CONVICTED
}
