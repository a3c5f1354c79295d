package chat.samara.client.device;

import chat.samara.client.refusal.Refusal;
import chat.samara.client.refusal.RefusalCode;
import chat.samara.wire.log.ChannelId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/** One call of the engine: its time, its transaction, and the effects that leave once that is durable. */
final class Turn {
    private final Now now;
    private final LookAlikes lookAlikes;
    private final StoreTransaction store;
    private final List<DeviceEffect> effects = new ArrayList<>();
    private final TreeSet<LiveChannel> touched = new TreeSet<>();
    private long unpackedBytes;

    /** Channels whose rows have changed: each is written once, as the turn leaves it. */
    private final Map<ChannelId, LiveChannel> changed = new TreeMap<>();

    /** What has shown that the state is older than what was sent under the device's key. */
    private Optional<OldState> oldState = Optional.empty();

    Turn(DeviceStore store, Now now, LookAlikes lookAlikes) {
        this.store = new StoreTransaction(store);
        this.now = now;
        this.lookAlikes = lookAlikes;
    }

    /** Whom members can be taken for. */
    LookAlikes lookAlikes() {
        return lookAlikes;
    }

    /** For timers: how much time has passed. Always positive, never goes back. */
    long monotonicMillis() {
        return now.monotonicMillis();
    }

    /** For people and for the lifetimes of keys: what the device's clock says, milliseconds since 1970 UTC. May jump either way. */
    long wallMillis() {
        return now.wallMillis();
    }

    StoreTransaction store() {
        return store;
    }

    /** Whether it has changed and tells as much as memory should hold at once: what is left to do waits for the next turn. */
    boolean isFull() {
        return store.bytes() + unpackedBytes >= Limits.TURN_BYTES_MAX;
    }

    /** What it tells is so much larger than the row of it: what a device said may be packed very small. */
    void unpacks(long bytes) {
        unpackedBytes += bytes;
    }

    /** Whether it has changed anything yet: if not, what is durable is all there is. */
    boolean hasChanges() {
        return store.bytes() > 0 || !changed.isEmpty();
    }

    /** There is more to do in another turn. */
    void goOn() {
        DeviceEffect more = new DeviceEffect.GoOn();
        if (!effects.contains(more)) {
            effects.add(more);
        }
    }

    void effect(DeviceEffect effect) {
        effects.add(effect);
    }

    void tell(ClientEvent event) {
        effects.add(new DeviceEffect.Notify(event));
    }

    /** What an entry of a channel's log brings: nothing where that is applied a second time, since the group went back to before it. */
    void tellOnce(LiveChannel channel, ClientEvent event) {
        if (!channel.reading().again) {
            tell(event);
        }
    }

    void complete(long command, Outcome outcome) {
        effects.add(new DeviceEffect.Completed(command, outcome));
    }

    void refuse(long command, RefusalCode code, String sentence) {
        complete(command, new Outcome.Refused(new Refusal(code, sentence)));
    }

    /**
     * Something shows that this device's state is older than what was sent under its key: it is looked at before anything is encrypted or
     * signed.
     */
    void noticeOldState(OldState sign) {
        if (oldState.isEmpty()) {
            oldState = Optional.of(sign);
        }
    }

    Optional<OldState> oldState() {
        return oldState;
    }

    /** Something about the channel changed: what it has to send is looked at before the turn ends. */
    void touch(LiveChannel channel) {
        touched.add(channel);
    }

    /** The touched channels, in the order of their ids; forgotten afterwards. */
    List<LiveChannel> takeTouched() {
        List<LiveChannel> taken = List.copyOf(touched);
        touched.clear();
        return taken;
    }

    /** The channel's row has changed. */
    void changed(LiveChannel channel) {
        changed.put(channel.id(), channel);
    }

    /** The channel's row is to be gone. */
    void erase(ChannelId channel) {
        changed.remove(channel);
        store.delete(DeviceTable.CHANNEL, Keys.channel(channel));
    }

    /** Makes the turn's changes durable, and only then hands out its effects. */
    List<DeviceEffect> finish() {
        changed.values().forEach(channel -> channel.write(store));
        changed.clear();
        SortedSet<ChannelId> shown = store.channelsShown();
        store.commit();
        if (!shown.isEmpty()) {
            effects.add(new DeviceEffect.ChannelsChanged(shown));
        }
        return List.copyOf(effects);
    }
}
