package chat.samara.server.core.channel.hub;

import chat.samara.server.core.Disk;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.InOrder;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.LongWork;
import chat.samara.server.core.channel.log.OriginTable;
import chat.samara.server.core.channel.log.OriginTable.Decision;
import chat.samara.server.core.channel.member.FollowerTable;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.server.core.peer.Links;
import chat.samara.server.core.peer.Peers;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.ChannelMember;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.ProvenRecord;
import chat.samara.wire.log.Record;
import chat.samara.wire.log.RecordIn;
import chat.samara.wire.log.VerifiedBatches;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.HubDecision;
import chat.samara.wire.proto.PeerFrame;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.RecordReceipt;
import chat.samara.wire.proto.RecordReceipts;
import com.google.protobuf.ByteString;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the records of other origins, each exactly once (I3). Per origin and incarnation there is a watermark: at or below
 * it the old answer is given again, one above is decided now, more is a gap. Incarnations of an origin only rise, and what is too old to be known is over. The
 * answers leave when the decisions are durable.
 */
public final class HubIntake {
    /** The detail of the refusal that tells an origin that it has forgotten what it sent. */
    public static final String NUMBER_REUSED = "origin-seq-reused";

    private static final Logger LOG = LoggerFactory.getLogger(HubIntake.class);

    private final Journal journal;
    private final Channels channels;
    private final Peers peers;
    private final Links links;
    private final Disk disk;
    private final Hub hub;
    private final PeerQuotas quotas;
    private final OriginTable origins;
    private final SubmissionTable submissions;
    private final VerifiedBatches verified = new VerifiedBatches();
    private final InVainOfPeers inVain;
    private final InOrder<Step> waiting;

    public HubIntake(
            Journal journal,
            LongWork longWork,
            Channels channels,
            Peers peers,
            Links links,
            Disk disk,
            Hub hub,
            PeerQuotas quotas) {
        this.journal = journal;
        this.channels = channels;
        this.peers = peers;
        this.links = links;
        this.disk = disk;
        this.hub = hub;
        this.quotas = quotas;
        this.origins = new OriginTable(journal);
        this.submissions = new SubmissionTable(journal);
        this.inVain = new InVainOfPeers(journal);
        this.waiting = new InOrder<>(
                longWork,
                longWork.room(Limits.RECORD_BYTES_WAITING_MAX),
                Step::new,
                (origin, step) -> push(origin, step));
    }

    /** Records came from an origin. What it sent before comes first. */
    public void submitted(ServerName origin, List<RecordIn> records) {
        if (!waiting.add(origin, bytesOf(records), new RecordsOfAFrame(origin, records))) {
            LOG.debug("{} sends more than waits for its turn: {} records are for another time", origin, records.size());
        }
    }

    /** The link to the origin is gone: what waits is sent again. */
    public void down(ServerName origin) {
        waiting.forget(origin);
    }

    /** What is decided in one step. */
    private static final class Step {
        private final LongWork.Budget budget;

        // Of what is ordered only the last is told: the numbers before it are decided, and who waits for one of
        // them is told by the log. It comes
        // behind what was rejected before it, and before what is not taken.
        private final Map<Told, RecordReceipt> receipts = new LinkedHashMap<>();

        Step(LongWork.Budget budget) {
            this.budget = budget;
        }

        void tell(RecordReceipt receipt) {
            Told told = Told.of(receipt);
            receipts.remove(told);
            receipts.put(told, receipt);
        }
    }

    private static long bytesOf(List<RecordIn> records) {
        return records.stream()
                .mapToLong(in -> Limits.PART_BYTES + in.claimed().encoded().size())
                .sum();
    }

    /** The records of one frame, each to be decided about. */
    private final class RecordsOfAFrame implements Iterator<Consumer<Step>> {
        private final ServerName origin;
        private final List<RecordIn> records;

        /** After the first record of a channel that is not taken, the rest of the frame cannot be taken either. */
        private final Set<ChannelId> stuck = new TreeSet<>();

        private int decided;

        RecordsOfAFrame(ServerName origin, List<RecordIn> records) {
            this.origin = origin;
            this.records = records;
        }

        @Override
        public boolean hasNext() {
            while (decided < records.size()
                    && stuck.contains(records.get(decided).claimedChannel())) {
                decided++;
            }
            return decided < records.size();
        }

        @Override
        public Consumer<Step> next() {
            if (!hasNext()) {
                throw new NoSuchElementException("all " + records.size() + " records are decided");
            }
            RecordIn in = records.get(decided++);
            return step -> decided(in, decide(origin, in, step.budget), step);
        }

        private void decided(RecordIn in, Decided what, Step step) {
            if (!what.taken) {
                stuck.add(in.claimedChannel());
            }
            step.tell(what.receipt);
        }
    }

    private void push(ServerName origin, Step step) {
        if (!step.receipts.isEmpty()) {
            RecordReceipts answer = RecordReceipts.newBuilder()
                    .addAllReceipts(step.receipts.values())
                    .build();
            // Behind the hints to what was ordered: who hears first that its record has a place pulls what comes beside
            // the hint.
            journal.whenDurableOnce(
                    new Object(),
                    () -> links.push(origin, PeerFrame.newBuilder().setRecordReceipts(answer)));
        }
    }

    /** What one receipt tells of: a record, or with 0 in the place of its number all that are ordered. */
    private record Told(ByteString channel, long incarnation, long originSeq) {
        static Told of(RecordReceipt receipt) {
            return new Told(
                    receipt.getChannelId(),
                    receipt.getOriginIncarnation(),
                    receipt.hasError() ? receipt.getOriginSeq() : 0);
        }
    }

    private record Decided(RecordReceipt receipt, boolean taken) {}

    private Decided decide(ServerName origin, RecordIn in, LongWork.Budget budget) {
        Optional<Channel> found = channels.find(in.claimedChannel()).filter(channels::isHub);
        Record claimed = in.claimed();
        Optional<Refusal> setAside = channels.damage().refusal(in.claimedChannel());
        if (setAside.isPresent()) {
            return notTaken(claimed, setAside.get());
        }
        if (found.isEmpty()
                || FollowerTable.find(journal, claimed.channel(), origin).isEmpty()) {
            return notTaken(
                    claimed,
                    Refusal.of(
                            ErrorCode.UNKNOWN_CHANNEL,
                            "this server is not the hub of that channel, or you do not follow it"));
        }
        if (!claimed.origin().equals(origin)) {
            return notTaken(
                    claimed,
                    Refusal.of(
                            ErrorCode.INVALID_PROOF,
                            "a record of " + claimed.origin() + " came from " + origin,
                            "origin"));
        }
        Optional<Refusal> notNow = hub.notNow(found.get());
        if (notNow.isPresent()) {
            // Not even the numbers are looked at: those of a hub that lies behind are old, too.
            return notTaken(claimed, notNow.get());
        }
        // The numbers first: what was decided before, or has no place yet, costs no signature.
        long watermark = origins.watermark(claimed.channel(), origin, claimed.originIncarnation());
        if (claimed.originSeq() <= watermark) {
            return again(claimed);
        }
        if (origins.isOver(claimed.channel(), origin, claimed.originIncarnation())) {
            return notTaken(claimed, over(claimed));
        }
        if (claimed.originSeq() > watermark + 1) {
            return notTaken(claimed, Refusal.gap(watermark + 1, claimed.originSeq()));
        }
        if (!disk.acceptsSubmissions()) {
            return notTaken(claimed, disk.refusal());
        }
        Optional<Refusal> tooMuch = quotas.ofServer(origin, claimed.encoded().size());
        if (tooMuch.isPresent()) {
            return notTaken(claimed, tooMuch.get());
        }
        ProvenRecord proven;
        try {
            proven = in.verify(peers.rootKey(origin).orElseThrow(), verified);
        } catch (RefusedException e) {
            return notTaken(claimed, e.refusal());
        }
        return decideNow(found.get(), proven, budget);
    }

    private Decided decideNow(Channel channel, ProvenRecord proven, LongWork.Budget budget) {
        Record record = proven.record();
        boolean isLoaded = channel.groupBytesEncoded() > 0;
        Optional<Decision> unjudged = inLog(record).or(() -> tooMuch(channel, record));
        Decision decision = unjudged.orElseGet(() -> judge(channel, proven));
        if (!isLoaded || record.kind() != RecordKind.APPLICATION) {
            budget.spend(channel.groupBytesEncoded());
        }
        origins.setWatermark(record);
        if (record.originSeq() == 1) {
            origins.begun(record);
        }
        if (unjudged.isEmpty() || quotas.remembersAnswer(record.origin())) {
            origins.put(record, decision);
        }
        return taken(record, decision);
    }

    private Decided again(Record record) {
        Optional<Decision> before =
                origins.decision(record.channel(), record.origin(), record.originIncarnation(), record.originSeq());
        if (before.isPresent() && before.get().recordHash().equals(Decision.hash(record))) {
            return taken(record, before.get());
        }
        return notTaken(
                record,
                Refusal.of(
                        ErrorCode.IDEMPOTENCY_CONFLICT,
                        "origin_seq " + record.originSeq() + " of incarnation " + record.originIncarnation()
                                + " was used for another record; begin a new incarnation",
                        NUMBER_REUSED));
    }

    /**
     * Incarnations only rise. An origin that goes on in an earlier one was restored, or is not honest: it numbers anew what waits, as it does where a
     * number was used, and by the idempotency key nothing is ordered twice (I3).
     */
    private static Refusal over(Record record) {
        return Refusal.of(
                ErrorCode.IDEMPOTENCY_CONFLICT,
                "incarnation " + record.originIncarnation() + " of " + record.origin()
                        + " is over, since there is a newer one; begin a new incarnation",
                NUMBER_REUSED);
    }

    /** The same message has its place already, under another number: of an origin that was restored, or that renumbered it. */
    private Optional<Decision> inLog(Record record) {
        return record.device()
                .flatMap(device -> submissions.ordered(record.channel(), device, record.idempotencyKey()))
                .map(seq -> Decision.ordered(record, seq));
    }

    /**
     * Too much of one member is decided about for good: if it waited, all that others of its server say in the channel would wait behind it, since numbers
     * have no gaps. The member hears it, and can send it again later.
     */
    private Optional<Decision> tooMuch(Channel channel, Record record) {
        Author author = author(channel, record);
        try {
            inVain.begins(author, record.kind(), record.payload().size());
        } catch (RefusedException e) {
            return Optional.of(Decision.rejected(record, e.refusal()));
        }
        return quotas.ofMember(author, record.encoded().size()).map(why -> Decision.rejected(record, why));
    }

    private Decision judge(Channel channel, ProvenRecord proven) {
        Record record = proven.record();
        Author author = author(channel, record);
        int bytes = record.encoded().size();
        Hub.Outcome outcome = hub.order(channel, record, Optional.of(proven.proof()));
        if (outcome instanceof Hub.Outcome.NotTaken notTaken) {
            throw new IllegalStateException("not taken: " + notTaken.why() + ", expected to be asked before");
        }
        if (outcome instanceof Hub.Outcome.Ordered ordered) {
            quotas.judged(author, bytes, ordered.treeBytes());
            return Decision.ordered(record, ordered.seq());
        }
        // Its answer is kept, too, and it was read.
        quotas.judged(author, bytes, 0);
        Hub.Outcome.Rejected rejected = (Hub.Outcome.Rejected) outcome;
        inVain.refused(author, record, rejected.why(), rejected.verified());
        return Decision.rejected(record, rejected.why());
    }

    /** Only of its own members an origin can name one: else it could use up what another server's have. */
    private static Author author(Channel channel, Record record) {
        Optional<DeviceId> device = record.device();
        return device.flatMap(channel::member)
                .map(ChannelMember::user)
                .filter(user -> user.server().equals(record.origin()))
                .<Author>map(Author.Member::new)
                .or(() -> device.map(it -> new Author.Stranger(record.origin(), it)))
                .orElseGet(() -> new Author.Nobody(record.origin(), record.channel()));
    }

    private static Decided notTaken(Record record, Refusal why) {
        RecordReceipt.Builder receipt =
                receipt(record).setStatus(ReceiptStatus.REJECTED).setError(why.toProto());
        return new Decided(receipt.setDecision(HubDecision.NOT_TAKEN).build(), false);
    }

    private static Decided taken(Record record, Decision decision) {
        RecordReceipt.Builder receipt = receipt(record)
                .setStatus(decision.rejected().isPresent() ? ReceiptStatus.REJECTED : ReceiptStatus.ORDERED)
                .setSeq(decision.seq());
        decision.rejected().ifPresent(why -> receipt.setError(why.toProto()));
        return new Decided(receipt.setDecision(HubDecision.DECIDED_FOR_GOOD).build(), true);
    }

    private static RecordReceipt.Builder receipt(Record record) {
        return RecordReceipt.newBuilder()
                .setChannelId(Protobuf.toByteString(record.channel().bytes()))
                .setOriginIncarnation(record.originIncarnation())
                .setOriginSeq(record.originSeq());
    }
}
