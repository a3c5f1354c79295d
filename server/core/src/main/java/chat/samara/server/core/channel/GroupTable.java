package chat.samara.server.core.channel;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.PublicGroup;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredGroup;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.Payload;
import chat.samara.wire.proto.Record;
import chat.samara.wire.proto.RecordKind;
import java.util.Optional;

/**
 * Table GROUP: the public group of a channel, as a snapshot that the log leads on from.
 *
 * <ul>
 *   <li>key: channel id (32); value: {@link StoredGroup}. Replaced by the next snapshot; deleted when a channel is dropped.
 * </ul>
 */
final class GroupTable {
    static final DeviceAuthentication AUTHENTICATION = new DeviceAuthentication();

    private final Journal journal;

    GroupTable(Journal journal) {
        this.journal = journal;
    }

    /** Saves the group as it is after the entry. */
    void put(ChannelId channel, long seq, PublicGroup group) {
        journal.put(
                Table.GROUP,
                channel.bytes(),
                Stored.encode(StoredGroup.newBuilder()
                        .setSeq(seq)
                        .setPublicGroup(Protobuf.toByteString(Bytes.wrapUnsafe(group.encode())))
                        .build()));
    }

    /** The group as it is after the last handshake of the log: the snapshot, and what came after it. */
    PublicGroup load(ChannelId channel, StoredChannel row) {
        Optional<Bytes> value = journal.get(Table.GROUP, channel.bytes());
        if (value.isEmpty()) {
            throw new IllegalStateException(
                    "channel " + channel + " has no group snapshot, expected one since its genesis");
        }
        StoredGroup snapshot = Stored.decode(Table.GROUP, StoredGroup.parser(), value.get());
        try {
            Replay replay =
                    new Replay(PublicGroup.decode(snapshot.getPublicGroup().toByteArray(), AUTHENTICATION));
            LogTable.scan(journal, channel, snapshot.getSeq() + 1, row.getLastHandshakeSeq(), (seq, entry) -> {
                replay.apply(LogTable.record(entry));
                return true;
            });
            return replay.group;
        } catch (MlsException e) {
            throw Stored.corrupt(Table.GROUP, e);
        }
    }

    /** Follows handshakes that were verified before they were stored. */
    private static final class Replay {
        private PublicGroup group;

        Replay(PublicGroup group) {
            this.group = group;
        }

        void apply(Record record) {
            try {
                Bytes payload = Protobuf.toBytes(record.getPayload());
                if (record.getKind() == RecordKind.COMMIT) {
                    group = group.verify(Payload.commit(payload).getCommit().toByteArray())
                            .after();
                } else if (record.getKind() == RecordKind.PROPOSAL) {
                    group = group.verify(payload.arrayUnsafe()).after();
                }
            } catch (MlsException | RefusedException e) {
                throw Stored.corrupt(Table.ENTRY, e);
            }
        }
    }
}
