package chat.samara.server.core.channel.reader;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.batch.Rows;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.channel.member.WelcomeTable;
import chat.samara.server.core.channel.state.Channel;
import chat.samara.server.core.channel.state.ChannelRefusal;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.HandshakeTable;
import chat.samara.server.core.channel.state.LogTable;
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
import java.util.Optional;

/**
 * Gives a log's handshakes to devices that replay them: to those for which a Welcome waits, and to those that may read of the log,
 * as far as they may. A server's word about who is in a channel is worth nothing to a device (I11); these are not its word.
 */
public final class HandshakeServing {
    private final Journal journal;
    private final Channels channels;
    private final HandshakeTable table;

    public HandshakeServing(Journal journal, Channels channels) {
        this.journal = journal;
        this.channels = channels;
        this.table = new HandshakeTable(journal);
    }

    /** What lies behind one place and not behind another, as much as fits into a frame. */
    public Handshakes.Builder fetch(DeviceId device, FetchHandshakes request) throws RefusedException {
        ChannelId id = ChannelId.fromWire("FetchHandshakes.channel_id", request.getChannelId());
        channels.requireReadable(id);
        Channel channel = channels.find(id).orElseThrow(() -> ChannelRefusal.unknown(id));
        long readable = readableThrough(device, channel);
        if (readable == 0) {
            throw ChannelRefusal.unknown(id);
        }
        // Who asks from behind the index need not wait until it has grown there: the log itself is read from that
        // place.
        boolean behindIndex = request.getAfterSeq() > channel.row().getHandshakesIndexedSeq();
        if (!behindIndex && table.indexSome(id, channel.row())) {
            channels.save(channel);
        }
        // Only what is durable is ever sent.
        Rows rows = journal.durable();
        long durable = ChannelTable.find(rows, id).map(StoredChannel::getSeq).orElse(0L);
        long wanted = Math.min(Math.min(request.getThroughSeq(), readable), durable);
        Handshakes.Builder answer = Handshakes.newBuilder().setChannelId(request.getChannelId());
        long through = behindIndex
                ? fillFromLog(answer, rows, id, request.getAfterSeq(), wanted)
                : fill(answer, rows, id, request.getAfterSeq(), Math.min(wanted, indexed(channel)));
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

    private static long indexed(Channel channel) {
        return channel.row().getHandshakesIndexedSeq();
    }

    /** Adds entries as the index names them; returns through which place nothing is left out. */
    private long fill(Handshakes.Builder answer, Rows rows, ChannelId id, long afterSeq, long throughSeq) {
        if (afterSeq >= throughSeq) {
            return throughSeq;
        }
        Frame frame = new Frame(answer, id, afterSeq);
        // The index may have grown just now; the entries that it names are durable.
        boolean whole = HandshakeTable.scan(journal, id, afterSeq + 1, throughSeq, seq -> {
            Bytes stored = LogTable.encoded(rows, id, seq)
                    .orElseThrow(() ->
                            Stored.missing(Table.ENTRY, id, "the handshake at " + seq + ", which the index names,"));
            return frame.add(seq, stored);
        });
        return whole ? throughSeq : frame.done;
    }

    /** Looks for entries in the log itself, in as much of it as one request may read; returns through which place. */
    private static long fillFromLog(
            Handshakes.Builder answer, Rows rows, ChannelId id, long afterSeq, long throughSeq) {
        if (afterSeq >= throughSeq) {
            return throughSeq;
        }
        Frame frame = new Frame(answer, id, afterSeq);
        return HandshakeTable.look(rows, id, afterSeq + 1, throughSeq, frame::add);
    }

    /** What is put together for a device. */
    private static final class Frame {
        private final Handshakes.Builder answer;
        private final ChannelId channel;
        private long bytes;
        private long done;

        Frame(Handshakes.Builder answer, ChannelId channel, long afterSeq) {
            this.answer = answer;
            this.channel = channel;
            this.done = afterSeq;
        }

        /** Returns false if there is no room for the entry. */
        boolean add(long seq, Bytes stored) {
            bytes += stored.size();
            boolean full = answer.getEntriesCount() == chat.samara.wire.Limits.ENTRIES_PER_FRAME_MAX
                    || bytes > Limits.HANDSHAKE_BYTES_PER_FRAME_MAX;
            if (full && answer.getEntriesCount() > 0) {
                return false;
            }
            try {
                answer.addEntries(LogEntry.parseFrom(stored.arrayUnsafe()));
            } catch (InvalidProtocolBufferException e) {
                throw Stored.corrupt(Table.ENTRY, channel, e);
            }
            done = seq;
            return true;
        }
    }
}
