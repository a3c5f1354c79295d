package chat.samara.mls.group;

import chat.samara.mls.Limits;
import chat.samara.mls.MlsError;
import chat.samara.mls.MlsException;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.CipherSuite;
import chat.samara.mls.crypto.RandomSource;
import chat.samara.mls.crypto.Secret;
import chat.samara.mls.schedule.PreSharedKeyId;
import chat.samara.mls.schedule.Psk;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the keys that a commit or a Welcome names (RFC 9420 §8.4): in the groups at hand, or with the application. */
final class PskLookup {
    private final PreSharedKeys application;
    private final List<GroupState> groups;

    /**
     * @param groups whose resumption secrets are at hand
     */
    PskLookup(PreSharedKeys application, GroupState... groups) {
        this.application = application;
        this.groups = List.of(groups);
    }

    /** Whether the member holds the key. */
    boolean holds(PreSharedKeyId id) {
        Optional<Secret> found = find(id);
        found.ifPresent(Secret::erase);
        return found.isPresent();
    }

    /** The id, with a fresh nonce (RFC 9420 §8.4), of an external key; {@link MlsError#PSK_UNAVAILABLE} if it is not held. */
    PreSharedKeyId heldExternal(Bytes pskId, CipherSuite suite, RandomSource random) throws MlsException {
        return requireHeld(new PreSharedKeyId.External(pskId, nonce(suite, random)));
    }

    /** As {@link #heldExternal}, of the resumption secret of a group's epoch. */
    PreSharedKeyId heldResumption(int usage, Bytes groupId, long epoch, CipherSuite suite, RandomSource random)
            throws MlsException {
        return requireHeld(new PreSharedKeyId.Resumption(usage, groupId, epoch, nonce(suite, random)));
    }

    private static Bytes nonce(CipherSuite suite, RandomSource random) {
        return Bytes.wrapUnsafe(random.bytes(suite.hashBytes()));
    }

    private PreSharedKeyId requireHeld(PreSharedKeyId id) throws MlsException {
        if (!holds(id)) {
            throw unavailable(id);
        }
        return id;
    }

    /**
     * {@code psk_secret} of the keys in their order; zeros where there are none. The caller erases it.
     *
     * @throws MlsException {@link MlsError#PSK_UNAVAILABLE} (RFC 9420 §12.4.2, §12.4.3.1), {@link MlsError#LIMIT}
     */
    Secret combined(CipherSuite suite, List<PreSharedKeyId> ids) throws MlsException {
        requireFew(ids.size());
        List<Psk> psks = new ArrayList<>(ids.size());
        try {
            for (PreSharedKeyId id : ids) {
                psks.add(new Psk(id, find(id).orElseThrow(() -> unavailable(id))));
            }
            return Psk.combine(suite, psks);
        } finally {
            psks.forEach(psk -> psk.secret().erase());
        }
    }

    /** The key schedule counts them in 16 bits; this stays far below (RFC 9420 §8.4). */
    static void requireFew(int count) throws MlsException {
        if (count > Limits.PRE_SHARED_KEYS_MAX) {
            throw new MlsException(
                    MlsError.LIMIT, count + " pre-shared keys, expected at most " + Limits.PRE_SHARED_KEYS_MAX);
        }
    }

    private Optional<Secret> find(PreSharedKeyId id) {
        if (id instanceof PreSharedKeyId.External external) {
            return application.external(external.pskId());
        }
        PreSharedKeyId.Resumption resumption = (PreSharedKeyId.Resumption) id;
        Bytes groupId = resumption.groupId();
        for (GroupState group : groups) {
            if (group.publicGroup().groupId().equals(groupId)) {
                Optional<Secret> kept = group.resumptionPsk(resumption.epoch());
                if (kept.isPresent()) {
                    return kept;
                }
            }
        }
        return application.resumption(groupId, resumption.epoch());
    }

    private static MlsException unavailable(PreSharedKeyId id) {
        return new MlsException(MlsError.PSK_UNAVAILABLE, id + ", expected a key that this member holds");
    }
}
