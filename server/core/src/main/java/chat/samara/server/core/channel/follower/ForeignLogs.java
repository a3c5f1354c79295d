package chat.samara.server.core.channel.follower;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Sums;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * How much of a hub's logs is here while no member of this server is known to be in them: any hub can give a server logs that are none of its
 * business, one that never ends or one after another. What was dropped counts until its rows are deleted, or it would fill the disk as
 * quickly as the line carries it.
 *
 * <p>A log may well be long before the first member of this server comes in it. But somebody can only have been added if another server was handed
 * a KeyPackage; where none was lately, and no device says that it is in the channel, much less is taken.
 */
public final class ForeignLogs {
    private final long bytesPerHubMax;
    private final BooleanSupplier isAnybodyAskedFor;
    private final Sums<String> bytes;

    /** Channels that a device of this server has said it is in, and that were not here; the one that was named longest ago is first. */
    private final Map<ChannelId, UserId> wanted = new LinkedHashMap<>();

    private final Map<UserId, Integer> wantedBy = new HashMap<>();

    /** @param isAnybodyAskedFor whether another server was lately handed a KeyPackage of a member */
    public ForeignLogs(Journal journal, long bytesPerHubMax, BooleanSupplier isAnybodyAskedFor) {
        this.bytesPerHubMax = bytesPerHubMax;
        this.isAnybodyAskedFor = isAnybodyAskedFor;
        this.bytes = new Sums<>(journal);
    }

    /** Before all rows are gone through. */
    void clear() {
        bytes.clear();
    }

    /** A channel that is here at the start. */
    void load(StoredChannel row) {
        if (!row.getHadReaders()) {
            bytes.add(row.getHub(), row.getForeignBytes());
        }
    }

    /** An event was undone. */
    void undo() {
        bytes.undo();
    }

    /** Bytes of the hub's logs. */
    public long bytes(String hub) {
        return bytes.get(hub);
    }

    /** An entry of so many bytes was appended. The caller saves the row. */
    public void grew(StoredChannel.Builder row, int more) {
        row.setForeignBytes(row.getForeignBytes() + more);
        bytes.add(row.getHub(), more);
    }

    /** A member was found in the channel, or its rows are deleted. The caller saves the row, or deletes it. */
    public void forget(StoredChannel.Builder row) {
        bytes.add(row.getHub(), -row.getForeignBytes());
        row.clearForeignBytes();
    }

    /** A member's device says that it is in the channel. So many of one member count: else each could push out what others are in. */
    public void wanted(ChannelId channel, UserId by) {
        UserId before = wanted.get(channel);
        if (before == null && wantedBy.getOrDefault(by, 0) >= Limits.UNKNOWN_CHANNELS_PER_MEMBER_MAX) {
            return;
        }
        unwanted(channel);
        UserId first = before == null ? by : before;
        wanted.put(channel, first);
        wantedBy.merge(first, 1, Integer::sum);
        if (wanted.size() > Limits.UNKNOWN_CHANNELS_KEPT_MAX) {
            unwanted(wanted.keySet().iterator().next());
        }
    }

    private void unwanted(ChannelId channel) {
        UserId by = wanted.remove(channel);
        if (by != null) {
            wantedBy.computeIfPresent(by, (user, count) -> count == 1 ? null : count - 1);
        }
    }

    /** Whether another log of the hub may be begun. */
    public boolean hasRoom(String hub, ChannelId channel) {
        return hasRoom(hub, channel, 0);
    }

    private boolean hasRoom(String hub, ChannelId channel, long besides) {
        long others = bytes.get(hub) - besides;
        return others <= bytesPerHubMax
                && (others <= Limits.FOREIGN_LOG_BYTES_PER_HUB_UNASKED_MAX || isExpected(channel));
    }

    /**
     * Whether the channel is not pulled any further. For what others of the hub's are a log that is under way and not large by itself is not given up:
     * there is some room besides for as many as are pulled at a time.
     */
    public boolean isTooMuch(ChannelId channel, StoredChannel.Builder row) {
        long shareMax =
                Math.min(Limits.FOREIGN_LOG_BYTES_UNASKED_MAX, bytesPerHubMax / Limits.FOREIGN_LOG_SHARES_OF_ONE_HUB);
        boolean isLarge = row.getForeignBytes() > shareMax;
        long besides = isLarge ? 0 : Limits.PULLS_PER_LINK_MAX * shareMax;
        return !row.getHadReaders()
                && (!hasRoom(row.getHub(), channel, besides)
                        || (row.getForeignBytes() > Limits.FOREIGN_LOG_BYTES_UNASKED_MAX && !isExpected(channel)));
    }

    private boolean isExpected(ChannelId channel) {
        return wanted.containsKey(channel) || isAnybodyAskedFor.getAsBoolean();
    }
}
