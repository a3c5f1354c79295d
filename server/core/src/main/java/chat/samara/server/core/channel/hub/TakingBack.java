package chat.samara.server.core.channel.hub;

import chat.samara.server.core.Contained;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.batch.Remarks;
import chat.samara.server.core.channel.log.PullQueue;
import chat.samara.server.core.channel.member.FollowerTable;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.peer.Answers;
import chat.samara.server.core.store.Stored;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.frame.PeerFrameIn;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.LogVerifier;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.LogEntry;
import chat.samara.wire.proto.PeerFrame;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * As hub: takes back from followers what this server has ordered and has not any more, since its data folder is an older copy. It believes
 * its own signature and nobody's word: an entry is appended only if a head that this server has signed covers it, by the chain of
 * hashes: of a head that stands at the end of what takes several frames, that shows only with the last. So what takes several frames is gone through twice: once to remember the hash at each
 * frame's end, and again, once the head has proven these, to append ({@link TakenBack}), step by step ({@link LongWork}).
 */
public final class TakingBack {
    private static final Logger LOG = LoggerFactory.getLogger(TakingBack.class);

    private final Journal journal;
    private final Remarks remarks;
    private final Channels channels;

    /** Pulls are always as large, so that the second time the frames end where they ended the first time. */
    private final PullQueue queue;

    private final LogVerifier verifier;
    private final OwnWord ownWord;
    private final Asking asking;
    private final LongWork longWork;
    private final TakenBack takenBack;

    /** Who says that they have more of which channels than this server. */
    private final NavigableMap<ChannelId, Givers> ahead = new TreeMap<>();

    /** The last of these that a tick has looked at. */
    private Optional<ChannelId> lookedAt = Optional.empty();

    /** Not here at all, though this server's own signature says that it is their hub: no more than it has founded. */
    private final Set<ChannelId> unknown = new TreeSet<>();

    /**
     * @param queue with pulls that are always as large
     * @param verifier of this hub's own logs
     */
    public TakingBack(
            Journal journal,
            Channels channels,
            PullQueue queue,
            LogVerifier verifier,
            OwnWord ownWord,
            Asking asking,
            LongWork longWork,
            TakenBack takenBack) {
        this.journal = journal;
        this.remarks = new Remarks(LOG, journal);
        this.channels = channels;
        this.queue = queue;
        this.verifier = verifier;
        this.ownWord = ownWord;
        this.asking = asking;
        this.longWork = longWork;
        this.takenBack = takenBack;
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
        if (!channel.map(channels::isHub).orElse(shown || unknown.contains(id))) {
            return false;
        }
        if (channel.isEmpty()) {
            unknown.add(id);
        } else {
            unknown.remove(id);
        }
        if (channel.isPresent() && ownWord.contains(channel.get(), claimed)) {
            asking.said(follower, id);
            return true;
        }
        ahead.computeIfAbsent(id, it -> new Givers()).add(follower, shown || isFollower(id, follower));
        if (ownWord.isHeld(id)) {
            asking.said(follower, id);
        }
        next(id);
        return false;
    }

    private boolean isFollower(ChannelId id, ServerName server) {
        return FollowerTable.find(journal, id, server).isPresent();
    }

    /** Whether the log ends there, by its row alone: what peers say again and again of channels at rest must cost little. */
    private boolean isHere(ChannelId id, LogPosition claimed) {
        return ChannelTable.find(journal, id)
                .filter(row -> row.getHub().equals(channels.ownName().value())
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

    /**
     * Looks at due times. Who is asked and says nothing holds a channel for no longer than its turn, however quiet all others are; and what a link had no room for is
     * asked for. A bounded number of channels is looked at, in turn, each by itself: what one meets says nothing of who gives another.
     */
    public void tick(Contained contained) {
        contained.run("heads of this hub's that are beyond its log", ownWord::tick);
        SortedMap<ChannelId, Givers> behind =
                lookedAt.map(last -> ahead.tailMap(last, false)).orElse(ahead);
        List<ChannelId> due = (behind.isEmpty() ? ahead : behind)
                .keySet().stream()
                        .limit(Limits.CHANNELS_TAKEN_BACK_LOOKED_AT_PER_TICK_MAX)
                        .toList();
        due.forEach(id -> contained.run("who gives back " + id, () -> next(id)));
        lookedAt = due.isEmpty() ? Optional.empty() : Optional.of(due.get(due.size() - 1));
        queue.hubs().forEach(follower -> contained.run("what " + follower + " is asked for", () -> pump(follower)));
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
        queue.pump(follower, id -> pull(follower, id));
    }

    private void pull(ServerName follower, ChannelId id) {
        Optional<Given> asked = given(follower, id);
        if (asked.isEmpty()) {
            queue.ended(follower, id);
            return;
        }
        Given given = asked.get();
        queue.ask(follower, id, given.through().seq(), new Answers() {
            @Override
            public void answered(PeerFrameIn answer) {
                PeerFrame frame = answer.frame();
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
            return entries.isEmpty() || beyond
                    ? Then.END
                    : follow(id, given, entries, answer.getSerializedSize(), head);
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

    private Then follow(ChannelId id, Given given, List<EntryIn> entries, int bytes, HeadIn head)
            throws RefusedException {
        LogVerifier.Verified verified = verifier.verify(given.through(), entries, Optional.of(head));
        Optional<ProvenHead> covering = covering(verified);
        if (given.isProven() || (given.isNothing() && covering.isPresent())) {
            return append(id, given, takenBack.frame(given, entries, verified, head));
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
        if (covering.isEmpty() && given.isTooLittle(bytes)) {
            remarks.warn(
                    given.follower().value(),
                    "{} gives {} back in smaller pieces than were asked for",
                    given.follower(),
                    id);
            return Then.END;
        }
        given.remember(verified.position(), bytes);
        if (covering.isPresent()) {
            given.prove();
            given.goOnBehind(position(id));
        }
        return Then.MORE;
    }

    /** The head that stands at the end of what was given. */
    static Optional<ProvenHead> covering(LogVerifier.Verified verified) {
        return verified.head().filter(it -> it.head().position().equals(verified.position()));
    }

    private Then append(ChannelId id, Given given, TakenBack.Frame frame) {
        if (!frame.provesAny()) {
            return Then.END;
        }
        longWork.begin(given.follower(), () -> appendSome(id, given, frame));
        return Then.APPENDING;
    }

    private boolean appendSome(ChannelId id, Given given, TakenBack.Frame frame) {
        if (!isTurn(id, given)) {
            // Its turn is over: whoever has one goes on where the log ends now.
            return false;
        }
        Then then;
        try {
            then = channels.isSetAside(id) ? Then.END : then(frame.step(longWork.budget()));
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

    private static Then then(TakenBack.Progress progress) {
        return switch (progress) {
            case UNFINISHED -> Then.APPENDING;
            case MORE_BEHIND_IT -> Then.MORE;
            case COMPLETE -> Then.END;
        };
    }
}
