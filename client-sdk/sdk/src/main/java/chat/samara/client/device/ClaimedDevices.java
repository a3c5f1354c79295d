package chat.samara.client.device;

import chat.samara.mls.MlsException;
import chat.samara.mls.framing.MlsMessage;
import chat.samara.mls.group.GroupEnvironment;
import chat.samara.mls.keypackage.KeyPackage;
import chat.samara.mls.tree.Lifetime;
import chat.samara.wire.RefusedException;
import chat.samara.wire.channel.DeviceAuthentication;
import chat.samara.wire.identity.DeviceCertificate;
import chat.samara.wire.identity.UserId;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * Checks KeyPackages that a server handed out: the server is not believed that they are the member's.
 *
 * @param member whose they must be
 * @param cipherSuite which they must be for
 * @param nowMillis within whose lifetime they must be
 */
record ClaimedDevices(UserId member, int cipherSuite, long nowMillis, GroupEnvironment environment) {
    private static final int MILLIS = 1000;
    private static final long LAST_SECOND_SHOWN = 253_402_300_799L; // of the year 9999

    /** The KeyPackage, with everything verified that RFC 9420 §10.1 and the certificate ask for. */
    KeyPackage check(byte[] mlsMessage) throws RefusedKeyPackageException {
        KeyPackage keyPackage;
        try {
            keyPackage = MlsMessage.decode(mlsMessage).requireKeyPackage().verify(environment.authentication());
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
        // Last of all, so that nobody's clock is blamed for what is not theirs.
        try {
            keyPackage.requireCurrent(nowMillis / MILLIS);
        } catch (MlsException e) {
            throw RefusedKeyPackageException.ofAnotherTime(ofAnotherTime(keyPackage.lifetime()), e);
        }
        return keyPackage;
    }

    private String ofAnotherTime(Lifetime lifetime) {
        boolean begins = Long.compareUnsigned(nowMillis / MILLIS, lifetime.notBeforeSeconds()) < 0;
        return "the clock of " + member + "'s device is wrong, or this device's: the keys it gave out are valid "
                + (begins ? "from " + time(lifetime.notBeforeSeconds()) : "until " + time(lifetime.notAfterSeconds()))
                + ", and here it is " + time(nowMillis / MILLIS)
                + "; the device whose clock is wrong has to be set right and to connect once";
    }

    /** To the minute; a lifetime's numbers are the sender's choice. */
    private static String time(long unsignedSeconds) {
        return unsignedSeconds < 0 || unsignedSeconds > LAST_SECOND_SHOWN
                ? "a time beyond the year 9999"
                : Instant.ofEpochSecond(unsignedSeconds)
                        .truncatedTo(ChronoUnit.MINUTES)
                        .toString();
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
