package chat.samara.systemtests.sim.oracle;

import chat.samara.client.channel.ChannelState;
import chat.samara.client.channel.Membership;
import chat.samara.client.channel.Message;
import chat.samara.client.channel.MessageId;
import chat.samara.client.channel.MessageState;
import chat.samara.client.device.Account;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.log.IdempotencyKey;
import chat.samara.wire.proto.Error;
import chat.samara.wire.proto.ErrorCode;
import chat.samara.wire.proto.RecordKind;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Whether everything has come to rest (I8): all servers and devices hold the same, and nothing waits. */
public final class Convergence {
    private final Oracle oracle;
    private final SpeechBook speech;

    public Convergence(Oracle oracle, SpeechBook speech) {
        this.oracle = oracle;
        this.speech = speech;
    }

    private boolean isSettled(MessageId message) {
        return speech.isRefused(message) || speech.isForgotten(message);
    }

    /** Of a commit: one that was made by who is a member again since is not. */
    private boolean isOfSomebodyRemoved(String name) {
        String channel = name.substring(0, name.indexOf(' '));
        String device = name.substring(name.indexOf(' ') + 1, name.indexOf('/'));
        return oracle.submissions()
                .epochOfCommit(name)
                .filter(epoch -> Stretch.isRemovedSince(oracle.memberships().stretches(channel, device), epoch))
                .isPresent();
    }

    /** A commit of a device that has read in the log that it was removed: it has told its person so, and does not ask what became of the commit. */
    private boolean isCommitOfSomebodyRemoved(String name, RecordKind kind, Error why) {
        return kind == RecordKind.COMMIT && why.getCode() == ErrorCode.NOT_A_MEMBER && isOfSomebodyRemoved(name);
    }

    private static MessageId messageOf(String name) {
        int space = name.indexOf(' ');
        int slash = name.indexOf('/');
        return new MessageId(
                new DeviceId(Bytes.ofHex(name.substring(space + 1, slash))),
                new IdempotencyKey(Bytes.ofHex(name.substring(slash + 1))));
    }

    /** The first thing that is not at rest; empty if everything is. */
    public Optional<String> unfinished(Witnesses witnesses) {
        Map<String, Map<String, Set<Long>>> disks = new TreeMap<>();
        for (Witnesses.Server server : witnesses.servers()) {
            disks.put(server.name(), DiskReader.read(server.name(), server.disk(), oracle));
        }
        for (String channel : oracle.logs().channels()) {
            oracle.memberships().advance(channel);
            SortedMap<Long, Place> log = oracle.logs().log(channel);
            long head = log.lastKey();
            long open = oracle.memberships().epoch(channel).orElse(0)
                    - 1
                    - oracle.memberships().closedThrough(channel);
            if (open > 0 && !oracle.liars().hasTwoLogs(channel)) {
                return Optional.of(open + " epochs of " + Hex.brief(channel) + " are still open");
            }
            for (Witnesses.Device device : goingOn(witnesses)) {
                Optional<String> behind = behind(device, channel, head, disks.get(device.server()));
                if (behind.isPresent()) {
                    return behind;
                }
            }
        }
        if (oracle.acks().firstOpen().isPresent()) {
            for (Witnesses.Server server : witnesses.servers()) {
                DiskReader.readRejections(
                        server.disk(),
                        (name, kind, why) -> oracle.acks()
                                .hasRejected(
                                        server.name(),
                                        name,
                                        kind,
                                        why,
                                        isSettled(messageOf(name)) || isCommitOfSomebodyRemoved(name, kind, why)));
            }
            oracle.acks().forget(name -> isSettled(messageOf(name)), this::isOfSomebodyRemoved);
        }
        Optional<String> open = oracle.acks().firstOpen();
        return open.isPresent() ? open : waiting(witnesses);
    }

    private Optional<String> behind(
            Witnesses.Device device, String channel, long head, @Nullable Map<String, Set<Long>> disk) {
        String id = oracle.deviceOn(device.host()).orElse("");
        Collection<String> ids = oracle.devices().idsOn(device.host());
        List<Stretch> stretches = oracle.memberships().stretches(channel, ids);
        if (stretches.isEmpty()) {
            return Optional.empty();
        }
        if (oracle.isJoiningLost(device.host(), channel) || oracle.liars().misledByItsHub(device.host(), channel)) {
            return Optional.empty();
        }
        boolean member = oracle.memberships().currentMembers(channel).contains(id);
        if (!member && ids.stream().anyMatch(oracle.memberships().currentMembers(channel)::contains)) {
            return Optional.of(device.host() + " has not returned to " + Hex.brief(channel));
        }
        String where = " in " + Hex.brief(channel) + ", whose head is " + head;
        ChannelId channelId = new ChannelId(Bytes.ofHex(channel));
        Optional<ChannelState> state = device.engine().channel(channelId);
        if (state.isEmpty()) {
            if (!member && oracle.devices().isDisturbed(device.host())) {
                // Its store was set back behind all of its stay.
                return Optional.empty();
            }
            return Optional.of(device.host() + " does not know that it is" + where);
        }
        Optional<Stretch> stay = oracle.stayToLearnOf(device.host(), channel);
        if (stay.isPresent()) {
            return Optional.of(device.host() + " does not know that it was in " + stay.get() + where);
        }
        Membership expected = member ? Membership.MEMBER : Membership.REMOVED;
        if (state.get().membership() != expected || (member && state.get().seq() != head)) {
            return Optional.of(device.host() + " is " + state.get() + ", not " + expected + where);
        }
        if (member) {
            Set<Long> places = disk == null ? Set.of() : disk.getOrDefault(channel, Set.of());
            if (places.size() != head) {
                return Optional.of(device.server() + " has only " + places.size() + " entries" + where);
            }
        }
        return Optional.empty();
    }

    /** A copy in whose place another goes on shows what it has, and reads no more. */
    private List<Witnesses.Device> goingOn(Witnesses witnesses) {
        return witnesses.devices().stream()
                .filter(device -> !oracle.devices().isAway(device.host()))
                .toList();
    }

    private Optional<String> waiting(Witnesses witnesses) {
        for (Witnesses.Device device : goingOn(witnesses)) {
            if (device.engine().account().filter(Account::registered).isEmpty()) {
                return Optional.of(device.host() + " has no account yet");
            }
            for (ChannelState state : device.engine().channels()) {
                if (oracle.liars()
                        .misledByItsHub(device.host(), state.id().bytes().hex())) {
                    continue;
                }
                if (state.membership() == Membership.FOUNDING || state.pendingChanges() > 0) {
                    return Optional.of(device.host() + " waits: " + state);
                }
                // What was refused waits for nothing but its author's decision.
                Optional<Message> pending = device.engine().pending(state.id()).stream()
                        .filter(message -> message.state() != MessageState.REFUSED)
                        .findFirst();
                if (state.membership() == Membership.MEMBER && pending.isPresent()) {
                    return Optional.of(device.host() + " waits: " + pending.get());
                }
            }
        }
        return Optional.empty();
    }
}
