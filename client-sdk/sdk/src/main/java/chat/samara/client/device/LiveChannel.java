package chat.samara.client.device;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.MessageId;
import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredIntent;
import chat.samara.client.stored.StoredMembership;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.mls.group.Group;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.ObservedChannel;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Genesis;
import chat.samara.wire.log.GenesisIn;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.log.LogPosition;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A channel in memory: its row, short forms of its waiting rows, and what is under way in this session. Every change of what is
 * durable goes into the turn's transaction at once. If that fails the engine is dropped, so the two never differ.
 */
final class LiveChannel implements Comparable<LiveChannel> {
    private final ChannelId id;
    private final Genesis genesis;
    private final StoredChannel.Builder row;

    /** Loaded when it is first needed; empty for good once removed. */
    private Optional<Group> group = Optional.empty();

    /** That by which this device is about to return. */
    private Optional<Group> joining = Optional.empty();

    /** That which it had before it lost its place, for late messages; the inner one is empty if there is none. */
    private Optional<Optional<Group>> past = Optional.empty();

    private Optional<ObservedChannel> observed = Optional.empty();

    private final OutgoingQueue queue = new OutgoingQueue();
    private final TreeMap<Long, StoredIntent> intents = new TreeMap<>();
    private int provisional;
    private int expired;
    private long provisionalBytes;

    /** Of this session. */
    private final SubmissionState submissions = new SubmissionState();

    private final ChangeState changes = new ChangeState();

    private final ReadingState reading = new ReadingState();

    private final ReturnState returning = new ReturnState();
    private final OwnActs ownActs = new OwnActs();

    private final ProofRows.Kept kept = new ProofRows.Kept();

    private final RenewalState renewal = new RenewalState();

    /** The short form of a row of OUTGOING. */
    static final class OutgoingHead {
        final long number;
        final StoredOutgoingKind kind;
        final IdempotencyKey key;

        /** Of a commit: the first of the intents that it carries out. */
        final long intent;

        /** All of them, rising. */
        final NavigableSet<Long> intents;

        /** Of what it says, packed and unpacked, and of the names that it is not for. */
        final int textBytes;

        StoredOutgoingState state;
        long epoch;

        /** Of the key in that epoch under which it is encrypted, if it is. */
        OptionalInt generation;

        boolean inFlight;

        /** Of a commit that is in flight: it was handed over before, and not every time answered. */
        boolean leftBefore;

        boolean askStatus;

        /** The server says that it is in the log; it was not read there yet. */
        boolean ordered;

        /** In this session its server said that its epoch is over. */
        boolean expired;

        /** Whose removal had been asked for and was not done when it was said. */
        List<UserId> notFor;

        OutgoingHead(long number, StoredOutgoing row) {
            this.number = number;
            this.kind = row.getKind();
            this.key = new IdempotencyKey(Stored.bytes(row.getIdempotencyKey()));
            this.intent = row.getIntent();
            this.intents = intentsOf(row);
            this.textBytes = SaidRows.shownBytes(
                            row.getMessage(), row.getMessage().getSerializedSize())
                    + row.getNotForList().stream().mapToInt(String::length).sum();
            this.state = row.getState();
            this.epoch = row.getEpoch();
            this.generation = generationOf(row);
            this.notFor = notForOf(row);
        }

        /** The row was written anew. */
        void changed(StoredOutgoing row) {
            notFor = notForOf(row);
            state = row.getState();
            epoch = row.getEpoch();
            generation = generationOf(row);
        }

        private static NavigableSet<Long> intentsOf(StoredOutgoing row) {
            if (row.getKind() != StoredOutgoingKind.COMMIT) {
                return Collections.emptyNavigableSet();
            }
            NavigableSet<Long> intents = new TreeSet<>(row.getFurtherIntentsList());
            intents.add(row.getIntent());
            return Collections.unmodifiableNavigableSet(intents);
        }

        private static List<UserId> notForOf(StoredOutgoing row) {
            return row.getNotForList().stream().map(HistoryBook::user).toList();
        }

        private static OptionalInt generationOf(StoredOutgoing row) {
            return row.hasGeneration() && !row.getPayload().isEmpty()
                    ? OptionalInt.of(row.getGeneration())
                    : OptionalInt.empty();
        }
    }

    /** Where this session stands in handing records to the server. */
    static final class SubmissionState {
        long nextDeviceSeq = 1;

        /** Rises whenever the numbers are dealt anew: answers to older ones don't count. */
        int numbering;

        /**
         * Whether the server has taken one under the present numbers. Until then only one is under way: if the server counts from elsewhere it
         * turns the first away and takes some of those behind it, and they would stand in the log before it.
         */
        boolean numbersAgreed;

        int inFlight;
        int failures;
        long pausedUntilMillis;

        /** Up to this count of the server's own keys were skipped, in this life of the engine and under this device key. */
        long skippedForCount;

        /** When the server last said anything of a message. */
        long heardMillis;

        /** Until when the next message waits for earlier ones, by which the order may be kept; 0 if it does not. */
        long waitsUntilMillis;

        /** Since when messages wait for a removal; empty if they do not. */
        OptionalLong awaitsRemovalSinceMillis = OptionalLong.empty();

        /** Whose removal they wait for, as the person was told. */
        List<UserId> awaitedRemovals = List.of();

        /** Why the server takes nothing, as the person was told. */
        Optional<Refusal> heldBy = Optional.empty();

        /** The same without when it ends, by which it is known again. */
        Optional<Refusal> holdingReason = Optional.empty();

        /** Why the hub elsewhere orders nothing of what the server has, as the person was told. */
        Optional<Refusal> unorderedBy = Optional.empty();

        /** Why nothing new comes into the log, whoever it is that takes nothing. */
        Optional<Refusal> standstill() {
            return heldBy.isPresent() ? heldBy : unorderedBy;
        }

        /** How many more may be under way. */
        int room() {
            return (numbersAgreed ? Limits.SUBMISSIONS_IN_FLIGHT_MAX : 1) - inFlight;
        }
    }

    /** Where this session stands in carrying out intents. */
    static final class ChangeState {
        /** How the claims of additions stand that have no KeyPackages yet, by their intents. */
        final NavigableMap<Long, ClaimState> claims = new TreeMap<>();

        /** How many claims may be under way at each server: of one that has not answered, one. */
        final NavigableMap<ServerName, Integer> claimsAtOnce = new TreeMap<>();

        /** Since when additions that have their KeyPackages wait for others, to go into one commit; 0 if none does. */
        long gathersSinceMillis;

        /** Until when they wait, as long as claims are under way. */
        long gathersUntilMillis;

        /** How many changes one commit carries out: fewer after a refusal, of which it is not known which of them it is for. */
        int perCommitMax = Limits.CHANGES_PER_COMMIT_MAX;

        /** After a lost race: before that no commit is made. */
        long notBeforeMillis;

        /** Changes that were refused, and not for a lost race, and when each is tried again. */
        final NavigableMap<Long, Long> refusedUntilMillis = new TreeMap<>();

        /** Of additions and of removals, those that were refused one after the other, each by itself. */
        final NavigableMap<StoredIntent.ChangeCase, RefusedKind> refusedKinds = new TreeMap<>();

        /** After a lost race: wait until this epoch is over (or for the longest back-off). */
        Optional<Long> lostEpoch = Optional.empty();

        /** In this epoch no change that waits is done already. */
        Optional<Long> lookedThroughEpoch = Optional.empty();

        /** The hub took no commit with a leaf that lists what this version does: there is no room in the tree. */
        boolean isLeafTooLarge;

        /** The hub takes no commit of this device in an epoch, whatever it changes. */
        Optional<RefusedEpoch> refusedEpoch = Optional.empty();

        /** How often all members were looked through for a change so far: what work on changes costs. */
        long rosters;

        /** What waits for the server's answer to the commit that is under way. */
        final List<TakingBack.Asked> askedAgain = new ArrayList<>();
    }

    /** An epoch in which not even a change of nothing but keys was taken, and why. */
    record RefusedEpoch(long epoch, Refusal why) {}

    /** How many of one kind were refused one after the other, and before when none of it is tried. */
    record RefusedKind(int count, long untilMillis) {}

    /** Where one addition stands in claiming its member's KeyPackages. */
    static final class ClaimState {
        boolean underWay;

        /** Before that it is not claimed again. */
        long notBeforeMillis;

        /** Why the last claim gave none. */
        Optional<Refusal> failure = Optional.empty();
    }

    /** Where this life of the engine stands in coming back to the channel. */
    static final class ReturnState {
        long notBeforeMillis;

        /** Commits to return that were refused one after the other. */
        int refusals;
    }

    /** Where this life of the engine stands in making the own leaf anew. */
    static final class RenewalState {
        /** When the last commit came that holds it up, in monotonic time; at first none has. */
        long heldUpMillis = Long.MIN_VALUE / 2;

        /** By whose commits it was held up within the last day, and when. */
        final TreeMap<UserId, Long> heldUpBy = new TreeMap<>();

        /** Of which {@link #heldUpMillis} the following is; empty before it was drawn. */
        Optional<Long> drawnFor = Optional.empty();

        /** Before that too little time has passed since a commit. */
        long quietUntilMillis;

        boolean isDrawn() {
            return drawnFor.equals(Optional.of(heldUpMillis));
        }
    }

    /** Where this session stands in reading the log. */
    static final class ReadingState {
        /** While founding: the server has confirmed the genesis, which can now be read. */
        boolean founded;

        /** While founding: the server was asked to make the channel and has not answered: it is made perhaps. */
        boolean foundingAsked;

        /** What the server had at login; empty if it did not name the channel. */
        Optional<Long> seqAtLogin = Optional.empty();

        /** A head that the hub has signed was seen in this session, of an entry that stands in the log as it is read here. */
        boolean caughtUp;

        /** No head covers the entry that is being applied: it is the own server's word alone. */
        boolean unvouched;

        /** The entry that is being applied was read before, and the hub vouches for it: what it says stands in the history. */
        boolean again;

        /** What is to be taken back may have been applied in this very turn, and is durable only in the next. */
        boolean beganGoingBack;

        /** Where another log ends that the server shows in the place of what was read here; empty if it shows none. */
        Optional<LogPosition> otherEnd = Optional.empty();

        /** And its entries so far. */
        final ShownChain other = new ShownChain();

        /** No other log is shown any more. */
        void forgetOther() {
            otherEnd = Optional.empty();
            other.clear();
        }

        /** When it was first followed; 0 if it was not yet. */
        long followedAtMillis;

        /** Something of its log came. */
        boolean heard;

        /** When the server was asked whether it knows the channel; 0 if it was not. */
        long askedAtMillis;

        /** It has answered that. */
        boolean askAnswered;

        /** Where the server skipped entries that it should have sent; empty if it did not. */
        Optional<Long> gapAtSeq = Optional.empty();

        /** It did so again: what lies between is not to be had, and the log is not read on in this session. */
        boolean withheld;

        /** Whether what the server has of the log was read, or cannot be had. */
        boolean isRead() {
            return caughtUp || withheld;
        }

        /** A new membership: what was known of an earlier one's log says nothing. */
        void joined() {
            caughtUp = false;
            withheld = false;
            gapAtSeq = Optional.empty();
            forgetOther();
        }

        /** Own messages in the log that are not stable yet, by place. */
        final TreeMap<Long, MessageId> unstable = new TreeMap<>();
    }

    private LiveChannel(Genesis genesis, StoredChannel.Builder row) {
        this.id = genesis.channel();
        this.genesis = genesis;
        this.row = row;
        if (!row.hasVouchedSeq()) {
            // Of a version that did not tell apart what the hub had vouched for: there is nothing to go back to.
            vouch(position());
        }
        UnsettledWelcomes.readOld(row);
        ReadMark.begin(this);
    }

    static LiveChannel of(StoredChannel row) {
        try {
            return new LiveChannel(
                    GenesisIn.decode(Stored.bytes(row.getSignedGenesis())).verify(), row.toBuilder());
        } catch (RefusedException e) {
            throw new DeviceStoreException("a channel row that this engine cannot have written", e);
        }
    }

    ChannelId id() {
        return id;
    }

    Genesis genesis() {
        return genesis;
    }

    /** What this member has done in it. */
    OwnActs ownActs() {
        return ownActs;
    }

    /** To be changed only together with {@link #save}. */
    StoredChannel.Builder row() {
        return row;
    }

    /** Its row is written at the end of the turn, as that leaves it. */
    void save(Turn turn) {
        turn.changed(this);
    }

    void write(StoreTransaction store) {
        store.put(DeviceTable.CHANNEL, Keys.channel(id), row.build());
    }

    LogPosition position() {
        return new LogPosition(id, Math.max(1, row.getTerm()), row.getSeq(), Stored.bytes(row.getEntryHash()));
    }

    void moveTo(LogPosition position) {
        row.setTerm(position.term()).setSeq(position.seq()).setEntryHash(Stored.bytes(position.entryHash()));
    }

    /** The last entry of which the hub's own word says that it is the log's, or that by which this membership began. */
    LogPosition vouched() {
        return new LogPosition(
                id, Math.max(1, row.getVouchedTerm()), row.getVouchedSeq(), Stored.bytes(row.getVouchedHash()));
    }

    /** To be called together with {@link #save}. */
    void vouch(LogPosition position) {
        row.setVouchedTerm(position.term())
                .setVouchedSeq(position.seq())
                .setVouchedHash(Stored.bytes(position.entryHash()));
    }

    /** Whether the hub vouches for all that was read here, and all that it vouches for is applied. */
    boolean isVouched() {
        return row.getSeq() == row.getVouchedSeq() && !row.getJoinUnvouched() && !row.getGoingBack();
    }

    /** Whether it has gone back to the group of a place before the vouched one: what lies between is applied a second time. */
    boolean isReadingAgain() {
        return row.getSeq() < row.getVouchedSeq();
    }

    /** Whether the hub's own word is that another entry stands in this one's place. */
    boolean isRefuted(LogPosition place) {
        return row.getRefutedSeq() == place.seq()
                && Stored.bytes(row.getRefutedHash()).equals(place.entryHash());
    }

    /** Whether there is something behind the vouched place, which may have to be taken back. */
    boolean isAhead() {
        return row.getSeq() > row.getVouchedSeq();
    }

    Membership membership() {
        return switch (row.getMembership()) {
            case FOUNDING -> Membership.FOUNDING;
            case MEMBER -> Membership.MEMBER;
            case REMOVED -> Membership.REMOVED;
            case FROZEN -> Membership.FROZEN;
            case RETURNING -> Membership.RETURNING;
            case STORED_MEMBERSHIP_UNSPECIFIED, UNRECOGNIZED -> Membership.OF_NEWER_VERSION;
        };
    }

    /** Whether its server has refused to make it, and it is here for the sake of what was written in it. */
    boolean isNotFounded() {
        return is(Membership.REMOVED)
                && row.getSeq() == 0
                && !row.getFoundingGenesis().isEmpty();
    }

    boolean is(Membership other) {
        return membership() == other;
    }

    /** Whether this device has a leaf in the channel's group, and secrets of it: all of them, or, while it returns, past ones. */
    boolean hasGroup() {
        return is(Membership.MEMBER) || is(Membership.FOUNDING) || is(Membership.RETURNING);
    }

    void setMembership(StoredMembership membership) {
        row.setMembership(membership);
    }

    Optional<Group> loadedGroup() {
        return group;
    }

    void setGroup(Optional<Group> loaded) {
        group = loaded;
    }

    Optional<Group> loadedJoining() {
        return joining;
    }

    void setJoining(Optional<Group> loaded) {
        joining = loaded;
    }

    Optional<Optional<Group>> loadedPast() {
        return past;
    }

    void setPast(Optional<Group> loaded) {
        past = Optional.of(loaded);
    }

    /** What is in memory of its groups is not what the store says any more. */
    void forgetGroups() {
        group.ifPresent(Group::destroy);
        joining.ifPresent(Group::destroy);
        past.flatMap(it -> it).ifPresent(Group::destroy);
        group = Optional.empty();
        joining = Optional.empty();
        past = Optional.empty();
        observed = Optional.empty();
    }

    /** The channel as every observer sees it after the last entry; made when it is first needed. */
    Optional<ObservedChannel> observed() {
        return observed;
    }

    void setObserved(Optional<ObservedChannel> seen) {
        observed = seen;
    }

    /** A number for a new row; the channel has to be saved in the same turn. */
    long takeNumber() {
        long number = row.getNextNumber() + 1;
        row.setNextNumber(number);
        return number;
    }

    /** What waits, in order and by what is to be done. */
    OutgoingQueue queue() {
        return queue;
    }

    NavigableMap<Long, OutgoingHead> outgoing() {
        return queue.all();
    }

    Optional<OutgoingHead> outgoing(IdempotencyKey key) {
        return queue.find(key);
    }

    void addOutgoing(OutgoingHead head) {
        queue.add(head);
    }

    void removeOutgoing(OutgoingHead head) {
        queue.remove(head);
        landed(head);
    }

    /** A submission of this row is under way. */
    void launched(OutgoingHead head) {
        head.askStatus = false;
        head.inFlight = true;
        submissions.inFlight++;
        queue.changed(head);
    }

    /** A submission of this row is no longer under way. */
    void landed(OutgoingHead head) {
        if (head.inFlight) {
            head.inFlight = false;
            submissions.inFlight--;
            queue.changed(head);
        }
    }

    NavigableMap<Long, StoredIntent> intents() {
        return intents;
    }

    int provisional() {
        return provisional;
    }

    void addProvisional(int count) {
        provisional += count;
    }

    /** Rows of PROVISIONAL that have expired: they only serve to recognise what comes late. */
    int expired() {
        return expired;
    }

    void addExpired(int count) {
        expired += count;
    }

    /** Bytes of all rows of PROVISIONAL. */
    long provisionalBytes() {
        return provisionalBytes;
    }

    void addProvisionalBytes(long count) {
        provisionalBytes += count;
    }

    SubmissionState submissions() {
        return submissions;
    }

    ChangeState changes() {
        return changes;
    }

    ReadingState reading() {
        return reading;
    }

    ReturnState returning() {
        return returning;
    }

    /** What its messages are proved by, as far as it was looked for in this life of the engine. */
    ProofRows.Kept kept() {
        return kept;
    }

    RenewalState renewal() {
        return renewal;
    }

    /** Whether its log is to be followed now. */
    boolean isFollowed() {
        return !row.getGoingBack() && isReader();
    }

    private boolean isReader() {
        return is(Membership.MEMBER) || is(Membership.RETURNING) || (is(Membership.FOUNDING) && reading.founded);
    }

    /** Whether the own server says that it does not know the channel, or not that this device is in it. */
    boolean isUnknownToServer() {
        return submissions
                .heldBy
                .filter(why -> why.code() == RefusalCode.UNKNOWN_CHANNEL)
                .isPresent();
    }

    /**
     * Whether the own server has said in this session why it does not make this channel yet, which nobody else knows of; not while it is asked once more and
     * may make it.
     */
    boolean isNotMadeYet() {
        return is(Membership.FOUNDING) && !reading.founded && !reading.foundingAsked && submissions.heldBy.isPresent();
    }

    /** Whether the server, or the hub, says that nothing will ever be added to the channel. That is their word alone. */
    boolean isSaidToBeOver() {
        return submissions
                .standstill()
                .filter(why -> why.code() == RefusalCode.CHANNEL_FROZEN)
                .isPresent();
    }

    /** A new session: nothing is under way. */
    void beginSession(long nextDeviceSeq, Optional<Long> seqAtServer) {
        reading.founded = false;
        reading.foundingAsked = false;
        reading.seqAtLogin = seqAtServer;
        reading.caughtUp = false;
        reading.followedAtMillis = 0;
        reading.heard = false;
        reading.askedAtMillis = 0;
        reading.askAnswered = false;
        reading.gapAtSeq = Optional.empty();
        reading.forgetOther();
        reading.withheld = false;
        submissions.nextDeviceSeq = nextDeviceSeq;
        submissions.numbering++;
        submissions.numbersAgreed = false;
        submissions.failures = 0;
        submissions.pausedUntilMillis = 0;
        submissions.waitsUntilMillis = 0;
        submissions.inFlight = 0;
        changes.claims.values().forEach(claim -> claim.underWay = false);
        changes.claimsAtOnce.clear();
        changes.gathersSinceMillis = 0;
        changes.gathersUntilMillis = 0;
        for (OutgoingHead head : queue.all().values()) {
            head.inFlight = false;
            head.askStatus = head.state == StoredOutgoingState.AT_SERVER;
            head.expired = false;
            queue.changed(head);
        }
    }

    ChannelState state() {
        return new ChannelState(
                id,
                row.getName(),
                genesis.hub(),
                genesis.cipherSuite(),
                isNotFounded() ? Membership.NOT_FOUNDED : membership(),
                row.getSeq(),
                row.getEpoch(),
                intents.size(),
                submissions.standstill());
    }

    @Override
    public int compareTo(LiveChannel other) {
        return id.compareTo(other.id);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LiveChannel that && id.equals(that.id);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return "LiveChannel(" + id.bytes() + ", " + membership() + " at " + row.getSeq() + ")";
    }
}
