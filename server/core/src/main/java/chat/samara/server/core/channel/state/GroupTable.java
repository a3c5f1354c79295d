package chat.samara.server.core.channel.state;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.VerifiedCommit;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.StoreException;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredGroup;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.Blame;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.Membership;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Table GROUP: the public group of a channel, as a snapshot that the log leads on from.
 *
 * <ul>
 *   <li>key: channel id (32); value: {@link StoredGroup}. Replaced by the next snapshot; deleted when a channel is dropped.
 * </ul>
 */
public final class GroupTable {
    static final DeviceAuthentication AUTHENTICATION = new DeviceAuthentication();

    private final Journal journal;

    GroupTable(Journal journal) {
        this.journal = journal;
    }

    /** Saves the channel's group, and who is blamed, as they are after the entry. */
    public void put(Channel channel, long seq) {
        Bytes group = Bytes.wrapUnsafe(channel.group().encode());
        channel.groupSaved(group.size());
        journal.put(
                Table.GROUP,
                channel.id().bytes(),
                Stored.encode(StoredGroup.newBuilder()
                        .setSeq(seq)
                        .setPublicGroup(Protobuf.toByteString(group))
                        .setBlame(Protobuf.toByteString(
                                Bytes.wrapUnsafe(channel.blame().encode())))
                        .build()));
    }

    /** The group as it is after the last handshake of the log: the snapshot, and what came after it. */
    Channel.Followed load(ChannelId channel, StoredChannel row) {
        Optional<Bytes> value = journal.get(Table.GROUP, channel.bytes());
        if (value.isEmpty()) {
            throw Stored.missing(Table.GROUP, channel, "the snapshot of the public group");
        }
        StoredGroup snapshot = Stored.decode(Table.GROUP, channel, StoredGroup.parser(), value.get());
        try {
            PublicGroup group = PublicGroup.decode(snapshot.getPublicGroup().toByteArray(), AUTHENTICATION);
            Replay replay = new Replay(channel, group, Blame.decode(Stored.bytes(snapshot.getBlame()), group.epoch()));
            visitHandshakes(channel, row, snapshot.getSeq() + 1, replay::apply);
            return new Channel.Followed(
                    replay.membership, replay.blame, snapshot.getPublicGroup().size(), replay.bytes);
        } catch (StoreException e) {
            throw e;
        } catch (MlsException | RuntimeException e) {
            // I9: whatever rows that nobody wrote make of a group, it is this channel's alone.
            throw Stored.corrupt(Table.GROUP, channel, e);
        }
    }

    /** The records of the log's handshakes from there on: by the index, but where the log is of a version before it. */
    private void visitHandshakes(ChannelId channel, StoredChannel row, long fromSeq, Consumer<Record> visitor) {
        long indexedThrough = Math.min(row.getHandshakesIndexedSeq(), row.getLastHandshakeSeq());
        HandshakeTable.scan(journal, channel, fromSeq, indexedThrough, seq -> {
            visitor.accept(LogTable.record(channel, LogTable.encodedThere(journal, channel, seq)));
            return true;
        });
        LogTable.scan(
                journal, channel, Math.max(fromSeq, indexedThrough + 1), row.getLastHandshakeSeq(), (seq, entry) -> {
                    visitor.accept(LogTable.record(channel, entry));
                    return true;
                });
    }

    /** Follows handshakes that were verified before they were stored. */
    private static final class Replay {
        private final ChannelId channel;
        private final Membership membership;
        private Blame blame;
        private long bytes;

        Replay(ChannelId channel, PublicGroup group, Blame blame) {
            this.channel = channel;
            this.membership = Membership.of(group);
            this.blame = blame;
        }

        void apply(Record record) {
            try {
                Bytes payload = Protobuf.toBytes(record.getPayload());
                if (record.getKind() == RecordKind.COMMIT || record.getKind() == RecordKind.PROPOSAL) {
                    bytes += payload.size();
                }
                if (record.getKind() == RecordKind.COMMIT) {
                    CommitPayload commit = Payload.commit(payload);
                    VerifiedCommit verified = (VerifiedCommit)
                            membership.group().verify(commit.getCommit().toByteArray());
                    blame = blame.after(Change.Committed.of(verified, commit), membership);
                    membership.commit(verified);
                } else if (record.getKind() == RecordKind.PROPOSAL) {
                    membership.propose(
                            membership.group().verify(payload.arrayUnsafe()).after());
                }
            } catch (MlsException | RefusedException e) {
                throw Stored.corrupt(Table.ENTRY, channel, e);
            }
        }
    }
}
