package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Contained;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.channel.epoch.Epochs;
import chat.samara.server.core.channel.follower.Follower;
import chat.samara.server.core.channel.follower.GivingBack;
import chat.samara.server.core.channel.hub.HubIntake;
import chat.samara.server.core.channel.hub.HubServing;
import chat.samara.server.core.channel.hub.TakingBack;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.provisional.Provisionals;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.submit.Receipts;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.peer.PeerChannelRequests;
import chat.samara.server.core.peer.PeerListener;
import chat.samara.server.core.rate.Rate;
import chat.samara.server.core.rate.Rates;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.proto.FollowerState;
import chat.samara.wire.proto.Provisional;
import chat.samara.wire.proto.Pull;
import chat.samara.wire.proto.RecordReceipts;
import chat.samara.wire.proto.SharedChannel;
import chat.samara.wire.proto.SharedChannels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What peers say and ask about channels, and what to do when they come and go. */
final class Federation implements PeerChannelRequests, PeerListener {
    private static final Rate LINKS_BEGUN = new Rate(Limits.LINKS_BEGUN_AT_ONCE_MAX, Limits.LINK_BEGUN_EVERY_MILLIS);

    private final ServerIdentity identity;
    private final CoreConfig config;
    private final Journal journal;
    private final Channels channels;
    private final Links links;
    private final LongWork longWork;
    private final HubIntake intake;
    private final HubServing serving;
    private final Follower follower;
    private final TakingBack takingBack;
    private final GivingBack givingBack;
    private final Outbox outbox;
    private final Receipts receipts;
    private final Epochs epochs;
    private final Provisionals provisionals;
    private final Map<ServerName, Long> exchangedAtMillis = new TreeMap<>();

    /** Peers that are being told where this server stands, step by step. */
    private final Set<ServerName> naming = new TreeSet<>();

    private final Rates<ServerName> begun = new Rates<>(Limits.PEERS_MAX);

    /** Peers with a link that is to be begun with when its time has come. */
    private final Set<ServerName> toBegin = new TreeSet<>();

    /** What federation stands on. */
    record Parts(
            ServerIdentity identity,
            CoreConfig config,
            Journal journal,
            Channels channels,
            Links links,
            LongWork longWork,
            HubIntake intake,
            HubServing serving,
            Follower follower,
            TakingBack takingBack,
            GivingBack givingBack,
            Outbox outbox,
            Receipts receipts,
            Epochs epochs,
            Provisionals provisionals) {}

    Federation(Parts parts) {
        this.identity = parts.identity();
        this.config = parts.config();
        this.journal = parts.journal();
        this.channels = parts.channels();
        this.links = parts.links();
        this.longWork = parts.longWork();
        this.intake = parts.intake();
        this.serving = parts.serving();
        this.follower = parts.follower();
        this.takingBack = parts.takingBack();
        this.givingBack = parts.givingBack();
        this.outbox = parts.outbox();
        this.receipts = parts.receipts();
        this.epochs = parts.epochs();
        this.provisionals = parts.provisionals();
    }

    @Override
    public void up(ServerName peer) {
        // That the link is up must stand, whatever its beginning meets: so that is work of its own.
        toBegin.add(peer);
    }

    /** Begins with the peers whose link has come up and whose time has come. */
    void beginDue(Contained contained) {
        List.copyOf(toBegin).forEach(peer -> contained.run("the beginning with " + peer, () -> beginDue(peer)));
    }

    /** To begin costs as much as the two share, so a peer that opens link after link has that done now and then only. */
    private void beginDue(ServerName peer) {
        if (begun.tryTake(peer, LINKS_BEGUN, journal.monotonicMillis())) {
            begin(peer);
            // Only now: if a row of a channel cannot be read, this is done again without that channel.
            toBegin.remove(peer);
        }
    }

    private void begin(ServerName peer) {
        exchangedAtMillis.put(peer, journal.monotonicMillis());
        serving.begin(peer);
        epochs.reportAll(peer);
        outbox.up(peer);
        provisionals.up(peer);
    }

    @Override
    public void down(ServerName peer, Contained contained) {
        exchangedAtMillis.remove(peer);
        toBegin.remove(peer);
        naming.remove(peer);
        longWork.forget(peer);
        intake.down(peer);
        contained.run("hints to " + peer, () -> serving.down(peer));
        contained.run("pulls from " + peer, () -> follower.down(peer));
        contained.run("what " + peer + " gives back", () -> takingBack.down(peer));
        contained.run("what has no place yet, for " + peer, () -> provisionals.down(peer));
    }

    /** Looks at due times: what may have been lost on the way is said again. */
    void tick(Contained contained) {
        beginDue(contained);
        contained.run("the outbox", outbox::tick);
        epochs.tick(contained);
        contained.run("what has no place yet", provisionals::tick);
        contained.run("hints", serving::tick);
        contained.run("pulls", follower::tick);
        // By name: what happens has to follow from what came, and Map.copyOf has another order in each process.
        new TreeMap<>(exchangedAtMillis).forEach((peer, last) -> {
            if (journal.monotonicMillis() - last >= config.exchangeMillis()) {
                contained.run("the exchange with " + peer, () -> exchangeAgain(peer, last));
            }
        });
    }

    /** On a slow line not before the peer has had what was said the last time. */
    private void exchangeAgain(ServerName peer, long lastMillis) {
        if (naming.contains(peer)) {
            return;
        }
        if (links.hasAnsweredWhatWasAskedAfter(peer, lastMillis)) {
            exchangedAtMillis.put(peer, journal.monotonicMillis());
            nameAgain(peer);
            epochs.reportAll(peer);
        } else {
            links.askForSign(peer);
        }
    }

    /** In steps: tens of thousands of channels are more than all others are to wait for. */
    private void nameAgain(ServerName peer) {
        LongWork.Step named = serving.nameAgain(peer);
        longWork.begin(peer, () -> {
            boolean more = named.goOn();
            if (more) {
                naming.add(peer);
            } else {
                naming.remove(peer);
            }
            return more;
        });
    }

    @Override
    public void sharedChannels(ServerName peer, SharedChannels frame) {
        for (SharedChannel shared : frame.getChannelsList()) {
            ChannelId channel = new ChannelId(Protobuf.toBytes(shared.getChannelId()));
            if (channels.isSetAside(channel)) {
                continue;
            }
            if (shared.getHub().equals(peer.value())) {
                follower.hint(peer, channel, shared.getSeq());
            } else if (shared.getHub().equals(identity.name().value())) {
                if (stands(peer, channel, shared) && shared.getSeq() > 0) {
                    epochs.heardOf(channel);
                }
                serving.standsAt(peer, channel, shared.getSeq());
            }
        }
        if (frame.getComplete()) {
            takingBack.namedAll(peer);
        }
    }

    /** Whether that place is in the log here. */
    private boolean stands(ServerName peer, ChannelId channel, SharedChannel shared) {
        try {
            LogPosition claimed = shared.getSeq() == 0
                    ? LogPosition.start(channel)
                    : new LogPosition(
                            channel, shared.getTerm(), shared.getSeq(), Protobuf.toBytes(shared.getEntryHash()));
            Optional<HeadIn> head = shared.hasHead() ? Optional.of(HeadIn.of(shared.getHead())) : Optional.empty();
            return takingBack.stands(peer, channel, claimed, head);
        } catch (RefusedException e) {
            throw new IllegalStateException("a head that the frame's reader has read before, expected it again", e);
        }
    }

    @Override
    public void submitRecords(ServerName peer, List<RecordIn> records) {
        intake.submitted(peer, records);
    }

    @Override
    public void recordReceipts(ServerName peer, RecordReceipts frame) {
        receipts.received(peer, frame);
    }

    @Override
    public Bytes pull(ServerName peer, Pull pull) throws RefusedException {
        channels.requireReadable(ChannelId.fromWire("Pull.channel_id", pull.getChannelId()));
        return givingBack.isAskedFor(peer, pull) ? givingBack.pull(peer, pull) : serving.pull(peer, pull);
    }

    @Override
    public void headHint(ServerName peer, HeadIn head, List<EntryIn> entries) {
        follower.hint(peer, head, entries);
    }

    @Override
    public void followerState(ServerName peer, FollowerState state) {
        epochs.reported(peer, state);
    }

    @Override
    public void provisional(ServerName peer, Provisional provisional) {
        Optional<Channel> channel = channelOf(provisional);
        provisionals.received(peer, channel, provisional.getRecord());
    }

    private Optional<Channel> channelOf(Provisional provisional) {
        try {
            return channels.find(RecordIn.of(provisional.getRecord()).claimedChannel());
        } catch (RefusedException e) {
            return Optional.empty();
        }
    }
}
