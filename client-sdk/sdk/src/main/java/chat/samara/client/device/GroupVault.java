package chat.samara.client.device;

import chat.samara.client.channel.Membership;
import chat.samara.client.stored.StoredChannel;
import chat.samara.mls.MlsError;
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
import java.util.List;
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
        Map<Bytes, Bytes> state = rows(store, channel);
        return state.isEmpty()
                ? Optional.empty()
                : restored(state, channel, own.get().deviceKeys(), environment);
    }

    /** The channel's group, loaded if it was not used yet. The channel must have one. */
    Group group(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (channel.loadedGroup().isEmpty()) {
            if (!channel.hasGroup()) {
                throw new IllegalStateException("no group in " + channel + ", expected " + Membership.MEMBER);
            }
            channel.setGroup(Optional.of(
                    restore(rows(turn, DeviceTable.GROUP, channel), channel.id(), own.deviceKeys(), environment)));
        }
        return channel.loadedGroup().orElseThrow();
    }

    /**
     * As {@link #group}; empty where all epochs that it knew are closed, while this device returns, or where it is of a device key that was given
     * up too long ago.
     */
    Optional<Group> unlessClosed(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (channel.is(Membership.RETURNING) && channel.loadedGroup().isEmpty()) {
            Map<Bytes, Bytes> rows = rows(turn, DeviceTable.GROUP, channel);
            channel.setGroup(rows.isEmpty() ? Optional.empty() : restored(rows, channel.id(), own));
            if (channel.loadedGroup().isEmpty()) {
                clear(turn, DeviceTable.GROUP, channel);
            }
            return channel.loadedGroup();
        }
        return Optional.of(group(turn, channel, own));
    }

    /** No message of these epochs can come any more (I6). While this device returns, that may be all that its group knew. */
    void closeThrough(Turn turn, LiveChannel channel, OwnIdentity own, long epoch) {
        unlessClosed(turn, channel, own).ifPresent(group -> {
            if (lastReadable(group) <= epoch) {
                eraseGroup(turn, channel);
            } else {
                group.closeEpochsThrough(epoch);
                save(turn, channel, group);
            }
        });
    }

    /** The last epoch whose messages it can read: of one whose leaf is gone, that before the commit which took it. */
    static long lastReadable(Group group) {
        return group.isActive() ? group.epoch() : group.epoch() - 1;
    }

    private static void eraseGroup(Turn turn, LiveChannel channel) {
        channel.loadedGroup().ifPresent(Group::destroy);
        channel.setGroup(Optional.empty());
        clear(turn, DeviceTable.GROUP, channel);
    }

    /** Writes what has changed since the last time. To be called in every turn that used the group. */
    void save(Turn turn, LiveChannel channel, Group group) {
        write(turn, DeviceTable.GROUP, channel, group);
        if (!channel.is(Membership.RETURNING)) {
            channel.row().setEpoch(group.epoch());
        }
    }

    private static void write(Turn turn, DeviceTable table, LiveChannel channel, Group group) {
        StateDelta delta = group.drainDelta();
        // Sorted: the library's maps have no order, and two runs of the same seed must write the same.
        new TreeMap<>(delta.puts())
                .forEach((key, value) -> turn.store().put(table, Keys.group(channel.id(), key), value.toByteArray()));
        delta.deletes().stream().sorted().forEach(key -> turn.store().delete(table, Keys.group(channel.id(), key)));
    }

    // ---- while the device returns ----

    /** Keeps the group by which this device is about to return, before its commit leaves. */
    void keepJoining(Turn turn, LiveChannel channel, Group joining) {
        clear(turn, DeviceTable.JOINING_GROUP, channel);
        write(turn, DeviceTable.JOINING_GROUP, channel, joining);
        channel.setJoining(Optional.of(joining));
    }

    /** The group by which this device is about to return; its commit is under way. */
    Group joining(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (channel.loadedJoining().isEmpty()) {
            channel.setJoining(Optional.of(restore(
                    rows(turn, DeviceTable.JOINING_GROUP, channel), channel.id(), own.deviceKeys(), environment)));
        }
        return channel.loadedJoining().orElseThrow();
    }

    /** It will not be joined by that commit. */
    void dropJoining(Turn turn, LiveChannel channel) {
        channel.loadedJoining().ifPresent(Group::destroy);
        channel.setJoining(Optional.empty());
        clear(turn, DeviceTable.JOINING_GROUP, channel);
    }

    /** A Welcome has led into this group: the group that it had is the past one, for late messages. */
    void settle(Turn turn, LiveChannel channel, OwnIdentity own, WelcomeInLog.Opened opened) {
        keepJoining(turn, channel, opened.group());
        settle(turn, channel, own, opened.group());
    }

    /** This device has returned by that commit: the group that it had is the past one, for late messages. */
    void settle(Turn turn, LiveChannel channel, OwnIdentity own, Group joined) {
        Optional<Group> before = unlessClosed(turn, channel, own);
        before.ifPresent(group -> save(turn, channel, group));
        channel.loadedPast().flatMap(past -> past).ifPresent(Group::destroy);
        move(turn, channel, DeviceTable.GROUP, DeviceTable.PAST_GROUP);
        move(turn, channel, DeviceTable.JOINING_GROUP, DeviceTable.GROUP);
        channel.setPast(before);
        channel.setJoining(Optional.empty());
        channel.setGroup(Optional.of(joined));
        write(turn, DeviceTable.GROUP, channel, joined);
        channel.row().setEpoch(joined.epoch());
    }

    /** The group that this device had before it lost its place, if it may still be needed. */
    Optional<Group> past(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (channel.loadedPast().isEmpty()) {
            Map<Bytes, Bytes> rows = rows(turn, DeviceTable.PAST_GROUP, channel);
            Optional<Group> past = rows.isEmpty() ? Optional.empty() : restored(rows, channel.id(), own);
            channel.setPast(past);
            if (past.isEmpty()) {
                clear(turn, DeviceTable.PAST_GROUP, channel);
            }
        }
        return channel.loadedPast().orElseThrow();
    }

    void savePast(Turn turn, LiveChannel channel, Group past) {
        write(turn, DeviceTable.PAST_GROUP, channel, past);
    }

    /** No message of these epochs can come any more. */
    void closePastThrough(Turn turn, LiveChannel channel, OwnIdentity own, long epoch) {
        Optional<Group> past = past(turn, channel, own);
        if (past.isEmpty()) {
            return;
        }
        if (lastReadable(past.get()) <= epoch) {
            erasePast(turn, channel);
        } else {
            past.get().closeEpochsThrough(epoch);
            savePast(turn, channel, past.get());
        }
    }

    private void erasePast(Turn turn, LiveChannel channel) {
        channel.loadedPast().flatMap(past -> past).ifPresent(Group::destroy);
        channel.setPast(Optional.empty());
        clear(turn, DeviceTable.PAST_GROUP, channel);
    }

    private static void move(Turn turn, LiveChannel channel, DeviceTable from, DeviceTable to) {
        clear(turn, to, channel);
        turn.store().rows(from, channel.id().bytes(), Keys.endOf(channel.id())).forEach((key, value) -> {
            turn.store().put(to, key, value);
            turn.store().delete(from, key);
        });
    }

    private static void clear(Turn turn, DeviceTable table, LiveChannel channel) {
        turn.store()
                .rows(table, channel.id().bytes(), Keys.endOf(channel.id()))
                .keySet()
                .forEach(key -> turn.store().delete(table, key));
    }

    private static Map<Bytes, Bytes> rows(Turn turn, DeviceTable table, LiveChannel channel) {
        Map<Bytes, Bytes> rows = new TreeMap<>();
        turn.store()
                .rows(table, channel.id().bytes(), Keys.endOf(channel.id()))
                .forEach((key, value) -> rows.put(Keys.mlsKeyOf(key), Bytes.wrapUnsafe(value)));
        return rows;
    }

    /** Erases the channel's secrets, in memory and in the store, also those that this very turn has written. The history stays. */
    void erase(Turn turn, LiveChannel channel) {
        eraseGroup(turn, channel);
        channel.setObserved(Optional.empty());
        dropJoining(turn, channel);
        erasePast(turn, channel);
    }

    private static Map<Bytes, Bytes> rows(DeviceStore store, ChannelId channel) {
        Map<Bytes, Bytes> state = new TreeMap<>();
        store.scan(DeviceTable.GROUP, channel.bytes(), Keys.endOf(channel), (key, value) -> {
            state.put(Keys.mlsKeyOf(key), Bytes.wrapUnsafe(value));
            return true;
        });
        return state;
    }

    private Optional<Group> restored(Map<Bytes, Bytes> state, ChannelId channel, OwnIdentity own) {
        return restored(state, channel, own.deviceKeys(), environment);
    }

    private static Group restore(
            Map<Bytes, Bytes> state, ChannelId channel, List<SignatureKeyPair> signers, GroupEnvironment environment) {
        return restored(state, channel, signers, environment)
                .orElseThrow(() -> new DeviceStoreException(
                        "the group of channel " + channel + " cannot be restored",
                        new MlsException(MlsError.KEY_MISMATCH, "no key to restore it with")));
    }

    /** The group; empty where it is of a device key that is none of these. */
    private static Optional<Group> restored(
            Map<Bytes, Bytes> state, ChannelId channel, List<SignatureKeyPair> signers, GroupEnvironment environment) {
        try {
            return Optional.of(Group.restore(state, signers, environment));
        } catch (MlsException e) {
            if (e.code() == MlsError.KEY_MISMATCH) {
                return Optional.empty();
            }
            throw new DeviceStoreException("the group of channel " + channel + " cannot be restored", e);
        }
    }
}
