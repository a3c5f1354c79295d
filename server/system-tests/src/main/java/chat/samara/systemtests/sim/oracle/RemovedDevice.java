package chat.samara.systemtests.sim.oracle;

import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.group.Group;
import chat.samara.mls.group.Processed;
import chat.samara.systemtests.sim.disk.DeviceDisk;
import chat.samara.wire.log.ChannelId;
import chat.samara.wire.proto.CommitPayload;
import chat.samara.wire.proto.RecordKind;
import com.google.protobuf.InvalidProtocolBufferException;
import java.util.Collection;
import java.util.Optional;

/**
 * A removed device whose owner does not play by the rules: it kept a copy of its disk from before the removal and is given
 * every later record. It must open none of an epoch that its removal began, or a later one (I6).
 *
 * @param device in hex
 * @param channel in hex
 * @param removalSeq place of the commit that removed it
 * @param before its disk as it was before it saw that commit
 */
record RemovedDevice(String device, String channel, long removalSeq, DeviceDisk before) {
    /** Takes the group of a channel out of a device's disk. */
    @FunctionalInterface
    interface Vault {
        Optional<Group> load(DeviceDisk disk, ChannelId channel);
    }

    /**
     * Tries everything, twice: with the group as it was, and after processing the removal.
     *
     * @return how many records it tried to open
     */
    int tryToRead(Vault vault, Collection<Place> log) {
        int tried = 0;
        for (boolean processesRemoval : new boolean[] {false, true}) {
            Optional<Group> group = vault.load(before, new ChannelId(Bytes.ofHex(channel)));
            if (group.isEmpty()) {
                return tried;
            }
            long removedInEpoch = Long.MAX_VALUE;
            for (Place place : log) {
                if (place.seq() == removalSeq) {
                    removedInEpoch = place.content().getEpoch();
                    if (processesRemoval) {
                        process(group.get(), place);
                    }
                } else if (place.seq() > removalSeq && place.content().getEpoch() > removedInEpoch) {
                    tried++;
                    if (process(group.get(), place).isPresent()) {
                        throw new InvariantViolation(
                                Invariant.I6_OTHERS_READ_NOTHING,
                                Hex.brief(device) + ", removed at " + removalSeq + ", opens " + place);
                    }
                }
            }
        }
        return tried;
    }

    private static Optional<Processed> process(Group group, Place place) {
        try {
            if (place.content().getKind() == RecordKind.APPLICATION) {
                return Optional.of(group.process(place.content().getPayload().toByteArray()));
            }
            if (place.content().getKind() == RecordKind.COMMIT) {
                byte[] commit = CommitPayload.parseFrom(place.content().getPayload())
                        .getCommit()
                        .toByteArray();
                Processed processed = group.process(commit);
                if (processed instanceof Processed.CommitReceived received) {
                    group.merge(received.commit());
                }
                return Optional.of(processed);
            }
            return Optional.empty();
        } catch (MlsException | InvalidProtocolBufferException e) {
            return Optional.empty();
        }
    }
}
