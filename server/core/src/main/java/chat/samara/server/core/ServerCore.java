package chat.samara.server.core;

import chat.samara.mls.crypto.RandomSource;
import chat.samara.server.core.account.Accounts;
import chat.samara.server.core.account.Invites;
import chat.samara.server.core.batch.Format;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.ChannelService;
import chat.samara.server.core.keypackage.KeyPackageDirectory;
import chat.samara.server.core.keypackage.KeyPackageTable;
import chat.samara.server.core.peer.LinkEvents;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.peer.Peers;
import chat.samara.server.core.request.ClaimRequests;
import chat.samara.server.core.request.ClientRequests;
import chat.samara.server.core.request.Operator;
import chat.samara.server.core.request.PeerRequests;
import chat.samara.server.core.session.Sessions;
import chat.samara.server.core.store.Store;
import chat.samara.server.core.store.StoreException;
import chat.samara.wire.Refusal;
import chat.samara.wire.proto.ErrorCode;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Samara server without sockets, disk, clock and threads. The driver
 *
 * <ol>
 *   <li>calls {@link #start} once,
 *   <li>then again and again: {@link #handle}s every event that has come, carries out {@link #drainImmediate}, {@link #seal}s
 *       the batch, writes it to the store with sync, calls {@link #durable} and carries out the effects that gives.
 * </ol>
 *
 * <p>While a batch is being written the next one may be filled and sealed already; batches become durable in their order. If a
 * write fails, or any method throws, the process must stop and start again from the store: nothing that waited for the write has
 * left. {@link #handle} throws nothing because of what a device or peer sent (I9).
 *
 * <p>Confined to one thread, except for {@link Batch#writes}, which may be read on the thread that writes. Deterministic: the same
 * store, identity, random bytes, events and times give the same effects.
 */
public final class ServerCore {
    private static final Logger LOG = LoggerFactory.getLogger(ServerCore.class);

    private final ServerIdentity identity;
    private final CoreConfig config;
    private final Journal journal;
    private final Format format;
    private final Disk disk;
    private final Sessions sessions;
    private final Invites invites;
    private final Accounts accounts;
    private final KeyPackageDirectory keyPackages;
    private final Links links;
    private final Peers peers;
    private final ChannelService channels;
    private final ClientRequests clientRequests;
    private final LinkEvents linkEvents;
    private final PeerRequests peerRequests;
    private final Operator operator;
    private boolean isRestored;
    private long faults;

    /** A core over a store, which is empty or was written by a core of the same server. */
    public ServerCore(ServerIdentity identity, CoreConfig config, Store store, RandomSource random) {
        this.identity = identity;
        this.config = config;
        this.journal = new Journal(store);
        this.format = new Format(journal);
        this.disk = new Disk(config);
        this.sessions = new Sessions(journal);
        this.invites = new Invites(identity, journal, random);
        this.accounts = new Accounts(identity, invites, journal);
        this.keyPackages = new KeyPackageDirectory(journal, config, accounts, sessions, new KeyPackageTable(journal));
        this.links = new Links(journal);
        this.peers = new Peers(identity, config, journal, random);
        this.channels =
                new ChannelService(identity, config, random, journal, format, disk, sessions, accounts, peers, links);
        this.sessions.whenGone(channels::sessionGone);
        this.linkEvents = new LinkEvents(identity, config, journal, random, peers, links, channels::down);
        ClaimRequests claims = new ClaimRequests(identity, keyPackages, peers, links);
        this.clientRequests = new ClientRequests(identity, journal, random, sessions, accounts, claims, channels);
        this.peerRequests = new PeerRequests(linkEvents, keyPackages, channels);
        this.operator =
                new Operator(identity, config, disk, accounts, invites, peers, linkEvents, channels, this::figures);
    }

    /**
     * The operator says that the store is an older copy: before this server orders anything in the channels of which it is the hub, it waits for
     * all of their followers without a limit, and some minutes for members' devices. And no invite that is in it lets anybody in any more. To be called
     * before {@link #start}.
     */
    public void restored() {
        isRestored = true;
        channels.restored();
    }

    /**
     * Loads what must be in memory and sets the timers. Follow with {@link #drainImmediate} and {@link #seal}.
     *
     * @throws StoreException if the store is another server's or a newer version's
     */
    public void start(Now now) {
        journal.setNow(now);
        format.open(identity);
        accounts.openLooks(format);
        peers.load();
        channels.load();
        if (isRestored) {
            invites.restored();
        }
        setTimer(TimerId.TICK, config.tickMillis());
        setTimer(TimerId.HOUSEKEEPING, Limits.HOUSEKEEPING_MILLIS);
        journal.keep();
        peers.dialDue(this::contain);
        journal.keep();
    }

    /** Takes one event. */
    public void handle(Event event, Now now) {
        journal.setNow(now);
        setAsideWhatWorkAfterBatchesCouldNotRead();
        contain(
                event.getClass().getSimpleName(),
                // What a link's frame changes in memory is not undone, of requests and pulls: so that link ends
                // instead.
                event instanceof Event.LinkFrame || event instanceof Event.GoOn
                        ? 0
                        : Limits.CHANNELS_SET_ASIDE_AT_ONCE_MAX,
                () -> dispatch(event),
                () -> recover(event));
        if (event instanceof Event.LinkFrame) {
            channels.beginLinks(this::contain);
        }
    }

    /**
     * I9: a bug that some work meets is undone with that work, and ends no other link or channel. If it meets a row of a channel that cannot be
     * read, that channel is set aside, and the work is done again without it.
     *
     * @param recovery what is done when the work is given up; contains itself
     */
    private void contain(String what, int triesAgainMax, Runnable work, Runnable recovery) {
        for (int triesLeft = triesAgainMax; ; triesLeft--) {
            try {
                work.run();
                journal.keep();
                return;
            } catch (RuntimeException e) {
                boolean again = undone(what, e);
                clientRequests.afterUndone();
                journal.keep();
                linkEvents.afterUndone(this::contain);
                if (!again || triesLeft == 0) {
                    recovery.run();
                    return;
                }
            }
        }
    }

    /** Undoes what met this. Returns whether it can be tried again. */
    private boolean undone(String what, RuntimeException met) {
        StoreException unreadable = met instanceof StoreException it ? it : null;
        if (unreadable != null && !unreadable.isDamage()) {
            throw met;
        }
        journal.undo();
        // Of what is in memory beside the rows, only what this work has touched: or whoever finds a bug stops everybody
        // again and again.
        format.reload();
        peers.undone();
        clientRequests.undone();
        linkEvents.undone();
        boolean setAside = unreadable != null && channels.setAside(unreadable);
        channels.undone();
        if (setAside) {
            journal.keep();
            return true;
        }
        faults++;
        LOG.error("undone, since it met a bug or a row that cannot be read: {}", what, met);
        return false;
    }

    private void setAsideWhatWorkAfterBatchesCouldNotRead() {
        for (StoreException unreadable : journal.takeUnreadable()) {
            if (channels.setAside(unreadable)) {
                journal.keep();
            } else {
                LOG.error("a row cannot be read", unreadable);
            }
        }
    }

    private void recover(Event event) {
        if (event instanceof Event.SessionFrame it) {
            contain("closing a session", () -> clientRequests.fault(it.session()));
        } else if (event instanceof Event.LinkFrame it) {
            linkEvents.fault(it.link(), this::contain);
        } else if (event instanceof Event.GoOn it) {
            linkEvents.fault(it.peer(), this::contain);
        }
    }

    private void dispatch(Event event) {
        if (event instanceof Event.SessionFrame it) {
            clientRequests.frame(it.session(), it.frame());
        } else if (event instanceof Event.LinkFrame it) {
            peerRequests.frame(it.link(), it.frame());
        } else if (event instanceof Event.SessionOpened it) {
            clientRequests.opened(it.session());
        } else if (event instanceof Event.SessionClosed it) {
            clientRequests.closed(it.session());
        } else if (event instanceof Event.SessionStalled it) {
            channels.stalled(it.session());
        } else if (event instanceof Event.SessionFlowing it) {
            channels.flowing(it.session());
        } else if (event instanceof Event.SendMore it) {
            channels.sendMore(it.little());
        } else if (event instanceof Event.GoOn it) {
            channels.goOn(it.peer());
        } else if (event instanceof Event.LinkOpened it) {
            linkEvents.opened(it);
        } else if (event instanceof Event.LinkHeard it) {
            linkEvents.heard(it.link());
        } else if (event instanceof Event.LinkClosed it) {
            linkEvents.closed(it.link(), this::contain);
        } else if (event instanceof Event.DialFailed it) {
            linkEvents.dialFailed(it.peer(), it.reason());
        } else if (event instanceof Event.TimerFired it) {
            rearm(it.timer());
            journal.keep();
            fired(it.timer());
        } else if (event instanceof Event.Admin it) {
            journal.emit(new Effect.AdminReply(it.requestId(), operator.handle(it.command())));
        } else if (event instanceof Event.DiskState it) {
            disk.free(it.freeBytes());
        } else if (event instanceof Event.Stopping) {
            stopping();
        }
    }

    private void rearm(TimerId timer) {
        setTimer(timer, timer == TimerId.TICK ? config.tickMillis() : Limits.HOUSEKEEPING_MILLIS);
    }

    private void setTimer(TimerId timer, long inMillis) {
        journal.emitNow(new Effect.SetTimer(timer, journal.monotonicMillis() + inMillis));
    }

    private void fired(TimerId timer) {
        // Each for itself: what one of them meets every second would else keep the others from ever being done.
        if (timer == TimerId.TICK) {
            contain("tick of devices", clientRequests::tick);
            linkEvents.tick(this::contain);
            peers.dialDue(this::contain);
            channels.tick(this::contain);
        } else {
            contain("housekeeping of invites", invites::prune);
            keyPackages.prune(this::contain);
            channels.prune(this::contain);
        }
    }

    private void contain(String what, Runnable work) {
        contain(what, Limits.CHANNELS_SET_ASIDE_AT_ONCE_MAX, work, () -> {});
    }

    private void stopping() {
        Refusal why = Refusal.of(ErrorCode.SHUTTING_DOWN, identity.name() + " is stopping; connect again in a while");
        clientRequests.stopping(why);
        linkEvents.stopping(why);
    }

    /** Effects that wait for no write, in order. Empties the list. */
    public List<Effect> drainImmediate() {
        return journal.drainImmediate();
    }

    /** Closes the open batch: signs it, and gives what is to be written. Empty if there is nothing to write or to wait for. */
    public Optional<Batch> seal(Now now) {
        journal.setNow(now);
        return journal.seal(identity.rootKey());
    }

    /**
     * The oldest sealed batch is on disk. To be called before the store is given the next one, by a driver that does that before it asks what is
     * {@link #durable}; others need not.
     */
    public void landed(Batch batch) {
        journal.landed(batch);
    }

    /** The oldest sealed batch is on disk: gives the effects that waited for it, in order. */
    public List<Effect> durable(Batch batch, Now now) {
        journal.setNow(now);
        channels.beginRound();
        return journal.durable(batch, channels::carryOut);
    }

    /** Bytes that the open batch would write: a driver seals it, or takes no inputs until it can, before they are many. */
    public long openBytes() {
        return journal.openBytes();
    }

    /**
     * Bytes of frames that wait in here until what was written so far is durable. A driver that goes on taking inputs while this is much
     * holds all of it in memory.
     */
    public long waitingFrameBytes() {
        return journal.waitingFrameBytes();
    }

    /** Numbers for metrics. Call on the core's thread. */
    public Figures figures() {
        return new Figures(
                sessions.count(),
                sessions.onlineCount(),
                links.readyCount(),
                peers.count(),
                channels.cached(),
                channels.outboxRecords(),
                channels.pullsUnderWay(),
                channels.entriesAppended(),
                channels.entriesSent(),
                clientRequests.refused(),
                faults + journal.faults(),
                channels.frozen(),
                channels.held(),
                channels.setAside(),
                disk.acceptsSubmissions());
    }
}
