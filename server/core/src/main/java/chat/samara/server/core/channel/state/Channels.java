package chat.samara.server.core.channel.state;

import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Remarks;
import chat.samara.server.core.batch.Sums;
import chat.samara.server.core.batch.Touched;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.LogPosition;
import java.util.Optional;
import java.util.SortedSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The channels of this server; those that were used last are kept in memory. */
public final class Channels {
    private static final Logger LOG = LoggerFactory.getLogger(Channels.class);

    private final ServerIdentity identity;
    private final Journal journal;
    private final Remarks remarks;
    private final ChannelTable table;
    private final GroupTable groups;
    private final Damage damage;
    private final ChannelCache cache = new ChannelCache(Limits.CHANNEL_CACHE_BYTES_MAX);

    private final Touched<ChannelId> touched;

    /** How many channels there are, by the name of their hub. */
    private final Sums<String> countByHub;

    private long frozen;

    public Channels(ServerIdentity identity, Journal journal) {
        this.identity = identity;
        this.journal = journal;
        this.remarks = new Remarks(LOG, journal);
        this.table = new ChannelTable(journal);
        this.groups = new GroupTable(journal);
        this.touched = new Touched<>(journal);
        this.countByHub = new Sums<>(journal);
        this.damage = new Damage(identity.name(), journal, table, groups);
    }

    public ChannelTable table() {
        return table;
    }

    public GroupTable groups() {
        return groups;
    }

    /** How many are in memory. */
    public int cached() {
        return cache.size();
    }

    /** What those take, about. */
    long cachedBytes() {
        return cache.bytes();
    }

    /** How many were frozen since the start. */
    public long frozen() {
        return frozen;
    }

    /** Counts the channels; none is in memory yet. */
    public void load() {
        cache.clear();
        countByHub.clear();
        table.countByHub().forEach(countByHub::add);
    }

    /** An event was undone: forgets the channels that were handed out in it, which it may have changed. Returns them. */
    public SortedSet<ChannelId> undo() {
        SortedSet<ChannelId> undone = touched.takeUndone();
        undone.forEach(this::forget);
        countByHub.undo();
        return undone;
    }

    /** The channel is read from the store the next time. */
    public void forget(ChannelId channel) {
        cache.remove(channel);
    }

    /** How many channels there are with this hub: known, since strangers to a channel make this be asked for each that they name. */
    public long countOfHub(ServerName hub) {
        return countByHub.get(hub.value());
    }

    /** The channel, if it is here and not being dropped. */
    public Optional<Channel> find(ChannelId id) {
        return findAny(id).filter(channel -> !channel.isDropped());
    }

    /** Those with rows that cannot be read. */
    public Damage damage() {
        return damage;
    }

    /** Whether rows of the channel cannot be read: then it is not found, but it is not unknown either. */
    public boolean isSetAside(ChannelId id) {
        return damage.contains(id);
    }

    /** Refused with {@code HUB_BEHIND} if rows of the channel cannot be read. */
    public void requireReadable(ChannelId id) throws RefusedException {
        Optional<Refusal> refusal = damage.refusal(id);
        if (refusal.isPresent()) {
            throw refusal.get().asException();
        }
    }

    /** The channel, also while it is being dropped. */
    public Optional<Channel> findAny(ChannelId id) {
        touched.add(id);
        if (isSetAside(id)) {
            return Optional.empty();
        }
        Optional<Channel> known = cache.find(id);
        if (known.isPresent()) {
            return known;
        }
        Optional<Channel> loaded = ChannelTable.find(journal, id).map(row -> channel(id, row));
        loaded.ifPresent(cache::put);
        return loaded;
    }

    private Channel channel(ChannelId id, StoredChannel row) {
        try {
            // The row is read again when the group is loaded: it says how far the log leads.
            return new Channel(id, ServerName.fromWire(row.getHub()), row, () -> loadGroup(id));
        } catch (RefusedException e) {
            throw Stored.corrupt(Table.CHANNEL, id, e);
        }
    }

    private Channel.Followed loadGroup(ChannelId id) {
        return groups.load(
                id,
                ChannelTable.find(journal, id)
                        .orElseThrow(() -> Stored.missing(Table.CHANNEL, id, "the row of the channel")));
    }

    /** The name of this server. */
    public ServerName ownName() {
        return identity.name();
    }

    /** Whether this server orders the channel's log. */
    public boolean isHub(Channel channel) {
        return channel.hub().equals(identity.name());
    }

    /** A channel that begins with this genesis, and has no entry yet. */
    public Channel begin(Genesis genesis) {
        if (isSetAside(genesis.channel())) {
            throw new IllegalStateException(genesis.channel() + " is set aside, expected it not to be begun again");
        }
        StoredChannel row = StoredChannel.newBuilder()
                .setHub(genesis.hub().value())
                .setHubRootKey(Protobuf.toByteString(genesis.hubRootKey()))
                .setCipherSuite(genesis.cipherSuite())
                .setDemandsSignedCommits(genesis.demandsSignedCommits())
                .setTerm(1)
                .setEntryHash(Protobuf.toByteString(LogPosition.NO_HASH))
                .setOriginIncarnation(1)
                .setNextOriginSeq(1)
                .build();
        Channel channel = channel(genesis.channel(), row);
        touched.add(channel.id());
        cache.put(channel);
        table.index(channel.id(), channel.hub());
        countByHub.add(channel.hub().value(), 1);
        return channel;
    }

    /** Writes the channel's row. */
    public void save(Channel channel) {
        table.put(channel.id(), channel.row().build());
    }

    /** Stops adding to the channel. */
    public void stop(Channel channel, StoredChannelState state, String reason) {
        remarks.error(channel.hub().value(), "channel {} is {}: {}", channel.id(), state, reason);
        channel.row().setState(state).setStateReason(reason);
        save(channel);
        frozen++;
    }

    /** The channel's row and all that hangs on it is gone. */
    public void deleted(Channel channel) {
        table.delete(channel.id(), channel.hub());
        countByHub.add(channel.hub().value(), -1);
        cache.remove(channel.id());
    }
}
