package chat.samara.mls.credential;

import chat.samara.mls.Limits;
import chat.samara.mls.codec.Bytes;
import chat.samara.mls.component.ApplicationComponents;

/**
 * The application's judgement of credentials (RFC 9420 §5.3.1): whether the identifiers that a credential presents belong to
 * the signature key beside it, and are wanted in the group. Called on the group's thread; must answer without waiting.
 *
 * <p>It is asked whenever a credential is introduced: {@link CredentialEvent} lists when. A member that goes on with the
 * credential and signature key that it had is not asked for again, so that one that has expired by now does not keep it from
 * sending (RFC 9420 §5.3.2). Members and observers of a group have to answer alike, or a commit that some of them refuse splits it.
 *
 * <p>The library itself checks what needs no judgement: that all members list the credential's type, and that an X.509
 * end-entity certificate is for the leaf's signature key. {@link X509Authentication} is ready-made for X.509 credentials.
 */
@FunctionalInterface
public interface AuthenticationService {
    /** Whether the credential is valid for the signature key. */
    boolean accepts(Credential credential, Bytes signatureKey);

    /** As {@link #accepts(Credential, Bytes)}, for a service whose answer depends on what brings the credential. */
    default boolean accepts(PresentedCredential presented) {
        return accepts(presented.credential(), presented.signatureKey());
    }

    /**
     * Whether one credential may replace the other: a member's by an Update or a commit of its own, or an old version of a
     * client by the one with which it joins anew (RFC 9420 §5.3.1, §12.2). Both are valid by themselves.
     */
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

    /**
     * Whether someone who is no member may act on the group (RFC 9420 §12.1.8, §12.4.3.2). By itself nobody may: whoever holds a
     * GroupInfo could join. Asked before the signature and the credential are verified, which both have to hold as well. All
     * members and observers of a group must answer the same, or a commit splits it.
     *
     * @param credential that it presents
     * @param signatureKey with which it signs
     */
    default boolean admits(OutsideRequest request, Credential credential, Bytes signatureKey) {
        return false;
    }

    /**
     * Whether a commit that covers a proposal of this type, one that RFC 9420 does not define, must have a path (RFC 9420 §12.4).
     * All members and observers must say the same; yes is safe.
     */
    default boolean requiresPath(int customProposalType) {
        return true;
    }

    /**
     * The application's components, whose data AppDataUpdates change and AppEphemerals carry (draft-ietf-mls-extensions). By itself none: all
     * such proposals are refused. All members and observers must have the same.
     */
    default ApplicationComponents components() {
        return ApplicationComponents.NONE;
    }

    /** The longest total lifetime of a KeyPackage's leaf that is acceptable, in unsigned seconds (RFC 9420 §7.2). */
    default long leafLifetimeSecondsMax() {
        return Limits.LEAF_LIFETIME_SECONDS_MAX;
    }
}
