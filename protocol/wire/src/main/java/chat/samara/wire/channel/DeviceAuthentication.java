package chat.samara.wire.channel;

import chat.samara.mls.codec.Bytes;
import chat.samara.mls.component.ApplicationComponents;
import chat.samara.mls.credential.AuthenticationService;
import chat.samara.mls.credential.Credential;
import chat.samara.mls.credential.OutsideRequest;
import chat.samara.wire.RefusedException;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.DeviceCertificateIn;
import chat.samara.wire.policy.PolicyComponent;

/**
 * Samara's authentication service (RFC 9420 §5.3.1): a leaf is accepted if its certificate is well formed, the user id obeys the
 * rules for names, and the identity key in it signed for this very signature key. Whether that identity key is the member's is
 * not decided here: devices pin it at first sight and show a change. Stateless; callable from any thread.
 */
public final class DeviceAuthentication implements AuthenticationService {
    @Override
    public boolean accepts(Credential credential, Bytes signatureKey) {
        try {
            MemberCredential.certificate(credential).verify(signatureKey);
            return true;
        } catch (RefusedException e) {
            return false;
        }
    }

    /** A leaf may be updated for the same member with the same identity key; the device's signature key may change. */
    @Override
    public boolean acceptsSuccessor(Credential old, Credential fresh) {
        try {
            return MemberCredential.certificate(old).isSameMemberAs(MemberCredential.certificate(fresh));
        } catch (RefusedException e) {
            return false;
        }
    }

    /** The member with its identity key: all of a member's devices are the same to the others. */
    @Override
    public Bytes identityOf(Credential credential) {
        try {
            DeviceCertificateIn certificate = MemberCredential.certificate(credential);
            return Bytes.concat(
                    certificate.claimedIdentityKey(),
                    Bytes.ofUtf8(certificate.claimedUser().toString()));
        } catch (RefusedException e) {
            return Bytes.wrapUnsafe(credential.encode());
        }
    }

    /**
     * Who acts on a channel from outside can only be a member that has lost its place, and takes its old leaf's. A GroupInfo is no
     * secret to the servers with a member, and an account is had for the asking: whoever may join by an external commit joins with
     * the help of any of them. So who comes is added by a member. {@link #acceptsSuccessor} and {@link HandshakeRules} see to it
     * that the leaf is its own.
     */
    @Override
    public boolean admits(OutsideRequest request, Credential credential, Bytes signatureKey) {
        return request == OutsideRequest.RESYNC;
    }

    @Override
    public ApplicationComponents components() {
        return PolicyComponent.COMPONENTS;
    }

    /** As {@link #accepts}, with the certificate or the reason why not. */
    public static DeviceCertificate verify(Credential credential, Bytes signatureKey) throws RefusedException {
        return MemberCredential.certificate(credential).verify(signatureKey);
    }
}
