package chat.samara.server.core.channel.hub;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.batch.Remarks;
import chat.samara.server.core.channel.log.LogWriter;
import chat.samara.server.core.channel.log.OriginTable;
import chat.samara.server.core.channel.log.OriginTable.Decision;
import chat.samara.server.core.channel.log.PullQueue;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.rule.Rules;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.peer.Answers;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.peer.Peers;
import chat.samara.server.core.store.Stored;
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
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.LogVerifier;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.RecordKind;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * As hub: takes back from followers what this server has ordered and has not any more, since its data folder is an older copy. It believes
 * its own signature and nobody's word: an entry is appended only if a head that this server has signed covers it, by the chain of
 * hashes: of a head that stands at the end of what takes several frames, that shows only with the last. So what takes several frames is gone through twice: once to remember the hash at each
 * frame's end, and again, once the head has proven these, to append, step by step ({@link LongWork}).
 */
public final class TakingBack {
    private static final Logger LOG = LoggerFactory.getLogger(TakingBack.class);

    private final ServerIdentity identity;
    private final Journal journal;
    private final Remarks remarks;
    private final Channels channels;
    private final Links links;
    private final Peers peers;
    private final Rules rules;
    private final LogWriter writer;
    private final Outbox outbox;
    private final OwnWord ownWord;
    private final Asking asking;
    private final LongWork longWork;
    private final LogTable log;
    private final OriginTable origins;

    /** Pulls are always as large, so that the second time the frames end where they ended the first time. */
    private final PullQueue queue = new PullQueue(Limits.TAKING_BACK_BYTES_PER_PULL);

    /** Who says that they have more of which channels than this server, in the order in which they are to be asked. */
    private final SortedMap<ChannelId, Set<ServerName>> ahead = new TreeMap<>();

    /** How often somebody's turn was cut short since others had the channel, too. */
    private final Map<ChannelId, Integer> turnsCut = new TreeMap<>();

    /** When a frame came from each follower that leads on, of whichever channel: those of others wait behind it. */
    private final Map<ServerName, Long> ledOnAtMillis = new TreeMap<>();

    /** By whom each channel is given back now. */
    private final Map<ChannelId, Trace> traces = new TreeMap<>();

    /** What taking back stands on. */
    public record Parts(
            ServerIdentity identity,
            Journal journal,
            Channels channels,
            Links links,
            Peers peers,
            Rules rules,
            LogWriter writer,
            Outbox outbox,
            OwnWord ownWord,
            Asking asking,
            LongWork longWork) {}

    /** What a follower has shown of a channel so far, in this one go. */
    private static final class Trace {
        private final ServerName follower;
        private final SortedMap<Long, Bytes> ends = new TreeMap<>();
        private LogPosition shownThrough;
        private boolean proven;

        private final long begunAtMillis;

        Trace(ServerName follower, LogPosition from, long begunAtMillis) {
            this.follower = follower;
            this.shownThrough = from;
            this.begunAtMillis = begunAtMillis;
        }

        void remember(LogPosition end) {
            ends.put(end.seq(), end.entryHash());
        }

        boolean hasProven(LogPosition position) {
            return proven
                    && Optional.ofNullable(ends.get(position.seq()))
                            .filter(position.entryHash()::equals)
                            .isPresent();
        }
    }

    public TakingBack(Parts parts) {
        this.identity = parts.identity();
        this.journal = parts.journal();
        this.remarks = new Remarks(LOG, journal);
        this.channels = parts.channels();
        this.links = parts.links();
        this.peers = parts.peers();
        this.rules = parts.rules();
        this.writer = parts.writer();
        this.outbox = parts.outbox();
        this.ownWord = parts.ownWord();
        this.asking = parts.asking();
        this.longWork = parts.longWork();
        this.log = new LogTable(journal);
        this.origins = new OriginTable(journal);
    }

    /**
     * A follower says how far it has a channel of this hub.
     *
     * @param head the newest head of this server's that it has; followers of an older version show none
     */
    public boolean stands(ServerName follower, ChannelId id, LogPosition claimed, Optional<HeadIn> head) {
        if (isHere(id, claimed)) {
            asking.said(follower, id);
            return true;
        }
        boolean shown = show(follower, head);
        Optional<Channel> channel = channels.find(id);
        if (channel.isEmpty() ? !shown : !channels.isHub(channel.get())) {
            return false;
        }
        if (channel.isPresent() && ownWord.contains(channel.get(), claimed)) {
            asking.said(follower, id);
            return true;
        }
        ahead.computeIfAbsent(id, it -> new LinkedHashSet<>()).add(follower);
        if (ownWord.isHeld(id)) {
            asking.said(follower, id);
        }
        next(id);
        return false;
    }

    /** Whether the log ends there, by its row alone: what peers say again and again of channels at rest must cost little. */
    private boolean isHere(ChannelId id, LogPosition claimed) {
        return ChannelTable.find(journal, id)
                .filter(row -> row.getHub().equals(identity.name().value())
                        && row.getSeq() == claimed.seq()
                        && row.getTerm() == claimed.term()
                        && Stored.bytes(row.getEntryHash()).equals(claimed.entryHash()))
                .isPresent();
    }

    /** Whether it is this server's own signature that says that something is lacking here. */
    private boolean show(ServerName follower, Optional<HeadIn> head) {
        try {
            return head.isPresent() && ownWord.shown(head.get(), follower.value()) != OwnWord.Shown.KNOWN;
        } catch (RefusedException e) {
            remarks.warn(follower.value(), "{} shows a head that is none of this server's: {}", follower, e.refusal());
            return false;
        }
    }

    /** The follower has named all that it has. */
    public void namedAll(ServerName follower) {
        asking.saidAll(
                follower,
                channel -> Optional.ofNullable(ahead.get(channel))
                        .map(followers -> followers.contains(follower))
                        .orElse(false));
    }

    /** The link to a follower is gone. */
    public void down(ServerName follower) {
        queue.clear(follower);
        ledOnAtMillis.remove(follower);
        traces.values().removeIf(trace -> trace.follower.equals(follower));
        List.copyOf(ahead.keySet()).forEach(id -> {
            forget(id, follower);
            next(id);
        });
    }

    private void forget(ChannelId id, ServerName follower) {
        Optional.ofNullable(ahead.get(id))
                .filter(followers -> followers.remove(follower) && followers.isEmpty())
                .ifPresent(followers -> {
                    ahead.remove(id);
                    turnsCut.remove(id);
                });
    }

    /**
     * Asks somebody who is ahead for the channel, one at a time; one who takes too long does not keep the others out, also if it gives a little now
     * and then. Each time that a turn was cut short the next ones may take twice as long: so whoever's line is slow comes to an end, too.
     */
    private void next(ChannelId id) {
        Optional<Trace> slow = Optional.ofNullable(traces.get(id)).filter(trace -> isTooSlow(id, trace));
        if (slow.isPresent() && ahead.getOrDefault(id, Set.of()).size() > 1) {
            traces.remove(id);
            forget(id, slow.get().follower);
            turnsCut.merge(id, 1, Integer::sum);
        }
        if (ahead.containsKey(id) && !traces.containsKey(id)) {
            ServerName follower = ahead.get(id).iterator().next();
            traces.put(id, new Trace(follower, position(id), journal.monotonicMillis()));
            queue.want(follower, id);
            pump(follower);
        }
    }

    private boolean isTooSlow(ChannelId id, Trace trace) {
        int doublings = Math.min(turnsCut.getOrDefault(id, 0), Limits.TAKING_BACK_DOUBLINGS_MAX);
        long now = journal.monotonicMillis();
        long ledOn = Math.max(trace.begunAtMillis, ledOnAtMillis.getOrDefault(trace.follower, trace.begunAtMillis));
        return now - ledOn >= Limits.TAKING_BACK_PATIENCE_MILLIS << doublings
                || now - trace.begunAtMillis >= Limits.TAKING_BACK_TURN_MILLIS << doublings;
    }

    private LogPosition position(ChannelId id) {
        return channels.find(id).map(Channel::position).orElseGet(() -> LogPosition.start(id));
    }

    private void pump(ServerName follower) {
        if (links.isUp(follower)) {
            queue.pump(follower, journal.monotonicMillis(), id -> pull(follower, id));
        }
    }

    private void pull(ServerName follower, ChannelId id) {
        Optional<Trace> trace = trace(follower, id);
        if (trace.isEmpty()) {
            queue.ended(follower, id);
            return;
        }
        links.request(
                follower, queue.pull(follower, id, trace.get().shownThrough.seq()), new Answers() {
                    @Override
                    public boolean isPatient() {
                        return true;
                    }

                    @Override
                    public void answered(PeerFrameIn answer) {
                        PeerFrame frame = answer.frame();
                        queue.answered(follower, id, frame.getSerializedSize(), journal.monotonicMillis());
                        boolean isAnswer =
                                frame.getBodyCase() == PeerFrame.BodyCase.ENTRIES && isAsAskedFor(follower, id, frame);
                        goOn(follower, id, isAnswer ? shown(follower, id, frame.getEntries()) : Then.END);
                    }

                    @Override
                    public void refused(Refusal why) {
                        lost(why);
                    }

                    @Override
                    public void lost(Refusal why) {
                        queue.ended(follower, id);
                        remarks.warn(
                                follower.value(),
                                "{} says that it has more of {} than this hub, and gives nothing back: {}",
                                follower,
                                id,
                                why);
                        goOn(follower, id, Then.END);
                    }
                });
    }

    /** All of it is in memory at once, so it must be no more than was asked for; but one entry may be larger. */
    private boolean isAsAskedFor(ServerName follower, ChannelId id, PeerFrame frame) {
        boolean isAsked = frame.getEntries().getEntriesCount() <= 1
                || frame.getSerializedSize() <= Limits.TAKING_BACK_BYTES_PER_PULL + Limits.TAKING_BACK_BYTES_BESIDES;
        if (!isAsked) {
            remarks.warn(
                    follower.value(),
                    "{} gives {} bytes of {} back at once, and {} were asked for",
                    follower,
                    frame.getSerializedSize(),
                    id,
                    Limits.TAKING_BACK_BYTES_PER_PULL);
        }
        return isAsked;
    }

    private Optional<Trace> trace(ServerName follower, ChannelId id) {
        return Optional.ofNullable(traces.get(id)).filter(trace -> trace.follower.equals(follower));
    }

    /** What follows from what a follower has given. */
    private enum Then {
        /** It is asked for more. */
        MORE,
        /** It is asked for nothing more of the channel. */
        END,
        /** What it gave is being appended; what follows then shows when that is done. */
        APPENDING
    }

    private void goOn(ServerName follower, ChannelId id, Then then) {
        if (then != Then.END) {
            ledOnAtMillis.put(follower, journal.monotonicMillis());
        }
        if (then == Then.MORE) {
            queue.want(follower, id);
        } else if (then == Then.END && trace(follower, id).isPresent()) {
            traces.remove(id);
            forget(id, follower);
            asking.said(follower, id);
            next(id);
        }
        pump(follower);
    }

    /** A follower gave entries back, or only its head. */
    private Then shown(ServerName follower, ChannelId id, Entries answer) {
        Optional<Trace> trace = trace(follower, id);
        if (trace.isEmpty() || !Protobuf.toBytes(answer.getChannelId()).equals(id.bytes())) {
            return Then.END;
        }
        try {
            List<EntryIn> entries = new ArrayList<>();
            for (LogEntry message : answer.getEntriesList()) {
                entries.add(EntryIn.of(message));
            }
            if (!answer.hasHead()) {
                remarks.warn(
                        follower.value(), "{} gives entries of {} back without a head of this hub's", follower, id);
                return Then.END;
            }
            HeadIn head = HeadIn.of(answer.getHead());
            ownWord.shown(head, follower.value());
            boolean beyond = trace.get().shownThrough.seq() + entries.size() > head.claimedSeq();
            return entries.isEmpty() || beyond ? Then.END : follow(id, trace.get(), entries, head);
        } catch (RefusedException e) {
            warnOfForeign(follower, id, e);
            return Then.END;
        }
    }

    private void warnOfForeign(ServerName follower, ChannelId id, RefusedException why) {
        remarks.warn(
                follower.value(),
                "{} gives entries of {} back that are none of this hub's: {}",
                follower,
                id,
                why.refusal());
    }

    private Then follow(ChannelId id, Trace trace, List<EntryIn> entries, HeadIn head) throws RefusedException {
        LogPosition from = trace.shownThrough;
        LogVerifier.Verified verified =
                new LogVerifier(identity.rootPublicKey(), peers::rootKey).verify(from, entries, Optional.of(head));
        Optional<ProvenHead> covering =
                verified.head().filter(it -> it.head().position().equals(verified.position()));
        if (trace.proven || (trace.ends.isEmpty() && covering.isPresent())) {
            return from.equals(position(id)) ? append(id, trace, entries, verified, covering) : Then.END;
        }
        if (trace.ends.size() >= Limits.TAKEN_BACK_FRAMES_MAX) {
            remarks.warn(
                    trace.follower.value(),
                    "{} shows more than {} frames of {} without a head",
                    trace.follower,
                    trace.ends.size(),
                    id);
            return Then.END;
        }
        trace.remember(verified.position());
        trace.shownThrough = verified.position();
        if (covering.isPresent()) {
            trace.proven = true;
            trace.shownThrough = position(id);
        }
        return Then.MORE;
    }

    /** Appends what is proven. */
    private Then append(
            ChannelId id,
            Trace trace,
            List<EntryIn> entries,
            LogVerifier.Verified verified,
            Optional<ProvenHead> covering) {
        int proven = covering.isPresent() ? entries.size() : 0;
        for (int i = entries.size(); proven == 0 && i > 0; i--) {
            if (trace.hasProven(verified.entries().get(i - 1).position())) {
                proven = i;
            }
        }
        if (proven == 0) {
            return Then.END;
        }
        Appending next = new Appending(id, trace, entries.subList(0, proven), verified, covering);
        longWork.begin(trace.follower, next::step);
        return Then.APPENDING;
    }

    /** Appends what is proven of one frame. However dear it is to judge, others are served meanwhile. */
    private final class Appending {
        private final ChannelId id;
        private final Trace trace;
        private final List<EntryIn> entries;
        private final LogVerifier.Verified verified;
        private final Optional<ProvenHead> covering;
        private LogPosition position;
        private int appended;

        Appending(
                ChannelId id,
                Trace trace,
                List<EntryIn> entries,
                LogVerifier.Verified verified,
                Optional<ProvenHead> covering) {
            this.id = id;
            this.trace = trace;
            this.entries = entries;
            this.verified = verified;
            this.covering = covering;
            this.position = position(id);
        }

        boolean step() {
            if (traces.get(id) != trace) {
                // Its turn was cut short: whoever has the next goes on where the log ends now.
                return false;
            }
            Then then;
            try {
                then = position.equals(position(id)) && !channels.isSetAside(id) ? appendSome() : Then.END;
            } catch (RefusedException e) {
                warnOfForeign(trace.follower, id, e);
                then = Then.END;
            }
            if (then != Then.APPENDING) {
                goOn(trace.follower, id, then);
            }
            return then == Then.APPENDING;
        }

        private Then appendSome() throws RefusedException {
            Optional<Channel> known = channels.find(id);
            Channel channel = known.isPresent()
                    ? known.get()
                    : channels.begin(genesis(id, verified.entries().get(0)));
            LongWork.Budget budget = longWork.budget();
            while (appended < entries.size()) {
                if (budget.isSpent()) {
                    position = channel.position();
                    return Then.APPENDING;
                }
                EntryIn next = entries.get(appended);
                boolean isLoaded = channel.groupBytesEncoded() > 0;
                append(channel, next, verified.entries().get(appended));
                appended++;
                budget.spend();
                if (!isLoaded || next.unverified().record().kind() != RecordKind.APPLICATION) {
                    budget.spend(channel.groupBytesEncoded());
                }
            }
            covering.ifPresent(log::putHead);
            ownWord.tookBack(channel);
            trace.shownThrough = channel.position();
            return covering.isEmpty() ? Then.MORE : Then.END;
        }
    }

    private Genesis genesis(ChannelId id, Entry first) throws RefusedException {
        Genesis genesis = HandshakeRules.judgeGenesis(
                        Payload.control(first.record()).getGenesis())
                .genesis();
        if (!genesis.channel().equals(id)
                || !genesis.hub().equals(identity.name())
                || !genesis.hubRootKey().equals(identity.rootPublicKey())) {
            throw RefusedException.of(
                    ErrorCode.INVALID_PROOF, "the genesis is of another channel, or of another hub", "genesis");
        }
        return genesis;
    }

    /** What this hub had ordered before it stands in the log again, with all that follows from it. */
    private void append(Channel channel, EntryIn in, Entry entry) throws RefusedException {
        Record record = entry.record();
        Change change = entry.seq() == 1
                ? HandshakeRules.judgeGenesis(Payload.control(record).getGenesis())
                        .change()
                : rules.judgePast(channel, record);
        outbox.noticeRestore(channel, record);
        writer.append(channel, entry, Optional.of(in.originProof()), change);
        if (!record.origin().equals(identity.name())) {
            origins.put(record, Decision.ordered(record, entry.seq()));
        }
    }
}
