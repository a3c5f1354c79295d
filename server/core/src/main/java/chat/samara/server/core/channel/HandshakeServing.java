package chat.samara.server.core.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredReader;
import chat.samara.server.core.store.proto.StoredStretch;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.FetchHandshakes;
import chat.samara.wire.proto.Handshakes;
import chat.samara.wire.proto.LogEntry;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.List;
import java.util.Optional;

/**
 * Gives a log's handshakes to devices that replay them: to those for which a Welcome waits, and to those that may read of the log,
 * as far as they may. A server's word about who is in a channel is worth nothing to a device (I11); these are not its word.
 */
final class HandshakeServing {
    private final Journal journal;
    private final Channels channels;
    private final HandshakeTable table;

    HandshakeServing(Journal journal, Channels channels) {
        this.journal = journal;
        this.channels = channels;
        this.table = new HandshakeTable(journal);
    }

    /** What lies behind one place and not behind another, as much as fits into a frame. */
    Handshakes.Builder fetch(DeviceId device, FetchHandshakes request) throws RefusedException {
        ChannelId id = ChannelId.fromWire("FetchHandshakes.channel_id", request.getChannelId());
        Channel channel = channels.find(id).orElseThrow(() -> Submissions.unknown(id));
        long readable = readableThrough(device, channel);
        if (readable == 0) {
            throw Submissions.unknown(id);
        }
        if (table.indexSome(id, channel.row())) {
            channels.save(channel);
        }
        // Only what is durable is ever sent.
        Rows rows = journal.durable();
        long durable = ChannelTable.find(rows, id).map(StoredChannel::getSeq).orElse(0L);
        long wanted = Math.min(Math.min(request.getThroughSeq(), readable), durable);
        long indexed = Math.min(wanted, channel.row().getHandshakesIndexedSeq());
        Handshakes.Builder answer = Handshakes.newBuilder().setChannelId(request.getChannelId());
        long through = fill(answer, rows, id, request.getAfterSeq(), indexed);
        return answer.setThroughSeq(through).setMore(through < wanted);
    }

    /** The last place that the device may know of; 0 if it may know nothing. */
    private long readableThrough(DeviceId device, Channel channel) {
        Optional<StoredReader> reader = ReaderTable.find(journal, device, channel.id());
        long through = reader.map(row -> {
                    StoredStretch last = row.getStretches(row.getStretchesCount() - 1);
                    return last.getThroughSeq() == 0 ? channel.seq() : last.getThroughSeq();
                })
                .orElse(0L);
        return WelcomeTable.waiting(journal, device).stream()
                .filter(it -> it.channel().equals(channel.id()))
                .mapToLong(WelcomeTable.Waiting::seq)
                .reduce(through, Math::max);
    }

    /** Adds entries; returns through which place nothing is left out. */
    private long fill(Handshakes.Builder answer, Rows rows, ChannelId id, long afterSeq, long throughSeq) {
        if (afterSeq >= throughSeq) {
            return throughSeq;
        }
        int countMax = chat.samara.wire.Limits.ENTRIES_PER_FRAME_MAX;
        List<Long> places = HandshakeTable.places(journal, id, afterSeq + 1, throughSeq, countMax);
        long bytes = 0;
        long done = afterSeq;
        for (long seq : places) {
            LogEntry entry = entry(rows, id, seq);
            bytes += entry.getSerializedSize();
            if (answer.getEntriesCount() > 0 && bytes > Limits.HANDSHAKE_BYTES_PER_FRAME_MAX) {
                return done;
            }
            answer.addEntries(entry);
            done = seq;
        }
        return places.size() < countMax ? throughSeq : done;
    }

    private static LogEntry entry(Rows rows, ChannelId id, long seq) {
        Bytes stored = LogTable.encoded(rows, id, seq)
                .orElseThrow(() -> new IllegalStateException(
                        "no entry " + seq + " in " + id + ", expected the handshake that the index names"));
        try {
            return LogEntry.parseFrom(stored.arrayUnsafe());
        } catch (InvalidProtocolBufferException e) {
            throw Stored.corrupt(Table.ENTRY, e);
        }
    }
}
