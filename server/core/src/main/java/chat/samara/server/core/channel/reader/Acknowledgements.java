package chat.samara.server.core.channel.reader;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * How far devices say that they have their channels, until it is written. Only the newest place of each counts, so a busy channel costs each of
 * its readers one row now and then, and not one a message. What is lost with the process makes the server keep something for
 * longer than it had to: all that deletes goes by the rows.
 */
public final class Acknowledgements {
    private final Journal journal;
    private final ReaderTable table;

    /** The device that waits longest first. */
    private final LinkedHashMap<DeviceId, Map<ChannelId, Long>> unwritten = new LinkedHashMap<>();

    private int places;

    public Acknowledgements(Journal journal) {
        this.journal = journal;
        this.table = new ReaderTable(journal);
    }

    /** The device has everything up to there. Never goes back. */
    public void take(DeviceId device, ChannelId channel, long seq) {
        Map<ChannelId, Long> ofDevice = unwritten.computeIfAbsent(device, it -> new TreeMap<>());
        Long before = ofDevice.get(channel);
        places += before == null ? 1 : 0;
        ofDevice.put(channel, before == null ? seq : Math.max(before, seq));
        if (places > Limits.ACKNOWLEDGEMENTS_UNWRITTEN_MAX) {
            writeOldest(1);
        }
    }

    /** Writes what has waited longest, all of a device at once: so many places, or somewhat more. */
    public void writeOldest(int count) {
        int left = count;
        while (left > 0 && !unwritten.isEmpty()) {
            left -= write(unwritten.keySet().iterator().next());
        }
    }

    /** Writes all that a device has said. Returns how many places that is. */
    public int write(DeviceId device) {
        Map<ChannelId, Long> said = unwritten.remove(device);
        if (said == null) {
            return 0;
        }
        places -= said.size();
        said.forEach((channel, seq) -> table.acknowledged(device, channel, Math.min(seq, end(channel))));
        return said.size();
    }

    /** Nobody has read more than there is: a device that says so would have this server forget what it has not seen. */
    private long end(ChannelId channel) {
        return ChannelTable.find(journal, channel).map(StoredChannel::getSeq).orElse(0L);
    }
}
