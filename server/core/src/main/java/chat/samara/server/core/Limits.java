package chat.samara.server.core;

/**
 * Every limit of a server that is not the operator's to choose (I7). Those of single frames and fields are in
 * {@code chat.samara.wire}.
 */
public final class Limits {
    // Sessions and requests.
    /** Connections of devices at once, logged in or not. */
    public static final int SESSIONS_MAX = 50_000;
    /** Links at once, proved or not. */
    public static final int LINKS_MAX = 1_000;
    /** How long a connection may stay without proving who it is. */
    public static final long AUTHENTICATION_MILLIS_MAX = 20_000;
    /** Tries to log in or to register that one connection has: what a stranger can make a server verify before TLS has to begin anew. */
    public static final int AUTHENTICATION_TRIES_MAX = 8;
    /** Frames of a connection on which nobody has logged in: each costs those who have a little. */
    public static final int FRAMES_BEFORE_LOGIN_MAX = 32;
    /** Requests of one session that wait for a peer. */
    public static final int REMOTE_REQUESTS_PER_SESSION_MAX = 16;
    /** Frames of a session whose answers wait for the disk. */
    public static final int REQUESTS_IN_FLIGHT_PER_SESSION_MAX = 1_024;
    /** Places that devices have said they have, and that are not written yet. */
    public static final int ACKNOWLEDGEMENTS_UNWRITTEN_MAX = 65_536;
    /** How many of those are written in one tick. */
    public static final int ACKNOWLEDGEMENTS_WRITTEN_PER_TICK_MAX = 1_024;
    /** The most credit that a session may have: what a slow device can make a transport hold for it. */
    public static final long READER_CREDIT_BYTES_MAX = 4L << 20;
    /** Channels that a session wants to read and is not in, as far as is known: so many are remembered until it is. */
    public static final int CHANNELS_WANTED_PER_SESSION_MAX = 256;
    /** Bytes of entries in one Entries frame to a device; one entry may be larger. */
    public static final int ENTRIES_TO_DEVICE_BYTES_MAX = 64 << 10;
    /** Bytes of entries that are sent to devices that lack only the newest, all together, as a batch is durable. */
    public static final long LIVELY_BYTES_PER_ROUND_MAX = 4L << 20;

    /** Bytes of entries that are sent to devices that catch up, all together, before the driver has carried them out: what others say is heard, and sent, behind as much. */
    public static final long CATCHING_UP_BYTES_PER_ROUND_MAX = 1L << 20;

    /** The same where networks have much to take as it is. */
    public static final long CATCHING_UP_BYTES_PER_LITTLE_ROUND_MAX = 64 << 10;

    /** Frames for whoever lacks many entries end at each of so many: whoever comes from different places meets there, and is sent the same frames from then on. */
    public static final int ENTRIES_TO_NEXT_MEETING = 64;

    /** Who lacks fewer is sent as many in a frame as fit: what was just said is not to come in two. */
    public static final int ENTRIES_LACKING_TO_MEET_MIN = 4 * ENTRIES_TO_NEXT_MEETING;

    /** Bytes of frames of entries that were made and are kept for whoever comes to the same place. */
    public static final long FRAMES_KEPT_BYTES_MAX = 8L << 20;

    /** How long one of those is kept that nobody comes for. */
    public static final long FRAME_KEPT_MILLIS = 10_000;

    /** What a look at a log counts in a round at the least: it costs some reads of the store, also where nothing is to be sent. */
    public static final int READER_LOOK_BYTES = 512;

    // Accounts. How many devices a member may have is in chat.samara.wire.Limits.
    /** Invites that are neither used up nor expired. */
    public static final int INVITES_MAX = 10_000;
    /** Accounts that one invite may open. */
    public static final int INVITE_USES_MAX = 10_000;
    /** For how long an invite may be valid. */
    public static final long INVITE_VALID_MILLIS_MAX = 366L * 24 * 3600 * 1000;
    /** Characters in an invite's note. */
    public static final int NOTE_CHARS_MAX = 200;
    /** Devices of one account that take another's place at once; after these, one every {@link #REPLACEMENT_EVERY_MILLIS}. */
    public static final int REPLACEMENTS_AT_ONCE_MAX = 8;
    /** How long it takes until a device of the account may take another's place once more, milliseconds. */
    public static final long REPLACEMENT_EVERY_MILLIS = 3_600_000;
    /** Accounts whose replacements are counted. */
    public static final int REPLACEMENT_RATES_KEPT_MAX = 10_000;

    // KeyPackages.
    /** One-time KeyPackages of one device, of all suites. */
    public static final int KEY_PACKAGES_PER_DEVICE_MAX = 200;
    /** KeyPackages of one device that are verified an hour on average; a quarter of that at once. Those that are here already do not count. */
    public static final int KEY_PACKAGES_VERIFIED_PER_HOUR_MAX = 2_000;
    /** With fewer one-time KeyPackages of a suite left, the device is asked for more. */
    public static final int KEY_PACKAGES_LOW = 25;
    /**
     * For how long at the least a KeyPackage that is handed out is still valid: longer than a claim is answered the same way, so that
     * a repeated answer holds no expired one either. One with a short lifetime is handed out for nine tenths of it.
     */
    public static final long KEY_PACKAGE_REMAINING_MILLIS_MIN = 8L * 24 * 3600 * 1000;
    /** How long after its publication a KeyPackage is known, so that a Welcome finds its device. */
    public static final long KEY_PACKAGE_REF_MILLIS_MAX = 120L * 24 * 3600 * 1000;
    /** Devices that are remembered to have published KeyPackages of another time; of more, the earliest are forgotten. */
    public static final int WRONG_CLOCKS_MAX = 10_000;
    /** For how long a claim is answered the same way. */
    public static final long CLAIM_MILLIS_MAX = 7L * 24 * 3600 * 1000;
    /**
     * Of what a member may claim an hour on average, so many hours' worth at once, of all targets together: with the default of 600 an hour 2,400, so that
     * a community of two thousand moves in at once ({@link #ADDITIONS_AT_ONCE_MAX}). Of one target it is the next limit that counts.
     */
    public static final int CLAIMS_AT_ONCE_HOURS = 4;
    /** KeyPackages of one member that one asker claims an hour on average; a quarter of that at once. */
    public static final int CLAIMS_BY_ONE_FOR_ONE_AND_HOUR_MAX = 40;
    /** KeyPackages of one member that all members of one peer claim an hour on average; a quarter of that at once. */
    public static final int CLAIMS_BY_A_PEER_FOR_ONE_AND_HOUR_MAX = 120;
    /** Of the KeyPackages that may be claimed of one member an hour, those that only go to whoever has claimed none of it for an hour. */
    public static final int CLAIMS_KEPT_FOR_FIRST_AND_HOUR_MAX = 60;
    /** Members, targets and peers whose claim rate is remembered at once. */
    public static final int RATES_MAX = 20_000;

    // Channels.
    /** What channels with their public groups may take in memory, about. A group of four takes some 10 KiB, one of a thousand 2 MiB. */
    public static final long CHANNEL_CACHE_BYTES_MAX = 64L << 20;
    /** Handshakes after which a public group is saved anew. */
    public static final int HANDSHAKES_PER_SNAPSHOT = 16;
    /** A group that is encoded in so few bytes is saved with each handshake: to read it then takes no signature. */
    public static final int SNAPSHOT_AT_ONCE_BYTES_MAX = 8 << 10;
    /**
     * Bytes of handshakes after which a public group is saved anew, or a part of its own bytes where that is more: whoever reads it verifies at
     * most so many again, and what a member writes makes at most a few times as much be written.
     */
    public static final int SNAPSHOT_HANDSHAKE_BYTES_MAX = 64 << 10;

    /** Of a large group the handshakes of a quarter of its bytes. */
    public static final int SNAPSHOT_HANDSHAKE_PART = 4;

    /** Entries after which a public group is saved anew, if there was a handshake among them. */
    public static final int ENTRIES_PER_SNAPSHOT = 1_024;
    /** Proposals that may wait for a commit in one epoch. */
    public static final int PROPOSALS_PER_EPOCH_MAX = 256;
    /** Returns of one user to one channel at once; after these, one every {@link #RETURN_EVERY_MILLIS}. */
    public static final int RETURNS_AT_ONCE_MAX = 4;
    /** How long it takes until a user may return once more, milliseconds. */
    public static final long RETURN_EVERY_MILLIS = 60_000;
    /** Commits of one user to one channel at once, returns aside; after these, one every {@link #COMMIT_EVERY_MILLIS}. */
    public static final int COMMITS_AT_ONCE_MAX = 500;
    /** How long it takes until a user may commit once more, milliseconds: longer than it takes anybody to return in between. */
    public static final long COMMIT_EVERY_MILLIS = 2_000;
    /**
     * How long a user waits after a commit that another says it could not process, before it may make the next, milliseconds: as long as it
     * takes until that one may return once more. Doubled with each further one.
     */
    public static final long ACCUSED_COMMIT_EVERY_MILLIS = RETURN_EVERY_MILLIS;
    /** How often that is doubled. */
    public static final int ACCUSED_DOUBLINGS_MAX = 3;
    /** How long a hub remembers it, milliseconds. Anybody can say so of anybody: one word of one liar costs no more than this. */
    public static final long ACCUSED_MILLIS = 3_600_000;
    /** Users and channels of which that is remembered. */
    public static final int ACCUSED_KEPT_MAX = 10_000;
    /** Users and channels whose returns are counted, and as many whose commits are. */
    public static final int COMMIT_RATES_KEPT_MAX = 10_000;
    /** Devices that one member adds to channels at once, as many as fit into one commit: three signatures each, and one to two seconds together. */
    public static final int ADDITIONS_AT_ONCE_MAX = 2_000;
    /** After how long a member may add one more, milliseconds. */
    public static final long ADDITION_BY_A_MEMBER_EVERY_MILLIS = 100;
    /** After how long a member of another server is to try again who has added more lately than is left for its server, milliseconds. */
    public static final long ADDITIONS_SHARE_RETRY_MILLIS = 30_000;
    /**
     * Kibibytes of one member's handshakes, or of one origin's, that are verified at once and then refused: the largest fits, and takes some two seconds. After
     * these, one every so many milliseconds.
     */
    public static final int VERIFIED_IN_VAIN_AT_ONCE_KIBIBYTES_MAX = 1_024;
    /** After how long one more of a member is, milliseconds: two seconds of the core's time in two minutes. */
    public static final long VERIFIED_IN_VAIN_KIBIBYTE_OF_A_MEMBER_EVERY_MILLIS = 100;
    /** As {@link #VERIFIED_IN_VAIN_AT_ONCE_KIBIBYTES_MAX}, of an origin. */
    public static final int VERIFIED_IN_VAIN_AT_ONCE_OF_AN_ORIGIN_KIBIBYTES_MAX =
            2 * VERIFIED_IN_VAIN_AT_ONCE_KIBIBYTES_MAX;
    /** After how long one more of an origin is, milliseconds: several of its members at once do not use it up. */
    public static final long VERIFIED_IN_VAIN_KIBIBYTE_OF_AN_ORIGIN_EVERY_MILLIS = 20;
    /** After how long a member of another server is to try again who has had its share of what is verified in vain of that one, milliseconds. */
    public static final long VERIFIED_IN_VAIN_SHARE_RETRY_MILLIS = 30_000;
    /** As a part of what it counts when it is verified counts what is refused before that: it was read, and held against the group. */
    public static final int VERIFIED_IN_VAIN_PARTS_TO_READ = 16;
    /** What one handshake counts at the least: it has a few signatures, however small it is. */
    public static final int VERIFIED_IN_VAIN_KIBIBYTES_MIN = 4;
    /** Members whose records, bytes and channels are counted ({@link MemberQuota}). */
    public static final int QUOTAS_KEPT_MAX = 10_000;
    /** What part of the room on the disk the logs of one hub take at once, and then in a day: a quarter. */
    public static final int HUB_SHARES_OF_ROOM = 4;
    /** How many members' quotas of records and bytes one peer has at the hub, for all its members together. */
    public static final int PEER_QUOTA_MEMBERS = 10;
    /** Who has had no more lately than such a part of it is never refused for the others' sake. */
    public static final int PEER_QUOTA_PARTS_OF_LITTLE = 100;
    /** Records of one channel that wait for its hub. */
    public static final int OUTBOX_RECORDS_PER_CHANNEL_MAX = 10_000;
    /**
     * What the hub remembers of what it decided about an origin's records, by their numbers: twice as many as an outbox holds. Whoever asks for an
     * earlier one has forgotten that it was told.
     */
    public static final long DECISIONS_KEPT_PER_INCARNATION_MAX = 2L * OUTBOX_RECORDS_PER_CHANNEL_MAX;
    /**
     * Incarnations of one origin in one channel, the newest, of which the hub knows how far they went and what it decided. An origin begins one when it
     * finds that it was restored, or that its hub was.
     */
    public static final int INCARNATIONS_WITH_DECISIONS_MAX = 8;
    /** Of older ones, how many are deleted when another one begins. */
    public static final int INCARNATIONS_DELETED_MAX = 64;
    /** Of what was decided in older ones, how many rows are deleted when another one begins. */
    public static final int DECISIONS_DELETED_MAX = 1_000;
    /** Rejected records of one device in one channel of which is remembered why: what it asks of earlier ones it is told by trying again. */
    public static final int REJECTIONS_KEPT_PER_DEVICE_MAX = 64;
    /** Bytes of logs of one hub that are here while no member of this server is known to be in them, until their rows are deleted. */
    public static final long FOREIGN_LOG_BYTES_PER_HUB_MAX = 1L << 30;
    /** A log of a part of that as small as this is not given up for what others of its hub take. */
    public static final int FOREIGN_LOG_SHARES_OF_ONE_HUB = 64;
    /** The same where no other server was handed a KeyPackage lately and no device says that it is in the channel: then hardly anybody can be. */
    public static final long FOREIGN_LOG_BYTES_PER_HUB_UNASKED_MAX = 64L << 20;
    /** The same of one channel. */
    public static final long FOREIGN_LOG_BYTES_UNASKED_MAX = 16L << 20;
    /** Bytes of records of one channel that wait for its hub. */
    public static final long OUTBOX_BYTES_PER_CHANNEL_MAX = 16L << 20;
    /** Welcomes of channels of this hub that wait for one device; a commit that would add one more is refused by the hub. */
    public static final int WELCOMES_PER_DEVICE_MAX = 1_000;
    /** Bytes of ratchet trees of these. */
    public static final long WELCOME_TREE_BYTES_PER_DEVICE_MAX = 128L << 20;
    /** Welcomes that wait for one device because one user added it: whatever that one does, others can add it, too. */
    public static final int WELCOMES_PER_DEVICE_AND_ADDER_MAX = 100;
    /** Bytes of ratchet trees of these. */
    public static final long WELCOME_TREE_BYTES_PER_DEVICE_AND_ADDER_MAX = 16L << 20;
    /**
     * Welcomes that wait for one device because users of one other server added it, and Welcomes of channels of one other hub. Of the latter, more
     * are not kept, and the device comes in by returning.
     */
    public static final int WELCOMES_PER_DEVICE_AND_PEER_MAX = 200;
    /** Bytes of ratchet trees of these. */
    public static final long WELCOME_TREE_BYTES_PER_DEVICE_AND_PEER_MAX = 32L << 20;
    /** Of what many have of one device together such a part, the last fifth, is kept for those who have little of it. */
    public static final int ROOM_PARTS_KEPT = 5;
    /** Whoever has no more of it than such a part has little. */
    public static final int ROOM_PARTS_OF_LITTLE = 100;
    /** Bytes of Welcomes in one frame to a device; one Welcome may be larger. */
    public static final int WELCOMES_BYTES_PER_FRAME_MAX = 512 << 10;
    /** Bytes of Welcomes of commits that are kept in parts, for the next device that fetches its own. */
    public static final long WELCOMES_PARTED_BYTES_MAX = 4L << 20;
    /** Bytes of handshakes in one frame to a device; one may be larger. */
    public static final int HANDSHAKE_BYTES_PER_FRAME_MAX = 256 << 10;
    /** Entries of a log of an older version that one request looks through for handshakes; the next goes on from there. */
    public static final int ENTRIES_READ_PER_REQUEST_MAX = 2_000;
    /** Bytes of such entries that one request looks through; the last may lie beyond. */
    public static final int ENTRY_BYTES_READ_PER_REQUEST_MAX = 8 << 20;
    /** Channels of one hub that one device of the hub's own is in, and channels that one LoggedIn lists: its own hub's come first. */
    public static final int CHANNELS_PER_DEVICE_MAX = 4_096;
    /** Channels of one other hub that one device is in, or was removed from and has not read to the end. */
    public static final int CHANNELS_PER_DEVICE_AND_PEER_MAX = 1_000;
    /** Channels that one device was removed from and has read to the end, of which that is still known. */
    public static final int CHANNELS_LEFT_PER_DEVICE_MAX = 1_000;
    /**
     * Channels that one user has put one device into and in which that device has not been since: it has neither read in them nor followed them, and
     * whoever never was in a channel cannot leave it. Whatever that user does, others can add the device, too.
     */
    public static final int CHANNELS_UNOPENED_PER_DEVICE_AND_ADDER_MAX = 100;
    /** Stretches of one log that one device may read: it was added and removed so often. Above, what it has read is given up. */
    public static final int STRETCHES_PER_READER_MAX = 64;
    /** Provisional records of one channel, of other origins, that are kept for readers. */
    public static final int PROVISIONAL_PER_CHANNEL_MAX = 1_000;
    /** Bytes of provisional records that are kept of one peer. */
    public static final long PROVISIONAL_BYTES_PER_PEER_MAX = 4L << 20;
    /** Bytes of provisional records that are kept of all peers together. */
    public static final long PROVISIONAL_BYTES_MAX = 32L << 20;
    /** Bytes of provisional records that one device is sent at once: before the driver has carried them out. */
    public static final long PROVISIONAL_BYTES_AT_ONCE_MAX = 1L << 20;
    /** Bytes of provisional records that are sent to all devices, and as many to all peers, at once. */
    public static final long PROVISIONAL_BYTES_PER_ROUND_MAX = 4L << 20;
    /** Bytes of provisional records that one peer was sent, and of which it is not known that it has had them; one record may be larger. */
    public static final long PROVISIONAL_BYTES_UNANSWERED_MAX = 64 << 10;
    /** Channels in which, of all devices together, one round looks for something to show. */
    public static final int PROVISIONAL_LOOKS_PER_ROUND_MAX = 20_000;
    /** The same for all peers together, in a tick; to see who is in a channel counts as 64. */
    public static final int PROVISIONAL_LOOKS_PER_TICK_MAX = 1_024;
    /** Lines of one kind in the log at once on account of one peer, or of all strangers. */
    public static final int REMARKS_AT_ONCE_MAX = 8;
    /** How long it takes until there is one more, milliseconds. */
    public static final long REMARK_EVERY_MILLIS = 60_000;
    /** Characters of what somebody else said in one such line. */
    public static final int REMARK_CHARACTERS_MAX = 300;
    /** Bytes of one piece of evidence. */
    public static final int EVIDENCE_BYTES_MAX = 4 << 20;
    /** Pieces of evidence about one channel. */
    public static final int EVIDENCE_PER_CHANNEL_MAX = 8;
    /** How long a hub that has just started waits, before it orders anything, for its followers to say how far they have its logs. */
    public static final long ASKING_MILLIS_MAX = 10_000;
    /** How long a channel of which this hub has signed more than it has is held before that is an alarm: what a follower can give back is back by then. */
    public static final long HELD_UNTIL_ALARM_MILLIS = 60_000;
    /** How long a hub whose operator says that it was restored waits for members' devices, however many have come already. */
    public static final long RESTORED_DEVICES_MILLIS = 600_000;
    /** After how long a device that was answered {@code HUB_ASKING} is to try again, milliseconds. */
    public static final long ASKING_RETRY_MILLIS = 500;
    /** After how long a device that was answered {@code HUB_BEHIND} is to try again, milliseconds. */
    public static final long BEHIND_RETRY_MILLIS = 10_000;
    /** Channels of which a device is told at login why nothing is taken in them. */
    public static final int HELD_TOLD_AT_LOGIN_MAX = 128;
    /** What all those reasons take at most, so that they fit into one LoggedIn beside the channels: a hub elsewhere can make one 6 KiB long. */
    public static final int HELD_TOLD_AT_LOGIN_BYTES_MAX = 64 << 10;
    /** How long devices are told no other reason why a hub takes nothing, whatever it says: one word of it reaches many of them. */
    public static final long HUBS_REASON_STANDS_MILLIS = 30_000;
    /** Channels with rows that cannot be read that are set aside in one event, before that is given up. */
    public static final int CHANNELS_SET_ASIDE_AT_ONCE_MAX = 100;
    /** Rows of one table that housekeeping passes over of which the log tells. */
    public static final int UNREADABLE_ROWS_TOLD_MAX = 100;
    /** Channels that are set aside that the status names one by one. */
    public static final int SET_ASIDE_TOLD_MAX = 10;
    /** Hubs whose logs are taken more slowly than they give them that the status names one by one. */
    public static final int SLOWED_HUBS_TOLD_MAX = 10;
    /** Held channels that the status names one by one. */
    public static final int HELD_TOLD_MAX = 10;
    /** Members and servers that have used up what they may that the status names one by one. */
    public static final int USED_UP_TOLD_MAX = 20;
    /** Servers that are no peers and share channels that the status tells of one by one. */
    public static final int FORMER_PEERS_TOLD_MAX = 10;
    /** Others of these that it names. */
    public static final int FORMER_PEERS_NAMED_MAX = 50;
    /** Rows of readers that are looked at for whether somebody is still in channels of a server that is no peer. */
    public static final int READERS_LOOKED_AT_FOR_STATUS_MAX = 20_000;
    /** Channels that are not here, and that members' devices read on in, so many of which are remembered for the operator. */
    public static final int UNKNOWN_CHANNELS_KEPT_MAX = 1_000;
    /** The same by the word of one member. */
    public static final int UNKNOWN_CHANNELS_PER_MEMBER_MAX = 32;
    /** Such channels that the status names by the word of one member. */
    public static final int UNKNOWN_CHANNELS_TOLD_PER_MEMBER_MAX = 3;
    /** Such channels that the status names one by one. */
    public static final int UNKNOWN_CHANNELS_TOLD_MAX = 10;
    /** Commits that add members and wait for their hubs, of which it is remembered what they have taken of what their authors may add. */
    public static final int COMMITS_WITH_ADDITIONS_KEPT_MAX = 10_000;
    /** After how long a hub that takes a channel back asks one more of those that have it, as long as what it was given comes to no end. */
    public static final long TAKING_BACK_TURN_MILLIS = 60_000;
    /** Channels that are being taken back of which a tick looks whether it is time for another follower. */
    public static final int CHANNELS_TAKEN_BACK_LOOKED_AT_PER_TICK_MAX = 1_000;
    /** Followers that are asked for one channel at a time. While others wait, each is for so many turns at first. */
    public static final int TAKING_BACK_GIVERS_MAX = 4;
    /** How often that is doubled, once each time that a follower had to make room for others: up to 4 hours. */
    public static final int TAKING_BACK_DOUBLINGS_MAX = 6;
    /** Frames of entries that a hub which takes back what it lacks is given by one follower before one with its signature: it remembers a hash of each. */
    public static final int TAKEN_BACK_FRAMES_MAX = 100_000;

    // Peers.
    /** Peers that the operator may accept. */
    public static final int PEERS_MAX = 500;
    /** Requests that are under way on one link. */
    public static final int REQUESTS_PER_LINK_MAX = 1_024;
    /** A link on which something came so lately stands: somebody is at its other end. An idle one is pinged more often than that. */
    public static final long LINK_STANDS_MILLIS = 20_000;
    /** Links of one peer that take the place of one that stands, at once; one more may in {@link #LINK_REPLACED_EVERY_MILLIS}. More are a second server's. */
    public static final int LINKS_REPLACED_AT_ONCE_MAX = 6;

    public static final long LINK_REPLACED_EVERY_MILLIS = 100_000;
    /** For so long after the last sign of it the operator is told of a peer that runs twice. */
    public static final long TWIN_TOLD_MILLIS = 3_600_000;
    /** A peer's links that are begun with at once: each time both say where they stand in all that they share. */
    public static final int LINKS_BEGUN_AT_ONCE_MAX = 4;
    /** How long it takes until one more is begun with, milliseconds. */
    public static final long LINK_BEGUN_EVERY_MILLIS = 1_000;
    /** How often a follower is told that there is more of a channel that it has not asked for yet, before it has answered something. */
    public static final int HINTS_AGAIN_MAX = 64;
    /**
     * Bytes of entries that one peer was sent beside hints, in all channels together, and has not asked for what comes behind them: as much as may be
     * under way on a line of which nothing is known.
     */
    public static final int HINTED_ENTRY_BYTES_MAX = 64 << 10;
    /** Rows of the store that one event remembers to have read; and as many that are remembered for longer. */
    public static final int ROWS_REMEMBERED_MAX = 4_096;
    /** Bytes of a row up to which it is remembered. */
    public static final int ROW_REMEMBERED_BYTES_MAX = 1 << 10;
    /** Channels that are shared with one peer. */
    public static final int CHANNELS_PER_PEER_MAX = 50_000;
    /** Channels in one SharedChannels frame. */
    public static final int SHARED_CHANNELS_PER_FRAME_MAX = 1_000;
    /** Channels with epochs to close that are looked at in one step, or one tick. */
    public static final int EPOCHS_LOOKED_AT_PER_STEP_MAX = 1_000;
    /** Pulls that are under way on one link; other channels wait for their turn. */
    public static final int PULLS_PER_LINK_MAX = 8;
    /** Bytes of entries that one pull asks for, and is given at most, on a quick line. */
    public static final int PULL_BYTES_MAX = 1 << 20;
    /** The same on the slowest line; one entry may be larger. */
    public static final int PULL_BYTES_MIN = 16 << 10;
    /** What a hub that takes back what it lacks asks for at once, on any line: so frames end the second time where they ended the first time. */
    public static final int TAKING_BACK_BYTES_PER_PULL = 128 << 10;
    /** What else than entries may be in a frame that gives them back: a head, and what surrounds it. */
    public static final int TAKING_BACK_BYTES_BESIDES = 64 << 10;
    /** Bytes that are under way on a line, of what is pulled and of what is sent to a hub, before it is known how quick the line is. */
    public static final int LINE_BYTES_FIRST = 64 << 10;
    /** The same on the slowest line. */
    public static final int LINE_BYTES_MIN = 16 << 10;
    /** What is answered sooner than this leaves room for more the next time. */
    public static final long LINE_QUICK_MILLIS = 1_000;
    /** Of what is answered later than this, half as much is under way from then on. */
    public static final long LINE_SLOW_MILLIS = 5_000;
    /** How long a pull is waited for at the least, also if something that was asked later was answered. */
    public static final long PULL_PATIENCE_MILLIS = 300_000;
    /** Bytes of records of one channel that are under way to its hub. */
    public static final int SUBMIT_BYTES_IN_FLIGHT_MAX = 1 << 20;
    /** Bytes of records of all channels that are under way to one hub, on a quick line: what a link holds in memory. */
    public static final int SUBMIT_BYTES_IN_FLIGHT_PER_HUB_MAX = 4 << 20;
    /**
     * Of what a peer has sent so much is done at a stretch: bytes of the groups in which handshakes are verified, which takes some 20 ms, and bytes that are written.
     * One entry may come to more.
     */
    public static final long STEP_BYTES_MAX = 4 << 20;
    /** As so many bytes of such a step each record and entry counts that is looked at. */
    public static final long STEP_BYTES_PER_RECORD = 8 << 10;
    /** As so many bytes of such a step each signature counts that a peer can have verified one by one. */
    public static final long STEP_BYTES_PER_SIGNATURE = 16 << 10;
    /** Pieces of evidence against one hub: the first ones of channels in which members of this server were. */
    public static final int EVIDENCE_CHANNELS_PER_HUB_MAX = 64;
    /** Bytes of them. */
    public static final long EVIDENCE_BYTES_PER_HUB_MAX = 64L << 20;
    /** Further pieces of evidence of such channels of one hub. */
    public static final int EVIDENCE_FURTHER_PER_HUB_MAX = 16;
    /** Bytes of them. */
    public static final long EVIDENCE_FURTHER_BYTES_PER_HUB_MAX = 16L << 20;
    /** Pieces of evidence against one hub of channels in which nobody of this server was. */
    public static final int EVIDENCE_OF_OTHERS_PER_HUB_MAX = 16;
    /** Bytes of them. */
    public static final long EVIDENCE_OF_OTHERS_BYTES_PER_HUB_MAX = 16L << 20;
    /** Hubs against which more evidence was found than is kept, of which the status tells. */
    public static final int EVIDENCE_FULL_TOLD_MAX = 10;
    /** Bytes of such heads that are remembered of one hub; beyond it its eldest are forgotten. */
    public static final int HEADS_AHEAD_BYTES_PER_HUB_MAX = 1 << 20;
    /** Heads of one channel that a hub has shown of places which are not here yet. */
    public static final int HEADS_AHEAD_PER_CHANNEL_MAX = 4;
    /** What a record, an entry, a receipt or a head takes in memory beside its bytes while it waits, about. */
    public static final int PART_BYTES = 1 << 10;
    /** Bytes in memory of entries of one hub that wait for their step; then nothing more is asked for of it, nor taken beside hints. */
    public static final int ENTRY_BYTES_WAITING_MAX = 6 << 20;
    /** The same with what comes of pulls that were under way; what comes beyond it is pulled again. */
    public static final int ENTRY_BYTES_PULLED_WAITING_MAX = 32 << 20;
    /** Bytes in memory that a byte of entries which are pulled comes to while they wait, about: of small ones. */
    public static final int ENTRY_BYTES_IN_MEMORY_PER_BYTE = 4;
    /** Bytes in memory of what one peer names as shared that wait for their step: ten thousand channels with their heads. What is beyond it names the next time. */
    public static final int SHARED_CHANNELS_BYTES_WAITING_MAX = 16 << 20;
    /** Records of a channel that was frozen which are refused at once, and then in each tick. */
    public static final int RECORDS_OF_FROZEN_REFUSED_PER_TICK_MAX = 500;
    /** Bytes in memory of records, or of receipts, of one peer that wait for their step; an honest one has no more under way. */
    public static final int RECORD_BYTES_WAITING_MAX = 12 << 20;
    /** Bytes in memory of all that waits of all peers for its step; then of each only its part of that, and the first of those of which nothing waits. */
    public static final int PEERS_BYTES_WAITING_MAX = 32 << 20;
    /** Records in one SubmitRecords frame. */
    public static final int RECORDS_PER_FRAME_MAX = 256;
    /** How long at the most what waits in a channel is not numbered anew for a hub that asks for it again and again. */
    public static final long RENUMBERED_RESTS_MILLIS_MAX = 3_600_000;
    /** Bytes of records in one SubmitRecords frame; one record may be larger. */
    public static final int RECORD_BYTES_PER_FRAME_MAX = 512 << 10;

    // Housekeeping.
    /** How often rows that are past their time are looked for. */
    public static final long HOUSEKEEPING_MILLIS = 60_000;
    /** Rows that one round of housekeeping deletes, or whole ranges of them. */
    public static final int ROWS_PRUNED_PER_ROUND_MAX = 2_000;
    /** Rows of dropped logs that one tick deletes. */
    public static final int DROPPED_ROWS_PER_TICK_MAX = 500;
    /** As so many rows a whole range counts that is deleted: a store reads more slowly for all with each. */
    public static final int RANGE_COUNTS_AS_ROWS = 16;
    /** Rows of one table that are deleted one by one; of more together the range is deleted. */
    public static final int ROWS_DELETED_ONE_BY_ONE_MAX = 64;
    /** Rows of one table that one round of housekeeping looks at, where it goes through a table round and round. */
    public static final int ROWS_SWEPT_PER_ROUND_MAX = 2_000;

    private Limits() {}
}
