package chat.samara.mls.credential;

import chat.samara.mls.Limits;
import chat.samara.mls.codec.Bytes;

/**
 * The application's judgement of credentials (RFC 9420 §5.3.1): whether the identifiers that a credential presents belong to
 * the signature key beside it, and are wanted in the group. Called on the group's thread; must answer without waiting.
 */
@FunctionalInterface
public interface AuthenticationService {
    /** Whether the credential is valid for the signature key. */
    boolean accepts(Credential credential, Bytes signatureKey);

    /** Whether a member may replace one credential by the other; both are valid by themselves. */
    default boolean acceptsSuccessor(Credential old, Credential fresh) {
        return old.equals(fresh);
    }

    /**
     * Who it is that presents the credential: two members with one identity are the same to the application, be it in one group or in
     * two (RFC 9420 §5.3.3, §11.2, §11.3). By itself, only who presents the very same credential is the same.
     */
    default Bytes identityOf(Credential credential) {
        return Bytes.wrapUnsafe(credential.encode());
    }

    /** The longest total lifetime of a KeyPackage's leaf that is acceptable, in unsigned seconds (RFC 9420 §7.2). */
    default long leafLifetimeSecondsMax() {
        return Limits.LEAF_LIFETIME_SECONDS_MAX;
    }
}
