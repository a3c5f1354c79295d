package chat.samara.server.core.channel.hub;

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
import java.util.List;
import java.util.Optional;
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

    /** Who says that they have more of which channels than this server. */
    private final SortedMap<ChannelId, Givers> ahead = new TreeMap<>();

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
        ahead.computeIfAbsent(id, it -> new Givers()).add(follower);
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
                        .map(givers -> givers.has(follower))
                        .orElse(false));
    }

    /** The link to a follower is gone. */
    public void down(ServerName follower) {
        queue.clear(follower);
        List.copyOf(ahead.keySet()).forEach(id -> {
            forget(id, follower);
            next(id);
        });
    }

    private void forget(ChannelId id, ServerName follower) {
        Givers givers = ahead.get(id);
        if (givers != null) {
            givers.remove(follower);
            if (givers.isEmpty()) {
                ahead.remove(id);
            }
        }
    }

    /** Asks whoever is to be asked for the channel now. */
    private void next(ChannelId id) {
        Optional.ofNullable(ahead.get(id))
                .flatMap(givers -> givers.next(() -> position(id), journal.monotonicMillis()))
                .ifPresent(follower -> {
                    queue.want(follower, id);
                    pump(follower);
                });
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
        Optional<Given> asked = given(follower, id);
        if (asked.isEmpty()) {
            queue.ended(follower, id);
            return;
        }
        Given given = asked.get();
        links.request(follower, queue.pull(follower, id, given.through().seq()), new Answers() {
            @Override
            public boolean isPatient() {
                return true;
            }

            @Override
            public void answered(PeerFrameIn answer) {
                PeerFrame frame = answer.frame();
                queue.answered(follower, id, frame.getSerializedSize(), journal.monotonicMillis());
                if (isTurn(id, given)) {
                    boolean isAnswer =
                            frame.getBodyCase() == PeerFrame.BodyCase.ENTRIES && isAsAskedFor(follower, id, frame);
                    goOn(id, given, isAnswer ? shown(id, given, frame.getEntries()) : Then.END);
                }
                pump(follower);
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
                goOn(id, given, Then.END);
                pump(follower);
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

    private Optional<Given> given(ServerName follower, ChannelId id) {
        return Optional.ofNullable(ahead.get(id)).flatMap(givers -> givers.given(follower));
    }

    /** Whether what was asked for in a turn comes in that turn. */
    private boolean isTurn(ChannelId id, Given given) {
        return given(given.follower(), id).filter(it -> it == given).isPresent();
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

    private void goOn(ChannelId id, Given given, Then then) {
        if (!isTurn(id, given)) {
            return;
        }
        if (then == Then.MORE) {
            queue.want(given.follower(), id);
        } else if (then == Then.END) {
            forget(id, given.follower());
            asking.said(given.follower(), id);
        }
        next(id);
    }

    /** A follower gave entries back, or only its head. */
    private Then shown(ChannelId id, Given given, Entries answer) {
        ServerName follower = given.follower();
        if (!Protobuf.toBytes(answer.getChannelId()).equals(id.bytes())) {
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
            boolean beyond = given.through().seq() + entries.size() > head.claimedSeq();
            return entries.isEmpty() || beyond ? Then.END : follow(id, given, entries, head);
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

    private Then follow(ChannelId id, Given given, List<EntryIn> entries, HeadIn head) throws RefusedException {
        LogVerifier.Verified verified = new LogVerifier(identity.rootPublicKey(), peers::rootKey)
                .verify(given.through(), entries, Optional.of(head));
        Optional<ProvenHead> covering =
                verified.head().filter(it -> it.head().position().equals(verified.position()));
        if (given.isProven() || (given.isNothing() && covering.isPresent())) {
            return append(new Appending(id, given, entries, verified, covering, head));
        }
        if (given.isTooMuch()) {
            remarks.warn(
                    given.follower().value(),
                    "{} shows more than {} frames of {} without a head",
                    given.follower(),
                    Limits.TAKEN_BACK_FRAMES_MAX,
                    id);
            return Then.END;
        }
        given.remember(verified.position());
        if (covering.isPresent()) {
            given.prove();
            given.goOnBehind(position(id));
        }
        return Then.MORE;
    }

    private Then append(Appending frame) {
        if (!frame.provesAny()) {
            return Then.END;
        }
        longWork.begin(frame.given.follower(), frame::step);
        return Then.APPENDING;
    }

    /**
     * Appends what is proven of one frame. However dear it is to judge, others are served meanwhile; and of what others have given meanwhile nothing is appended
     * again.
     */
    private final class Appending {
        private final ChannelId id;
        private final Given given;
        private final List<EntryIn> entries;
        private final LogVerifier.Verified verified;
        private final Optional<ProvenHead> covering;
        private final HeadIn head;
        private final int proven;

        Appending(
                ChannelId id,
                Given given,
                List<EntryIn> entries,
                LogVerifier.Verified verified,
                Optional<ProvenHead> covering,
                HeadIn head) {
            this.id = id;
            this.given = given;
            this.entries = entries;
            this.verified = verified;
            this.covering = covering;
            this.head = head;
            int through = covering.isPresent() ? entries.size() : 0;
            for (int i = entries.size(); through == 0 && i > 0; i--) {
                if (given.hasProven(verified.entries().get(i - 1).position())) {
                    through = i;
                }
            }
            this.proven = through;
        }

        boolean provesAny() {
            return proven > 0;
        }

        boolean step() {
            if (!isTurn(id, given)) {
                // Its turn is over: whoever has one goes on where the log ends now.
                return false;
            }
            Then then;
            try {
                then = channels.isSetAside(id) ? Then.END : appendSome();
            } catch (RefusedException e) {
                warnOfForeign(given.follower(), id, e);
                then = Then.END;
            }
            if (then != Then.APPENDING) {
                goOn(id, given, then);
                pump(given.follower());
            }
            return then == Then.APPENDING;
        }

        private Then appendSome() throws RefusedException {
            Optional<Channel> known = channels.find(id);
            int next = behind(known.map(Channel::position).orElseGet(() -> LogPosition.start(id)));
            if (next >= proven) {
                given.goOnBehind(position(id));
                return Then.MORE;
            }
            Channel channel = known.isPresent()
                    ? known.get()
                    : channels.begin(genesis(id, verified.entries().get(0)));
            if (known.isEmpty()) {
                // From its first entry on this hub is bound by the word that led here: else what waits elsewhere would
                // be ordered before all is back.
                ownWord.shown(head, given.follower().value());
            }
            LongWork.Budget budget = longWork.budget();
            for (; next < proven; next++) {
                if (budget.isSpent()) {
                    return Then.APPENDING;
                }
                EntryIn in = entries.get(next);
                boolean isLoaded = channel.groupBytesEncoded() > 0;
                append(channel, in, verified.entries().get(next));
                budget.spend();
                if (!isLoaded || in.unverified().record().kind() != RecordKind.APPLICATION) {
                    budget.spend(channel.groupBytesEncoded());
                }
            }
            covering.ifPresent(log::putHead);
            ownWord.tookBack(channel);
            given.goOnBehind(channel.position());
            return covering.isEmpty() ? Then.MORE : Then.END;
        }

        /** Which entry follows on where the log ends; as many as there are if it leads elsewhere. */
        private int behind(LogPosition end) {
            long appended = end.seq() - given.through().seq();
            if (appended < 0 || appended > proven) {
                return proven;
            }
            LogPosition here = appended == 0
                    ? given.through()
                    : verified.entries().get((int) appended - 1).position();
            return here.equals(end) ? (int) appended : proven;
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
