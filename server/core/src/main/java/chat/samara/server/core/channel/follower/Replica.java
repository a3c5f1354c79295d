package chat.samara.server.core.channel.follower;

import chat.samara.server.core.account.Accounts;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.log.LogWriter;
import chat.samara.server.core.channel.log.OriginTable;
import chat.samara.server.core.channel.member.Quotas;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.rule.Rules;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.HandshakeRules;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.Payload;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ErrorCode;
import java.util.Optional;

/** The logs that other servers order, as they are here: judges each entry by the {@link Rules} and appends it, or stops the channel where it breaks one. */
public final class Replica {
    private final Journal journal;
    private final Channels channels;
    private final Rules rules;
    private final LogWriter writer;
    private final OriginTable origins;
    private final Outbox outbox;
    private final Forks forks;
    private final Quotas quotas;

    public Replica(
            Journal journal,
            Channels channels,
            Rules rules,
            LogWriter writer,
            Outbox outbox,
            Forks forks,
            Quotas quotas) {
        this.journal = journal;
        this.channels = channels;
        this.rules = rules;
        this.writer = writer;
        this.origins = new OriginTable(journal);
        this.outbox = outbox;
        this.forks = forks;
        this.quotas = quotas;
    }

    /**
     * Appends one entry that was proven.
     *
     * @param in the same as the hub gave it
     * @param head what the hub gave beside it
     * @return false if the channel has stopped there
     */
    boolean append(Channel channel, EntryIn in, Entry entry, Optional<HeadIn> head) {
        Record record = entry.record();
        Change change;
        try {
            change = entry.seq() == 1
                    ? HandshakeRules.judgeGenesis(Payload.control(record).getGenesis())
                            .change()
                    : rules.judgePast(channel, record);
            requireFreshNumber(record);
        } catch (RefusedException e) {
            if (e.code() == ErrorCode.UNSUPPORTED) {
                channels.stop(
                        channel, StoredChannelState.CHANNEL_TOO_NEW, e.refusal().reason());
            } else {
                forks.ruleBroken(channel, in, head, e.refusal());
            }
            return false;
        }
        outbox.noticeRestore(channel, record);
        int treeBytes = writer.append(channel, entry, Optional.of(in.originProof()), change);
        if (record.origin().equals(channels.ownName())) {
            // Not whom the leaf names: a hub can make leaves up.
            record.device()
                    .flatMap(device -> Accounts.memberOf(journal, device))
                    .ifPresent(user -> quotas.tree(user, treeBytes));
        }
        return true;
    }

    /** I3: an origin's numbers only rise in a log; those that are left out were rejected. */
    private void requireFreshNumber(Record record) throws RefusedException {
        long watermark = origins.watermark(record.channel(), record.origin(), record.originIncarnation());
        if (record.originSeq() <= watermark) {
            throw RefusedException.of(
                    ErrorCode.IDEMPOTENCY_CONFLICT,
                    "record " + record.originSeq() + " of " + record.origin() + " comes after " + watermark,
                    "origin-seq");
        }
    }
}
