package chat.samara.server.core.channel.log;

import chat.samara.server.core.AfterCommit;
import chat.samara.server.core.Limits;
import chat.samara.server.core.ServerIdentity;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.Members;
import chat.samara.server.core.channel.outbox.Outbox;
import chat.samara.server.core.channel.outbox.OutboxTable;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.HandshakeTable;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.server.core.session.Sessions;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredSubmission;
import chat.samara.wire.channel.Change;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.Entry;
import chat.samara.wire.log.Proof;
import chat.samara.wire.log.Record;
import chat.samara.wire.proto.ReceiptStatus;
import chat.samara.wire.proto.ServerFrame;
import java.util.Optional;

/**
 * Appends an entry to a log, with all that follows from it, in one batch: the one place where a log grows, at the hub and at
 * followers alike.
 */
public final class LogWriter {
    private final ServerIdentity identity;
    private final Journal journal;
    private final Channels channels;
    private final Sessions sessions;
    private final LogTable log;
    private final HandshakeTable handshakes;
    private final OriginTable origins;
    private final SubmissionTable submissions;
    private final Outbox outbox;
    private final EpochTable epochs;
    private final Members members;
    private long appended;

    public LogWriter(
            ServerIdentity identity,
            Journal journal,
            Channels channels,
            Sessions sessions,
            SubmissionTable submissions,
            Outbox outbox,
            Members members) {
        this.identity = identity;
        this.journal = journal;
        this.channels = channels;
        this.sessions = sessions;
        this.log = new LogTable(journal);
        this.handshakes = new HandshakeTable(journal);
        this.origins = new OriginTable(journal);
        this.submissions = submissions;
        this.outbox = outbox;
        this.epochs = new EpochTable(journal);
        this.members = members;
    }

    /** How many entries this process has appended. */
    public long appended() {
        return appended;
    }

    /**
     * Appends an entry that follows on the channel's position.
     *
     * @param originProof absent if this server is the record's origin and seals it with this batch
     * @return bytes of the ratchet tree that is kept for devices of this server which it adds; 0 if none is
     */
    public int append(Channel channel, Entry entry, Optional<Proof> originProof, Change change) {
        if (originProof.isPresent()) {
            log.put(entry, originProof.get());
        } else {
            log.putUnproven(entry);
        }
        StoredChannel.Builder row = channel.row();
        row.setTerm(entry.term()).setSeq(entry.seq()).setEntryHash(Protobuf.toByteString(entry.hash()));
        handshakes.appended(channel.id(), row, entry.seq(), isHandshake(change));
        origins.setWatermark(entry.record());
        settle(channel, entry, originProof.isEmpty());
        int treeBytes = apply(channel, entry, change);
        snapshotIfDue(channel);
        channels.save(channel);
        appended++;
        journal.afterCommit(new AfterCommit.LogGrown(channel.id()));
        return treeBytes;
    }

    /**
     * The device's message has arrived: it leaves the outbox, and the device is told. Where its server is the hub, it is told so in the answer to
     * what it has submitted, of the same batch.
     */
    private void settle(Channel channel, Entry entry, boolean isAnswered) {
        Record record = entry.record();
        Optional<DeviceId> device = record.device();
        if (device.isEmpty()) {
            return;
        }
        Optional<StoredSubmission> before = submissions.find(channel.id(), device.get(), record.idempotencyKey());
        before.filter(row -> row.getStatus() == ReceiptStatus.STORED_VALUE)
                .ifPresent(row -> outbox.remove(
                        channel, new OutboxTable.Place(row.getOutboxIncarnation(), row.getOutboxOriginSeq())));
        StoredSubmission ordered = submissions.ordered(record, device.get(), entry.seq());
        if (!channel.hub().equals(identity.name())) {
            journal.afterCommit(new AfterCommit.MessageOrdered(channel.id(), device.get(), record.idempotencyKey()));
        }
        if (!isAnswered && record.origin().equals(identity.name())) {
            sessions.push(
                    device.get(),
                    ServerFrame.newBuilder()
                            .setReceipt(SubmissionTable.receipt(channel.id(), record.idempotencyKey(), ordered)));
        }
    }

    private int apply(Channel channel, Entry entry, Change change) {
        StoredChannel.Builder row = channel.row();
        int treeBytes = 0;
        if (change instanceof Change.Born born) {
            channel.begin(born);
            row.setEpoch(0).setEpochStartSeq(entry.seq());
            channels.groups().put(channel, entry.seq());
            row.setSnapshotSeq(entry.seq());
            members.founded(channel, born.creator(), entry.seq());
        } else if (change instanceof Change.Proposed proposed) {
            channel.propose(proposed.proposal().after());
            row.setProposalsWaiting(row.getProposalsWaiting() + 1);
            handshake(row, entry);
            channel.groupGrows(entry.record().payload().size());
        } else if (change instanceof Change.Committed committed) {
            epochs.ended(channel.id(), row.getEpoch());
            channel.commit(committed);
            row.setEpoch(committed.commit().after().epoch())
                    .setEpochStartSeq(entry.seq())
                    .setProposalsWaiting(0);
            handshake(row, entry);
            channel.groupGrows(entry.record().payload().size());
            treeBytes = members.committed(channel, entry, committed);
            journal.afterCommit(new AfterCommit.EpochEnded(channel.id()));
        } else if (change instanceof Change.EpochsClosed closed) {
            epochs.closed(channel.id(), closed.throughEpoch());
            row.setFirstOpenEpoch(closed.throughEpoch() + 1);
            row.setFirstUndrainedEpoch(Math.max(row.getFirstUndrainedEpoch(), closed.throughEpoch() + 1));
        }
        return treeBytes;
    }

    private static boolean isHandshake(Change change) {
        return change instanceof Change.Born || change instanceof Change.Proposed || change instanceof Change.Committed;
    }

    private static void handshake(StoredChannel.Builder row, Entry entry) {
        row.setLastHandshakeSeq(entry.seq()).setHandshakesSinceSnapshot(row.getHandshakesSinceSnapshot() + 1);
    }

    private void snapshotIfDue(Channel channel) {
        if (isSnapshotDue(channel)) {
            StoredChannel.Builder row = channel.row();
            channels.groups().put(channel, row.getSeq());
            row.setSnapshotSeq(row.getSeq()).setHandshakesSinceSnapshot(0);
        }
    }

    private static boolean isSnapshotDue(Channel channel) {
        StoredChannel.Builder row = channel.row();
        if (row.getHandshakesSinceSnapshot() == 0) {
            return false;
        }
        long dear = Math.max(
                Limits.SNAPSHOT_HANDSHAKE_BYTES_MAX, channel.groupBytesEncoded() / Limits.SNAPSHOT_HANDSHAKE_PART);
        return row.getHandshakesSinceSnapshot() >= Limits.HANDSHAKES_PER_SNAPSHOT
                || channel.groupBytesEncoded() <= Limits.SNAPSHOT_AT_ONCE_BYTES_MAX
                || channel.handshakeBytesUnsaved() >= dear
                || row.getSeq() - row.getSnapshotSeq() >= Limits.ENTRIES_PER_SNAPSHOT;
    }
}
