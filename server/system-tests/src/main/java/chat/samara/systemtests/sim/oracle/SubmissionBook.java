package chat.samara.systemtests.sim.oracle;

import chat.samara.wire.proto.RecordKind;
import chat.samara.wire.proto.Submit;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What devices handed over, as it left them: whatever stands in a log under a device's name and is not here was changed on its way. */
final class SubmissionBook {
    private final Set<String> submitted = new HashSet<>();
    private final Set<String> keys = new HashSet<>();
    private final Map<String, Long> epochsOfCommits = new HashMap<>();

    /** A device (its id in hex) hands this over. */
    void submitted(String device, Submit submit) {
        String name = Hex.of(submit.getChannelId()) + " " + device + "/" + Hex.of(submit.getIdempotencyKey());
        keys.add(name);
        if (submit.getKind() == RecordKind.COMMIT) {
            epochsOfCommits.put(name, submit.getEpoch());
        }
        submitted.add(key(
                Hex.of(submit.getChannelId()),
                device,
                Hex.of(submit.getIdempotencyKey()),
                submit.getEpoch(),
                Hex.sha256(submit.getPayload())));
    }

    /** Whether a device ever handed over something under this name: {@code channel device/idempotency key}, all in hex. */
    boolean isKeyInUse(String name) {
        return keys.contains(name);
    }

    /** Whether what a device handed over under this name was a commit. */
    boolean isCommit(String name) {
        return epochsOfCommits.containsKey(name);
    }

    /** The epoch in which a device made the commit that it handed over under this name; empty if that was none. */
    Optional<Long> epochOfCommit(String name) {
        return Optional.ofNullable(epochsOfCommits.get(name));
    }

    /** Whether a message stands in the log otherwise than its author's device has sent it. */
    boolean isAltered(Place place) {
        return place.content().getKind() == RecordKind.APPLICATION
                && !submitted.contains(key(
                        place.channel(),
                        Hex.of(place.content().getDevice()),
                        Hex.of(place.content().getIdempotencyKey()),
                        place.content().getEpoch(),
                        Hex.sha256(place.content().getPayload())));
    }

    private static String key(String channel, String device, String idempotencyKey, long epoch, String payloadHash) {
        return channel + " " + device + "/" + idempotencyKey + " " + epoch + " " + payloadHash;
    }
}
