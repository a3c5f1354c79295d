package chat.samara.server.core.channel;

import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.core.AfterCommit;
import chat.samara.server.core.Contained;
import chat.samara.server.core.CoreConfig;
import chat.samara.server.core.Disk;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.SessionId;
import chat.samara.server.core.account.Accounts;
import chat.samara.server.core.batch.Format;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.channel.epoch.Epochs;
import chat.samara.server.core.channel.follower.Dropping;
import chat.samara.server.core.channel.follower.EntryIntake;
import chat.samara.server.core.channel.follower.Follower;
import chat.samara.server.core.channel.follower.ForeignLogs;
import chat.samara.server.core.channel.follower.Forks;
import chat.samara.server.core.channel.follower.GivingBack;
import chat.samara.server.core.channel.follower.HeadsAhead;
import chat.samara.server.core.channel.follower.HubShares;
import chat.samara.server.core.channel.follower.Proving;
import chat.samara.server.core.channel.follower.Replica;
import chat.samara.server.core.channel.follower.UnknownChannels;
import chat.samara.server.core.channel.hub.Asking;
import chat.samara.server.core.channel.hub.CommonChannels;
import chat.samara.server.core.channel.hub.FormerPeers;
import chat.samara.server.core.channel.hub.Hub;
import chat.samara.server.core.channel.hub.HubIntake;
import chat.samara.server.core.channel.hub.HubServing;
import chat.samara.server.core.channel.hub.OwnWord;
import chat.samara.server.core.channel.hub.PeerQuotas;
import chat.samara.server.core.channel.hub.Readiness;
import chat.samara.server.core.channel.hub.TakenBack;
import chat.samara.server.core.channel.hub.TakingBack;
import chat.samara.server.core.channel.log.LogWriter;
import chat.samara.server.core.channel.log.OriginTable;
import chat.samara.server.core.channel.log.PullQueue;
import chat.samara.server.core.channel.member.Members;
import chat.samara.server.core.channel.member.Quotas;
import chat.samara.server.core.channel.member.Welcomes;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.outbox.Rejections;
import chat.samara.server.core.channel.provisional.Provisionals;
import chat.samara.server.core.channel.reader.Acknowledgements;
import chat.samara.server.core.channel.reader.Readers;
import chat.samara.server.core.channel.rule.Additions;
import chat.samara.server.core.channel.rule.HubPolicy;
import chat.samara.server.core.channel.rule.Rules;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.server.core.channel.submit.Founding;
import chat.samara.server.core.channel.submit.KeptForHub;
import chat.samara.server.core.channel.submit.Receipts;
import chat.samara.server.core.channel.submit.RefusedByHubs;
import chat.samara.server.core.channel.submit.Standstill;
import chat.samara.server.core.channel.submit.Submissions;
import chat.samara.server.core.keypackage.KeyPackageTable;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.peer.Peers;
import chat.samara.server.core.session.Sessions;
import chat.samara.server.core.store.StoreException;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.LogVerifier;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.stream.Stream;

/** Everything about channels, put together: the one class of this package and its rooms that the rest of the core sees. */
public final class ChannelService {
    private final ServerIdentity identity;
    private final Journal journal;
    private final LongWork longWork;
    private final Channels channels;
    private final OwnWord ownWord;
    private final Asking asking;
    private final CommonChannels commonChannels;
    private final FormerPeers formerPeers;
    private final Quotas quotas;
    private final PeerQuotas peerQuotas;
    private final OriginTable origins;
    private final Readers readers;
    private final Acknowledgements acknowledgements;
    private final Outbox outbox;
    private final Rejections rejections;
    private final Additions additions;
    private final Standstill standstill;
    private final Epochs epochs;
    private final Follower follower;
    private final LogWriter writer;
    private final HubServing serving;
    private final Dropping dropping;
    private final Forks forks;
    private final Provisionals provisionals;
    private final Welcomes welcomes;
    private final UnknownChannels unknownChannels;
    private final ChannelsAtLogin atLogin;
    private final SubmitRequests submitting;
    private final FollowRequests following;
    private final FetchRequests fetching;
    private final PeerMessages peerMessages;
    private final Federation federation;

    /** Puts the rooms together, each of what stands above it: they are all here, and nowhere else. */
    public ChannelService(
            ServerIdentity identity,
            CoreConfig config,
            RandomSource random,
            Journal journal,
            Format format,
            Disk disk,
            Sessions sessions,
            Accounts accounts,
            Peers peers,
            Links links) {
        this.identity = identity;
        this.journal = journal;
        this.longWork = new LongWork(journal, config.stepBytesMax(), config.peersBytesWaitingMax());
        KeyPackageTable keyPackages = new KeyPackageTable(journal);

        // What all rooms stand on.
        this.channels = new Channels(identity, journal);
        SubmissionTable submissionTable = new SubmissionTable(journal);
        this.origins = new OriginTable(journal);
        this.quotas = new Quotas(config.memberQuota(), journal);
        Rules rules = new Rules(submissionTable);
        this.additions = new Additions(identity.name(), journal);

        // Into a log, and what follows from that.
        this.outbox = new Outbox(identity, config, journal, format, links, submissionTable);
        this.welcomes = new Welcomes(journal, sessions, keyPackages);
        Members members = new Members(journal, identity.name(), accounts, keyPackages);
        this.writer = new LogWriter(identity, journal, channels, sessions, submissionTable, outbox, members);
        this.rejections = new Rejections(channels, sessions, outbox, submissionTable, additions);

        // As hub.
        this.asking = new Asking(journal, peers);
        this.ownWord = new OwnWord(identity, journal, channels, asking);
        this.commonChannels = new CommonChannels(identity.name(), journal);
        this.formerPeers = new FormerPeers(journal, peers, commonChannels);
        this.peerQuotas = new PeerQuotas(config.memberQuota(), journal);
        Readiness readiness = new Readiness(ownWord, asking);
        HubPolicy policy = new HubPolicy(identity, journal, accounts, peers, additions);
        Hub hub = new Hub(journal, rules, policy, readiness, writer);
        this.epochs = new Epochs(config, journal, random, channels, links, hub, outbox);
        this.serving = new HubServing(identity, journal, links);

        // As follower.
        this.dropping = new Dropping(journal, channels, members, foreignLogs(config, keyPackages, peers));
        this.forks = new Forks(journal, channels, rejections, dropping);
        this.unknownChannels = new UnknownChannels(journal, dropping);
        this.follower = follower(config, disk, peers, links, rules);

        // To devices.
        this.readers = new Readers(journal, sessions);
        this.acknowledgements = new Acknowledgements(journal);
        this.provisionals = new Provisionals(identity, config, journal, links, peers, channels, outbox, readers);

        // What devices and peers ask and say.
        this.standstill = new Standstill(journal, channels, readiness, outbox, sessions);
        this.atLogin = new ChannelsAtLogin(journal, channels, acknowledgements, welcomes, standstill);
        RefusedByHubs refused = new RefusedByHubs(journal);
        this.submitting = submitting(disk, hub, new KeptForHub(rules, outbox, provisionals, refused, additions));
        this.following = new FollowRequests(
                journal, ownWord, epochs, readers, unknownChannels, acknowledgements, provisionals.showing());
        this.fetching = new FetchRequests(journal, channels, welcomes);
        AsHub asHub = asHub(disk, peers, links, rules, hub);
        Receipts receipts = new Receipts(channels, outbox, follower, rejections, standstill, refused, longWork);
        this.peerMessages =
                new PeerMessages(longWork, channels, asHub, follower, receipts, new GivingBack(journal), provisionals);
        Exchange exchange = new Exchange(config, journal, links, longWork, asHub, epochs);
        this.federation = new Federation(journal, exchange, asHub, follower, outbox, epochs, provisionals);
    }

    private ForeignLogs foreignLogs(CoreConfig config, KeyPackageTable keyPackages, Peers peers) {
        return new ForeignLogs(
                journal, config.foreignLogBytesPerHubMax(), () -> keyPackages.isAnyClaimedBy(peers.names()));
    }

    private Follower follower(CoreConfig config, Disk disk, Peers peers, Links links, Rules rules) {
        PullQueue queue = PullQueue.asTheLineAllows(links, journal);
        HeadsAhead heads = new HeadsAhead(journal, forks);
        HubShares shares = new HubShares(config.hubMebibytesPerDay(), disk, journal);
        Proving proving = new Proving(outbox, peers, forks);
        Replica replica = new Replica(journal, channels, rules, writer, outbox, forks, quotas);
        EntryIntake intake = new EntryIntake(journal, channels, longWork, proving, replica, dropping, shares);
        return new Follower(config, journal, channels, queue, heads, dropping, shares, intake);
    }

    private AsHub asHub(Disk disk, Peers peers, Links links, Rules rules, Hub hub) {
        HubIntake intake = new HubIntake(journal, longWork, channels, peers, links, disk, hub, peerQuotas);
        PullQueue queue = PullQueue.alwaysOf(Limits.TAKING_BACK_BYTES_PER_PULL, links, journal);
        LogVerifier verifier = new LogVerifier(identity.rootPublicKey(), peers::rootKey);
        TakenBack takenBack = new TakenBack(journal, channels, rules, writer, outbox, ownWord);
        TakingBack takingBack =
                new TakingBack(journal, channels, queue, verifier, ownWord, asking, longWork, takenBack);
        return new AsHub(intake, serving, takingBack, epochs);
    }

    private SubmitRequests submitting(Disk disk, Hub hub, KeptForHub kept) {
        Founding founding = new Founding(identity, journal, channels, disk, hub, outbox, quotas);
        Submissions submissions = new Submissions(journal, channels, disk, hub, outbox, kept, standstill, quotas);
        return new SubmitRequests(channels, founding, submissions, readers);
    }

    /** A batch is durable, and this follows from it: the one place that says who does what about it. */
    public void carryOut(AfterCommit action) {
        if (action instanceof AfterCommit.LogGrown it) {
            epochs.heardOf(it.channel());
            readers.grown(it.channel());
            serving.grown(it.channel());
        } else if (action instanceof AfterCommit.EpochEnded it) {
            epochs.ended(it.channel());
        } else if (action instanceof AfterCommit.MessageOrdered it) {
            provisionals.ordered(it.channel(), it.device(), it.key());
            additions.inTheLog(it.channel(), it.device(), it.key());
        } else if (action instanceof AfterCommit.ReadersChanged it) {
            readers.readersChanged(it.channel(), it.devices());
        } else if (action instanceof AfterCommit.FollowerRemoved it) {
            serving.removed(it.channel(), it.follower());
        } else if (action instanceof AfterCommit.WelcomeWaits it) {
            welcomes.announce(it.device());
        }
    }

    /** Reads what must be in memory. A channel that cannot be read is set aside on the way. */
    public void load() {
        while (true) {
            try {
                loadWhatCanBeRead();
                return;
            } catch (StoreException e) {
                if (!channels.damage().setAside(e)) {
                    throw e;
                }
                readers.goOn();
            }
        }
    }

    /** A row could not be read: if it is one of a channel, that is set aside from now on. Returns false if it was already, or is no channel's. */
    public boolean setAside(StoreException e) {
        if (!channels.damage().setAside(e)) {
            return false;
        }
        e.channel().ifPresent(this::readAnew);
        readers.goOn();
        return true;
    }

    /** An event was undone: what it may have changed in memory is read anew. A channel that cannot be read is set aside on the way. */
    public void undone() {
        SortedSet<ChannelId> left = channels.undo();
        left.addAll(outbox.undo());
        dropping.undo();
        while (!left.isEmpty()) {
            try {
                readAnew(left.first());
                left.remove(left.first());
            } catch (StoreException e) {
                if (!setAside(e)) {
                    throw e;
                }
            }
        }
    }

    private void readAnew(ChannelId channel) {
        channels.forget(channel);
        ownWord.readAnew(channel);
        outbox.readAnew(channel, !channels.isSetAside(channel));
        epochs.readAnew(channel);
        dropping.readAnew(channel);
    }

    private void loadWhatCanBeRead() {
        channels.damage().load();
        channels.load();
        List<ChannelId> own = channels.table().ofHub(identity.name());
        ownWord.load(own);
        asking.load(own);
        outbox.load();
        rejections.load();
        epochs.load();
        dropping.load();
        forks.load();
    }

    /** What a device is told when it logs in. */
    public ChannelsAtLogin atLogin() {
        return atLogin;
    }

    /** What devices add. */
    public SubmitRequests submitting() {
        return submitting;
    }

    /** What devices read. */
    public FollowRequests following() {
        return following;
    }

    /** What devices fetch to join or to come back. */
    public FetchRequests fetching() {
        return fetching;
    }

    /** What peers say and ask. */
    public PeerMessages peerMessages() {
        return peerMessages;
    }

    /** The link to a peer is up. */
    public void up(ServerName peer) {
        federation.up(peer);
    }

    /** The link to a peer is gone; another may come. Each part of what is forgotten then is work of its own. */
    public void down(ServerName peer, Contained contained) {
        peerMessages.down(peer);
        federation.down(peer, contained);
    }

    /** A session is gone. */
    public void sessionGone(SessionId session) {
        readers.forget(session);
        provisionals.showing().forget(session);
    }

    /** A session's connection takes nothing more for the moment. */
    public void stalled(SessionId session) {
        readers.stalled(session);
    }

    /** A session's connection takes frames again. */
    public void flowing(SessionId session) {
        readers.flowing(session);
        provisionals.showing().flowing(session);
    }

    /** What was sent to devices is carried out, and there was more, of which they are to have as much as a round takes, or only a little. */
    public void sendMore(boolean little) {
        readers.sendMore(little);
        provisionals.showing().sendMore();
    }

    /** The turn of what a peer has sent and was not done at a stretch. */
    public void goOn(ServerName peer) {
        longWork.goOn(peer);
    }

    /** A batch is durable: devices and peers may be sent another round. */
    public void beginRound() {
        readers.beginRound();
        provisionals.beginRound();
    }

    /** Looks at due times. */
    public void tick(Contained contained) {
        contained.run("what is done in steps", longWork::wake);
        contained.run("frames that nobody comes for", readers::forgetFrames);
        contained.run("channels that are dropped", dropping::prune);
        contained.run("what waits in channels that are frozen", rejections::tick);
        contained.run(
                "acknowledgements", () -> acknowledgements.writeOldest(Limits.ACKNOWLEDGEMENTS_WRITTEN_PER_TICK_MAX));
        federation.tick(contained);
    }

    /** Begins with the peers whose link has come up. */
    public void beginLinks(Contained contained) {
        federation.beginDue(contained);
    }

    /** Deletes what nobody needs. */
    public void prune(Contained contained) {
        contained.run("decisions of long ago", () -> origins.prune(Limits.ROWS_SWEPT_PER_ROUND_MAX));
        contained.run("what has no place yet", provisionals::prune);
        contained.run("why hubs take nothing", standstill::prune);
    }

    /** Channels that this server shares with a peer ({@link CommonChannels}). */
    public int shared(ServerName peer) {
        return commonChannels.with(peer).size();
    }

    /** A sentence for the operator on each member and each other server that has used up what it may, at most so many. */
    public List<String> usedUpSentences(int countMax) {
        return Stream.concat(quotas.usedUp(), peerQuotas.usedUp())
                .limit(countMax)
                .toList();
    }

    /** How many channels there are. */
    public long count() {
        return ChannelTable.all(journal).size();
    }

    /** Channels in memory. */
    public long cached() {
        return channels.cached();
    }

    /** Channels that were frozen since the start. */
    public long frozen() {
        return channels.frozen();
    }

    /** Channels of this hub in which it orders nothing, since it has signed more than it has. */
    public long held() {
        return ownWord.held().size();
    }

    /** The operator says that the data folder is an older copy. To be called before {@link #load}. */
    public void restored() {
        asking.restored();
    }

    /** What a hub waits for that was restored, for the operator. */
    public Optional<String> askingSentence() {
        return asking.sentence();
    }

    /** A sentence for the operator on each server that is no peer and shares channels, at most so many. */
    public List<String> formerPeerSentences(int countMax) {
        return formerPeers.sentences(countMax, outbox::recordsFor);
    }

    /** A sentence for the operator on each of these, at most so many. */
    public List<String> heldSentences(int countMax) {
        return ownWord.sentences(countMax);
    }

    /** A sentence for the operator on each hub whose logs are taken more slowly than it gives them, at most so many. */
    public List<String> slowedSentences(int countMax) {
        return follower.slowedSentences(countMax);
    }

    /** A sentence for the operator on each hub against which more evidence was found than is kept, at most so many. */
    public List<String> evidenceSentences(int countMax) {
        return forks.sentences(countMax);
    }

    /** A sentence for the operator on each channel that members read on in and that is not here, at most so many. */
    public List<String> unknownSentences(int countMax) {
        return unknownChannels.sentences(countMax);
    }

    /** Channels of which rows cannot be read. */
    public long setAside() {
        return channels.damage().count();
    }

    /** A sentence for the operator on each of these, at most so many. */
    public List<String> setAsideSentences(int countMax) {
        return channels.damage().sentences(countMax);
    }

    /** Records that wait for a hub. */
    public long outboxRecords() {
        return outbox.records();
    }

    /** Pulls that are under way. */
    public long pullsUnderWay() {
        return follower.pullsUnderWay();
    }

    /** Entries that this process appended. */
    public long entriesAppended() {
        return writer.appended();
    }

    /** Entries that this process sent to devices. */
    public long entriesSent() {
        return readers.entriesSent();
    }
}
