package chat.samara.server.core.channel.follower;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.outbox.Rejections;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.store.proto.StoredChannelState;
import chat.samara.server.core.store.proto.StoredEvidence;
import chat.samara.wire.Refusal;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.EntryIn;
import chat.samara.wire.log.HeadIn;
import chat.samara.wire.log.LogPosition;
import chat.samara.wire.log.LogVerifier;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.proto.ErrorCode;
import java.util.List;
import java.util.Optional;

/**
 * Notices when a hub has signed two logs, or a log that breaks a rule. Then the channel is frozen here: what is here is kept and
 * served, nothing is added, and what proves it is kept (DESIGN §5). Of a channel in which nobody of this server was only the proof is kept. Entries that merely do not fit, and that the hub has not signed,
 * never freeze a channel; an entry that fits and breaks a rule does, since the hub gave it over its own proved link.
 */
public final class Forks {
    private final Journal journal;
    private final Channels channels;
    private final Rejections rejections;
    private final Dropping dropping;
    private final EvidenceTable evidence;

    public Forks(Journal journal, Channels channels, Rejections rejections, Dropping dropping) {
        this.journal = journal;
        this.channels = channels;
        this.rejections = rejections;
        this.dropping = dropping;
        this.evidence = new EvidenceTable(journal);
    }

    /** Counts the evidence that is kept. */
    public void load() {
        evidence.load();
    }

    /** A sentence for the operator on each hub against which more was found than is kept, at most so many. */
    public List<String> sentences(int countMax) {
        return evidence.full().limit(countMax).toList();
    }

    /** A head for a place that is here: it must be the same. */
    void check(Channel channel, HeadIn in) throws RefusedException {
        ProvenHead head = LogVerifier.ofHub(channel.hubRootKey()).verifyHint(channel.id(), in);
        Optional<Bytes> own =
                LogTable.encoded(journal, channel.id(), head.head().seq());
        if (own.isPresent()) {
            Entry entry = LogTable.decode(channel.id(), own.get()).trustStored();
            if (head.head().contradicts(entry.position())) {
                freeze(
                        channel,
                        "the hub signed another entry " + entry.seq() + " than the one that is here",
                        own,
                        List.of(),
                        Optional.of(in));
            }
        }
    }

    /** Entries did not fit: looks whether they prove that the hub has cheated. */
    void refused(Channel channel, List<EntryIn> entries, Optional<HeadIn> head, RefusedException why) {
        Optional<Bytes> own = LogTable.encoded(journal, channel.id(), channel.seq());
        if (why.code() == ErrorCode.CHANNEL_FROZEN) {
            freeze(channel, why.refusal().reason(), own, entries, head);
        } else if (why.refusal().detail().equals("entry-chain") && isSignedFork(channel, entries, head)) {
            freeze(channel, "the hub signed a log that does not follow on the one that is here", own, entries, head);
        }
    }

    /**
     * Whether the entries are a log of their own that the hub has signed, and that leaves out the entry which is the last here
     * under a head that the hub has signed too.
     */
    private boolean isSignedFork(Channel channel, List<EntryIn> entries, Optional<HeadIn> head) {
        boolean ownIsSigned = LogTable.head(journal, channel.id())
                .filter(it -> it.head().seq() == channel.seq())
                .isPresent();
        if (!ownIsSigned || head.isEmpty() || entries.isEmpty()) {
            return false;
        }
        Entry first = entries.get(0).unverified();
        if (first.seq() != channel.seq() + 1 || !first.channel().equals(channel.id())) {
            return false;
        }
        try {
            LogPosition before = new LogPosition(channel.id(), first.term(), channel.seq(), first.previousEntryHash());
            LogVerifier.Verified verified =
                    LogVerifier.ofHub(channel.hubRootKey()).verify(before, entries, head);
            return verified.head()
                    .filter(it -> it.head().position().equals(verified.position()))
                    .isPresent();
        } catch (RefusedException e) {
            return false;
        }
    }

    /** An entry that the hub had to refuse stands in its log. */
    void ruleBroken(Channel channel, EntryIn entry, Optional<HeadIn> head, Refusal rule) {
        freeze(
                channel,
                "the hub ordered entry " + entry.claimedSeq() + ", which breaks a rule: " + rule,
                Optional.empty(),
                List.of(entry),
                head);
    }

    private void freeze(
            Channel channel, String reason, Optional<Bytes> ownEntry, List<EntryIn> entries, Optional<HeadIn> head) {
        channels.stop(channel, StoredChannelState.CHANNEL_FROZEN, reason);
        rejections.frozen(channel);
        keepEvidence(channel, reason, ownEntry, entries, head);
        dropping.dropIfForeign(channel);
    }

    private void keepEvidence(
            Channel channel, String reason, Optional<Bytes> ownEntry, List<EntryIn> entries, Optional<HeadIn> head) {
        StoredEvidence.Builder row =
                StoredEvidence.newBuilder().setReason(reason).setFoundAtMillis(journal.nowMillis());
        LogTable.encodedHead(journal, channel.id()).ifPresent(it -> row.setOwnHead(Protobuf.toByteString(it)));
        ownEntry.ifPresent(it -> row.setOwnEntry(Protobuf.toByteString(it)));
        head.ifPresent(it -> row.setOtherHead(Protobuf.toByteString(Protobuf.encode(it.toProto()))));
        long bytes = 0;
        for (EntryIn entry : entries) {
            Bytes encoded = Protobuf.encode(entry.toProto());
            bytes += encoded.size();
            if (bytes <= Limits.EVIDENCE_BYTES_MAX) {
                row.addOtherEntries(Protobuf.toByteString(encoded));
            }
        }
        evidence.add(channel.id(), channel.hub(), channel.row().getHadReaders(), row);
    }
}
