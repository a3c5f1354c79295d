package chat.samara.server.core.channel.hub;

import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.log.LogWriter;
import chat.samara.server.core.channel.rule.EpochAge;
import chat.samara.server.core.channel.rule.HubPolicy;
import chat.samara.server.core.channel.rule.Rules;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.CommitClaim;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Head;
import chat.samara.wire.log.Proof;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.log.Record;
import java.util.Optional;

/** Orders the logs of the channels that this server is hub of: the first valid commit of an epoch wins (I4). */
public final class Hub {
    private final Journal journal;
    private final Rules rules;
    private final HubPolicy policy;
    private final Readiness readiness;
    private final LogWriter writer;
    private final LogTable log;

    public Hub(Journal journal, Rules rules, HubPolicy policy, Readiness readiness, LogWriter writer) {
        this.journal = journal;
        this.rules = rules;
        this.policy = policy;
        this.readiness = readiness;
        this.writer = writer;
        this.log = new LogTable(journal);
    }

    /** Why nothing is ordered in the channel now; empty if it is. */
    public Optional<Refusal> notNow(Channel channel) {
        return readiness.refusal(channel);
    }

    /** What became of a record. */
    public sealed interface Outcome {
        /**
         * It has this place.
         *
         * @param treeBytes bytes of the ratchet tree that is kept here for those whom it adds; 0 if none is
         */
        record Ordered(long seq, int treeBytes) implements Outcome {}

        /**
         * It has none, and nothing has changed.
         *
         * @param verified whether signatures were verified before that showed
         */
        record Rejected(Refusal why, boolean verified) implements Outcome {}

        /** Nothing is ordered in the channel now: nothing was decided about it, and it may come again. */
        record NotTaken(Refusal why) implements Outcome {}
    }

    /**
     * Gives a record the next place, if it may stand there.
     *
     * @param originProof absent if this server is the origin
     */
    public Outcome order(Channel channel, Record record, Optional<Proof> originProof) {
        Optional<Refusal> notNow = readiness.refusal(channel);
        if (notNow.isPresent()) {
            return new Outcome.NotTaken(notNow.get());
        }
        Optional<CommitClaim> claim;
        try {
            claim = rules.claim(channel, record);
            if (claim.isPresent()) {
                policy.begins(channel, claim.get());
            }
        } catch (RefusedException e) {
            return new Outcome.Rejected(e.refusal(), false);
        }
        Change change;
        try {
            change = rules.judge(channel, record, claim);
            EpochAge.requireOpen(channel, record);
            policy.require(channel, record, change);
        } catch (RefusedException e) {
            return new Outcome.Rejected(e.refusal(), true);
        }
        claim.ifPresent(policy::ordered);
        return append(channel, record, originProof, change);
    }

    /** Appends a record that was judged. */
    public Outcome.Ordered append(Channel channel, Record record, Optional<Proof> originProof, Change change) {
        Entry entry = channel.position().append(record, Math.max(0, journal.nowMillis()));
        int treeBytes = writer.append(channel, entry, originProof, change);
        Head head = Head.of(entry.position(), entry.seq());
        journal.prove(head, proof -> log.putHead(new ProvenHead(head, proof)));
        return new Outcome.Ordered(entry.seq(), treeBytes);
    }
}
