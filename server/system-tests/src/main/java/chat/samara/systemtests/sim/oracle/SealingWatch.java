package chat.samara.systemtests.sim.oracle;

import chat.samara.client.device.DeviceStore;
import chat.samara.client.device.GroupVault;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.PublicGroup;
import chat.samara.systemtests.sim.clock.Scheduler;
import chat.samara.systemtests.sim.clock.Seed;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** To whom devices encrypt: to the members whom the hub's log shows in that epoch, and to nobody's forged group (I6, I11). */
final class SealingWatch {
    private final MembershipBook memberships;
    private final Supplier<List<Group>> forgedGroups;

    /** The groups are those into which somebody has tried to lead a device so far. */
    SealingWatch(MembershipBook memberships, Supplier<List<Group>> forgedGroups) {
        this.memberships = memberships;
        this.forgedGroups = forgedGroups;
    }

    /** A device hands over what it has sealed; its disk is as it was when it did. */
    void submitted(String host, DeviceStore disk, Submit submit) {
        if (submit.getKind() != RecordKind.APPLICATION) {
            return;
        }
        String channel = Hex.of(submit.getChannelId());
        requireUnreadable(host, submit);
        // What was sealed in an earlier epoch was looked at then.
        GroupVault.load(
                        disk,
                        new ChannelId(Bytes.ofHex(channel)),
                        new Seed(0),
                        () -> Instant.ofEpochMilli(Scheduler.START_MILLIS))
                .filter(group -> group.epoch() == submit.getEpoch())
                .ifPresent(group -> requireLeavesOfLog(host, channel, group));
    }

    /** The device on this host encrypts for this group. */
    void requireLeavesOfLog(String host, String channel, Group group) {
        Optional<PublicGroup> log = memberships.groupAt(channel, group.epoch());
        if (log.isEmpty() || !Arrays.equals(log.get().ratchetTree(), group.ratchetTree())) {
            throw new InvariantViolation(
                    Invariant.I11_OWN_EYES,
                    host + " encrypts in epoch " + group.epoch() + " of " + Hex.brief(channel) + " to "
                            + group.members().size() + " leaves that are not those of the hub's log: "
                            + log.map(it -> it.members().size() + " leaves").orElse("no such epoch"));
        }
    }

    /** Nobody who has forged a group can open this. */
    void requireUnreadable(String host, Submit submit) {
        for (Group forged : forgedGroups.get()) {
            try {
                forged.process(submit.getPayload().toByteArray());
            } catch (MlsException e) {
                continue;
            }
            throw new InvariantViolation(
                    Invariant.I6_OTHERS_READ_NOTHING,
                    host + " encrypts for a forged group of channel " + Hex.brief(Hex.of(submit.getChannelId())));
        }
    }
}
