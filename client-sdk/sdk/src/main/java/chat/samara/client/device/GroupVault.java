package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.stored.StoredChannel;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.SignatureKeyPair;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.group.StateDelta;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.log.ChannelId;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Keeps groups in the table GROUP: what the mls library wants to be written goes into the turn's transaction, small delta by delta. */
public final class GroupVault {
    private final GroupEnvironment environment;

    GroupVault(GroupEnvironment environment) {
        this.environment = environment;
    }

    GroupEnvironment environment() {
        return environment;
    }

    /**
     * The group of a channel as a store holds it, apart from any engine; for tests and inspection. The result is a copy: what is done
     * with it does not reach the store.
     */
    public static Optional<Group> load(DeviceStore store, ChannelId channel, RandomSource random, InstantSource clock) {
        Optional<OwnIdentity> own = store.get(DeviceTable.ACCOUNT, Keys.ACCOUNT).map(OwnIdentity::of);
        boolean holdsGroup = store.get(DeviceTable.CHANNEL, Keys.channel(channel))
                .map(row -> LiveChannel.of(Stored.parse(StoredChannel.parser(), row)))
                .filter(LiveChannel::hasGroup)
                .isPresent();
        if (own.isEmpty() || !holdsGroup) {
            return Optional.empty();
        }
        GroupEnvironment environment = new GroupEnvironment(new DeviceAuthentication(), random, clock);
        return Optional.of(restore(store, channel, own.get().deviceKey(), environment));
    }

    /** The channel's group, loaded if it was not used yet. The channel must have one. */
    Group group(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (channel.loadedGroup().isEmpty()) {
            if (!channel.hasGroup()) {
                throw new IllegalStateException("no group in " + channel + ", expected " + Membership.MEMBER);
            }
            channel.setGroup(Optional.of(restore(turn.store().durable(), channel.id(), own.deviceKey(), environment)));
        }
        return channel.loadedGroup().orElseThrow();
    }

    /** Writes what has changed since the last time. To be called in every turn that used the group. */
    void save(Turn turn, LiveChannel channel, Group group) {
        StateDelta delta = group.drainDelta();
        // Sorted: the library's maps have no order, and two runs of the same seed must write the same.
        new TreeMap<>(delta.puts())
                .forEach((key, value) ->
                        turn.store().put(DeviceTable.GROUP, Keys.group(channel.id(), key), value.toByteArray()));
        delta.deletes().stream()
                .sorted()
                .forEach(key -> turn.store().delete(DeviceTable.GROUP, Keys.group(channel.id(), key)));
        channel.row().setEpoch(group.epoch());
    }

    /** Erases the channel's secrets, in memory and in the store, also those that this very turn has written. The history stays. */
    void erase(Turn turn, LiveChannel channel, Optional<Group> loaded) {
        loaded.ifPresent(group -> {
            group.destroy();
            group.drainDelta().deletes().stream()
                    .sorted()
                    .forEach(key -> turn.store().delete(DeviceTable.GROUP, Keys.group(channel.id(), key)));
        });
        channel.setGroup(Optional.empty());
        turn.store().durable().scan(DeviceTable.GROUP, channel.id().bytes(), Keys.endOf(channel.id()), (key, value) -> {
            turn.store().delete(DeviceTable.GROUP, key);
            return true;
        });
    }

    private static Group restore(
            DeviceStore store, ChannelId channel, SignatureKeyPair signer, GroupEnvironment environment) {
        Map<Bytes, Bytes> state = new TreeMap<>();
        store.scan(DeviceTable.GROUP, channel.bytes(), Keys.endOf(channel), (key, value) -> {
            state.put(Keys.mlsKeyOf(key), Bytes.wrapUnsafe(value));
            return true;
        });
        try {
            return Group.restore(state, signer, environment);
        } catch (MlsException e) {
            throw new DeviceStoreException("the group of channel " + channel + " cannot be restored", e);
        }
    }
}
