package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.device.HandshakeReplay.Step;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredReplay;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Sha256;
import chat.samara.mls.group.PublicGroup;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.ObservedChannel;
import chat.samara.wire.encoding.Field;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.LogEntry;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Replays of logs' handshakes that are under way, fed by the own server frame by frame. How far one has come is durable, so that a
 * slow line does not begin anew; what this device knows of the channel beside that is left alone.
 *
 * <p>Rows of REPLAY: the <em>anchor</em> is the public group that this device has verified as a member, as it was at its removal.
 * The <em>progress</em> belongs to one goal, and goes with it: a server that feeds a replay into a dead end cannot spoil the next.
 */
final class Replays {
    private final Link link;
    private final OwnKeyPackages keyPackages;
    private final Map<ChannelId, Running> running = new TreeMap<>();

    Replays(Link link, OwnKeyPackages keyPackages) {
        this.link = link;
        this.keyPackages = keyPackages;
    }

    /**
     * Where a replay leads.
     *
     * @param endSeq the place of its last handshake, or one behind that
     * @param endHash hash of the entry there, if it has to be this very one; empty if the replay leads to whatever handshake is the last
     * @param through what this device knows of the log, which the replay has to pass; empty if it begins at what this device has
     *     verified, or knows nothing
     * @param over hash of the group's context as it was where the last membership began that a removal has ended: no commit up to there leads this device in any
     *     more, though a KeyPackage of last resort would open each; empty if there is none
     */
    record Goal(
            Genesis genesis, long endSeq, Optional<Bytes> endHash, Optional<Landmark> through, Optional<Bytes> over) {
        /** Of a channel as this device knows it. */
        static Goal of(Turn turn, Optional<LiveChannel> known, Genesis genesis, long endSeq, Optional<Bytes> endHash) {
            return new Goal(
                    genesis,
                    endSeq,
                    endHash,
                    ForgottenChannels.landmark(turn.store(), genesis.channel(), known),
                    known.filter(channel -> channel.is(Membership.REMOVED))
                            .map(channel -> Stored.bytes(channel.row().getJoinedContextHash()))
                            .filter(hash -> hash.size() > 0)
                            .or(() -> ForgottenChannels.lastMembership(turn.store(), genesis.channel())));
        }

        boolean isThatOf(StoredReplay progress) {
            Bytes hash = Stored.bytes(progress.getGoalHash());
            return endHash.isPresent()
                    ? progress.getGoalSeq() == endSeq && hash.equals(endHash.get())
                    : progress.getSeq() <= endSeq && hash.size() == 0;
        }

        /** Whether an entry stands behind what this device knows of the log. */
        private boolean isBehindLandmark(Entry entry) {
            return through.filter(known -> entry.seq() <= known.place().seq()).isEmpty();
        }
    }

    /**
     * What this device knows of a log. A log's handshakes pass it if the very entry is among them. It may be none of them; then they pass it if
     * the group was the very one there: its context binds all handshakes before (RFC 9420 §8.1, §8.2).
     *
     * @param place an entry that stands in the log
     * @param contextHash hash of the group's context as it was at that place; empty if it is not known
     */
    record Landmark(LogPosition place, Bytes contextHash) {
        static Bytes contextHash(PublicGroup group) {
            return Sha256.of(group.context().encode());
        }

        /** Whether there is anything to be passed. */
        boolean isSomewhere() {
            return !place.isStart();
        }

        private boolean isPassedBy(Entry entry, Optional<PublicGroup> after) {
            boolean isEntry = entry.seq() == place.seq() && entry.hash().equals(place.entryHash());
            return isEntry
                    || (entry.seq() <= place.seq()
                            && after.map(Landmark::contextHash)
                                    .filter(contextHash::equals)
                                    .isPresent());
        }
    }

    /** What came of an answer. */
    sealed interface Result {
        /** More was asked for. */
        record Going() implements Result {}

        /**
         * The log holds the entry at the goal, if that names one, and all before it is as the rules want it.
         *
         * @param addition the same replay as it was at the first commit before the goal that adds this device by a KeyPackage whose private keys are here, in no
         *     membership that is over
         */
        record Arrived(HandshakeReplay replay, Optional<HandshakeReplay> addition) implements Result {}

        /** What the server gave does not lead there. */
        record Refused(Refusal refusal) implements Result {}
    }

    private static final class Running {
        private final Goal goal;
        private final HandshakeReplay replay;
        private boolean passed;
        private Optional<HandshakeReplay> addition = Optional.empty();

        /**
         * Where the progress of an earlier session ends. MLS binds the order of handshakes, and not their places; if that session's server has said a false
         * place, what lies up to there would never be looked at. So this session's server has to show the very entry there once more.
         */
        private Optional<LogPosition> unconfirmed = Optional.empty();

        Running(Goal goal, HandshakeReplay replay, boolean passed) {
            this.goal = goal;
            this.replay = replay;
            this.passed = passed;
        }

        /** What is asked for next lies behind this place. */
        private long askedAfter() {
            return unconfirmed.map(end -> end.seq() - 1).orElseGet(replay::seq);
        }
    }

    void beginSession() {
        running.clear();
    }

    boolean isIdle() {
        return running.isEmpty();
    }

    boolean isRunning(ChannelId channel) {
        return running.containsKey(channel);
    }

    /**
     * Keeps what this device has verified as a member, for the day on which it is added again.
     *
     * @param groupInfo of the anchor's epoch, where a leaf of this device stands in it; else empty
     */
    static void anchor(Turn turn, LiveChannel channel, long seq, ObservedChannel observed, Bytes groupInfo) {
        turn.store()
                .put(
                        DeviceTable.REPLAY,
                        Keys.replayAnchor(channel.id()),
                        HandshakeReplay.from(channel.genesis(), seq, observed)
                                .toStored()
                                .setGroupInfo(Stored.bytes(groupInfo))
                                .build());
    }

    /** Whether this device could come back to the very place that it knows: no head has covered its removal. */
    static boolean leadsBack(Turn turn, ChannelId channel) {
        return turn.store()
                .get(DeviceTable.REPLAY, Keys.replayAnchor(channel))
                .filter(row ->
                        !Stored.parse(StoredReplay.parser(), row).getGroupInfo().isEmpty())
                .isPresent();
    }

    /** The group that this device verified last as a member, if it was removed by this version. */
    static Optional<HandshakeReplay> anchored(Turn turn, Genesis genesis) {
        return turn.store()
                .get(DeviceTable.REPLAY, Keys.replayAnchor(genesis.channel()))
                .map(row -> HandshakeReplay.from(genesis, Stored.parse(StoredReplay.parser(), row)));
    }

    /** What was looked at on the way to no Welcome in particular is not kept. */
    static void forgetProgress(Turn turn, ChannelId channel) {
        turn.store().delete(DeviceTable.REPLAY, Keys.replayProgress(channel));
    }

    /** The channel was joined: neither of the rows means anything any more. */
    static void forget(Turn turn, ChannelId channel) {
        turn.store().delete(DeviceTable.REPLAY, Keys.replayAnchor(channel));
        turn.store().delete(DeviceTable.REPLAY, Keys.replayProgress(channel));
    }

    /** Begins a replay, or goes on where it was left. */
    void begin(Turn turn, Goal goal) {
        begin(turn, resumed(turn, goal).orElseGet(() -> anew(turn, goal)));
    }

    private void begin(Turn turn, Running begun) {
        running.put(begun.goal.genesis().channel(), begun);
        ask(turn, begun);
    }

    private static Optional<Running> resumed(Turn turn, Goal goal) {
        return turn.store()
                .get(DeviceTable.REPLAY, Keys.replayProgress(goal.genesis().channel()))
                .map(row -> Stored.parse(StoredReplay.parser(), row))
                .filter(row -> goal.isThatOf(row)
                        && (row.getLastSeq() > 0 || goal.endHash().isPresent()))
                .map(row -> {
                    Running resumed = new Running(goal, HandshakeReplay.from(goal.genesis(), row), row.getPassed());
                    resumed.unconfirmed = resumed.replay.end();
                    return resumed;
                });
    }

    private static Running anew(Turn turn, Goal goal) {
        // What lies before the anchor this device has seen itself.
        return anchored(turn, goal.genesis())
                .map(anchored -> new Running(goal, anchored, true))
                .orElseGet(() -> new Running(
                        goal,
                        HandshakeReplay.fromGenesis(goal.genesis()),
                        goal.through().isEmpty()));
    }

    private void ask(Turn turn, Running asking) {
        ChannelId channel = asking.goal.genesis().channel();
        link.request(
                turn,
                ClientFrame.newBuilder()
                        .setFetchHandshakes(FetchHandshakes.newBuilder()
                                .setChannelId(Stored.bytes(channel.bytes()))
                                .setAfterSeq(asking.askedAfter())
                                .setThroughSeq(asking.goal.endSeq())),
                new Pending.FetchHandshakes(channel));
    }

    /** The server could not answer; what was followed so far stays. */
    void failed(ChannelId channel) {
        running.remove(channel);
    }

    Result received(Turn turn, ChannelId channel, Handshakes message) {
        Running current = running.get(channel);
        if (current == null) {
            return new Result.Going();
        }
        try {
            long before = current.askedAfter();
            List<LogEntry> entries = message.getEntriesList();
            if (current.unconfirmed.isPresent()) {
                if (!confirms(current.unconfirmed.get(), entries)) {
                    // Where that handshake stands this server does not say; perhaps it never did stand there.
                    forgetProgress(turn, channel);
                    begin(turn, anew(turn, current.goal));
                    return new Result.Going();
                }
                current.unconfirmed = Optional.empty();
                entries = entries.subList(1, entries.size());
            }
            follow(turn, current, message, entries);
            if (message.getMore()) {
                goOn(turn, current, message.getThroughSeq(), before);
                return new Result.Going();
            }
            requireArrived(current);
            running.remove(channel);
            if (current.goal.endHash().isPresent()) {
                turn.store().delete(DeviceTable.REPLAY, Keys.replayProgress(channel));
            } else {
                // There is no end to it: what the log holds by the next time is looked at from here.
                keep(turn, current);
            }
            return new Result.Arrived(current.replay, current.addition);
        } catch (RefusedException e) {
            running.remove(channel);
            turn.store().delete(DeviceTable.REPLAY, Keys.replayProgress(channel));
            return new Result.Refused(new Refusal(
                    RefusalCode.UNPROVEN_WELCOME,
                    "the log's handshakes do not show that a member added this device: "
                            + e.refusal().reason()));
        }
    }

    /** Its hash binds all entries before it: they are those of the log in which it was followed. */
    private static boolean confirms(LogPosition end, List<LogEntry> entries) throws RefusedException {
        return !entries.isEmpty()
                && EntryIn.shown(entries.get(0)).unverified().position().equals(end);
    }

    private void follow(Turn turn, Running current, Handshakes message, List<LogEntry> entries)
            throws RefusedException {
        Goal goal = current.goal;
        if (!Stored.bytes(message.getChannelId())
                .equals(goal.genesis().channel().bytes())) {
            throw Field.malformed(
                    "Handshakes.channel_id",
                    "another channel's",
                    goal.genesis().channel().toString());
        }
        for (LogEntry logEntry : entries) {
            // Its place in the chain is shown later, by the heads of the hub; who made it is shown now, by its
            // signature.
            Entry entry = EntryIn.shown(logEntry).unverified();
            if (entry.seq() > goal.endSeq()) {
                throw Field.malformed("Entry.seq", Long.toString(entry.seq()), "at most " + goal.endSeq());
            }
            current.replay.follow(entry);
            findAddition(turn, current, entry);
            current.passed |= goal.through()
                    .filter(known -> known.isPassedBy(entry, current.replay.group()))
                    .isPresent();
        }
    }

    private void findAddition(Turn turn, Running current, Entry entry) {
        Goal goal = current.goal;
        Optional<Bytes> context = goal.over().isEmpty()
                ? Optional.empty()
                : current.replay.group().map(Landmark::contextHash);
        if (context.isPresent() && context.equals(goal.over())) {
            current.addition = Optional.empty();
            return;
        }
        boolean isBeforeEnd = goal.endHash().isEmpty() || entry.seq() < goal.endSeq();
        if (isBeforeEnd
                && current.passed
                && current.addition.isEmpty()
                && goal.isBehindLandmark(entry)
                && addsThisDevice(turn, current.replay)) {
            current.addition = Optional.of(current.replay.copy());
        }
    }

    private boolean addsThisDevice(Turn turn, HandshakeReplay replay) {
        return replay.last()
                .map(Step::change)
                .filter(change -> change instanceof Change.Committed committed
                        && committed.addedRefs().stream().anyMatch(ref -> keyPackages.holds(turn, ref)))
                .isPresent();
    }

    private void goOn(Turn turn, Running current, long throughSeq, long before) throws RefusedException {
        if (throughSeq <= before || throughSeq >= current.goal.endSeq()) {
            throw Field.malformed(
                    "Handshakes.through_seq",
                    Long.toString(throughSeq),
                    "between " + before + " and " + current.goal.endSeq());
        }
        current.replay.passed(throughSeq);
        keep(turn, current);
        ask(turn, current);
    }

    /**
     * What the server said to hold no handshakes is asked for again: a word of its own must not keep this device from one for good. And what lies behind the
     * commit by which this device can enter is followed again, so that it is found again, too.
     */
    private void keep(Turn turn, Running current) {
        boolean isEmpty =
                current.goal.endHash().isEmpty() && current.replay.end().isEmpty();
        if (isEmpty || current.addition.isPresent()) {
            return;
        }
        makeRoom(turn, current.goal.genesis().channel());
        turn.store()
                .put(
                        DeviceTable.REPLAY,
                        Keys.replayProgress(current.goal.genesis().channel()),
                        current.replay
                                .toStored()
                                .setGoalSeq(current.goal.endSeq())
                                .setGoalHash(Stored.bytes(current.goal.endHash().orElse(Bytes.EMPTY)))
                                .setPassed(current.passed)
                                .build());
    }

    /** What was begun in other sessions and never came to an end is begun anew, if it comes at all. */
    private void makeRoom(Turn turn, ChannelId forChannel) {
        Bytes own = Keys.replayProgress(forChannel);
        if (turn.store().get(DeviceTable.REPLAY, own).isPresent()) {
            return;
        }
        List<Bytes> kept = turn.store().rows(DeviceTable.REPLAY, Keys.FIRST, Keys.LAST).keySet().stream()
                .filter(Keys::isReplayProgress)
                .toList();
        int tooMany = kept.size() + 1 - Limits.REPLAYS_KEPT;
        for (Bytes key : kept) {
            if (tooMany > 0
                    && running.keySet().stream()
                            .noneMatch(it -> Keys.replayProgress(it).equals(key))) {
                turn.store().delete(DeviceTable.REPLAY, key);
                tooMany--;
            }
        }
    }

    private static void requireArrived(Running current) throws RefusedException {
        Optional<Bytes> wanted = current.goal.endHash();
        boolean there = current.replay.last().map(Step::entry).stream()
                .anyMatch(entry -> entry.seq() == current.goal.endSeq()
                        && wanted.filter(entry.hash()::equals).isPresent());
        if (wanted.isPresent() && !there) {
            throw Field.malformed(
                    "the handshake at " + current.goal.endSeq(),
                    "missing or another",
                    wanted.get().hex());
        }
        if (!current.passed) {
            throw Field.malformed("the replay", "not through what this device has read", "through it");
        }
    }
}
