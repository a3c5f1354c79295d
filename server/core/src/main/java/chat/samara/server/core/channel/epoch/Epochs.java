package chat.samara.server.core.channel.epoch;

import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.core.Contained;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.channel.hub.Hub;
import chat.samara.server.core.channel.log.EpochTable;
import chat.samara.server.core.channel.member.FollowerTable;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.rule.EpochAge;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.server.core.store.proto.StoredFollower;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.FollowerState;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.RecordKind;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Closes epochs that have ended, so that devices can erase their secrets (DESIGN §5). A follower says that it has drained an epoch:
 * its outbox holds no record of it and takes none. When all have, or the time is up, or more have followed than devices keep, the hub logs
 * EpochClosed.
 */
public final class Epochs {
    /** After how long an epoch is looked at again that can be closed and could not be. */
    private static final long LOOKED_AT_AGAIN_MILLIS = 5_000;

    /** The same of a channel of which nothing but time is expected: each look reads the channel's row and its followers'. */
    private static final long RESTS_MILLIS_MAX = 600_000;

    private final CoreConfig config;
    private final Journal journal;
    private final RandomSource random;
    private final Channels channels;
    private final Links links;
    private final Hub hub;
    private final Outbox outbox;
    private final EpochTable table;
    private final FollowerTable followers;
    private final NavigableSet<ChannelId> open = new TreeSet<>();

    /** The hubs of those that were asked for. */
    private final Map<ChannelId, ServerName> hubs = new HashMap<>();

    /** When nothing but time can change anything about one of these: until then it is not looked at. By monotonic time. */
    private final Map<ChannelId, Long> restsUntilMillis = new HashMap<>();

    /** The channel that was looked at last: the next time it goes on behind it. */
    private Optional<ChannelId> lookedAt = Optional.empty();

    /** Of these channels somebody else has said since the start how far it has them, and that is here. */
    private final Set<ChannelId> heardOf = new HashSet<>();

    /** By monotonic time, as far as it is known. */
    private final Map<ChannelId, Map<Long, Long>> endedAtMillis = new TreeMap<>();

    public Epochs(
            CoreConfig config,
            Journal journal,
            RandomSource random,
            Channels channels,
            Links links,
            Hub hub,
            Outbox outbox) {
        this.config = config;
        this.journal = journal;
        this.random = random;
        this.channels = channels;
        this.links = links;
        this.hub = hub;
        this.outbox = outbox;
        this.table = new EpochTable(journal);
        this.followers = new FollowerTable(journal);
    }

    /** Reads which channels have epochs to close. */
    public void load() {
        open.clear();
        open.addAll(table.channels());
        restsUntilMillis.clear();
        hubs.keySet().retainAll(open);
        endedAtMillis.keySet().retainAll(open);
    }

    /** What was done to the channel was undone. If its rows cannot be read, its epochs stay open: it may be brought back. */
    public void readAnew(ChannelId channel) {
        restsUntilMillis.remove(channel);
        if (channels.isSetAside(channel) || table.hasOpen(channel)) {
            open.add(channel);
        } else {
            open.remove(channel);
            hubs.remove(channel);
            endedAtMillis.remove(channel);
        }
    }

    /** An epoch of the channel has ended. */
    public void ended(ChannelId channel) {
        open.add(channel);
        restsUntilMillis.remove(channel);
    }

    /**
     * Somebody else has the channel no further than it is here, or something was ordered in it since the start. Before that a hub logs nothing of
     * its own accord: if it was restored from an older copy, nobody had the chance to show it what it has signed and lost.
     */
    public void heardOf(ChannelId channel) {
        if (heardOf.add(channel)) {
            restsUntilMillis.remove(channel);
        }
    }

    /** Whether that was said of the channel already. */
    public boolean hasHeardOf(ChannelId channel) {
        return heardOf.contains(channel);
    }

    /** Looks for epochs whose time has come, of so many channels: after a start it has come for all of them. */
    public void tick(Contained contained) {
        outbox.takeSettled().forEach(restsUntilMillis::remove);
        List<ChannelId> due = Stream.concat(
                        behind(lookedAt), lookedAt.stream().flatMap(it -> open.headSet(it, true).stream()))
                .filter(id -> restsUntilMillis.getOrDefault(id, 0L) <= journal.monotonicMillis())
                .limit(Limits.EPOCHS_LOOKED_AT_PER_STEP_MAX)
                .toList();
        for (ChannelId id : due) {
            lookedAt = Optional.of(id);
            contained.run("the epochs of channel " + id, () -> look(id));
        }
    }

    private Stream<ChannelId> behind(Optional<ChannelId> last) {
        return last.map(it -> open.tailSet(it, false)).orElse(open).stream();
    }

    private void look(ChannelId id) {
        if (channels.isSetAside(id)) {
            // Its epochs stay open: it may be brought back.
            restsUntilMillis.put(id, Long.MAX_VALUE);
            return;
        }
        SortedMap<Long, Long> ended = table.open(id);
        Optional<Channel> channel = channels.find(id).filter(Channel::isActive);
        if (ended.isEmpty() || channel.isEmpty()) {
            open.remove(id);
            hubs.remove(id);
            endedAtMillis.remove(id);
            restsUntilMillis.remove(id);
            return;
        }
        SortedMap<Long, Long> ages = ages(id, ended);
        restsUntilMillis.put(id, journal.monotonicMillis() + restMillis(ages));
        if (channels.isHub(channel.get())) {
            close(channel.get(), ages);
        } else {
            drain(channel.get(), ages);
        }
    }

    /** Until the next epoch comes of age; some channels wait for days for a follower that is away. Who is heard of ends the rest. */
    private long restMillis(SortedMap<Long, Long> ages) {
        return ages.values().stream()
                .flatMap(age -> Stream.of(config.epochGraceMillis() - age, config.epochOpenMillisMax() - age))
                .filter(left -> left > 0)
                .reduce(RESTS_MILLIS_MAX, Math::min);
    }

    /**
     * How long ago epochs have ended. The stored times are of a clock that may have been set since: they are looked at once, when the
     * channel is looked at first after a start, and then the time that passes counts.
     */
    private SortedMap<Long, Long> ages(ChannelId channel, SortedMap<Long, Long> endedByTheClock) {
        long now = journal.monotonicMillis();
        Map<Long, Long> ended = endedAtMillis.computeIfAbsent(channel, it -> new TreeMap<>());
        ended.keySet().retainAll(endedByTheClock.keySet());
        SortedMap<Long, Long> ages = new TreeMap<>();
        endedByTheClock.forEach((epoch, clock) -> {
            long ago = Math.max(0, journal.nowMillis() - clock);
            ages.put(epoch, now - ended.computeIfAbsent(epoch, it -> now - ago));
        });
        return ages;
    }

    private void close(Channel channel, SortedMap<Long, Long> ages) {
        long undrained = FollowerTable.all(journal, channel.id()).values().stream()
                .filter(row -> row.getDevices() > 0)
                .mapToLong(StoredFollower::getFirstUndrainedEpoch)
                .min()
                .orElse(channel.epoch());
        long through = -1;
        for (Map.Entry<Long, Long> epoch : ages.entrySet()) {
            long age = epoch.getValue();
            boolean drained = epoch.getKey() < undrained && age >= config.epochGraceMillis();
            if (!drained && !EpochAge.isTooOld(channel, epoch.getKey()) && age < config.epochOpenMillisMax()) {
                break;
            }
            through = epoch.getKey();
        }
        if (through >= 0) {
            // Until it is in the log: what keeps it from being ordered passes without a sign.
            restsUntilMillis.put(channel.id(), journal.monotonicMillis() + LOOKED_AT_AGAIN_MILLIS);
        }
        if (through >= 0
                && heardOf.contains(channel.id())
                && hub.notNow(channel).isEmpty()) {
            Record record = outbox.next(
                    channel,
                    RecordKind.CONTROL,
                    channel.epoch(),
                    IdempotencyKey.random(random),
                    Optional.empty(),
                    Payload.epochClosed(through));
            if (hub.order(channel, record, Optional.empty()) instanceof Hub.Outcome.Ordered) {
                outbox.used(channel, record);
                channels.save(channel);
            }
        }
    }

    private void drain(Channel channel, SortedMap<Long, Long> ages) {
        long lowestWaiting = outbox.lowestEpoch(channel.id()).orElse(Long.MAX_VALUE);
        long undrained = channel.row().getFirstUndrainedEpoch();
        for (Map.Entry<Long, Long> epoch : ages.entrySet()) {
            if (epoch.getKey() >= lowestWaiting || epoch.getValue() < config.epochGraceMillis()) {
                break;
            }
            undrained = Math.max(undrained, epoch.getKey() + 1);
        }
        if (undrained > channel.row().getFirstUndrainedEpoch()) {
            channel.row().setFirstUndrainedEpoch(undrained);
            channels.save(channel);
            report(channel.id(), channel.hub(), channel.seq(), undrained);
        }
    }

    /** Tells the hub how far this server is, once that is durable. */
    private void report(ChannelId channel, ServerName hubName, long seq, long undrained) {
        FollowerState.Builder state = FollowerState.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.bytes()))
                .setSeq(seq);
        if (undrained > 0) {
            state.setDrainedEpoch(undrained - 1).setHasDrained(true);
        }
        links.push(hubName, PeerFrame.newBuilder().setFollowerState(state));
    }

    /** Tells a hub again, in case that it did not hear; looks at so many channels a step. */
    public LongWork.Step reportAll(ServerName hubName) {
        return new LongWork.Step() {
            private Optional<ChannelId> last = Optional.empty();

            @Override
            public boolean goOn() {
                List<ChannelId> next =
                        behind(last).limit(Limits.EPOCHS_LOOKED_AT_PER_STEP_MAX).toList();
                next.forEach(id -> reportAgain(hubName, id));
                boolean isMore = next.size() == Limits.EPOCHS_LOOKED_AT_PER_STEP_MAX;
                last = isMore ? Optional.of(next.get(next.size() - 1)) : last;
                return isMore;
            }
        };
    }

    private void reportAgain(ServerName hubName, ChannelId id) {
        if (hubOf(id).filter(hubName::equals).isPresent()) {
            ChannelTable.find(journal, id)
                    .filter(row -> row.getState() != StoredChannelState.CHANNEL_DAMAGED
                            && row.getFirstUndrainedEpoch() > row.getFirstOpenEpoch())
                    .ifPresent(row -> report(id, hubName, row.getSeq(), row.getFirstUndrainedEpoch()));
        }
    }

    /** A channel's hub is the same for good: it is read once. */
    private Optional<ServerName> hubOf(ChannelId id) {
        Optional<ServerName> known = Optional.ofNullable(hubs.get(id));
        if (known.isPresent()) {
            return known;
        }
        Optional<ServerName> read = ChannelTable.find(journal, id).map(row -> new ServerName(row.getHub()));
        read.ifPresent(it -> hubs.put(id, it));
        return read;
    }

    /** A follower says how far it is. */
    public void reported(ServerName follower, FollowerState state) {
        ChannelId id = new ChannelId(Protobuf.toBytes(state.getChannelId()));
        Optional<Channel> channel = channels.find(id).filter(channels::isHub);
        if (channel.isEmpty() || !state.getHasDrained()) {
            return;
        }
        // Nobody can have drained the present epoch.
        long undrained = Math.min(state.getDrainedEpoch() + 1, channel.get().epoch());
        FollowerTable.find(journal, id, follower)
                .filter(row -> row.getFirstUndrainedEpoch() < undrained)
                .ifPresent(row -> {
                    followers.put(
                            id,
                            follower,
                            row.toBuilder().setFirstUndrainedEpoch(undrained).build());
                    restsUntilMillis.remove(id);
                });
    }
}
