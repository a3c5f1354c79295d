package chat.samara.server.core.channel;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.member.ReaderTable;
import chat.samara.server.core.channel.member.Welcomes;
import chat.samara.server.core.channel.reader.Acknowledgements;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.channel.state.Channels;
import chat.samara.server.core.channel.state.SubmissionTable;
import chat.samara.server.core.channel.submit.Standstill;
import chat.samara.server.core.store.proto.StoredChannel;
import chat.samara.server.core.store.proto.StoredReader;
import chat.samara.wire.encoding.Protobuf;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ChannelState;
import chat.samara.wire.proto.LoggedIn;
import java.util.Comparator;

/** What a device is told of its channels when it logs in, and what it takes over of one that was struck off. */
public final class ChannelsAtLogin {
    private final Journal journal;
    private final Channels channels;
    private final SubmissionTable submissions;
    private final ReaderTable readerTable;
    private final Acknowledgements acknowledgements;
    private final Welcomes welcomes;
    private final Standstill standstill;

    ChannelsAtLogin(
            Journal journal,
            Channels channels,
            Acknowledgements acknowledgements,
            Welcomes welcomes,
            Standstill standstill) {
        this.journal = journal;
        this.channels = channels;
        this.submissions = new SubmissionTable(journal);
        this.readerTable = new ReaderTable(journal);
        this.acknowledgements = acknowledgements;
        this.welcomes = welcomes;
        this.standstill = standstill;
    }

    /** A device takes the place of one that was struck off: it reads what that one could read. */
    public void replaced(DeviceId device, DeviceId successor) {
        acknowledgements.write(device);
        readerTable.succeed(device, successor);
        welcomes.succeed(device, successor);
    }

    /** What a device is told of its channels and Welcomes when it logs in. */
    public LoggedIn.Builder loggedIn(DeviceId device) {
        acknowledgements.write(device);
        LoggedIn.Builder loggedIn = LoggedIn.newBuilder().setWelcomesWaiting(welcomes.count(device));
        ReasonsAtLogin reasons = new ReasonsAtLogin(standstill);
        ReaderTable.channels(journal, device).entrySet().stream()
                .sorted(Comparator.comparing(entry -> rankAtLogin(entry.getKey(), entry.getValue())))
                .limit(Limits.CHANNELS_PER_DEVICE_MAX)
                .forEach(entry -> ChannelTable.find(journal, entry.getKey()).ifPresent(row -> {
                    ChannelState.Builder state = state(device, entry.getKey(), row, entry.getValue());
                    reasons.tell(state, entry.getKey(), row);
                    loggedIn.addChannels(state);
                }));
        return loggedIn;
    }

    /**
     * Those that it was removed from come last: it has to learn of them only if there is room. Of those that it is in, what other servers have put it
     * into, and it has never read, takes no place of its own server's, nor of those that it reads.
     */
    private int rankAtLogin(ChannelId channel, StoredReader row) {
        if (!ReaderTable.isOpen(row)) {
            return 3;
        }
        if (ReaderTable.isOfHub(journal, channel, row, channels.ownName())) {
            return 0;
        }
        return row.getAcknowledgedSeq() > 0 ? 1 : 2;
    }

    private ChannelState.Builder state(DeviceId device, ChannelId channel, StoredChannel row, StoredReader reader) {
        long through = reader.getStretches(reader.getStretchesCount() - 1).getThroughSeq();
        return ChannelState.newBuilder()
                .setChannelId(Protobuf.toByteString(channel.bytes()))
                .setSeq(through == 0 ? row.getSeq() : through)
                .setAcknowledgedSeq(reader.getAcknowledgedSeq())
                .setNextDeviceSeq(nextDeviceSeq(device, channel));
    }

    private long nextDeviceSeq(DeviceId device, ChannelId channel) {
        // Nothing is taken of a channel that is set aside, whatever its number.
        return channels.isSetAside(channel) ? 1 : submissions.nextDeviceSeq(channel, device);
    }
}
