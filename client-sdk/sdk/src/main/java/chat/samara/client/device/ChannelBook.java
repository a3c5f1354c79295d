package chat.samara.client.device;

import chat.samara.client.device.LiveChannel.OutgoingHead;
import chat.samara.client.stored.StoredChannel;
import chat.samara.client.stored.StoredIntent;
import chat.samara.client.stored.StoredOutgoing;
import chat.samara.client.stored.StoredOutgoingKind;
import chat.samara.client.stored.StoredOutgoingState;
import chat.samara.client.stored.StoredProvisional;
import chat.samara.wire.log.ChannelId;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/** All channels that this device was ever in, and was not made to forget, by id. */
final class ChannelBook {
    private final TreeMap<ChannelId, LiveChannel> channels = new TreeMap<>();

    /** Of which there are still rows to be erased, and nothing else. */
    private final TreeSet<ChannelId> beingForgotten = new TreeSet<>();

    /** Reads everything but groups and histories, which are read when they are needed. */
    void load(DeviceStore store) {
        store.scan(DeviceTable.CHANNEL, Keys.FIRST, Keys.LAST, (key, row) -> {
            StoredChannel channel = Stored.parse(StoredChannel.parser(), row);
            if (channel.getForgetting()) {
                beingForgotten.add(new ChannelId(key));
            } else {
                load(store, add(channel));
            }
            return true;
        });
    }

    private static void load(DeviceStore store, LiveChannel channel) {
        ChannelId id = channel.id();
        store.scan(DeviceTable.OUTGOING, id.bytes(), Keys.endOf(id), (key, row) -> {
            StoredOutgoing waiting = Stored.parse(StoredOutgoing.parser(), row);
            if (isKnown(waiting)) {
                channel.addOutgoing(new OutgoingHead(Keys.numberOf(key), waiting));
            }
            return true;
        });
        store.scan(DeviceTable.INTENT, id.bytes(), Keys.endOf(id), (key, row) -> {
            StoredIntent intent = Stored.parse(StoredIntent.parser(), row);
            if (intent.getChangeCase() != StoredIntent.ChangeCase.CHANGE_NOT_SET) {
                channel.intents().put(Keys.numberOf(key), intent);
            }
            return true;
        });
        store.scan(DeviceTable.PROVISIONAL, id.bytes(), Keys.endOf(id), (key, row) -> {
            StoredProvisional waiting = Stored.parse(StoredProvisional.parser(), row);
            channel.addProvisionalBytes(ProvisionalRows.bytesOf(waiting));
            if (waiting.getExpired()) {
                channel.addExpired(1);
            } else {
                channel.addProvisional(1);
            }
            return true;
        });
    }

    /** What a newer version wants to be done, and how, this one cannot know: the row waits for that version. */
    private static boolean isKnown(StoredOutgoing row) {
        boolean kind = row.getKind() == StoredOutgoingKind.MESSAGE || row.getKind() == StoredOutgoingKind.COMMIT;
        return kind
                && row.getState() != StoredOutgoingState.UNRECOGNIZED
                && row.getState() != StoredOutgoingState.STORED_OUTGOING_STATE_UNSPECIFIED;
    }

    Optional<LiveChannel> find(ChannelId id) {
        return Optional.ofNullable(channels.get(id));
    }

    Collection<LiveChannel> all() {
        return Collections.unmodifiableCollection(channels.values());
    }

    /**
     * Whether this device is in as many channels as it can follow, or would be with so many more. One that it was removed from is not
     * followed: or else a stranger who adds and removes it again and again could use the limit up.
     */
    boolean isFull(int more) {
        return channels.values().stream().filter(LiveChannel::hasGroup).count() + more >= Limits.CHANNELS_MAX;
    }

    /** A channel that is not in the book yet. */
    LiveChannel add(StoredChannel row) {
        LiveChannel channel = LiveChannel.of(row);
        channels.put(channel.id(), channel);
        return channel;
    }

    /** A channel that was never confirmed. */
    void remove(LiveChannel channel) {
        channels.remove(channel.id());
    }

    /** The channel is not there any more; its rows are to be erased. */
    void setAside(LiveChannel channel) {
        channels.remove(channel.id());
        beingForgotten.add(channel.id());
    }

    List<ChannelId> beingForgotten() {
        return List.copyOf(beingForgotten);
    }

    boolean isBeingForgotten(ChannelId channel) {
        return beingForgotten.contains(channel);
    }

    /** No row is left of it. */
    void forgotten(ChannelId channel) {
        beingForgotten.remove(channel);
    }
}
