package chat.samara.client.device;

import chat.samara.mls.MlsException;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.UserId;

/**
 * Checks KeyPackages that a server handed out: the server is not believed that they are the member's.
 *
 * @param member whose they must be
 * @param cipherSuite which they must be for
 * @param nowMillis within whose lifetime they must be
 */
record ClaimedDevices(UserId member, int cipherSuite, long nowMillis, GroupEnvironment environment) {
    /** The KeyPackage, with everything verified that RFC 9420 §10.1 and the certificate ask for. */
    KeyPackage check(byte[] mlsMessage) throws RefusedKeyPackageException {
        KeyPackage keyPackage;
        try {
            keyPackage = MlsMessage.decode(mlsMessage).requireKeyPackage().verify(environment.authentication());
            keyPackage.requireCurrent(nowMillis / 1000);
        } catch (MlsException e) {
            throw new RefusedKeyPackageException("MLS refused it: " + e.getMessage(), e);
        }
        if (keyPackage.suite().code() != cipherSuite) {
            throw new RefusedKeyPackageException(
                    "it is for cipher suite " + keyPackage.suite().code() + ", expected " + cipherSuite);
        }
        DeviceCertificate certificate = certificate(keyPackage);
        if (!certificate.user().equals(member)) {
            throw new RefusedKeyPackageException("it is one of " + certificate.user() + ", expected " + member);
        }
        return keyPackage;
    }

    /** The certificate in a KeyPackage that was checked. */
    DeviceCertificate certificate(KeyPackage keyPackage) throws RefusedKeyPackageException {
        try {
            return DeviceAuthentication.verify(
                    keyPackage.credential(), keyPackage.leafNode().signatureKey());
        } catch (RefusedException e) {
            throw new RefusedKeyPackageException(
                    "its certificate is refused: " + e.refusal().reason(), e);
        }
    }
}
