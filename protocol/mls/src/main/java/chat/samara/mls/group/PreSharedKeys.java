package chat.samara.mls.group;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.crypto.Secret;
import java.util.Optional;

/**
 * The pre-shared keys that the application holds (RFC 9420 §8.4), for commits and Welcomes that name them. Called on the group's
 * thread; must answer without waiting. What it hands out is a copy, which the group erases once it is used.
 */
@FunctionalInterface
public interface PreSharedKeys {
    /** Holds none. */
    PreSharedKeys NONE = pskId -> Optional.empty();

    /** The key of that name, as all members have agreed on it outside of MLS; empty where this member does not hold it. */
    Optional<Secret> external(Bytes pskId);

    /**
     * The {@code resumption_psk} of another group's epoch, or of an epoch of this group that it does not hold any more: what
     * {@link Group#resumptionPsk} gave. A group finds its own, as far as they are kept, without asking.
     *
     * @param epoch unsigned
     */
    default Optional<Secret> resumption(Bytes groupId, long epoch) {
        return Optional.empty();
    }
}
