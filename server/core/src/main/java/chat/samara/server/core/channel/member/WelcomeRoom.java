package chat.samara.server.core.channel.member;

import chat.samara.server.core.Limits;
import chat.samara.server.core.batch.Journal;
import chat.samara.wire.Refusal;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.identity.ServerName;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ErrorCode;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Whether one more Welcome may wait for a device that does not come. A KeyPackage of last resort can be used any number of times, and each
 * Welcome keeps a ratchet tree of up to 960 KiB: so whoever adds a device has a share, each other server has one, and others find room
 * for theirs all the same. Of what many have together the last fifth is for those who have next to none of it ({@link RoomForFew}).
 */
public final class WelcomeRoom {
    private final Journal journal;
    private final ServerName ownName;

    public WelcomeRoom(Journal journal, ServerName ownName) {
        this.journal = journal;
        this.ownName = ownName;
    }

    private record Share(String whose, String name, long countMax, long treeBytesMax) {
        Share forOne(long waitingOfOne, long treeBytesOfOne) {
            return new Share(
                    whose, name, RoomForFew.max(countMax, waitingOfOne), RoomForFew.max(treeBytesMax, treeBytesOfOne));
        }

        Optional<Refusal> lacks(
                DeviceId device,
                List<WelcomeTable.Waiting> waiting,
                Predicate<WelcomeTable.Waiting> isOfIt,
                long moreTreeBytes) {
            List<WelcomeTable.Waiting> taken = waiting.stream().filter(isOfIt).toList();
            long treeBytes =
                    taken.stream().mapToLong(WelcomeTable.Waiting::treeBytes).sum();
            if (taken.size() < countMax && treeBytes + moreTreeBytes <= treeBytesMax) {
                return Optional.empty();
            }
            String limit = taken.size() >= countMax ? name + "<=" + countMax : name + "-tree-bytes<=" + treeBytesMax;
            return Optional.of(Refusal.of(
                    ErrorCode.TOO_LARGE,
                    taken.size() + " additions " + whose + " wait already for device " + device
                            + ", which has not come for them; it has to come online before it is added to more",
                    limit));
        }
    }

    /**
     * What there is no room for if this user adds the device to a channel of this hub, whose tree is so large then; empty if there is room. Rows from
     * before it was kept who added the device, or whose hub it is, only count for all together.
     */
    public Optional<Refusal> lacks(DeviceId device, ServerName hub, UserId adder, long treeBytes) {
        List<WelcomeTable.Waiting> waiting = WelcomeTable.waiting(journal, device);
        Share byAdder = new Share(
                "by " + adder,
                "welcomes-by-one",
                Limits.WELCOMES_PER_DEVICE_AND_ADDER_MAX,
                Limits.WELCOME_TREE_BYTES_PER_DEVICE_AND_ADDER_MAX);
        Share byServer = new Share(
                "by members of " + adder.server(),
                "welcomes-by-one-server",
                Limits.WELCOMES_PER_DEVICE_AND_PEER_MAX,
                Limits.WELCOME_TREE_BYTES_PER_DEVICE_AND_PEER_MAX);
        String server = "@" + adder.server();
        List<WelcomeTable.Waiting> ofAdder = waiting.stream()
                .filter(it -> it.addedBy().equals(adder.toString()))
                .toList();
        long countThen = ofAdder.size() + 1L;
        long treeBytesThen = treeBytes
                + ofAdder.stream().mapToLong(WelcomeTable.Waiting::treeBytes).sum();
        return byAdder.lacks(device, waiting, it -> it.addedBy().equals(adder.toString()), treeBytes)
                .or(() -> adder.server().equals(ownName)
                        ? Optional.empty()
                        : byServer.forOne(countThen, treeBytesThen)
                                .lacks(device, waiting, it -> it.addedBy().endsWith(server), treeBytes))
                .or(() -> ofHub(hub)
                        .forOne(countThen, treeBytesThen)
                        .lacks(device, waiting, it -> isOfHub(it, hub), treeBytes));
    }

    private Share ofHub(ServerName hub) {
        return hub.equals(ownName)
                ? new Share(
                        "to channels of this server",
                        "welcomes-per-device",
                        Limits.WELCOMES_PER_DEVICE_MAX,
                        Limits.WELCOME_TREE_BYTES_PER_DEVICE_MAX)
                : new Share(
                        "to channels of " + hub,
                        "welcomes-of-one-hub",
                        Limits.WELCOMES_PER_DEVICE_AND_PEER_MAX,
                        Limits.WELCOME_TREE_BYTES_PER_DEVICE_AND_PEER_MAX);
    }

    private boolean isOfHub(WelcomeTable.Waiting waiting, ServerName hub) {
        boolean unknown = waiting.hub().isEmpty() && hub.equals(ownName);
        return unknown || waiting.hub().equals(hub.value());
    }
}
