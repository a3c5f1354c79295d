package chat.samara.server.core.channel.follower;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.Members;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives up channels in which no member of this server ever was. Tables of many rows go at once, others so many rows in a tick. */
public final class Dropping {
    private static final Logger LOG = LoggerFactory.getLogger(Dropping.class);
    private static final long NOT_AGAIN_MILLIS = 600_000;
    private static final int REMEMBERED_MAX = 10_000;
    private static final List<Table> TABLES = List.of(
            Table.ENTRY,
            Table.HANDSHAKE,
            Table.HEAD,
            Table.GROUP,
            Table.EPOCH,
            Table.WATERMARK,
            Table.DECISION,
            Table.SUBMISSION,
            Table.DEVICE_SEQ,
            Table.OUTBOX,
            Table.TREE);

    private final Journal journal;
    private final Channels channels;
    private final Members members;
    private final ReaderTable readers;
    private final ForeignLogs foreign;
    private final SortedSet<ChannelId> dropped = new TreeSet<>();

    /** Channels that a version before has kept although they are stopped and nobody of this server was known to be in them. */
    private final SortedSet<ChannelId> stopped = new TreeSet<>();

    private final Map<ChannelId, Drop> drops = new LinkedHashMap<>();

    /**
     * A channel that was dropped.
     *
     * @param throughSeq how far its log went then
     * @param forGrowth whether its log may still be begun again since it has grown
     * @param forDevice whether it may be since a device of this server says that it is in it
     */
    private record Drop(long atMillis, long throughSeq, Again forGrowth, Again forDevice) {
        boolean mayBeginAgain(long seq) {
            return forDevice == Again.DUE || (forGrowth == Again.OPEN && seq > throughSeq);
        }
    }

    /** A reason to begin a dropped channel again: each counts once in a while. */
    private enum Again {
        OPEN,
        DUE,
        USED
    }

    public Dropping(Journal journal, Channels channels, Members members, ForeignLogs foreign) {
        this.foreign = foreign;
        this.journal = journal;
        this.channels = channels;
        this.members = members;
        this.readers = new ReaderTable(journal);
    }

    /** Reads what was being dropped. */
    public void load() {
        dropped.clear();
        stopped.clear();
        foreign.clear();
        for (ChannelId channel : ChannelTable.all(journal)) {
            ChannelTable.find(journal, channel).ifPresent(row -> {
                if (row.getState() == StoredChannelState.CHANNEL_DROPPED) {
                    dropped.add(channel);
                } else if (isStopped(row.getState()) && !row.getHadReaders()) {
                    stopped.add(channel);
                }
                foreign.load(row);
            });
        }
    }

    /** An event was undone. */
    public void undo() {
        foreign.undo();
    }

    /** Reads whether the channel is being dropped. */
    public void readAnew(ChannelId channel) {
        boolean isDropped = ChannelTable.find(journal, channel)
                .filter(row -> row.getState() == StoredChannelState.CHANNEL_DROPPED)
                .isPresent();
        if (isDropped) {
            dropped.add(channel);
        } else {
            dropped.remove(channel);
        }
    }

    /** An entry of so many bytes was pulled and appended. */
    void grew(Channel channel, int bytes) {
        StoredChannel.Builder row = channel.row();
        if (!row.getHadReaders()) {
            foreign.grew(row, bytes);
            channels.save(channel);
        } else if (row.getForeignBytes() > 0) {
            foreign.forget(row);
            channels.save(channel);
        }
    }

    /** Whether so much of the hub's logs is here in which nobody of this server is known to be that this one is not pulled any further. */
    boolean isTooMuch(Channel channel) {
        return foreign.isTooMuch(channel.id(), channel.row());
    }

    /** Whether another log of the hub may be begun. */
    boolean hasRoom(ServerName hub, ChannelId channel) {
        return foreign.hasRoom(hub.value(), channel);
    }

    /** A log that goes on and on, and its hub says nowhere that it ends. */
    void dropEndless(Channel channel) {
        if (!dropIfForeign(channel)) {
            return;
        }
        LOG.warn(
                "{} gives too much of logs in which no member of this server is, {} bytes, of which {} are of channel {}, which is dropped",
                channel.hub(),
                foreign.bytes(channel.hub().value()),
                channel.row().getForeignBytes(),
                channel.id());
        // That it goes on is no reason to begin with it again.
        drops.computeIfPresent(
                channel.id(), (id, drop) -> new Drop(drop.atMillis(), drop.throughSeq(), Again.USED, drop.forDevice()));
    }

    /**
     * Whether a channel that is not here may be pulled from this hub: not if it was dropped lately, or there are too many. One whose log has
     * grown since may hold a member's addition: a server that was restored from a backup does not know whose earlier devices it meets
     * there, drops the channel, and is added again. Or such a device was registered since, and wants to read it. Each counts once; a hub
     * cannot have a log pulled over and over.
     *
     * @param seq how far the hub says that its log goes
     */
    boolean mayBegin(ChannelId channel, ServerName hub, long seq) {
        boolean lately = Optional.ofNullable(drops.get(channel))
                .filter(drop -> journal.monotonicMillis() - drop.atMillis() < NOT_AGAIN_MILLIS)
                .filter(drop -> !drop.mayBeginAgain(seq))
                .isPresent();
        return !lately
                && !dropped.contains(channel)
                && channels.countOfHub(hub) < Limits.CHANNELS_PER_PEER_MAX
                && hasRoom(hub, channel);
    }

    /** A member's device says that it is in a channel that is not here. */
    void wanted(ChannelId channel, UserId by) {
        foreign.wanted(channel, by);
        drops.computeIfPresent(
                channel,
                (id, drop) -> drop.forDevice() == Again.OPEN
                        ? new Drop(drop.atMillis(), drop.throughSeq(), drop.forGrowth(), Again.DUE)
                        : drop);
    }

    /**
     * The log is here up to its head, or up to where it was stopped: drops the channel if no member of this server is or was in it. Returns whether it is
     * dropped.
     */
    boolean dropIfForeign(Channel channel) {
        // Leaves that name members whom nobody has registered here are no reason to keep a log.
        boolean isKept = channel.isActive() || isStopped(channel.row().getState());
        if (isKept && !channel.row().getHadReaders()) {
            if (members.isAnybodyIn(channel)) {
                // Registered while the log was being pulled.
                channel.row().setHadReaders(true);
                foreign.forget(channel.row());
                channels.save(channel);
                return false;
            }
            channel.row().setState(StoredChannelState.CHANNEL_DROPPED).setStateReason("no member of this server");
            channels.save(channel);
            dropped.add(channel.id());
            remember(channel);
            return true;
        }
        return false;
    }

    private static boolean isStopped(StoredChannelState state) {
        return state == StoredChannelState.CHANNEL_FROZEN || state == StoredChannelState.CHANNEL_TOO_NEW;
    }

    private void remember(Channel channel) {
        long now = journal.monotonicMillis();
        Optional<Drop> before = Optional.ofNullable(drops.remove(channel.id()))
                .filter(drop -> now - drop.atMillis() < NOT_AGAIN_MILLIS);
        boolean forDevice = before.filter(drop -> drop.forDevice() == Again.DUE).isPresent();
        drops.put(
                channel.id(),
                new Drop(
                        now,
                        channel.seq(),
                        before.isPresent() && !forDevice
                                ? Again.USED
                                : before.map(Drop::forGrowth).orElse(Again.OPEN),
                        forDevice ? Again.USED : before.map(Drop::forDevice).orElse(Again.OPEN)));
        if (drops.size() > REMEMBERED_MAX) {
            drops.remove(drops.keySet().iterator().next());
        }
    }

    /** Deletes some rows of what is being dropped: as long as they are there their hub has no room for others. */
    public void prune() {
        if (!stopped.isEmpty()) {
            ChannelId first = stopped.first();
            stopped.remove(first);
            channels.find(first).ifPresent(this::dropIfForeign);
        }
        int left = Limits.DROPPED_ROWS_PER_TICK_MAX;
        while (!dropped.isEmpty()) {
            ChannelId channel = dropped.first();
            left -= readers.deleteUnregistered(channel, left);
            for (Table table : TABLES) {
                left -= left > 0 ? delete(table, channel.bytes()) : 0;
            }
            if (left <= 0) {
                return;
            }
            channels.findAny(channel).ifPresent(gone -> {
                foreign.forget(gone.row());
                channels.deleted(gone);
            });
            dropped.remove(channel);
        }
    }

    /** Many at once, few one by one: a store that has deleted thousands of ranges reads more slowly for all. Returns how many changes that is. */
    private int delete(Table table, Bytes prefix) {
        List<Bytes> keys = new ArrayList<>();
        journal.scanPrefix(table, prefix, (key, value) -> {
            keys.add(key);
            return keys.size() <= Limits.ROWS_DELETED_ONE_BY_ONE_MAX;
        });
        if (keys.size() > Limits.ROWS_DELETED_ONE_BY_ONE_MAX) {
            journal.deletePrefix(table, prefix);
            return Limits.RANGE_COUNTS_AS_ROWS;
        }
        keys.forEach(key -> journal.delete(table, key));
        return keys.size();
    }
}
