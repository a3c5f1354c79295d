package chat.samara.systemtests.sim.oracle;

import chat.samara.mls.MlsException;
import chat.samara.mls.group.PublicGroup;
import chat.samara.mls.group.VerifiedHandshake;
import chat.samara.wire.Limits;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.identity.DeviceId;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.ControlPayload;
import chat.samara.wire.proto.RecordKind;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Replays every channel's handshakes, in the order of the log, through a public group of the oracle's own: so it knows who
 * is a member when, and that no commit stands in a log that a correct member would refuse (I4).
 */
public final class MembershipBook {
    /** One channel, as far as its log is known without a gap. */
    private static final class Replay {
        private long seq;
        private Optional<PublicGroup> group = Optional.empty();
        private final TreeMap<String, List<Stretch>> stretchesByDevice = new TreeMap<>();
        private final TreeMap<Long, Set<String>> removedAt = new TreeMap<>();
        private final TreeMap<Long, PublicGroup> groupByEpoch = new TreeMap<>();
        private long closedThrough = -1;
        private int closedBeyondKept;
        private final TreeMap<Long, Long> closings = new TreeMap<>();
    }

    private final LogBook logs;
    private final Map<String, Replay> replays = new TreeMap<>();

    public MembershipBook(LogBook logs) {
        this.logs = logs;
    }

    /** Goes on as far as the channel's log is known. */
    public void advance(String channel) {
        Replay replay = replays.computeIfAbsent(channel, c -> new Replay());
        while (true) {
            Place next = logs.log(channel).get(replay.seq + 1);
            if (next == null) {
                return;
            }
            try {
                apply(replay, next);
            } catch (MlsException e) {
                throw new InvariantViolation(
                        Invariant.I4_ONE_VALID_COMMIT_AN_EPOCH,
                        next + " stands in the log, but a correct member refuses it: " + e.getMessage(),
                        e);
            } catch (InvalidProtocolBufferException e) {
                throw new InvariantViolation(Invariant.I2_ONE_LOG, next + " has a payload that cannot be parsed", e);
            }
            replay.seq++;
        }
    }

    private static void apply(Replay replay, Place place) throws MlsException, InvalidProtocolBufferException {
        RecordKind kind = place.content().getKind();
        if (kind == RecordKind.CONTROL) {
            applyControl(replay, place);
        } else if (kind == RecordKind.COMMIT) {
            CommitPayload payload = CommitPayload.parseFrom(place.content().getPayload());
            advanceGroup(replay, place, payload.getCommit().toByteArray());
        } else if (kind == RecordKind.PROPOSAL) {
            advanceGroup(replay, place, place.content().getPayload().toByteArray());
        } else if (place.content().getEpoch() <= replay.closedThrough) {
            throw new InvariantViolation(
                    Invariant.I5_MEMBERS_READ_EVERYTHING,
                    place + " stands in the log after epoch " + replay.closedThrough + " was closed");
        }
    }

    private static void applyControl(Replay replay, Place place) throws MlsException, InvalidProtocolBufferException {
        ControlPayload control = ControlPayload.parseFrom(place.content().getPayload());
        if (control.hasGenesis()) {
            PublicGroup group = PublicGroup.of(
                    control.getGenesis().getGroupInfo().toByteArray(),
                    control.getGenesis().getRatchetTree().toByteArray(),
                    new DeviceAuthentication());
            replay.group = Optional.of(group);
            replay.groupByEpoch.put(group.epoch(), group);
            devices(group).forEach(device -> add(replay, device, place.seq(), group.epoch()));
        } else if (control.hasEpochClosed()) {
            long open = replay.group.map(PublicGroup::epoch).orElse(0L) - 1 - replay.closedThrough;
            replay.closedBeyondKept += open > Limits.OPEN_EPOCHS_MAX ? 1 : 0;
            replay.closedThrough = control.getEpochClosed().getThroughEpoch();
            replay.closings.put(place.seq(), replay.closedThrough);
        }
    }

    private static void advanceGroup(Replay replay, Place place, byte[] handshake) throws MlsException {
        PublicGroup before = replay.group.orElseThrow(() -> new InvariantViolation(
                Invariant.I4_ONE_VALID_COMMIT_AN_EPOCH, place + " stands in a log without a genesis"));
        VerifiedHandshake verified = before.verify(handshake);
        PublicGroup after = verified.after();
        replay.group = Optional.of(after);
        replay.groupByEpoch.put(after.epoch(), after);
        Set<String> old = devices(before);
        Set<String> fresh = devices(after);
        for (String device : old) {
            if (!fresh.contains(device)) {
                List<Stretch> stretches = replay.stretchesByDevice.getOrDefault(device, new ArrayList<>());
                stretches.set(
                        stretches.size() - 1,
                        stretches.get(stretches.size() - 1).endedAt(place.seq()));
                replay.removedAt
                        .computeIfAbsent(place.seq(), seq -> new TreeSet<>())
                        .add(device);
            }
        }
        for (String device : fresh) {
            if (!old.contains(device)) {
                add(replay, device, place.seq(), after.epoch());
            }
        }
    }

    private static void add(Replay replay, String device, long seq, long epoch) {
        replay.stretchesByDevice
                .computeIfAbsent(device, d -> new ArrayList<>())
                .add(new Stretch(seq, epoch, Stretch.STILL_MEMBER));
    }

    private static Set<String> devices(PublicGroup group) {
        Set<String> devices = new TreeSet<>();
        group.members()
                .forEach(member -> devices.add(
                        DeviceId.ofSignatureKey(member.signatureKey()).toString()));
        return devices;
    }

    /** The members' group in an epoch, as the log shows it; empty if the known log does not reach it. */
    Optional<PublicGroup> groupAt(String channel, long epoch) {
        Replay replay = replays.get(channel);
        return replay == null ? Optional.empty() : Optional.ofNullable(replay.groupByEpoch.get(epoch));
    }

    /** The epoch in which the known log ends; empty before the genesis. */
    public OptionalLong epoch(String channel) {
        Replay replay = replays.get(channel);
        return replay == null || replay.group.isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(replay.group.get().epoch());
    }

    /** Every epoch up to and including this one is closed; -1 for none. */
    public long closedThrough(String channel) {
        Replay replay = replays.get(channel);
        return replay == null ? -1 : replay.closedThrough;
    }

    /** How often the hub closed epochs. */
    public int closings(String channel) {
        Replay replay = replays.get(channel);
        return replay == null ? 0 : replay.closings.size();
    }

    /** How often the hub closed epochs since more had ended than are kept open for those who are cut off. */
    public int closedBeyondKept(String channel) {
        Replay replay = replays.get(channel);
        return replay == null ? 0 : replay.closedBeyondKept;
    }

    /** Place up to which the channel's log is known without a gap. */
    public long knownThrough(String channel) {
        Replay replay = replays.get(channel);
        return replay == null ? 0 : replay.seq;
    }

    /** When a device (in hex) was a member, in order. */
    public List<Stretch> stretches(String channel, String device) {
        Replay replay = replays.get(channel);
        return replay == null ? List.of() : replay.stretchesByDevice.getOrDefault(device, List.of());
    }

    /** When any of these devices was a member, in order. */
    public List<Stretch> stretches(String channel, Collection<String> devices) {
        return devices.stream()
                .flatMap(device -> stretches(channel, device).stream())
                .sorted(Comparator.comparingLong(Stretch::joinSeq))
                .toList();
    }

    /** The devices that are members where the known log ends. */
    public List<String> currentMembers(String channel) {
        Replay replay = replays.get(channel);
        if (replay == null) {
            return List.of();
        }
        return replay.stretchesByDevice.entrySet().stream()
                .filter(entry ->
                        entry.getValue().get(entry.getValue().size() - 1).open())
                .map(Map.Entry::getKey)
                .toList();
    }

    /** The devices that the commit at this place removed. */
    public Set<String> removedAt(String channel, long seq) {
        Replay replay = replays.get(channel);
        return replay == null ? Set.of() : replay.removedAt.getOrDefault(seq, Set.of());
    }

    /** Whether the secrets of this epoch were to be erased by whoever has read up to this place. */
    public boolean closedBefore(String channel, long epoch, long seq) {
        Replay replay = replays.get(channel);
        if (replay == null) {
            return false;
        }
        Map.Entry<Long, Long> closing = replay.closings.lowerEntry(seq);
        return closing != null && epoch <= closing.getValue();
    }
}
