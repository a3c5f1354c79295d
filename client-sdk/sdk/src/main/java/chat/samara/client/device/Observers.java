package chat.samara.client.device;

import chat.samara.client.stored.StoredObserver;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.PublicGroup;
import chat.samara.wire.channel.Blame;
import chat.samara.wire.channel.Change;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.channel.Membership;
import chat.samara.wire.channel.ObservedChannel;
import java.util.Optional;

/**
 * What this device sees of its channels as everybody sees it: by it, each handshake in a log is judged by the same rules as at the hub,
 * before the group's secrets are asked. As a rule it is the group's own public side. Where the log says more than the group, since
 * the group could not process something that is in order for every observer, it is kept as a row of OBSERVER.
 */
final class Observers {
    private final GroupVault vault;

    Observers(GroupVault vault) {
        this.vault = vault;
    }

    /** The channel after the last entry that was applied. */
    ObservedChannel of(Turn turn, LiveChannel channel, OwnIdentity own) {
        if (channel.observed().isEmpty()) {
            PublicGroup group = row(turn, channel)
                    .map(row -> decode(Stored.bytes(row.getPublicGroup())))
                    .orElseGet(() -> vault.group(turn, channel, own).publicGroup());
            boolean signed =
                    channel.row().getDemandsSignedCommits() || channel.genesis().demandsSignedCommits();
            channel.setObserved(Optional.of(ObservedChannel.resume(
                    channel.id(), channel.genesis().hub(), group, signed, blame(turn, channel, group))));
        }
        return channel.observed().orElseThrow();
    }

    /** The GroupInfo of the newest epoch, for a device that is out of its place. */
    Bytes groupInfo(Turn turn, LiveChannel channel) {
        return row(turn, channel)
                .map(row -> Stored.bytes(row.getGroupInfo()))
                .orElseThrow(() -> new IllegalStateException("no row of OBSERVER for " + channel));
    }

    private static Optional<StoredObserver> row(Turn turn, LiveChannel channel) {
        return turn.store()
                .get(DeviceTable.OBSERVER, Keys.channel(channel.id()))
                .map(row -> Stored.parse(StoredObserver.parser(), row));
    }

    /** What follows from a commit that was judged, whether or not this device can process it. */
    void committed(Turn turn, LiveChannel channel, ObservedChannel observed, Change.Committed commit) {
        channel.row().setDemandsSignedCommits(observed.demandsSignedCommits());
        if (commit.isSigned()) {
            turn.store()
                    .put(
                            DeviceTable.BLAME,
                            Keys.channel(channel.id()),
                            observed.blame().encode());
        }
    }

    /** The log says more than the group: keeps what it says. */
    void keep(Turn turn, LiveChannel channel, ObservedChannel observed, Bytes groupInfo) {
        turn.store()
                .put(
                        DeviceTable.OBSERVER,
                        Keys.channel(channel.id()),
                        StoredObserver.newBuilder()
                                .setPublicGroup(Stored.bytes(
                                        Bytes.wrapUnsafe(observed.group().encode())))
                                .setGroupInfo(Stored.bytes(groupInfo))
                                .build());
    }

    /** Where the log says more than the group already, keeps what it says by now. */
    void keepUp(Turn turn, LiveChannel channel, ObservedChannel observed) {
        row(turn, channel).ifPresent(row -> keep(turn, channel, observed, Stored.bytes(row.getGroupInfo())));
    }

    /** The group says the same again, or there is none any more. */
    void forget(Turn turn, LiveChannel channel) {
        if (row(turn, channel).isPresent()) {
            turn.store().delete(DeviceTable.OBSERVER, Keys.channel(channel.id()));
        }
    }

    /** There is a row once the log has shown a signed commit; until then it is enough to know who has founded the channel. */
    private static Blame blame(Turn turn, LiveChannel channel, PublicGroup group) {
        Optional<byte[]> row = turn.store().get(DeviceTable.BLAME, Keys.channel(channel.id()));
        try {
            return row.isPresent()
                    ? Blame.decode(Bytes.wrapUnsafe(row.get()), group.epoch())
                    : Membership.of(group).blameOf(channel.genesis().creator().device());
        } catch (MlsException e) {
            throw new DeviceStoreException("who is blamed in channel " + channel.id() + " cannot be read", e);
        }
    }

    private static PublicGroup decode(Bytes stored) {
        try {
            return PublicGroup.decode(stored.toByteArray(), new DeviceAuthentication());
        } catch (MlsException e) {
            throw new DeviceStoreException("a public group that cannot be read", e);
        }
    }
}
