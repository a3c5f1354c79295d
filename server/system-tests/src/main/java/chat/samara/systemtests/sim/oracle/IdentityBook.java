package chat.samara.systemtests.sim.oracle;

import chat.samara.client.channel.KnownKey;
import chat.samara.client.device.DeviceEngine;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.DeviceCertificate;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/** Under which identity key each member opened an account: the one that all others are to go by, whatever a server says. */
final class IdentityBook {
    private final Map<UserId, Bytes> keys = new TreeMap<>();

    /** Of profiles that are lost: whoever has not accepted the key of the next one goes on by these. */
    private final Map<UserId, Set<Bytes>> keysOfBefore = new TreeMap<>();

    /** A device sends this. */
    void sent(ClientFrame frame) {
        if (frame.hasRegister()) {
            // A name that was refused is registered anew under another key: the last counts.
            observe(frame.getRegister().getCertificate());
        }
    }

    private void observe(DeviceCertificate certificate) {
        try {
            keys.put(
                    UserId.fromWire(certificate.getUserId()),
                    Bytes.of(certificate.getIdentityKey().toByteArray()));
        } catch (RefusedException e) {
            throw new InvariantViolation(
                    Invariant.I9_NO_INPUT_STOPS_ANYTHING, "a device registers as nobody: " + certificate, e);
        }
    }

    /** A member has lost its profile, and opens an account anew. */
    void beginsAnew(UserId user) {
        Optional.ofNullable(keys.remove(user))
                .ifPresent(key -> keysOfBefore
                        .computeIfAbsent(user, it -> new HashSet<>())
                        .add(key));
    }

    /** The identity keys of a member: the present one, and those of profiles that it has lost. */
    Set<Bytes> of(UserId user) {
        Set<Bytes> all = new HashSet<>(keysOfBefore.getOrDefault(user, Set.of()));
        present(user).ifPresent(all::add);
        return all;
    }

    /** The identity key of a member's present account; empty before it has one. */
    Optional<Bytes> present(UserId user) {
        return Optional.ofNullable(keys.get(user));
    }

    /** Nobody accepts another's key in a run, so a device goes by one that is the member's of everybody whom it has met. */
    void check(String host, DeviceEngine engine) {
        keys.keySet()
                .forEach(user -> engine.identityKeys(user).stream()
                        .filter(KnownKey::current)
                        .filter(known -> !of(user).contains(known.identityKey()))
                        .findFirst()
                        .ifPresent(wrong -> {
                            throw new InvariantViolation(
                                    Invariant.I11_OWN_EYES,
                                    host + " goes by the key "
                                            + Hex.brief(wrong.identityKey().hex()) + " of " + user + ", whose keys are "
                                            + of(user).stream()
                                                    .map(key -> Hex.brief(key.hex()))
                                                    .toList());
                        }));
    }
}
