package chat.samara.server.core.channel.member;

import chat.samara.mls.codec.Bytes;
import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.server.core.channel.state.ChannelTable;
import chat.samara.server.core.keypackage.KeyPackageTable;
import chat.samara.server.core.session.Sessions;
import chat.samara.server.core.store.Stored;
import chat.samara.server.core.store.Table;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.ServerFrame;
import chat.samara.wire.proto.WaitingWelcome;
import com.google.protobuf.ByteString;
import java.util.List;

/** Keeps Welcomes until their devices have them. Only those whose commit is in the log are ever here. */
public final class Welcomes {
    private final Journal journal;
    private final Sessions sessions;
    private final KeyPackageTable keyPackages;
    private final WelcomeTable table;
    private final PartedWelcomes parted = new PartedWelcomes(Limits.WELCOMES_PARTED_BYTES_MAX);

    public Welcomes(Journal journal, Sessions sessions, KeyPackageTable keyPackages) {
        this.journal = journal;
        this.sessions = sessions;
        this.keyPackages = keyPackages;
        this.table = new WelcomeTable(journal);
    }

    /** How many wait for the device. */
    public int count(DeviceId device) {
        return WelcomeTable.waiting(journal, device).size();
    }

    /** What waits for a device that was struck off waits for its successor. */
    public void succeed(DeviceId device, DeviceId successor) {
        table.move(device, successor);
    }

    /**
     * A Welcome is durable: its device is told so, if it is there, and fetches what waits for it. It is not pushed itself: one commit can add a
     * thousand devices, whose Welcomes together are as much as a server should never hold.
     */
    public void announce(DeviceId device) {
        sessions.push(
                device, ServerFrame.newBuilder().setWelcomes(chat.samara.wire.proto.Welcomes.getDefaultInstance()));
    }

    /** The Welcomes that wait for the device, oldest first, as many as fit into a frame. */
    public chat.samara.wire.proto.Welcomes.Builder fetch(DeviceId device) {
        chat.samara.wire.proto.Welcomes.Builder found = chat.samara.wire.proto.Welcomes.newBuilder();
        long bytes = 0;
        for (WelcomeTable.Waiting waiting : WelcomeTable.waiting(journal, device)) {
            if (ChannelTable.isDamaged(journal, waiting.channel())) {
                continue;
            }
            WaitingWelcome message = parted.message(journal, waiting);
            bytes += message.getSerializedSize();
            boolean full = bytes > Limits.WELCOMES_BYTES_PER_FRAME_MAX
                    || found.getWelcomesCount() == chat.samara.wire.Limits.WELCOMES_PER_FRAME_MAX;
            if (full && found.getWelcomesCount() > 0) {
                break;
            }
            found.addWelcomes(message);
        }
        return found;
    }

    /** The device has joined by the Welcome, or never can. Done twice, it does nothing. */
    public void acknowledge(DeviceId device, ChannelId channel, Bytes ref, long seq) {
        List<WelcomeTable.Waiting> done = WelcomeTable.waiting(journal, device).stream()
                .filter(it -> it.channel().equals(channel) && it.keyPackageRef().equals(ref) && it.seq() == seq)
                .toList();
        done.forEach(table::delete);
        if (!done.isEmpty()) {
            keyPackages.used(ref);
        }
    }

    /** The tree that belongs to a Welcome that waits for the device. */
    public ByteString tree(DeviceId device, ChannelId channel, long seq) throws RefusedException {
        boolean waits = WelcomeTable.waiting(journal, device).stream()
                .anyMatch(it -> it.channel().equals(channel) && it.seq() == seq);
        if (!waits) {
            throw RefusedException.of(
                    ErrorCode.UNKNOWN_CHANNEL, "no Welcome of entry " + seq + " of that channel waits for this device");
        }
        return table.tree(channel, seq)
                .orElseThrow(() -> Stored.missing(Table.TREE, channel, "the tree of entry " + seq));
    }
}
