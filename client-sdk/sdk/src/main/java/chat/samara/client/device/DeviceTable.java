package chat.samara.client.device;

/**
 * The maps of a device's store, with every key's and value's layout. Keys are byte strings in unsigned lexicographic order; numbers
 * in keys are 8 bytes big-endian. Values are messages of {@code stored.proto} unless said otherwise. Everything is written by the
 * engine only. Each table has a version of its own, so that one can change its rows without the others. What is never pruned of a channel goes when a person has it forgotten; where a member's keys were seen is about the member, and stays (PIN, and rows
 * of HISTORY of other channels).
 */
public enum DeviceTable {
    /** {@code "account"} → StoredAccount. One row; the layout's version is in it. Never pruned. */
    ACCOUNT,
    /**
     * KeyPackageRef → StoredKeyPackage (with private keys). Pruned when used, when no Welcome for it can come any more, and the oldest
     * above a limit.
     */
    KEY_PACKAGE,
    /** channel id → StoredChannel. Erased, with all other rows of the channel, when a person has it forgotten. */
    CHANNEL,
    /** channel id | key of the mls library → opaque state of the mls library. Erased at removal, and when the channel is frozen. */
    GROUP,
    /**
     * channel id | seq → first 16 bytes of the entry's hash. Pruned to the last {@code Limits.ENTRY_HASHES_KEPT}, and to what may have to be read
     * again.
     */
    ENTRY_HASH,
    /**
     * channel id | seq | number within the entry (1 byte) → StoredMessage. Never pruned. Rows of version 1 have what is shown of a message and nothing that
     * proves it; they stay as they are, beside those of version 2.
     */
    HISTORY(2),
    /** channel id | order of sending → StoredOutgoing: own messages that are not in the log yet. Pruned when ordered. */
    OUTGOING(2),
    /** channel id | device id | idempotency key → StoredPlace: where that message is. Never pruned: it keeps delivery to once. */
    PLACE,
    /**
     * channel id | order of arrival → StoredProvisional: read before it was ordered. Pruned when ordered; once its epoch is closed it keeps no
     * text, and the oldest are pruned above a limit.
     */
    PROVISIONAL(2),
    /** channel id | number → StoredIntent. Pruned when settled. */
    INTENT,
    /** user id (UTF-8) → StoredPin. Never pruned. */
    PIN(2),
    /** channel id → StoredObserver, while the log says more than the device's group. Pruned when it has returned, or left. */
    OBSERVER,
    /** channel id → chat.samara.wire.channel.Blame, encoded. Written with each signed commit. Never pruned. */
    BLAME,
    /**
     * channel id | key of the mls library → opaque state of the mls library: the group by which the device is about to return. Erased
     * when it has, or when another commit was first.
     */
    JOINING_GROUP,
    /** The same: the group that it was in before it lost its place, for late messages. Erased when its epochs are closed. */
    PAST_GROUP,
    /**
     * channel id | 0 → StoredReplay: the public group at this device's removal. Written then, pruned when it has joined again.
     * channel id | 1 → StoredReplay: how far the handshakes of a Welcome's log were followed. Pruned when that has ended.
     */
    REPLAY,
    /**
     * channel id | kind of row (1 byte, {@code Footing.Kept}) | rest of its key → that row as it was before the first handshake that only the
     * own server's word stands for. Some are secret. Erased when the hub vouches for what is here, or when the channel is left.
     */
    FOOTING,
    /** channel id | seq → StoredUnvouched, for entries that no head covered when they came. Pruned behind the place that the hub vouches for. */
    UNVOUCHED(2),
    /**
     * SHA-256 of a channel's id under a label → StoredForgotten, of channels that were forgotten: up to where this device had read, against Welcomes of
     * before, and how much it had sent. Never pruned; at most {@code Limits.FORGOTTEN_CHANNELS_MAX}.
     */
    FORGOTTEN,
    /**
     * channel id | epoch | number (1 byte) → StoredEpoch: the GroupContexts that signatures of rows of HISTORY, OUTGOING and PROVISIONAL cover; one for an
     * epoch, and another where the commits that led to it were taken back and others came. Never pruned: without it those rows prove nothing.
     */
    EPOCH,
    /** channel id | device id → StoredAuthor: who has said something in such rows. Never pruned: a leaf that is gone stands nowhere else. */
    AUTHOR,
    /** name of a table (ASCII) → StoredTableVersion. Without a row a table is of version 1. Never pruned. */
    TABLE_VERSION;

    private final int version;

    DeviceTable() {
        this(1);
    }

    DeviceTable(int version) {
        this.version = version;
    }

    /** Of the rows as this software writes them: 1 at first. {@code TableVersions} says how those of an earlier one are read. */
    int version() {
        return version;
    }
}
