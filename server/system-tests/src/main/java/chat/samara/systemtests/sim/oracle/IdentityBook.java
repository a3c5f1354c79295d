package chat.samara.systemtests.sim.oracle;

import chat.samara.client.channel.KnownKey;
import chat.samara.client.device.DeviceEngine;
import chat.samara.mls.codec.Bytes;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.UserId;
import chat.samara.wire.proto.ClientFrame;
import chat.samara.wire.proto.DeviceCertificate;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Under which identity key each member opened an account: the one that all others are to go by, whatever a server says. */
final class IdentityBook {
    private final Map<UserId, Bytes> keys = new TreeMap<>();

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

    /** The identity key of a member; empty before it has an account. */
    Optional<Bytes> of(UserId user) {
        return Optional.ofNullable(keys.get(user));
    }

    /** Nobody has accepted another key in a run, so a device goes by the right one of everybody whom it has met. */
    void check(String host, DeviceEngine engine) {
        keys.forEach((user, right) -> engine.identityKeys(user).stream()
                .filter(KnownKey::current)
                .filter(known -> !known.identityKey().equals(right))
                .findFirst()
                .ifPresent(wrong -> {
                    throw new InvariantViolation(
                            Invariant.I11_OWN_EYES,
                            host + " goes by the key "
                                    + Hex.brief(wrong.identityKey().hex()) + " of " + user + ", whose key is "
                                    + Hex.brief(right.hex()));
                }));
    }
}
