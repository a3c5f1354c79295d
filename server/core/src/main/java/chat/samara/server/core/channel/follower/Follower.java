package chat.samara.server.core.channel.follower;

import chat.samara.server.core.Contained;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Remarks;
import chat.samara.server.core.channel.log.PullQueue;
import chat.samara.server.core.channel.rule.Rules;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.peer.Answers;
import chat.samara.wire.Refusal;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.PeerFrameIn;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.proto.PeerFrame;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps verified replicas of the logs that other servers order. Pull is the truth: an entry is applied only if it follows on what is
 * here, its record is proven, and {@link Rules} let it stand; a push is a hint that there is something to pull (DESIGN §5), and what comes beside
 * one is judged as if it had been pulled. Here is decided what is asked for and when; {@link EntryIntake} takes what comes.
 */
public final class Follower {
    private static final Logger LOG = LoggerFactory.getLogger(Follower.class);

    private final CoreConfig config;
    private final Remarks remarks;
    private final Channels channels;
    private final PullQueue queue;
    private final HeadsAhead heads;
    private final Dropping dropping;
    private final HubShares shares;
    private final EntryIntake intake;

    public Follower(
            CoreConfig config,
            Journal journal,
            Channels channels,
            PullQueue queue,
            HeadsAhead heads,
            Dropping dropping,
            HubShares shares,
            EntryIntake intake) {
        this.config = config;
        this.remarks = new Remarks(LOG, journal);
        this.channels = channels;
        this.queue = queue;
        this.heads = heads;
        this.dropping = dropping;
        this.shares = shares;
        this.intake = intake;
    }

    /** How many pulls are under way. */
    public long pullsUnderWay() {
        return queue.underWay();
    }

    /** The hub has entries up to this place. */
    public void hint(ServerName hub, ChannelId id, long seq) {
        if (channels.isSetAside(id) || intake.isAppending(id)) {
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
        if (channels.isSetAside(head.claimedChannel())) {
            return;
        }
        Optional<Channel> channel = channels.findAny(head.claimedChannel());
        if (channel.isPresent()
                && follows(channel.get(), hub)
                && head.claimedSeq() <= channel.get().seq()) {
            heads.check(hub, channel.get(), head);
        } else if (channel.isPresent() && mayTake(channel.get(), beside(hub, beside, head))) {
            takeBesideHint(beside(hub, beside, head));
        } else {
            channel.filter(it -> follows(it, hub)).ifPresent(it -> heads.remember(hub, it.id(), head));
            hint(hub, head.claimedChannel(), head.claimedSeq());
        }
    }

    private static FromHub beside(ServerName hub, List<EntryIn> entries, HeadIn head) {
        return new FromHub(hub, head.claimedChannel(), entries, Optional.of(head));
    }

    /** Whether what came beside a hint is what is lacking here; while it is being pulled, that brings it. */
    private boolean mayTake(Channel channel, FromHub beside) {
        ServerName hub = beside.hub();
        return !beside.entries().isEmpty()
                && follows(channel, hub)
                && !queue.isPulled(hub, channel.id())
                && shares.isAnyRoom()
                && shares.bytesLeft(hub) > 0
                && !intake.isBusyWith(hub)
                && !intake.isAppending(channel.id())
                && beside.entries().get(0).claimedSeq() == channel.seq() + 1
                && intake.hasRoom(beside);
    }

    /** By the pull that follows the hub learns that they have come; if they do not fit, it brings what does. */
    private void takeBesideHint(FromHub given) {
        Runnable pulls = () -> wantAgain(given.hub(), given.channel());
        take(given, pulls);
        pulls.run();
    }

    private void wantAgain(ServerName hub, ChannelId id) {
        if (isFollowed(hub, id) && !intake.isAppending(id)) {
            queue.want(hub, id);
            pump(hub);
        }
    }

    /** The link to the hub is gone. */
    public void down(ServerName hub) {
        queue.clear(hub);
        intake.forget(hub);
    }

    /**
     * What waits to be pulled waits on while the disk is as good as full, or while its hub has taken its share of the disk: the hub has it, and a full
     * disk would end the server.
     */
    private void pump(ServerName hub) {
        if (shares.isAnyRoom() && !intake.isBusyWith(hub)) {
            long left = shares.bytesLeft(hub);
            if (left <= 0 && queue.isAnyWaiting(hub)) {
                shares.slowed(hub);
            }
            long bytesMax = Math.min(left - intake.bytesWaiting(hub), intake.bytesToAsk(hub));
            queue.pump(hub, bytesMax, id -> pull(hub, id));
        }
    }

    /** A sentence for the operator on each hub of which something waits since it has had its share of the disk, at most so many. */
    public List<String> slowedSentences(int countMax) {
        // On a disk that is as good as full nothing is pulled of anybody.
        List<ServerName> hubs = shares.isAnyRoom() ? queue.hubs() : List.of();
        return hubs.stream()
                .filter(hub -> queue.isAnyWaiting(hub) && shares.bytesLeft(hub) <= 0)
                .limit(countMax)
                .map(shares::sentence)
                .toList();
    }

    // The pull leaves when what it says is here is durable.
    private void pull(ServerName hub, ChannelId id) {
        if (intake.isAppending(id)) {
            queue.ended(hub, id);
            return;
        }
        long afterSeq = channels.find(id).map(Channel::seq).orElse(0L);
        queue.ask(hub, id, afterSeq, new Answers() {
            @Override
            public void answered(PeerFrameIn answer) {
                if (answer.frame().getBodyCase() == PeerFrame.BodyCase.ENTRIES) {
                    pulled(hub, id, answer);
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
        queue.endedInVain(hub, id, config.retryMillis());
    }

    /** Looks at due times: what was asked for in vain is asked for again. */
    public void tick(Contained contained) {
        for (ServerName hub : queue.hubs()) {
            contained.run("pulls from " + hub, () -> {
                queue.wantDue(hub);
                pump(hub);
            });
        }
    }

    private void pulled(ServerName hub, ChannelId id, PeerFrameIn answer) {
        if (!Protobuf.toBytes(answer.frame().getEntries().getChannelId()).equals(id.bytes())) {
            remarks.warn(hub.value(), "{} answered a pull of {} with another channel", hub, id);
            return;
        }
        FromHub given = new FromHub(hub, id, answer.entries(), answer.head());
        if (intake.hasRoom(given)) {
            take(given, () -> pump(hub));
        } else {
            // Asked for again at once, it would come as quickly as the line carries it, and be thrown away each time.
            again(hub, id);
        }
    }

    private void take(FromHub given, Runnable ifRefused) {
        ServerName hub = given.hub();
        ChannelId id = given.channel();
        if (channels.isSetAside(id)) {
            return;
        }
        Optional<Channel> before = channels.findAny(id);
        if (before.isPresent() ? !given.isOf(before.get()) : given.entries().isEmpty() || !dropping.hasRoom(hub, id)) {
            return;
        }
        intake.take(
                given,
                channel -> appended(given, channel),
                why -> {
                    remarks.warn(hub.value(), "{} gave entries of {} that do not fit: {}", hub, id, why.refusal());
                    ifRefused.run();
                },
                () -> {
                    // What was hinted at meanwhile was not heard.
                    wantAgain(hub, id);
                    pump(hub);
                });
    }

    private void appended(FromHub given, Channel channel) {
        heads.grown(given.hub(), channel);
        channels.find(channel.id()).ifPresent(it -> goOn(given.hub(), it, given.isAll()));
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
}
