package chat.samara.server.core.channel.follower;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.channel.log.EntriesEncoder;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.LogTable;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.wire.RefusedException;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.ProvenHead;
import chat.samara.wire.proto.Entries;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.Pull;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Optional;

/**
 * As follower: gives a hub back what it has ordered and lost. Only what it has signed, which ends with its newest head here: what a
 * follower holds beyond that nobody could prove.
 */
public final class GivingBack {
    private final Journal journal;

    public GivingBack(Journal journal) {
        this.journal = journal;
    }

    /** Whether the asker is the hub of a channel that is here. */
    public boolean isAskedFor(ServerName hub, Pull pull) throws RefusedException {
        return channel(hub, ChannelId.fromWire("Pull.channel_id", pull.getChannelId()))
                .isPresent();
    }

    private Optional<StoredChannel> channel(ServerName hub, ChannelId id) {
        return ChannelTable.find(journal.durable(), id)
                .filter(row -> row.getHub().equals(hub.value()));
    }

    /** Entries behind a place, as many as fit, and the head: an encoded {@code samara.v1.Entries}. */
    public Bytes pull(ServerName hub, Pull pull) throws RefusedException {
        ChannelId id = ChannelId.fromWire("Pull.channel_id", pull.getChannelId());
        Rows rows = journal.durable();
        Optional<ProvenHead> head = channel(hub, id).flatMap(row -> LogTable.head(rows, id));
        if (head.isEmpty()) {
            throw RefusedException.of(
                    ErrorCode.UNKNOWN_CHANNEL, "nothing that " + hub + " has signed of " + id + " is here");
        }
        long through = head.get().head().seq();
        if (pull.getAfterSeq() >= through) {
            return EntriesEncoder.nothing(
                            id, Optional.of(Protobuf.encode(head.get().toProto())))
                    .message();
        }
        // The head in every frame: by it the hub knows from the first one on that it is worth to go on.
        EntriesEncoder.Encoded encoded = EntriesEncoder.encode(
                rows,
                id,
                pull.getAfterSeq() + 1,
                through,
                Math.min(pull.getCreditBytes(), Limits.PULL_BYTES_MAX),
                Optional.empty(),
                through);
        try {
            return Protobuf.encode(Entries.parseFrom(encoded.message().arrayUnsafe()).toBuilder()
                    .setHead(head.get().toProto())
                    .build());
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.ENTRY, id, e);
        }
    }
}
