package chat.samara.server.core.channel.follower;

import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Disk;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.batch.Remarks;
import chat.samara.server.core.channel.log.LogWriter;
import chat.samara.server.core.channel.log.OriginTable;
import chat.samara.server.core.channel.log.PullQueue;
import chat.samara.server.core.channel.member.Members;
import chat.samara.server.core.channel.member.Quotas;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.rule.Rules;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.peer.Answers;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.peer.Peers;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.PeerFrameIn;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.RecordKind;
import com.google.protobuf.ByteString;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps verified replicas of the logs that other servers order. Pull is the truth: an entry is applied only if it follows on what is
 * here, its record is proven, and {@link Rules} let it stand; a push is a hint that there is something to pull (DESIGN §5), and what comes beside
 * one is judged as if it had been pulled.
 */
public final class Follower {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);

    private final CoreConfig config;
    private final Journal journal;
    private final Remarks remarks;
    private final Channels channels;
    private final Links links;
    private final Rules rules;
    private final LogWriter writer;
    private final LogTable log;
    private final OriginTable origins;
    private final Outbox outbox;
    private final Forks forks;
    private final Dropping dropping;
    private final Disk disk;
    private final HubShares shares;
    private final LongWork longWork;
    private final Members members;
    private final Quotas quotas;

    /** What has come and is appended step by step; of these channels nothing else is taken and nothing is pulled. */
    private final Map<ChannelId, Appending> appending = new HashMap<>();

    /** Heads that hubs have shown of places that are not here yet, by channel. */
    private final Map<ChannelId, Deque<HeadIn>> ahead = new LinkedHashMap<>();

    private final PullQueue queue = new PullQueue();
    private final Proving proving;

    /** What a follower stands on. */
    public record Parts(
            CoreConfig config,
            Journal journal,
            Channels channels,
            Links links,
            Peers peers,
            Rules rules,
            LogWriter writer,
            Outbox outbox,
            Forks forks,
            Dropping dropping,
            Disk disk,
            HubShares shares,
            LongWork longWork,
            Members members,
            Quotas quotas) {}

    public Follower(Parts parts) {
        this.config = parts.config();
        this.journal = parts.journal();
        this.remarks = new Remarks(LOG, journal);
        this.channels = parts.channels();
        this.links = parts.links();
        this.rules = parts.rules();
        this.writer = parts.writer();
        this.log = new LogTable(journal);
        this.origins = new OriginTable(journal);
        this.outbox = parts.outbox();
        this.forks = parts.forks();
        this.proving = new Proving(outbox, parts.peers(), forks);
        this.dropping = parts.dropping();
        this.disk = parts.disk();
        this.shares = parts.shares();
        this.longWork = parts.longWork();
        this.members = parts.members();
        this.quotas = parts.quotas();
    }

    /** How many pulls are under way. */
    public long pullsUnderWay() {
        return queue.underWay();
    }

    /** The hub has entries up to this place. */
    public void hint(ServerName hub, ChannelId id, long seq) {
        if (channels.isSetAside(id) || appending.containsKey(id)) {
            return;
        }
        Optional<Channel> channel = channels.findAny(id);
        if (channel.isEmpty()
                ? dropping.mayBegin(id, hub, seq)
                : follows(channel.get(), hub) && channel.get().seq() < seq) {
            queue.want(hub, id);
            pump(hub);
        }
    }

    private static boolean follows(Channel channel, ServerName hub) {
        return channel.hub().equals(hub) && channel.isActive();
    }

    private boolean isFollowed(ServerName hub, ChannelId id) {
        return !channels.isSetAside(id)
                && channels.findAny(id).filter(channel -> follows(channel, hub)).isPresent();
    }

    /** The hub shows its newest head, and may have given what is lacking here up to there. */
    public void hint(ServerName hub, HeadIn head, List<EntryIn> beside) {
        try {
            if (channels.isSetAside(head.claimedChannel())) {
                return;
            }
            Optional<Channel> channel = channels.findAny(head.claimedChannel());
            if (channel.isPresent()
                    && follows(channel.get(), hub)
                    && head.claimedSeq() <= channel.get().seq()) {
                forks.check(channel.get(), head);
            } else if (channel.isPresent() && mayTake(hub, channel.get(), beside)) {
                takeBesideHint(hub, channel.get().id(), beside, head);
            } else {
                channel.filter(it -> follows(it, hub)).ifPresent(it -> remember(it.id(), head));
                hint(hub, head.claimedChannel(), head.claimedSeq());
            }
        } catch (RefusedException e) {
            remarks.warn(hub.value(), "{} gave a head that does not fit: {}", hub, e.refusal());
        }
    }

    /** What the hub has signed for a place that is not here yet is held against what it gives for that place. */
    private void remember(ChannelId id, HeadIn head) {
        Deque<HeadIn> heads = ahead.computeIfAbsent(id, it -> new ArrayDeque<>());
        heads.add(head);
        if (heads.size() > Limits.HEADS_AHEAD_PER_CHANNEL_MAX) {
            heads.remove();
        }
        if (ahead.size() > Limits.CHANNELS_WITH_HEADS_AHEAD_MAX) {
            ahead.remove(ahead.keySet().iterator().next());
        }
    }

    private void checkRemembered(ServerName hub, Channel channel) {
        Deque<HeadIn> heads = ahead.remove(channel.id());
        if (heads == null) {
            return;
        }
        for (HeadIn head : heads) {
            if (channel.isActive() && head.claimedSeq() > channel.seq()) {
                remember(channel.id(), head);
            } else if (channel.isActive()) {
                check(hub, channel, head);
            }
        }
    }

    private void check(ServerName hub, Channel channel, HeadIn head) {
        try {
            forks.check(channel, head);
        } catch (RefusedException e) {
            remarks.warn(hub.value(), "{} gave a head that does not fit: {}", hub, e.refusal());
        }
    }

    /** Whether what came beside a hint is what is lacking here; while it is being pulled, that brings it. */
    private boolean mayTake(ServerName hub, Channel channel, List<EntryIn> beside) {
        return !beside.isEmpty()
                && follows(channel, hub)
                && !queue.isPulled(hub, channel.id())
                && disk.hasRoomForLogs()
                && shares.bytesLeft(hub) > 0
                && !isBusyWith(hub)
                && !appending.containsKey(channel.id())
                && beside.get(0).claimedSeq() == channel.seq() + 1;
    }

    /** By the pull that follows the hub learns that they have come; if they do not fit, it brings what does. */
    private void takeBesideHint(ServerName hub, ChannelId id, List<EntryIn> beside, HeadIn head) {
        pulled(hub, id, beside, Optional.of(head));
        wantAgain(hub, id);
    }

    private void wantAgain(ServerName hub, ChannelId id) {
        if (isFollowed(hub, id) && !appending.containsKey(id)) {
            queue.want(hub, id);
            pump(hub);
        }
    }

    /** The link to the hub is gone. */
    public void down(ServerName hub) {
        queue.clear(hub);
        appending.values().removeIf(each -> each.hub.equals(hub));
    }

    /** Whether so much of what the hub gave waits to be appended that no more is taken of it. */
    private boolean isBusyWith(ServerName hub) {
        return bytesWaiting(hub) >= Limits.ENTRY_BYTES_WAITING_MAX;
    }

    private long bytesWaiting(ServerName hub) {
        return appending.values().stream()
                .filter(each -> each.hub.equals(hub))
                .mapToLong(each -> each.bytes)
                .sum();
    }

    /**
     * What waits to be pulled waits on while the disk is as good as full, or while its hub has taken its share of the disk: the hub has it, and a full
     * disk would end the server.
     */
    private void pump(ServerName hub) {
        if (links.isUp(hub) && disk.hasRoomForLogs() && !isBusyWith(hub)) {
            long left = shares.bytesLeft(hub);
            if (left <= 0 && queue.isAnyWaiting(hub)) {
                shares.slowed(hub);
            }
            queue.pump(hub, journal.monotonicMillis(), left - bytesWaiting(hub), id -> pull(hub, id));
        }
    }

    /** A sentence for the operator on each hub of which something waits since it has had its share of the disk, at most so many. */
    public List<String> slowedSentences(int countMax) {
        // On a disk that is as good as full nothing is pulled of anybody.
        List<ServerName> hubs = disk.hasRoomForLogs() ? queue.hubs() : List.of();
        return hubs.stream()
                .filter(hub -> queue.isAnyWaiting(hub) && shares.bytesLeft(hub) <= 0)
                .limit(countMax)
                .map(shares::sentence)
                .toList();
    }

    // The pull leaves when what it says is here is durable.
    private void pull(ServerName hub, ChannelId id) {
        if (appending.containsKey(id)) {
            queue.ended(hub, id);
            return;
        }
        long afterSeq = channels.find(id).map(Channel::seq).orElse(0L);
        links.request(hub, queue.pull(hub, id, afterSeq), new Answers() {
            @Override
            public boolean isPatient() {
                return true;
            }

            @Override
            public void answered(PeerFrameIn answer) {
                PeerFrame frame = answer.frame();
                queue.answered(hub, id, frame.getSerializedSize(), journal.monotonicMillis());
                if (frame.getBodyCase() == PeerFrame.BodyCase.ENTRIES) {
                    pulled(hub, id, frame.getEntries().getChannelId(), answer);
                }
                pump(hub);
            }

            @Override
            public void refused(Refusal why) {
                LOG.debug("{} gives nothing of {}: {}", hub, id, why);
                if (isFollowed(hub, id)) {
                    again(hub, id);
                } else {
                    queue.ended(hub, id);
                }
            }

            @Override
            public void lost(Refusal why) {
                again(hub, id);
            }
        });
    }

    /** Never at once: a hub that refuses at once would be asked again as quickly as the line carries its refusals. */
    private void again(ServerName hub, ChannelId id) {
        if (links.isUp(hub)) {
            queue.endedInVain(hub, id, journal.monotonicMillis() + config.retryMillis());
        } else {
            queue.ended(hub, id);
        }
    }

    /** Looks at due times: what was asked for in vain is asked for again. */
    public void tick() {
        for (ServerName hub : queue.hubs()) {
            queue.wantDue(hub, journal.monotonicMillis());
            pump(hub);
        }
    }

    private void pulled(ServerName hub, ChannelId id, ByteString answered, PeerFrameIn answer) {
        if (Protobuf.toBytes(answered).equals(id.bytes())) {
            pulled(hub, id, answer.entries(), answer.head());
        } else {
            remarks.warn(hub.value(), "{} answered a pull of {} with another channel", hub, id);
        }
    }

    private void pulled(ServerName hub, ChannelId id, List<EntryIn> entries, Optional<HeadIn> head) {
        if (channels.isSetAside(id)) {
            return;
        }
        Optional<Channel> before = channels.findAny(id);
        if (before.isPresent() ? !follows(before.get(), hub) : entries.isEmpty() || !dropping.hasRoom(hub, id)) {
            return;
        }
        try {
            Appending next = new Appending(hub, id, entries, head, proving.verify(hub, id, before, entries, head));
            appending.put(id, next);
            longWork.begin(hub, next::step);
        } catch (RefusedException e) {
            remarks.warn(hub.value(), "{} gave entries of {} that do not fit: {}", hub, id, e.refusal());
        }
    }

    /** Pulls on while there is more, and drops what turned out to be none of this server's business. */
    private void goOn(ServerName hub, Channel channel, boolean isAll) {
        if (isAll) {
            dropping.dropIfForeign(channel);
        } else if (dropping.isTooMuch(channel)) {
            dropping.dropEndless(channel);
        } else if (channel.isActive()) {
            queue.want(hub, channel.id());
        }
    }

    /** Appends what was given in one frame. However dear it is to judge, others are served meanwhile. */
    private final class Appending {
        private final ServerName hub;
        private final ChannelId id;
        private final List<EntryIn> entries;
        private final Optional<HeadIn> head;
        private final Proving.Given given;
        private final long bytes;
        private LogPosition position;
        private int appended;

        Appending(ServerName hub, ChannelId id, List<EntryIn> entries, Optional<HeadIn> head, Proving.Given given) {
            this.hub = hub;
            this.id = id;
            this.entries = entries;
            this.head = head;
            this.given = given;
            this.bytes = entries.stream()
                    .mapToLong(in -> in.unverified().record().encoded().size())
                    .sum();
            this.position = given.from();
        }

        boolean step() {
            long openBytes = journal.openBytes();
            boolean more = appendSome();
            shares.took(hub, journal.openBytes() - openBytes);
            return more;
        }

        private boolean appendSome() {
            // Only what is still the newest, and follows on what is here: else it is pulled again.
            if (!appending.remove(id, this)) {
                return false;
            }
            boolean isFirst = appended == 0;
            Optional<Channel> channel = channel(isFirst);
            if (channel.isEmpty()) {
                return false;
            }
            LongWork.Budget budget = longWork.budget();
            while (appended < entries.size()) {
                if (budget.isSpent()) {
                    position = channel.get().position();
                    appending.put(id, this);
                    return true;
                }
                EntryIn next = entries.get(appended);
                boolean isLoaded = channel.get().groupBytesEncoded() > 0;
                if (!append(channel.get(), next, given.verified().entries().get(appended), head)) {
                    break;
                }
                appended++;
                budget.spend();
                if (!isLoaded || next.unverified().record().kind() != RecordKind.APPLICATION) {
                    budget.spend(channel.get().groupBytesEncoded());
                }
            }
            given.verified()
                    .head()
                    .filter(it -> it.head().position().equals(channel.get().position()))
                    .ifPresent(log::putHeadIfNew);
            checkRemembered(hub, channel.get());
            channels.find(id).ifPresent(it -> goOn(hub, it, head.isPresent() || entries.isEmpty()));
            if (!isFirst) {
                // What was hinted at meanwhile was not heard.
                wantAgain(hub, id);
                pump(hub);
            }
            return false;
        }

        private Optional<Channel> channel(boolean isFirst) {
            if (isFirst && given.genesis().isPresent()) {
                return Optional.of(channels.begin(given.genesis().get()));
            }
            return channels.isSetAside(id)
                    ? Optional.empty()
                    : channels.findAny(id)
                            .filter(it -> follows(it, hub) && it.position().equals(position));
        }
    }

    /** Appends one entry. Returns false if the channel has stopped there. */
    private boolean append(Channel channel, EntryIn in, Entry entry, Optional<HeadIn> head) {
        Record record = entry.record();
        Change change;
        try {
            change = entry.seq() == 1
                    ? HandshakeRules.judgeGenesis(Payload.control(record).getGenesis())
                            .change()
                    : rules.judgePast(channel, record);
            requireFreshNumber(record);
        } catch (RefusedException e) {
            if (e.code() == ErrorCode.UNSUPPORTED) {
                channels.stop(
                        channel, StoredChannelState.CHANNEL_TOO_NEW, e.refusal().reason());
            } else {
                forks.ruleBroken(channel, in, head, e.refusal());
            }
            return false;
        }
        outbox.noticeRestore(channel, record);
        int treeBytes = writer.append(channel, entry, Optional.of(in.originProof()), change);
        if (record.origin().equals(channels.ownName())) {
            // Not whom the leaf names: a hub can make leaves up.
            record.device().flatMap(members::registrant).ifPresent(user -> quotas.tree(user, treeBytes));
        }
        dropping.grew(channel, entry.encoded().size());
        return true;
    }

    /** I3: an origin's numbers only rise in a log; those that are left out were rejected. */
    private void requireFreshNumber(Record record) throws RefusedException {
        long watermark = origins.watermark(record.channel(), record.origin(), record.originIncarnation());
        if (record.originSeq() <= watermark) {
            throw RefusedException.of(
                    ErrorCode.IDEMPOTENCY_CONFLICT,
                    "record " + record.originSeq() + " of " + record.origin() + " comes after " + watermark,
                    "origin-seq");
        }
    }
}
