package chat.samara.mls.group;

import chat.samara.mls.Limits;
import chat.samara.mls.crypto.Secret;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The {@code resumption_psk} of past epochs (RFC 9420 §8.6): of the newest {@link Limits#RESUMPTION_PSKS_MAX}, as long as nobody
 * has them forgotten. The present epoch's stands among its secrets.
 *
 * <p>No message, old or new, can be read with one alone: each is derived from its epoch's secret, one way, beside the message
 * keys. Who steals one can pass for a member of that epoch wherever it is used as a proof, and it adds nothing to the
 * secrecy of what it is injected into from then on.
 */
final class ResumptionPsks {
    /** By epoch, unsigned. */
    private final SortedMap<Long, Secret> byEpoch = new TreeMap<>(Long::compareUnsigned);

    /** Those that are not stored as they are by now. */
    private final SortedMap<Long, Optional<Secret>> changes = new TreeMap<>(Long::compareUnsigned);

    /** Keeps the secret of an epoch that is over, in place of the oldest where there is no room. */
    void add(long epoch, Secret secret) {
        restore(epoch, secret);
        changes.put(epoch, Optional.of(secret));
        while (byEpoch.size() > Limits.RESUMPTION_PSKS_MAX) {
            forget(byEpoch.firstKey());
        }
    }

    /** Puts back what is stored. */
    void restore(long epoch, Secret secret) {
        byEpoch.put(epoch, secret);
    }

    /** A copy. */
    Optional<Secret> find(long epoch) {
        return Optional.ofNullable(byEpoch.get(epoch)).map(Secret::copy);
    }

    /** Erases those of the epochs up to this one. */
    void forgetThrough(long epoch) {
        while (!byEpoch.isEmpty() && Long.compareUnsigned(byEpoch.firstKey(), epoch) <= 0) {
            forget(byEpoch.firstKey());
        }
    }

    /** All of them as {@link #drainChanges} gives them. */
    Map<Long, Optional<Secret>> all() {
        Map<Long, Optional<Secret>> all = new TreeMap<>();
        byEpoch.forEach((epoch, secret) -> all.put(epoch, Optional.of(secret)));
        return all;
    }

    /** What has to be stored, or deleted where there is none, since the last call. */
    Map<Long, Optional<Secret>> drainChanges() {
        Map<Long, Optional<Secret>> drained = new TreeMap<>(changes);
        changes.clear();
        return drained;
    }

    private void forget(long epoch) {
        Secret secret = byEpoch.remove(epoch);
        if (secret != null) {
            secret.erase();
            changes.put(epoch, Optional.empty());
        }
    }
}
